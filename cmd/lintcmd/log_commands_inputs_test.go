package lintcmd

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/fixtures"
	"github.com/iblint/iblint/internal/cilog"
	"github.com/iblint/iblint/internal/source/awsapi"
	"github.com/iblint/iblint/internal/testrun"
	"github.com/iblint/iblint/report"
)

// inertRun runs iblint and reports commands for CI systems in its output.
func inertRun(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	code, out, errs = logOf(t, "", args...)
	if out == "" && errs == "" {
		t.Errorf("%.60q prints nothing (exit code %d)", args, code)
	}
	for where, log := range map[string]string{"standard output": out, "standard error": errs} {
		commands := cilog.Commands(log)
		if slices.Contains(args, "github") {
			commands = slices.DeleteFunc(commands, func(c string) bool {
				return slices.Contains([]string{"GitHub: error", "GitHub: warning", "GitHub: notice"}, c)
			})
		}
		if len(commands) > 0 {
			t.Errorf("%.80q: %s holds %.300q", args, where, commands)
		}
	}
	return code, out, errs
}

// hostileStrings replaces strings of a JSON document by text with commands, unless they are values of
// one of the members.
func hostileStrings(v any, h string, keep ...string) any {
	switch v := v.(type) {
	case string:
		return v + h
	case []any:
		for i := range v {
			v[i] = hostileStrings(v[i], h, keep...)
		}
	case map[string]any:
		for key, value := range v {
			if !slices.Contains(keep, key) {
				v[key] = hostileStrings(value, h, keep...)
			}
		}
	}
	return v
}

// Commands that read a report print no commands for CI systems from it, or from their flags.
func TestReportsAreReadWithoutCommands(t *testing.T) {
	t.Chdir(t.TempDir())
	text, _ := demoReport(t)
	var document map[string]any
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		t.Fatal(err)
	}
	hostile, err := json.Marshal(hostileStrings(document, hostileText, "status", "fingerprint", "check", "schemaVersion", "readAt", "evaluatedAt", "severity", "time"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile("plain.json", []byte(text), 0o666), os.WriteFile("hostile.json", hostile, 0o666)); err != nil {
		t.Fatal(err)
	}
	v, err := report.ReadVerdicts(hostile)
	if err != nil {
		t.Fatal(err)
	}
	var listed struct {
		Findings []struct{ Fingerprint string }
	}
	if err := json.Unmarshal(hostile, &listed); err != nil {
		t.Fatal(err)
	}
	for _, f := range testrun.Some(listed.Findings) {
		if code, _, errs := inertRun(t, "explain", f.Fingerprint, "--report", "hostile.json"); code != exitOK {
			t.Error(errs)
		}
	}
	suppressed := 0
	for _, f := range testrun.Some(v.Identify("")) {
		if code, _, _ := inertRun(t, "suppress", f.Fingerprint, "--report", "hostile.json", "--reason", hostileText, "--owner", hostileText, "--expires", "2099-01-01"); code == exitOK {
			suppressed++
		}
	}
	if suppressed == 0 && !testing.Short() || len(listed.Findings) < 20 {
		t.Errorf("of %d findings, %d are suppressed", len(listed.Findings), suppressed)
	}
	inertRun(t, "check", "--demo", "--previous", "hostile.json")
	inertRun(t, "check", "--demo", "--previous", "hostile.json", "--format", "json")
	inertRun(t, "diff", "plain.json", "hostile.json")
	inertRun(t, "explain", hostileText, "--report", hostileText)
	inertRun(t, "suppress", hostileText, "--report", hostileText)
	inertRun(t, "suppress", v.Identify("")[0].Fingerprint, "--report", hostileText)
	inertRun(t, "suppress", v.Identify("")[0].Fingerprint, "--report", "hostile.json", "--reason", "r", "--owner", "o", "--expires", hostileText)
}

// Code is checked and patched without commands, also if every name and text in it holds one.
func TestCodeIsCheckedWithoutCommands(t *testing.T) {
	testrun.Long(t)
	for _, h := range []string{`##[error]a ##vso[task.complete]b ##teamcity[c] section_start:1:d`, `::error::a`, "\n::error::a"} {
		quoted, err := json.Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		q := string(quoted)
		t.Run(fmt.Sprintf("%.10q", h), func(t *testing.T) {
			t.Chdir(t.TempDir())
			trust := `{"Version":"2012-10-17","Statement":{"Sid":` + q + `,"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{` + q + `:` + q + `}}}}`
			escaped, _ := json.Marshal(trust)
			oneLine := strings.ReplaceAll(h, "\n", "\n# ")
			for name, content := range map[string]string{
				"terraform/main.tf": "# " + oneLine + "\n/*\n" + h + "\n*/\nresource \"aws_iam_role\" \"l\" {\n  name = \"L\"\n  description = " + q + "\n  assume_role_policy = " + string(escaped) + "\n}\n" +
					"resource \"aws_imagebuilder_lifecycle_policy\" \"p\" {\n  name = " + q + "\n  description = " + q + "\n  execution_role = aws_iam_role.l.arn\n  resource_type = \"AMI_IMAGE\"\n" +
					"  policy_detail {\n    action {\n      type = \"DELETE\" # " + strings.ReplaceAll(h, "\n", " ") + "\n    }\n    filter {\n      type = \"AGE\"\n      value = 1\n      unit = \"DAYS\"\n    }\n  }\n" +
					"  resource_selection {\n    tag_map = { " + q + " = " + q + " }\n  }\n}\n" +
					"resource \"aws_iam_role\" \"c\" {\n  name = \"Ec2ImageBuilderCrossAccountLifecycleAccess\"\n  assume_role_policy = jsonencode({Version = \"2012-10-17\", Statement = [{Sid = " + q + ", Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = {Service = \"ec2.amazonaws.com\"}}]})\n}\n",
				"broken/main.tf":    "resource " + q + " " + q + " {\n  " + h + "\n",
				"undefined/main.tf": "resource \"aws_iam_role\" \"l\" {\n  name = var.x\n  assume_role_policy = file(" + q + ")\n}\nmodule \"m\" {\n  source = " + q + "\n}\nvariable \"x\" {\n  description = " + q + "\n}\n",
				"template/t.json": `{"Description":` + q + `,"Parameters":{"P":{"Type":"String","Description":` + q + `}},"Resources":{"L":{"Type":"AWS::IAM::Role","Properties":{"RoleName":"L","Description":` + q + `,"AssumeRolePolicyDocument":` + trust + `}},
					"P":{"Type":"AWS::ImageBuilder::LifecyclePolicy","Properties":{"Name":` + q + `,"ExecutionRole":{"Fn::GetAtt":["L","Arn"]},"ResourceType":"AMI_IMAGE","PolicyDetails":[{"Action":{"Type":"DELETE"},"Filter":{"Type":"AGE","Value":1,"Unit":"DAYS"}}],"ResourceSelection":{"TagMap":{` + q + `:` + q + `}}}},
					` + q + `:{"Type":"AWS::IAM::Role","Properties":{"RoleName":{"Fn::ImportValue":` + q + `},"AssumeRolePolicyDocument":{}}}}}`,
				"yaml/t.yaml": "# " + oneLine + "\nDescription: " + q + "\nResources:\n  L:\n    Type: AWS::IAM::Role\n    Properties:\n      # " + strings.ReplaceAll(h, "\n", " ") + "\n      RoleName: L\n      AssumeRolePolicyDocument: " + trust + "\n" +
					"  P:\n    Type: AWS::ImageBuilder::LifecyclePolicy\n    Properties:\n      Name: " + q + "\n      ExecutionRole: !GetAtt L.Arn\n      ResourceType: AMI_IMAGE\n      PolicyDetails:\n        - Action: {Type: DELETE} # " + strings.ReplaceAll(h, "\n", " ") + "\n          Filter: {Type: AGE, Value: 1, Unit: DAYS}\n      ResourceSelection: {TagMap: {" + q + ": " + q + "}}\n",
				"plan/plan.json": `{"format_version":"1.2","terraform_version":` + q + `,"planned_values":{"root_module":{"resources":[{"address":` + q + `,"mode":"managed","type":"aws_iam_role","name":` + q + `,"provider_name":` + q + `,"values":{"name":"L","description":` + q + `,"assume_role_policy":` + string(escaped) + `}}]}},
					"resource_changes":[{"address":` + q + `,"mode":"managed","type":"aws_iam_role","name":` + q + `,"provider_name":` + q + `,"change":{"actions":["create"],"before":null,"after":{"name":"L","assume_role_policy":` + string(escaped) + `},"after_unknown":{}}}]}`,
			} {
				if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o777), os.WriteFile(name, []byte(content), 0o666)); err != nil {
					t.Fatal(err)
				}
			}
			for _, path := range []string{"terraform", "broken", "undefined", "template", "yaml", "plan/plan.json"} {
				args := []string{"--owner", waitOwner, "--region", "eu-west-1", "--execution-role", "L", path}
				for _, format := range report.Names() {
					inertRun(t, append([]string{"check", "--format", format}, args...)...)
				}
				code, out, errs := inertRun(t, append([]string{"check", "-v", "--show", "all"}, args...)...)
				if code == exitUsage && path != "broken" && !strings.Contains(h, "::") {
					t.Errorf("%s: %s", path, errs)
				}
				if path != "broken" && path != "undefined" && code != exitUsage && !strings.Contains(out, "error") {
					t.Errorf("%s: the report holds none of the text: %s", path, out)
				}
				inertRun(t, append([]string{"remediate", "--as", "patch", "--warnings"}, args...)...)
			}
			dir := strings.ReplaceAll(h, "/", "")
			if err := os.Mkdir(dir, 0o777); err != nil {
				t.Fatal(err)
			}
			harmless := "resource \"aws_iam_role\" \"l\" {\n  name = \"L\"\n  assume_role_policy = jsonencode({Statement = []})\n}\n"
			if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(harmless), 0o666); err != nil {
				t.Fatal(err)
			}
			_, patch, _ := inertRun(t, "remediate", "--as", "patch", "--owner", waitOwner, "--execution-role", "L", dir)
			if c := exec.Command("git", "apply", "--check", "-"); !strings.Contains(patch, "diff --git") {
				t.Errorf("no patch: %s", patch)
			} else if c.Stdin = strings.NewReader(patch); true {
				if out, err := c.CombinedOutput(); err != nil {
					t.Errorf("git refuses the patch: %v: %s\n%s", err, out, patch)
				}
			}
			for _, flags := range [][]string{{"--var", h + "=1", "terraform"}, {"--var", h, "terraform"}, {"--var-file", h, "terraform"}, {"--parameter", h + "=1", "template"}, {"--parameter-file", h, "template"}, {h}, {waitOwner + "=" + h}} {
				inertRun(t, append([]string{"check"}, flags...)...)
			}
		})
	}
}

// Values that shells complete, and what the other commands print, are no commands either.
func TestOtherCommandsPrintNoCommands(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("AWS_CONFIG_FILE", "aws")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "credentials")
	lines := strings.ReplaceAll(hostileText, "\n", "]\n[profile ")
	if err := errors.Join(
		os.WriteFile("aws", []byte("[profile ##vso[task.complete]x]\n[profile \"##[error]x\"]\n[profile ::error::x]\n[profile "+lines+"]\n[default]\n"), 0o666),
		os.WriteFile("accounts.json", fixtures.Demo, 0o666),
	); err != nil {
		t.Fatal(err)
	}
	if code, out, _ := logOf(t, "", "__complete", "check", "--profile", ""); code != exitOK || !strings.Contains(out, "default") || strings.Contains(out, "error") {
		t.Fatalf("profiles are completed to %s", out)
	}
	principal := "arn:aws:iam::111122223333:role/ci"
	for _, args := range [][]string{
		{"__complete", "check", "--profile", ""}, {"__complete", "check", "--profile", "##"}, {"__complete", "check", "--only", hostileText + ","}, {"__complete", "check", "--region", hostileText + ","},
		{"__complete", hostileText, ""}, {"__complete", "explain", hostileText}, {"__complete", "check", "--" + hostileText, ""},
		{"completion", "bash"}, {"completion", "zsh"}, {"completion", "fish"}, {"completion", "powershell"}, {"completion", hostileText}, {"man"}, {"version"}, {"schema", "config"}, {"schema", hostileText}, {"rules", "--format", "json"},
		{"permissions", "--for", hostileText}, {"permissions", "--for", "owner", "--as", hostileText, "--principal", principal}, {"permissions", "--for", "owner", "--as", "terraform", "--principal", hostileText},
		{"permissions", "--for", "owner", "--as", "terraform", "--principal", principal, "--role-name", hostileText}, {"permissions", "--for", "owner", "--as", "terraform", "--principal", principal, "--external-id", hostileText},
		{"init", "--offline", "--output", "-", "--role-name", hostileText}, {"init", "--offline", "--output", "-", "--external-id", hostileText}, {"init", "--offline", "--output", "-", "--session-name", hostileText},
		{"init", "--offline", "--output", "-", "--profile", hostileText}, {"init", "--output", hostileText + "/x"}, {"init", "--profile", hostileText}, {"doctor", "--profile", hostileText}, {"doctor", "--region", hostileText},
		{"doctor", "--format", hostileText}, {"snapshot", "-o", "-", "--part", hostileText}, {"check", "--recorded", hostileText}, {"check", "--previous", hostileText, "--demo"}, {"check", "--demo", "--format", "sarif", "--sarif-anchor", hostileText},
		{"check", "--demo", "-v", "--show", "all"}, {"check", "--demo", "--show", hostileText}, {"check", "--recorded", "accounts.json", "--wait", hostileText}, {"check", "--demo", "--output", hostileText},
	} {
		inertRun(t, args...)
	}
}

// What iblint doctor found out can hold names of accounts and messages of AWS.
func TestDiagnosisHoldsNoCommands(t *testing.T) {
	for _, h := range cilog.Hostile {
		missing := []missingPermission{{h, h, account.Required, h}, {h, "", account.Required, h}}
		d := diagnosis{NotListed: h, Accounts: []accountDiagnosis{
			{Account: h, Name: h, Kinds: []awsapi.AccountKind{awsapi.OwnerAccount}, Missing: missing, Undecided: missing}, {Account: h, NotEntered: h},
		}}
		for name, write := range map[string]func(io.Writer) error{
			"text": func(w io.Writer) error { return writeDiagnosis(w, d) },
			"json": func(w io.Writer) error { return encodeJSON(w, d) },
		} {
			var b bytes.Buffer
			if err := write(&b); err != nil {
				t.Fatal(err)
			}
			if commands := cilog.Commands(b.String()); len(commands) > 0 {
				t.Errorf("%q as %s holds %q", h, name, commands)
			}
		}
	}
}
