package cloudformation_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	evaluator "github.com/iblint/iblint/internal/cloudformation"
	"github.com/iblint/iblint/internal/source/cloudformation"
)

// No template makes reading it fail in another way than with an error of one line, and what it
// declares is an inventory with places.
func FuzzRead(f *testing.F) {
	names, err := filepath.Glob("testdata/*/*.y*ml")
	if err != nil || len(names) == 0 {
		f.Fatal(err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		template, err := evaluator.Parse("a.yaml", data)
		if err != nil {
			return
		}
		one := cloudformation.Template{Path: "a.yaml", Parsed: template}
		out, stacks, err := cloudformation.Code{Tree: t.TempDir(), Templates: []cloudformation.Template{one}}.Read()
		switch {
		case err != nil && strings.ContainsAny(err.Error(), "\n\r"):
			t.Errorf("%q", err)
		case err != nil:
			return
		case len(stacks) == 0:
			t.Error("no stack")
		}
		inv := out.Inventory()
		if len(inv.Accounts) == 0 {
			t.Error("no account")
		}
		out.Places()
	})
}
