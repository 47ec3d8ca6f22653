package terraform

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/zclconf/go-cty/cty"

	"github.com/iblint/iblint/internal/testrun"
)

// Each file in testdata is a configuration with its result. A file named options has what the
// user passes.
func TestConfigurations(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("no configurations", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			want := ""
			a.Files = slices.DeleteFunc(a.Files, func(f txtar.File) bool {
				if f.Name == "want" {
					want = string(f.Data)
				}
				return f.Name == "want"
			})
			got := dump(a)
			if *testrun.Update {
				a.Files = append(a.Files, txtar.File{Name: "want", Data: []byte(got)})
				if err := os.WriteFile(name, txtar.Format(a), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != want {
				t.Errorf("is\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// dump evaluates a configuration and writes the result as text.
func dump(a *txtar.Archive) string {
	o := Options{FS: tree(string(txtar.Format(a)))}
	dir := "."
	for _, f := range a.Files {
		if f.Name != "options" {
			continue
		}
		for line := range strings.Lines(string(f.Data)) {
			kind, value, _ := strings.Cut(strings.TrimSpace(line), " ")
			switch kind {
			case "var":
				o.Variables = append(o.Variables, value)
			case "varfile":
				o.VarFiles = append(o.VarFiles, value)
			case "root":
				dir = value
			case "tree":
				o.Tree = value
			}
		}
	}
	c, err := Load(dir, o)
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	var b strings.Builder
	for _, r := range c.Resources {
		fmt.Fprintf(&b, "%s", r.Address)
		if p := r.Provider; p.Type != "t" {
			fmt.Fprintf(&b, " by %s", p.Type)
			if p.Alias != "" {
				fmt.Fprintf(&b, ".%s", p.Alias)
			}
			if p.Values.LengthInt() > 0 {
				fmt.Fprintf(&b, " %s", shownText(p.Values))
			}
		}
		b.WriteString("\n")
		if r.Uncertain != "" {
			fmt.Fprintf(&b, "  uncertain: %s\n", r.Uncertain)
		}
		for it := r.Values.ElementIterator(); it.Next(); {
			k, v := it.Element()
			fmt.Fprintf(&b, "  %s = %s", k.AsString(), shownText(v))
			if !v.IsKnown() && v.Type() != cty.DynamicPseudoType {
				fmt.Fprintf(&b, " %s", v.Type().FriendlyName())
			}
			if p, ok := r.Unknown(k.AsString()); ok {
				fmt.Fprintf(&b, " # %s: %s", p.Name, p.Why)
			}
			b.WriteString("\n")
		}
	}
	for _, m := range c.Missing {
		fmt.Fprintf(&b, "missing %s at %s: %s\n", m.Address, place(m.Range), m.Why)
	}
	if len(c.Modules) > 1 {
		fmt.Fprintf(&b, "modules %s\n", strings.Join(c.Modules, " "))
	}
	if len(c.Undeclared) > 0 {
		fmt.Fprintf(&b, "undeclared %s\n", strings.Join(c.Undeclared, " "))
	}
	return b.String()
}

func parseArchive(text string) *txtar.Archive { return txtar.Parse([]byte(text)) }
