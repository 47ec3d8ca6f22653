package terraform_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/internal/source/terraform"
	evaluator "github.com/iblint/iblint/internal/terraform"
	"github.com/iblint/iblint/internal/testrun"
)

// verdicts are the statuses that each check gives about a configuration.
func verdicts(t *testing.T, dir string) (map[string][]checks.Status, error) {
	t.Helper()
	code, _, err := terraform.Code{Directory: dir, Account: "111122223333", Region: "eu-west-1", Options: evaluator.Options{Tree: dir}}.Read()
	if err != nil {
		return nil, err
	}
	all := map[string][]checks.Status{}
	for f := range checks.Evaluate(code.Inventory(), lifecycle.All()) {
		if !slices.Contains(all[f.Check.ID], f.Status) {
			all[f.Check.ID] = append(all[f.Check.ID], f.Status)
		}
	}
	return all, nil
}

// leaf is a literal of a configuration.
type leaf struct {
	file       string
	start, end int
	kind       string // string, number or bool
}

// leaves are the literals in the resources, data sources and locals of a directory.
func leaves(t *testing.T, dir string) (all []leaf) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.tf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		file, diags := hclsyntax.ParseConfig(data, name, hcl.InitialPos)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		for _, block := range file.Body.(*hclsyntax.Body).Blocks {
			if !slices.Contains([]string{"resource", "locals", "data"}, block.Type) {
				continue
			}
			_ = hclsyntax.VisitAll(block, func(node hclsyntax.Node) hcl.Diagnostics {
				switch e := node.(type) {
				case *hclsyntax.TemplateExpr:
					if data[e.SrcRange.Start.Byte] == '"' { // no heredoc
						all = append(all, leaf{name, e.SrcRange.Start.Byte, e.SrcRange.End.Byte, "string"})
					}
				case *hclsyntax.LiteralValueExpr:
					text := string(data[e.SrcRange.Start.Byte:e.SrcRange.End.Byte])
					switch {
					case data[e.SrcRange.Start.Byte-1] == '"': // a part of a string
					case text == "true" || text == "false":
						all = append(all, leaf{name, e.SrcRange.Start.Byte, e.SrcRange.End.Byte, "bool"})
					case text != "" && strings.Trim(text, "0123456789") == "":
						all = append(all, leaf{name, e.SrcRange.Start.Byte, e.SrcRange.End.Byte, "number"})
					}
				}
				return nil
			})
		}
	}
	return all
}

// mayAppear reports whether a verdict may appear without the leaf that was replaced. Skip decides
// nothing. A value that is not known yet breaks no rule of CreateLifecyclePolicy.
func mayAppear(check string, s checks.Status, before []checks.Status) bool {
	undecided := len(before) == 0 || slices.Contains(before, checks.Skip)
	return check == "lifecycle-policy-valid" && s == checks.Pass || undecided && (s == checks.Pass || s == checks.Skip)
}

// Replacing a known leaf by an unknown one lets no verdict but unknown appear that was not there.
func TestUnknownLeaves(t *testing.T) {
	testrun.Long(t)
	dirs, err := filepath.Glob("testdata/*/infra")
	if err != nil || len(dirs) == 0 {
		t.Fatal(err, dirs)
	}
	checked, err := filepath.Glob("../../../fixtures/code/*/infra")
	if err != nil || len(checked) == 0 {
		t.Fatal(err, checked)
	}
	dirs = append(dirs, checked...)
	dirs = slices.DeleteFunc(dirs, func(dir string) bool {
		// A role name that AWS refuses leaves everything about the role open. A name that is not
		// known yet is one that AWS accepts.
		// Two roles of one name leave it open, too.
		return strings.Contains(dir, "name-too-long") || strings.Contains(dir, "role-twice")
	})
	if more := os.Getenv("IBLINT_CONFIGURATIONS"); more != "" {
		found, _ := filepath.Glob(more)
		dirs = append(dirs, found...)
	}
	for _, dir := range testrun.Some(dirs) {
		before, err := verdicts(t, dir)
		if err != nil {
			t.Errorf("%s: %v", dir, err)
			continue
		}
		for _, l := range leaves(t, dir) {
			copied := t.TempDir()
			if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			rel, _ := filepath.Rel(dir, l.file)
			data, _ := os.ReadFile(l.file)
			changed := string(data[:l.start]) + "var.iblint_unknown" + string(data[l.end:]) + fmt.Sprintf("\nvariable \"iblint_unknown\" {\n  type = %s\n}\n", l.kind)
			if err := os.WriteFile(filepath.Join(copied, rel), []byte(changed), 0o600); err != nil {
				t.Fatal(err)
			}
			after, err := verdicts(t, copied)
			if err != nil {
				continue // such as a source that must be a literal
			}
			line := 1 + strings.Count(string(data[:l.start]), "\n")
			for check, statuses := range after {
				for _, s := range statuses {
					if s != checks.Unknown && !slices.Contains(before[check], s) && !mayAppear(check, s, before[check]) {
						t.Errorf("%s:%d: without %s, %s is %s; with it %v", l.file, line, data[l.start:l.end], check, s, before[check])
					}
				}
			}
		}
	}
}
