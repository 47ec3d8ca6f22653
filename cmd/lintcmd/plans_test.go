package lintcmd_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/iblint/iblint/cmd/lintcmd"
)

// statuses are the verdicts about each subject of what the paths hold.
func statuses(t *testing.T, paths ...string) map[string]string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	lintcmd.Run(append([]string{"check", "--owner", "111122223333", "--region", "eu-west-1", "--format", "json"}, paths...), nil, &stdout, &stderr)
	var r struct {
		Findings []struct {
			Check, Status string
			Subject       struct{ Account, Name string }
		}
	}
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
		t.Fatalf("%v: %s", err, &stderr)
	}
	all := map[string]string{}
	for _, f := range r.Findings {
		all[strings.ReplaceAll(f.Check+" of "+f.Subject.Account+"/"+f.Subject.Name, "infra/plan.json", "infra")] = f.Status
	}
	return all
}

// A plan has the verdicts of the configuration that it was made from. It may leave open what the
// configuration says: which branch of a conditional expression was taken, and what locals are.
func TestPlanAgreesWithItsConfiguration(t *testing.T) {
	dirs, err := filepath.Glob("../../fixtures/code/plan-*/infra/main.tf")
	if err != nil || len(dirs) < 10 {
		t.Fatal(dirs, err)
	}
	for _, file := range dirs {
		dir := filepath.Dir(filepath.Dir(file))
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Chdir(dir)
			code, plan := statuses(t, "infra"), statuses(t, "infra/plan.json")
			if filepath.Base(dir) == "plan-conditional" {
				if slices.Contains(slices.Collect(maps.Values(plan)), "fail") {
					t.Errorf("the plan does not say which branch was taken: %v", plan)
				}
				return
			}
			if filepath.Base(dir) == "plan-delete-role" { // only the plan knows that the role was there
				if code["execution-role-exists of 111122223333/expiry"] != "unknown" || plan["execution-role-exists of 111122223333/expiry"] != "fail" {
					t.Errorf("the configuration: %v\nthe plan: %v", code, plan)
				}
				return
			}
			if !maps.Equal(code, plan) {
				t.Errorf("the configuration: %v\nthe plan: %v", code, plan)
			}
		})
	}
}

func TestPlanWithItsConfigurationDeclaresOnce(t *testing.T) {
	t.Chdir("../../fixtures/code/plan-modules")
	if both, plan := statuses(t, "infra", "infra/plan.json"), statuses(t, "infra/plan.json"); !maps.Equal(both, plan) {
		t.Errorf("both: %v\nthe plan: %v", both, plan)
	}
}

// Files that are not the JSON of a plan get one line that says what to give instead, and exit
// code 2.
func TestPlansThatCannotBeRead(t *testing.T) {
	whole, err := os.ReadFile("../../fixtures/code/plan-for-each/infra/plan.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ content, want string }{
		"binary.tfplan": {"PK\x03\x04\x14\x00", "is a binary plan; give the output of terraform show -json binary.tfplan"},
		"log.json":      {`{"@level":"info","@message":"Terraform 1.11.4"}` + "\n", "is the log of terraform plan -json"},
		"cut.json":      {string(whole[:len(whole)/2]), "is not a Terraform plan or state as JSON: line 1, column"},
		"latin1.json":   {strings.Replace(string(whole), "expiry", "expir\xe9", 1), "is not UTF-8"},
		"odd.json":      {"\xff\xfe" + utf16LE(string(whole[:100])), "is not a Terraform plan or state as JSON"},
		"future.json":   {strings.Replace(string(whole), `"format_version":"1.2"`, `"format_version":"2.0"`, 1), `has format version "2.0"`},
		"failed.json":   {strings.Replace(string(whole), `"errored":false`, `"errored":true`, 1), "is the plan of a run that failed"},
		"types.json":    {`{"format_version":"1.2","resource_changes":{"a":1}}`, "resource_changes is a JSON object, which is not expected"},
		"old.tfstate":   {`{"version":3,"terraform_version":"0.11.0","serial":1,"modules":[]}`, "is a state of version 3"},
		"deep.json":     {`{"format_version":"1.2","configuration":` + strings.Repeat("[", 20_000), "is not a Terraform plan or state as JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := os.WriteFile(name, []byte(c.content), 0o600); err != nil {
				t.Fatal(err)
			}
			var stdout, stderr bytes.Buffer
			code := lintcmd.Run([]string{"check", name}, nil, &stdout, &stderr)
			if code != 2 || !strings.Contains(stderr.String(), c.want) || strings.Count(stderr.String(), "\n") != 1 || !strings.Contains(stderr.String(), name) {
				t.Errorf("exit %d: %s", code, &stderr)
			}
		})
	}
}

func utf16LE(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		b.WriteByte(c)
		b.WriteByte(0)
	}
	return b.String()
}

// Byte order marks, UTF-16 and sorted members change nothing.
func TestPlanEncodings(t *testing.T) {
	dir, err := filepath.Abs("../../fixtures/code/plan-for-each")
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "infra/plan.json"))
	if err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := json.Unmarshal(data, &tree); err != nil {
		t.Fatal(err)
	}
	sorted, err := json.MarshalIndent(tree, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	want := statuses(t, "infra/plan.json")
	for name, content := range map[string]string{
		"bom": "\xef\xbb\xbf" + string(data), "utf16": "\xff\xfe" + utf16LE(string(data)), "sorted": string(sorted),
	} {
		file := filepath.Join(t.TempDir(), "plan.out")
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := statuses(t, file); !maps.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

// A directory without configurations and templates may hold a plan.
func TestPlanInDirectory(t *testing.T) {
	data, err := os.ReadFile("../../fixtures/code/plan-for-each/infra/plan.json")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "tfplan.json"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := statuses(t, dir); len(got) < 5 {
		t.Error(got)
	}
}
