// Package recorded reads and writes recordings: what a live run read, as a file.
package recorded

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/source"
)

// SchemaVersion of the recordings that are written: a number more before the dot
// when older recordings can no longer be read, behind it when something was added.
const SchemaVersion = "1.0"

type recording struct {
	SchemaVersion string `json:"schemaVersion"`
	*account.Inventory
}

// Files are recordings to be judged together; "-" is standard input.
type Files struct {
	Names  []string
	Stdin  io.Reader
	Limit  source.Limit
	Inputs *source.Inputs // of the run; may be nil
}

// Load reads all recordings and joins them (account.Merge). What is asked for is
// what the recordings say; the scope is not looked at.
func (f Files) Load(_ context.Context, _ source.Scope) (*account.Inventory, error) {
	var inventories []*account.Inventory
	for _, name := range f.Names {
		data, err := f.Inputs.ReadFile(name, f.Stdin, f.Limit.Large())
		if err != nil {
			return nil, err
		}
		inv, err := Parse(name, data)
		if err != nil {
			return nil, err
		}
		inventories = append(inventories, inv)
	}
	return account.Merge(inventories...), nil
}

// Parse reads one recording; the name is for errors, which are *source.InputError.
func Parse(name string, data []byte) (*account.Inventory, error) {
	const expected = "a recording by iblint snapshot"
	var version struct {
		SchemaVersion *string `json:"schemaVersion"`
	}
	if err := json.Unmarshal(data, &version); err != nil {
		return nil, source.DecodeError(name, expected, data, err)
	}
	if version.SchemaVersion == nil {
		return nil, source.DecodeError(name, expected, data, fmt.Errorf(`it has no "schemaVersion"`))
	}
	if major, _, _ := strings.Cut(*version.SchemaVersion, "."); major != "1" {
		return nil, source.DecodeError(name, expected, data, fmt.Errorf("its schema version is %q, this iblint reads 1; record again or use another iblint", *version.SchemaVersion))
	}
	r := recording{Inventory: &account.Inventory{}}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return nil, source.DecodeError(name, expected, data, err)
	}
	if err := r.Validate(); err != nil {
		return nil, source.DecodeError(name, expected, data, err)
	}
	r.Reconcile()
	return r.Inventory, nil
}

// Write writes a recording of the inventory.
func Write(w io.Writer, inv *account.Inventory) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(recording{SchemaVersion, inv})
}
