package report_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/internal/cilog"
	"github.com/iblint/iblint/internal/testrun"
	"github.com/iblint/iblint/report/escape"
	"github.com/iblint/iblint/report/fix"
)

// Names and documents that contain commands keep their values in each dialect.
func TestHostileNamesAreReadBack(t *testing.T) {
	for _, name := range cilog.Hostile {
		document, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{"Sid": name, name: name}}})
		if err != nil {
			t.Fatal(err)
		}
		want := decode[any](t, document)
		r := failing(t, checks.Change{Action: checks.CreateRole, Partition: "aws", Account: "111122223333", Role: name, Document: string(document)})

		var template struct {
			Resources map[string]struct {
				Type       string `yaml:"Type"`
				Properties struct {
					RoleName                 string `yaml:"RoleName"`
					AssumeRolePolicyDocument any    `yaml:"AssumeRolePolicyDocument"`
				} `yaml:"Properties"`
			} `yaml:"Resources"`
		}
		if err := yaml.Unmarshal([]byte(remediate(t, r, "cloudformation")), &template); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		found := false
		for _, resource := range template.Resources {
			if resource.Type == "AWS::IAM::Role" {
				found = true
				if p := resource.Properties; p.RoleName != name || !reflect.DeepEqual(p.AssumeRolePolicyDocument, want) {
					t.Errorf("%q reads back from the template as %q with %v", name, p.RoleName, p.AssumeRolePolicyDocument)
				}
			}
		}

		file, diagnostics := hclparse.NewParser().ParseHCL([]byte(remediate(t, r, "terraform")), "main.tf")
		if diagnostics.HasErrors() {
			t.Errorf("%q: %v", name, diagnostics)
			continue
		}
		functions := &hcl.EvalContext{Functions: map[string]function.Function{"jsonencode": stdlib.JSONEncodeFunc}}
		read := map[string]string{}
		for _, block := range file.Body.(*hclsyntax.Body).Blocks {
			if block.Type == "resource" {
				for _, attribute := range []string{"name", "assume_role_policy"} {
					v, diagnostics := block.Body.Attributes[attribute].Expr.Value(functions)
					if diagnostics.HasErrors() || v.Type() != cty.String {
						t.Fatalf("%q: %v", name, diagnostics)
					}
					read[attribute] = v.AsString()
				}
			}
		}
		if read["name"] != name || !reflect.DeepEqual(decode[any](t, []byte(read["assume_role_policy"])), want) {
			t.Errorf("%q reads back from the configuration as %q", name, read)
		}

		script := remediate(t, r, "cli")
		for _, dialect := range fix.Dialects() {
			inert(t, remediate(t, r, dialect))
		}
		if strings.ContainsFunc(name, hidden) { // a person makes such a change
			if !found || !strings.Contains(script, "# Manual step") {
				t.Errorf("%q is not a manual step:\n%s", name, script)
			}
			continue
		}
		out, err := runScript(t, t.TempDir(), "111122223333", script)
		arguments := strings.Split(out.calls, "\n")
		at := slices.Index(arguments, "--assume-role-policy-document") + 1
		if err != nil || !strings.Contains(out.calls, "\n--role-name\n"+name+"\n") || at == 0 || !reflect.DeepEqual(decode[any](t, []byte(arguments[at])), want) {
			t.Errorf("the script does not pass %q to aws (%v):\n%s", name, err, out.calls)
		}
		inert(t, out.output)
	}
}

func hidden(r rune) bool { return escape.Printable(string(r)) != string(r) }

// A document can be copied from a comment.
func TestDocumentsInComments(t *testing.T) {
	for _, h := range cilog.Hostile {
		document, err := json.Marshal(map[string]string{"Sid": h})
		if err != nil {
			t.Fatal(err)
		}
		r := failing(t, checks.Change{Action: checks.EditRepositoryPolicy, Partition: "aws", Account: "111122223333", Region: "eu-west-1", Repository: "a", Before: "{}", After: string(document)})
		_, rest, _ := strings.Cut(remediate(t, r, "cloudformation"), "RepositoryPolicyText: ")
		line, _, _ := strings.Cut(rest, "\n")
		if got := decode[struct{ Sid string }](t, []byte(line)).Sid; got != h {
			t.Errorf("%q reads back as %q", h, got)
		}
	}
}

// The output of a script contains no commands either.
func TestScriptPrintsNoCommands(t *testing.T) {
	testrun.Long(t)
	for _, name := range cilog.Hostile {
		r := failing(t, checks.Change{Action: checks.EditManagedPolicy, Partition: "aws", Account: "111122223333", Policy: "arn:aws:iam::111122223333:policy/" + name, Before: "{}", After: "{}"})
		script := remediate(t, r, "cli")
		if strings.ContainsFunc(name, hidden) {
			continue
		}
		out, err := runScript(t, t.TempDir(), "111122223333", script, "CHANGED=1")
		if err == nil || !strings.Contains(out.output, "has changed since iblint read it") {
			t.Errorf("%q: %v\n%s", name, err, out.output)
		}
		inert(t, out.output)
	}
}
