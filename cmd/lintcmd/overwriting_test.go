package lintcmd

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/fixtures"
	"github.com/iblint/iblint/internal/source"
	"github.com/iblint/iblint/report"
)

const (
	allowAll       = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`
	toBeCreated    = `{"name":"p","executionRole":"L","resourceType":"AMI_IMAGE","policyDetails":[{"action":{"type":"DELETE"}}],"resourceSelection":{"recipes":[{"name":"r","semanticVersion":"1.0.0"}]}}`
	toBeSpread     = `{"name":"d","distributions":[{"region":"eu-west-1"}]}`
	noRoles        = `{"RoleDetailList":[],"IsTruncated":false}`
	aConfiguration = "sessionName: audit\n"
	aTemplate      = "Resources:\n  R:\n    Type: AWS::IAM::Role\n    Properties: {AssumeRolePolicyDocument: {}}\n"
	aModule        = "resource \"aws_iam_role\" \"r\" {\n  assume_role_policy = \"{}\"\n}\n"
	aPlan          = `{"format_version":"1.2","terraform_version":"1.9.0","planned_values":{"root_module":{}}}`
)

// demoReport is the JSON report of the demo, and the fingerprint of one of its failures.
func demoReport(t *testing.T) (text, fingerprint string) {
	t.Helper()
	_, text, errs := logOf(t, "", "check", "--demo", "--format", "json")
	_, after, ok := strings.Cut(text, `"fingerprint": "`)
	if !ok || len(after) < 32 {
		t.Fatal(errs)
	}
	return text, after[:32]
}

// spellings returns several names of a file in the working directory.
func spellings(t *testing.T, name string) map[string]string {
	t.Helper()
	whole, err := filepath.Abs(name)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{"its name": name, "a longer way": "./folder/../" + name, "the whole path": whole, "a symbolic link": "symbolic", "a link to a link": "folder/second", "a hard link": "hard"}
	for _, err := range []error{os.MkdirAll("folder", 0o777), os.Symlink(name, "symbolic"), os.Symlink("../symbolic", "folder/second"), os.Link(name, "hard")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// No output overwrites an input file of the run, whatever names are used. The error is found
// before anything is read from AWS.
func TestNoInputIsOverwritten(t *testing.T) {
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	var calls atomic.Int64
	aws := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		w.WriteHeader(http.StatusForbidden)
	}))
	defer aws.Close()
	live := []string{"--owner", waitOwner, "--region", "eu-west-1"}
	with := func(args ...string) []string { return append(args, live...) }
	demo, _ := demoReport(t)
	inputs := map[string]struct {
		name, content string
		args          []string
		env           string // that names it
		not           string // a command that does not read it, or "not" and the only one that does
	}{
		"--recorded":                {"in", string(fixtures.Demo), []string{"--recorded", "in"}, "", "snapshot"},
		"a directory of --recorded": {"in.json", string(fixtures.Demo), []string{"--recorded", "."}, "", "snapshot"},
		"--authorization-details":   {"in", noRoles, []string{"--authorization-details", waitOwner + "=in", "--execution-role", "L"}, "", "snapshot"},
		"--config":                  {"in", aConfiguration, with("--config", "in"), "", ""},
		"the default configuration": {".iblint.yaml", aConfiguration, live, "", ""},
		"--lifecycle-policy":        {"in", toBeCreated, with("--lifecycle-policy", "in"), "", ""},
		"--distribution":            {"in", toBeSpread, with("--distribution", "in"), "", ""},
		"--previous":                {"in", demo, []string{"--demo", "--previous", "in"}, "", "not check"},
		"--scp":                     {"in", allowAll, with("--scp", "root=in"), "", "snapshot"},
		"--rcp":                     {"in", strings.Replace(allowAll, `"Action"`, `"Principal":"*","Action"`, 1), with("--rcp", "root=in"), "", "snapshot"},
		"a template":                {"in.yaml", aTemplate, []string{"in.yaml"}, "", "snapshot"},
		"a Terraform file":          {"in.tf", aModule, []string{"."}, "", "snapshot"},
		"a plan":                    {"in.json", aPlan, []string{"in.json"}, "", "snapshot"},
		"the AWS configuration":     {"in", "[default]\nregion = eu-west-1\n", live, "AWS_CONFIG_FILE", ""},
		"the AWS credentials":       {"in", "[default]\naws_access_key_id = a\n", live, "AWS_SHARED_CREDENTIALS_FILE", ""},
		"a CA bundle":               {"in", "not a certificate", live, "AWS_CA_BUNDLE", ""},
		"the token of a role":       {"in", "token", live, "AWS_WEB_IDENTITY_TOKEN_FILE", ""},
	}
	outputs := map[string][]string{
		"check":     {"check", "--format", "json", "--output"},
		"remediate": {"remediate", "--output"},
		"snapshot":  {"snapshot", "--output"},
	}
	for kind, input := range inputs {
		for command, output := range outputs {
			if only, ok := strings.CutPrefix(input.not, "not "); ok && only != command || !ok && strings.Contains(input.not, command) {
				continue
			}
			if command == "remediate" && strings.HasPrefix(input.name, "in.") && !slices.Contains(input.args, "--recorded") {
				output = []string{"remediate", "--as", "patch", "--output"}
			}
			t.Run(command+"/"+kind, func(t *testing.T) {
				t.Chdir(t.TempDir())
				t.Setenv("AWS_ENDPOINT_URL", aws.URL)
				t.Setenv("AWS_CONFIG_FILE", "none")
				t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "none")
				if input.env != "" {
					t.Setenv(input.env, "in")
				}
				if err := os.WriteFile(input.name, []byte(input.content), 0o666); err != nil {
					t.Fatal(err)
				}
				for how, name := range spellings(t, input.name) {
					args := append(append([]string{}, output...), name)
					refused(t, how, append(args, input.args...), input.name, input.content)
				}
			})
		}
	}

	t.Run("check/--sarif-anchor", func(t *testing.T) {
		t.Chdir(t.TempDir())
		if err := os.WriteFile("in", []byte("x"), 0o666); err != nil {
			t.Fatal(err)
		}
		for how, name := range spellings(t, "in") {
			refused(t, how, []string{"check", "--demo", "--format", "sarif", "--sarif-anchor", "in", "--output", name}, "in", "x")
			t.Setenv("GITHUB_STEP_SUMMARY", name)
			refused(t, "summary, "+how, []string{"check", "--demo", "--format", "github", "--sarif-anchor", "in", "--output", "other"}, "in", "x")
		}
	})
	t.Run("check/CA bundle of a profile", func(t *testing.T) {
		t.Chdir(t.TempDir())
		t.Setenv("AWS_CONFIG_FILE", "aws")
		t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "none")
		for name, content := range map[string]string{"in": "x", "aws": "[profile audit]\nca_bundle = in\n"} {
			if err := os.WriteFile(name, []byte(content), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		refused(t, "the profile of the run", with("check", "--profile", "audit", "--format", "json", "--output", "in"), "in", "x")
		// SHA-1 of the name of the SSO session, and SHA-256 of the login session.
		cached := filepath.Join("home", ".aws", "sso", "cache", "71b21161ffa1e6516bcc072aaf5ef38cbe85b511.json")
		login := filepath.Join("login", "6eeec053fe13079aaf7fd81065ec5ecbdb93674f20700e51842d0c769b240c8a.json")
		t.Setenv("HOME", "home")
		t.Setenv("AWS_LOGIN_CACHE_DIRECTORY", "login")
		for name, content := range map[string]string{
			cached: "x", login: "x",
			"aws": "[profile audit]\nca_bundle = in\n[profile sso]\nsso_session = company\nsso_account_id = 111122223333\nsso_role_name = r\n" +
				"[sso-session company]\nsso_region = eu-west-1\nsso_start_url = https://example.com\n[profile login]\nlogin_session = arn:aws:iam::111122223333:user/me\n",
		} {
			if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o777), os.WriteFile(name, []byte(content), 0o666)); err != nil {
				t.Fatal(err)
			}
		}
		refused(t, "the token of an SSO session", with("check", "--profile", "sso", "--format", "json", "--output", cached), cached, "x")
		refused(t, "the token of a login session", with("check", "--profile", "login", "--format", "json", "--output", login), login, "x")
		refused(t, "the profile of an account", []string{"check", "--region", "eu-west-1", "--owner", waitOwner + "=audit", "--format", "json", "--output", "in"}, "in", "x")
	})
	if n := calls.Load(); n > 0 {
		t.Errorf("%d calls to AWS before the output was refused", n)
	}
}

// refused runs a command and expects that it refuses its output file with one line, and leaves
// the input unchanged.
func refused(t *testing.T, how string, args []string, input, content string) {
	t.Helper()
	var out, errs bytes.Buffer
	code := Run(args, strings.NewReader(""), &out, &errs)
	if code != exitUsage || strings.Count(errs.String(), "\n") != 1 || !strings.Contains(errs.String(), "and would be overwritten; name another output file\n") {
		t.Errorf("%s: %v: exit code %d: %s", how, args, code, errs.String())
	}
	if now, err := os.ReadFile(input); err != nil || string(now) != content {
		t.Errorf("%s: %v: the input was overwritten: %.100s, %v", how, args, now, err)
	}
	if left, _ := filepath.Glob(".iblint.*.tmp"); len(left) > 0 {
		t.Errorf("%s: %v: leaves %v behind", how, args, left)
	}
}

// Redirected standard input and standard output are files, too.
func TestNoRedirectedInputIsOverwritten(t *testing.T) {
	trust := trustsImageBuilder
	demo, fingerprint := demoReport(t)
	for _, test := range []struct {
		how, content string
		args         []string
		appends      bool // standard output to the input
	}{
		{"read as -, written by name", string(fixtures.Demo), []string{"check", "--recorded", "-", "--format", "json", "--output", "in"}, false},
		{"read as -, written as /dev/stdin", string(fixtures.Demo), []string{"check", "--recorded", "-", "--format", "json", "--output", "/dev/stdin"}, false},
		{"read as /dev/stdin", string(fixtures.Demo), []string{"check", "--recorded", "/dev/stdin", "--format", "json", "--output", "hard"}, false},
		{"read by name, written as /dev/stdin", string(fixtures.Demo), []string{"remediate", "--recorded", "in", "--output", "/dev/stdin"}, false},
		{"a planned file", toBeCreated, []string{"snapshot", "--owner", waitOwner, "--lifecycle-policy", "-", "--output", "in"}, false},
		{"check >>", string(fixtures.Demo), []string{"check", "--recorded", "in"}, true},
		{"remediate >>", string(fixtures.Demo), []string{"remediate", "--recorded", "in", "--output", "-"}, true},
		{"snapshot >>", aConfiguration, []string{"snapshot", "--owner", waitOwner, "--config", "in", "--output", "-"}, true},
		{"diff >>", string(fixtures.Demo), []string{"diff", "-", "in"}, true},
		{"trust >>", trust, []string{"trust", "in"}, true},
		{"explain >>", demo, []string{"explain", fingerprint, "--report", "in"}, true},
		{"suppress >>", demo, []string{"suppress", fingerprint, "--report", "in", "--reason", "r", "--owner", "o", "--expires", "2099-01-01"}, true},
		{"check --previous >>", demo, []string{"check", "--demo", "--previous", "in"}, true},
	} {
		t.Run(test.how, func(t *testing.T) {
			dir := t.TempDir()
			in := filepath.Join(dir, "in")
			if err := os.WriteFile(in, []byte(test.content), 0o666); err != nil {
				t.Fatal(err)
			}
			if err := os.Link(in, filepath.Join(dir, "hard")); err != nil {
				t.Fatal(err)
			}
			c := exec.Command("iblint", test.args...)
			c.Dir = dir
			c.Env = append(os.Environ(), "AWS_ENDPOINT_URL=http://127.0.0.1:1", "AWS_CONFIG_FILE=none", "AWS_SHARED_CREDENTIALS_FILE=none", "AWS_EC2_METADATA_DISABLED=true")
			stdin, err := os.Open(in)
			if err != nil {
				t.Fatal(err)
			}
			defer stdin.Close()
			var errs bytes.Buffer
			c.Stdin, c.Stderr = stdin, &errs
			if test.appends {
				stdout, err := os.OpenFile(in, os.O_WRONLY|os.O_APPEND, 0)
				if err != nil {
					t.Fatal(err)
				}
				defer stdout.Close()
				c.Stdout = stdout
			}
			_ = c.Run()
			if code := c.ProcessState.ExitCode(); code != exitUsage || strings.Count(errs.String(), "\n") != 1 || !strings.Contains(errs.String(), "and would be overwritten; name another output file\n") {
				t.Errorf("exit code %d: %s", code, errs.String())
			}
			if now, err := os.ReadFile(in); err != nil || string(now) != test.content {
				t.Errorf("the input was overwritten: %.100s, %v", now, err)
			}
		})
	}
}

// No output overwrites a file of the code, in any language: not one that a module, a nested stack, a
// function or an assembly reads, and not one that a report quotes.
func TestNoCodeIsOverwritten(t *testing.T) {
	all, err := filepath.Abs("../../fixtures/code")
	if err != nil {
		t.Fatal(err)
	}
	for fixture, paths := range map[string][]string{
		"module-nested": {"infra"}, "fix-trust-from-file": {"infra"}, "tfvars-order": {"infra"}, "override-file": {"infra"}, "opentofu": {"infra"}, "syntax-json": {"infra"},
		"plan-with-code": {"infra", "infra/plan.json"}, "plan-state-file": {"infra/terraform.tfstate"},
		"template-nested": {"infra"}, "template-sam": {"infra/template.yaml"}, "template-import": {"infra"}, "cdk-nested": {"infra"}, "cdk-stage": {"infra"}, "cdk-accounts": {"infra"},
	} {
		t.Run(fixture, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := os.CopyFS(".", os.DirFS(filepath.Join(all, fixture))); err != nil {
				t.Fatal(err)
			}
			err := filepath.WalkDir("infra", func(name string, entry os.DirEntry, err error) error {
				if err != nil || !entry.Type().IsRegular() {
					return err
				}
				content, err := os.ReadFile(name)
				if err != nil {
					return err
				}
				for how, alias := range spellings(t, name) {
					refused(t, how, append([]string{"check", "--format", "json", "--output", alias}, paths...), name, string(content))
				}
				refused(t, "a patch", append([]string{"remediate", "--as", "patch", "--output", name}, paths...), name, string(content))
				return errors.Join(os.RemoveAll("folder"), os.Remove("symbolic"), os.Remove("hard"))
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}

	t.Run("quoted", func(t *testing.T) {
		t.Chdir(t.TempDir())
		const source = "line 1\nline 2\n"
		here, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for name, content := range map[string]string{
			"images.ts": source,
			"cdk.out/manifest.json": `{"version":"36.0.0","artifacts":{"S":{"type":"aws:cloudformation:stack","environment":"aws://111122223333/eu-west-1","properties":{"templateFile":"s.json"},
				"metadata":{"/S/Role/Resource":[{"type":"aws:cdk:logicalId","data":"Role","trace":["new S (` + here + `/images.ts:2:1)"]}]}}}}`,
			"cdk.out/s.json": `{"Resources":{"Role":{"Type":"AWS::IAM::Role","Properties":{"RoleName":"L","AssumeRolePolicyDocument":{}},"Metadata":{"aws:cdk:path":"S/Role/Resource"}}}}`,
		} {
			if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o777), os.WriteFile(name, []byte(content), 0o666)); err != nil {
				t.Fatal(err)
			}
		}
		refused(t, "its name", []string{"check", "--execution-role", "L", "--format", "json", "--output", "images.ts", "cdk.out"}, "images.ts", source)
	})

	// A file that holds something else may be written again: the last report of the code beside it.
	t.Run("report", func(t *testing.T) {
		t.Chdir(t.TempDir())
		if err := os.CopyFS(".", os.DirFS(filepath.Join(all, "template-sam"))); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if code, _, errs := logOf(t, "", "check", "--output", "infra/report.json", "infra"); code == exitUsage {
				t.Error(errs)
			}
		}
	})
}

// A run on a terminal keeps its problems for iblint explain, but not in place of what it reads.
func TestTheLastReportIsNotOverwritten(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	t.Setenv("HOME", cache) // Darwin
	name, err := lastReport()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o777), os.WriteFile(name, fixtures.Demo, 0o666)); err != nil {
		t.Fatal(err)
	}
	for read, overwritten := range map[bool]bool{true: false, false: true} {
		s := invocation{inputs: &source.Inputs{}}
		if read {
			if _, err := s.inputs.ReadFile(name, nil, source.Limit{}.Large()); err != nil {
				t.Fatal(err)
			}
		}
		s.keepLastReport(checks.Result{}, report.Options{})
		if now, err := os.ReadFile(name); err != nil || string(now) == string(fixtures.Demo) == overwritten {
			t.Errorf("the run reads it: %v; it holds %.40q, %v", read, now, err)
		}
		if err := os.WriteFile(name, fixtures.Demo, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}
