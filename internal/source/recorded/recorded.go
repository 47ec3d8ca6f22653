// Package recorded reads and writes recordings, which hold what a live run has read.
package recorded

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/source"
)

// SchemaVersion is the version of the recordings that Write writes. The major number increases
// when older recordings can no longer be read, the minor number when a field is added. Parse
// reads recordings of the same major version whose minor version is not newer. What an older
// recording has no field for is not collected.
const SchemaVersion = "1.1"

type recording struct {
	SchemaVersion string `json:"schemaVersion"`
	*account.Inventory
}

// Files are recordings that Load joins into one inventory; "-" is standard input. It implements
// source.Source.
type Files struct {
	Names  []string
	Stdin  io.Reader
	Limit  source.Limit
	Inputs *source.Inputs // of the run; may be nil
}

// Load reads all recordings and joins them with account.Merge. It ignores the scope, because
// recordings contain their own. Errors are *source.InputError.
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

// Parse parses one recording. Name is the name of the file in errors, which are
// *source.InputError.
func Parse(name string, data []byte) (*account.Inventory, error) {
	const expected = "a recording by iblint snapshot"
	var version struct {
		SchemaVersion *string         `json:"schemaVersion"`
		Findings      json.RawMessage `json:"findings"`
	}
	if err := json.Unmarshal(data, &version); err != nil {
		return nil, source.DecodeError(name, expected, data, err)
	}
	if version.Findings != nil {
		return nil, source.DecodeError(name, expected, data, errors.New("it is a report by iblint check"))
	}
	if version.SchemaVersion == nil {
		return nil, source.DecodeError(name, expected, data, fmt.Errorf(`it has no "schemaVersion"`))
	}
	if err := readable(*version.SchemaVersion); err != nil {
		return nil, source.DecodeError(name, "a recording that this version of iblint can read", data, err)
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

// readable returns an error if a recording has another major version or a newer minor version.
func readable(version string) error {
	major, minor, _ := strings.Cut(SchemaVersion, ".")
	gotMajor, gotMinor, _ := strings.Cut(version, ".")
	newest, _ := strconv.Atoi(minor)
	got, err := strconv.Atoi(cmp.Or(gotMinor, "0"))
	switch {
	case gotMajor != major || err != nil:
		return fmt.Errorf("its schema version is %q, and this version of iblint reads %s; record it again, or use another version of iblint", version, major)
	case got > newest:
		return fmt.Errorf("a newer version of iblint wrote it, with schema version %q, and this one reads up to %s; use the newer version, or record it again with this one", version, SchemaVersion)
	}
	return nil
}

// Write writes the inventory as a recording.
func Write(w io.Writer, inv *account.Inventory) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(recording{SchemaVersion, inv})
}
