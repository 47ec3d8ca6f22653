package report_test

import (
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/goccy/go-yaml"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/internal/testrun"
	"github.com/iblint/iblint/report/fix"
)

// Input text contains no terminal controls, ends no comment, and stays a value in each dialect.
func TestHostileTextInRemediation(t *testing.T) {
	for _, h := range testrun.Some(slices.Concat(hostile, []string{"${file(\"/etc/passwd\")}", "%{ if true }", "\"\n}\nresource \"x\" \"y\" {", "{{resolve:ssm:x}}", "a: b # c", "*/ x /*", "EOT\n", "- x", "\\"})) {
		r := hostileResult(h)
		for _, dialect := range fix.Dialects() {
			got := remediate(t, r, dialect)
			for _, c := range strings.NewReplacer("\n", "", "\t", "").Replace(got) {
				if !unicode.IsPrint(c) && c != unicode.ReplacementChar {
					t.Errorf("%s: the output contains %.40q as %q", dialect, h, c)
					break
				}
			}
			if err := readable(dialect, got); err != nil {
				t.Errorf("%s: %.40q: %v", dialect, h, err)
			}
			if dialect == "cloudformation" && strings.Contains(h, "{{resolve:") {
				var template any
				if err := yaml.Unmarshal([]byte(got), &template); err != nil || strings.Contains(fmt.Sprint(template), "{{resolve:") {
					t.Errorf("CloudFormation would resolve %q (%v)", h, err)
				}
			}
		}
	}
}

// No dynamic reference in a document reaches CloudFormation, however it is escaped.
func TestNoDynamicReferences(t *testing.T) {
	const document = `{"Version":"2012-10-17","Statement":[{"Sid":"{{resolve\u003assm:x}}"}]}`
	for _, c := range []checks.Change{
		{Action: checks.CreateRole, Document: document},
		{Action: checks.EditInlinePolicy, Policy: "p", Before: document, After: document},
	} {
		c.Partition, c.Account, c.Role = "aws", "111122223333", "Lifecycle"
		var template any
		if err := yaml.Unmarshal([]byte(remediate(t, failing(t, c), "cloudformation")), &template); err != nil || strings.Contains(fmt.Sprint(template), "{{resolve:") {
			t.Errorf("%s: CloudFormation would resolve %s (%v)", c.Action, document, err)
		}
	}
}

// Names keep their values in each dialect.
func TestNamesAreReadBack(t *testing.T) {
	for _, name := range []string{"it's", `"quoted"`, "${x}", "%{x}", "a\\nb", "a: b", "#", "ä", "\U0001F600", "{}", "null", "2026-01-01", "$HOME", "`id`", "- a"} {
		r := failing(t, checks.Change{Action: checks.CreateRole, Partition: "aws", Account: "111122223333", Role: name, Document: `{"Version":"2012-10-17","Statement":[]}`})

		var template struct {
			Resources map[string]struct {
				Properties struct {
					RoleName string `yaml:"RoleName"`
				} `yaml:"Properties"`
			} `yaml:"Resources"`
		}
		if err := yaml.Unmarshal([]byte(remediate(t, r, "cloudformation")), &template); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		read := map[string]bool{}
		for _, resource := range template.Resources {
			read[resource.Properties.RoleName] = true
		}
		if !read[name] {
			t.Errorf("%q reads back from the template as %v", name, slices.Collect(maps.Keys(read)))
		}

		file, diagnostics := hclparse.NewParser().ParseHCL([]byte(remediate(t, r, "terraform")), "main.tf")
		if diagnostics.HasErrors() {
			t.Errorf("%q: %v", name, diagnostics)
			continue
		}
		for _, block := range file.Body.(*hclsyntax.Body).Blocks {
			if block.Type == "resource" {
				if v, diagnostics := block.Body.Attributes["name"].Expr.Value(nil); diagnostics.HasErrors() || v.AsString() != name {
					t.Errorf("%q reads back from the configuration as %#v (%v)", name, v, diagnostics)
				}
			}
		}

		if out, _ := runScript(t, t.TempDir(), "111122223333", remediate(t, r, "cli")); !strings.Contains(out.calls, "\n--role-name\n"+name+"\n") {
			t.Errorf("the script does not pass %q to aws:\n%s", name, out.calls)
		}
	}
}

// A script only passes hostile names to aws.
func TestHostileTextIsNotRun(t *testing.T) {
	testrun.Long(t)
	for _, h := range testrun.Some([]string{"x; touch evil", "$(touch evil)", "`touch evil`", "' touch evil '", "\"; touch evil; \"", "x\ntouch evil\n", "../evil", "&& touch evil", "> evil", "| tee evil", "\\'; touch evil; \\'", "-x evil"}) {
		dir := t.TempDir()
		calls := 0
		for _, action := range []checks.Action{
			checks.CreateRole, checks.DeleteRole, checks.AttachPolicy, checks.DetachPolicy, checks.ReplaceBoundary, checks.ReferToRole, checks.EditTrust, checks.EditInlinePolicy, checks.EditManagedPolicy,
			checks.EditRepositoryPolicy, checks.CreateRepository, checks.TagRepository, checks.UntagRepository, checks.EnablePolicy, checks.IncludeResources, checks.EditLifecyclePolicy, checks.LookAtSelection,
			checks.LookAtRun, checks.LookAtAccount, checks.EditRegistryPolicy,
		} {
			out, _ := runScript(t, dir, "111122223333", remediate(t, failing(t, checks.Change{
				Action: action, Partition: h, Account: "111122223333", Region: h, Role: h, Path: h, Document: h, Hint: h, Before: h, After: h, Policy: h,
				References: []string{h}, NewReference: h, Regions: []string{h}, Execution: h, Rule: 1, Include: []string{h}, Repository: h, Key: h, Value: h, OldValue: &h,
			}), "cli"))
			for operation, n := range out.operations {
				if operation != "sts get-caller-identity" {
					calls += n
				}
			}
		}
		if calls < 10 != strings.Contains(h, "\n") { // with a line break in it nothing is run at all
			t.Errorf("%q: %d calls", h, calls)
		}
		if err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if path != dir && !strings.HasPrefix(filepath.Base(filepath.Dir(path)), "iblint-undo.111122223333.") && !strings.HasPrefix(filepath.Base(path), "iblint-undo.111122223333.") || filepath.Base(path) == "evil" {
				t.Errorf("%q created %s", h, path)
			}
			return err
		}); err != nil {
			t.Error(err)
		}
	}
}
