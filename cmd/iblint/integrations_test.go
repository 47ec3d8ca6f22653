package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/iblint/iblint/internal/testrun"
)

// What users run elsewhere is tested as it is shipped: the steps of action.yml, and the commands in
// integrations, with bash, sh and curl, against a release that has the iblint of this tree.

// rawFiles is where the files of the tag are.
const rawFiles = "https://raw.githubusercontent.com/iblint/iblint/v0.1.0/"

// releaseServer serves a release, and the files of this tree as the tag has them.
func releaseServer(t *testing.T) *httptest.Server {
	t.Helper()
	iblint, err := exec.LookPath("iblint")
	if err != nil {
		t.Fatal(err)
	}
	// The whole test binary in the archive would take seconds.
	program := []byte("#!/bin/sh\nexec '" + iblint + "' \"$@\"\n")
	var archive bytes.Buffer
	z := gzip.NewWriter(&archive)
	w := tar.NewWriter(z)
	if err := w.WriteHeader(&tar.Header{Name: "iblint", Mode: 0o755, Size: int64(len(program))}); err != nil {
		t.Fatal(err)
	}
	for _, write := range []func() error{func() error { _, err := w.Write(program); return err }, w.Close, z.Close} {
		if err := write(); err != nil {
			t.Fatal(err)
		}
	}
	name := fmt.Sprintf("iblint_0.1.0_%s_%s.tar.gz", runtime.GOOS, runtime.GOARCH)
	mux := http.NewServeMux()
	for path, content := range map[string][]byte{
		"/v0.1.0/" + name:               archive.Bytes(),
		"/v0.1.0/checksums.txt":         fmt.Appendf(nil, "%x  other.zip\n%x  %s\n", sha256.Sum256(nil), sha256.Sum256(archive.Bytes()), name),
		"/wrong/v0.1.0/" + name:         []byte("not what was released"),
		"/wrong/v0.1.0/checksums.txt":   fmt.Appendf(nil, "%x  %s\n", sha256.Sum256(archive.Bytes()), name),
		"/unnamed/v0.1.0/" + name:       archive.Bytes(),
		"/unnamed/v0.1.0/checksums.txt": fmt.Appendf(nil, "%x  other.zip\n", sha256.Sum256(archive.Bytes())),
	} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(content) })
	}
	mux.Handle("GET /raw/", http.StripPrefix("/raw/", http.FileServer(http.Dir("../.."))))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

// shell runs a script in a directory, and returns its exit code and what it printed.
func shell(t *testing.T, dir string, environment []string, command ...string) (int, string) {
	t.Helper()
	c := exec.Command(command[0], command[1:]...)
	c.Dir, c.Env = dir, environment
	out, err := c.CombinedOutput()
	if err != nil && c.ProcessState == nil {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), string(out)
}

func TestInstall(t *testing.T) {
	t.Parallel()
	server := releaseServer(t)
	script, err := filepath.Abs("../../docs/ci/install.sh")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		environment []string
		code        int
		want        string
	}{
		"a release":             {[]string{"IBLINT_RELEASES=" + server.URL}, 0, "installed iblint 0.1.0 as "},
		"a version with a v":    {[]string{"IBLINT_RELEASES=" + server.URL, "IBLINT_VERSION=v0.1.0"}, 0, "installed iblint 0.1.0 as "},
		"another archive":       {[]string{"IBLINT_RELEASES=" + server.URL + "/wrong"}, 2, "install.sh: the checksum of iblint_0.1.0_"},
		"not in the checksums":  {[]string{"IBLINT_RELEASES=" + server.URL + "/unnamed"}, 2, "install.sh: checksums.txt of 0.1.0 does not name iblint_0.1.0_"},
		"another pinned digest": {[]string{"IBLINT_RELEASES=" + server.URL, "IBLINT_SHA256=" + strings.Repeat("0", 64)}, 2, "install.sh: the checksum of iblint_0.1.0_"},
		"no such release":       {[]string{"IBLINT_RELEASES=" + server.URL, "IBLINT_VERSION=9.9.9"}, 2, "install.sh: cannot download " + server.URL + "/v9.9.9/"},
		"not a version":         {[]string{"IBLINT_VERSION=1/../2"}, 2, "install.sh: IBLINT_VERSION: expected a version such as 0.1.0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			code, out := shell(t, dir, append(test.environment, "PATH="+os.Getenv("PATH"), "HOME="+dir, "TMPDIR="+t.TempDir()), "sh", script, filepath.Join(dir, "bin"))
			if code != test.code || !strings.Contains(out, test.want) {
				t.Errorf("exit code %d, want %d; want %q in\n%s", code, test.code, test.want, out)
			}
			if test.code != 0 {
				if _, err := os.Stat(filepath.Join(dir, "bin")); err == nil {
					t.Error("something was installed")
				}
				return
			}
			if code, out := shell(t, dir, os.Environ(), filepath.Join(dir, "bin", "iblint"), "--version"); code != 0 || !strings.HasPrefix(out, "iblint version ") {
				t.Errorf("iblint --version: exit code %d\n%s", code, out)
			}
		})
	}
}

// action is what a test needs of action.yml.
type action struct {
	Inputs  map[string]struct{ Description, Default string }
	Outputs map[string]struct{ Description, Value string }
	Runs    struct{ Steps []step }
}

type step struct {
	Name, ID, If, Uses, Shell, Run string
	Directory                      string `yaml:"working-directory"`
	Env, With                      map[string]string
}

func readAction(t *testing.T) (a action) {
	t.Helper()
	text, err := os.ReadFile("../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &a); err != nil {
		t.Fatal(err)
	}
	return a
}

// job runs the steps of action.yml as GitHub does.
type job struct {
	action
	dir, temp   string
	inputs      map[string]string
	environment []string
	outputs     map[string]string // of the step check
	uploaded    string            // the file for code scanning
	log         string
}

var expression = regexp.MustCompile(`\$\{\{ (\S+) \}\}`)

func (j *job) resolve(t *testing.T, text string) string {
	t.Helper()
	return expression.ReplaceAllStringFunc(text, func(found string) string {
		name := expression.FindStringSubmatch(found)[1]
		if input, ok := strings.CutPrefix(name, "inputs."); ok {
			declared, ok := j.Inputs[input]
			if !ok {
				t.Fatalf("action.yml has no input %s", input)
			}
			if given, ok := j.inputs[input]; ok {
				return given
			}
			return declared.Default
		}
		if output, ok := strings.CutPrefix(name, "steps.check.outputs."); ok {
			return j.outputs[output]
		}
		if name != "runner.temp" {
			t.Fatalf("what is %s?", name)
		}
		return j.temp
	})
}

// run returns the exit code of the job: that of its first step that fails.
func (j *job) run(t *testing.T) int {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	j.temp, j.outputs = t.TempDir(), map[string]string{}
	path := os.Getenv("PATH")
	for _, s := range j.Runs.Steps {
		if s.If != "" && (s.If != "steps.check.outputs.sarif != ''" || j.outputs["sarif"] == "") {
			continue
		}
		if s.Uses != "" {
			j.uploaded = j.resolve(t, s.With["sarif_file"])
			continue
		}
		if strings.Contains(s.Run, "${{") {
			t.Errorf("the step %s has an expression in its script, so an input could be run", s.Name)
		}
		paths, outputs := filepath.Join(j.temp, "path"), filepath.Join(j.temp, "output")
		environment := append(slices.Clone(j.environment), "PATH="+path, "HOME="+j.dir, "TMPDIR="+j.temp, "GITHUB_ACTION_PATH="+root,
			"GITHUB_PATH="+paths, "GITHUB_OUTPUT="+outputs, "GITHUB_STEP_SUMMARY="+filepath.Join(j.temp, "summary.md"))
		for name, value := range s.Env {
			environment = append(environment, name+"="+j.resolve(t, value))
		}
		code, out := shell(t, filepath.Join(j.dir, j.resolve(t, s.Directory)), environment, "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", s.Run)
		j.log += out
		if code != 0 {
			return code
		}
		if added, err := os.ReadFile(paths); err == nil {
			path = strings.TrimSpace(string(added)) + ":" + path
		}
		if s.ID == "check" {
			text, err := os.ReadFile(outputs)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(string(text)) {
				name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
				j.outputs[name] = value
			}
		}
	}
	return 0
}

func TestAction(t *testing.T) {
	t.Parallel()
	server := releaseServer(t)
	code := pages(t)["docs/code.md"]
	for name, test := range map[string]struct {
		inputs   map[string]string
		code     int
		uploaded bool
		log      string
	}{
		"code":                {map[string]string{"paths": "infra"}, 1, false, "::error file=infra/main.tf,line="},
		"code scanning":       {map[string]string{"paths": "infra\n", "upload-sarif": "true"}, 1, true, "::error file=infra/main.tf,line="},
		"live accounts":       {map[string]string{"arguments": "--region\neu-west-1\r\n\n  --role-name=Audit", "upload-sarif": "true"}, 1, true, "::error"},
		"a mistake":           {map[string]string{"arguments": "--nonsense", "upload-sarif": "true"}, 2, false, "iblint: there is no flag --nonsense"},
		"text of others":      {map[string]string{"paths": "$(touch pwned)`touch pwned`; touch pwned\n--version", "arguments": "--region=\"; touch pwned; \""}, 2, false, "iblint: "},
		"another archive":     {map[string]string{"paths": "infra", "releases": server.URL + "/wrong"}, 2, false, "install.sh: the checksum of iblint_0.1.0_"},
		"a folder of its own": {map[string]string{"paths": "infra", "working-directory": "elsewhere"}, 2, false, "iblint: infra: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRunner(t, code)
			r.write(t, "elsewhere/empty", nil)
			r.write(t, ".github/workflows/lifecycle.yml", []byte("name: lifecycle\n"))
			if test.inputs["releases"] == "" {
				test.inputs["releases"] = server.URL
			}
			j := job{action: readAction(t), dir: r.dir, inputs: test.inputs, environment: append(slices.Clone(r.owner), "GITHUB_REPOSITORY=acme/images", "GITHUB_WORKFLOW_REF=acme/images/.github/workflows/lifecycle.yml@refs/heads/main")}
			if code := j.run(t); code != test.code || !strings.Contains(j.log, test.log) {
				t.Errorf("exit code %d, want %d; want %q in\n%s", code, test.code, test.log, j.log)
			}
			if _, err := os.Stat(filepath.Join(r.dir, "pwned")); err == nil {
				t.Error("an input was run")
			}
			if test.uploaded != (j.uploaded != "") {
				t.Errorf("uploaded: %q", j.uploaded)
			}
			if test.uploaded {
				if text, err := os.ReadFile(j.uploaded); err != nil || !bytes.Contains(text, []byte(`"version": "2.1.0"`)) {
					t.Errorf("not SARIF: %v", err)
				}
			}
			if summary, _ := os.ReadFile(filepath.Join(j.temp, "summary.md")); (test.code == 1) != bytes.Contains(summary, []byte("EC2 Image Builder")) {
				t.Errorf("summary of the step:\n%s", summary)
			}
		})
	}
}

// The workflows in the documentation that use the action find what is wrong.
func TestDocumentedWorkflows(t *testing.T) {
	t.Parallel()
	server := releaseServer(t)
	all := pages(t)
	for _, name := range []string{"README.md", "docs/ci.md", "docs/code.md", "docs/usage.md"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			used := 0
			for _, b := range blocks(all[name]) {
				var workflow struct {
					Jobs map[string]struct{ Steps []step }
				}
				if b.comment != "file workflow.yml" {
					continue
				}
				if err := yaml.Unmarshal([]byte(b.text), &workflow); err != nil {
					t.Fatal(err)
				}
				for _, j := range workflow.Jobs {
					for _, s := range j.Steps {
						if !strings.HasPrefix(s.Uses, "iblint/iblint@") {
							continue
						}
						used++
						r := newRunner(t, all["docs/code.md"])
						inputs := map[string]string{"releases": server.URL}
						maps.Copy(inputs, s.With)
						j := job{action: readAction(t), dir: r.dir, inputs: inputs, environment: r.owner}
						if code := j.run(t); code != 1 {
							t.Errorf("exit code %d, want 1\n%s", code, j.log)
						}
					}
				}
			}
			if used != 1 {
				t.Errorf("%d workflows use the action", used)
			}
		})
	}
}

// commandsOf are the commands for a shell in a file of integrations, in order.
func commandsOf(t *testing.T, name string) (all []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../docs/ci", name))
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(name, "Jenkinsfile") {
		for _, m := range regexp.MustCompile(`(?m)^\s*sh '(.*)'$`).FindAllStringSubmatch(string(text), -1) {
			all = append(all, m[1])
		}
		return all
	}
	var file struct {
		Iblint struct {
			Script    []string
			Variables map[string]string
		}
		Phases struct{ Install, Build struct{ Commands []string } }
		Steps  []struct {
			Script string
			Inputs map[string]string
		}
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	all = append(file.Iblint.Script, append(file.Phases.Install.Commands, file.Phases.Build.Commands...)...)
	for _, s := range file.Steps {
		if command := s.Script + s.Inputs["inlineScript"]; command != "" {
			all = append(all, command)
		}
	}
	return all
}

// The commands in the files for other CI systems install iblint and write the reports that
// those files name.
func TestIntegrations(t *testing.T) {
	testrun.Long(t)
	t.Parallel()
	server := releaseServer(t)
	code := pages(t)["docs/code.md"]
	for name, test := range map[string]struct {
		environment []string
		codes       []int // of the commands
		reports     []string
	}{
		"gitlab/iblint.yml":         {[]string{"IBLINT_PATHS=infra", "IBLINT_ARGUMENTS=--owner 111122223333", "IBLINT_ROLE_ARN="}, []int{0, 1}, []string{"iblint.xml", "iblint-codequality.json"}},
		"codebuild/buildspec.yml":   {[]string{"IBLINT_ARGUMENTS=--role-name Audit"}, []int{0, 1}, []string{"iblint.xml"}},
		"azure/azure-pipelines.yml": {nil, []int{0, 1, 1}, []string{"iblint-code.xml", "iblint-live.xml"}},
		"jenkins/Jenkinsfile":       {nil, []int{0, 1, 1}, []string{"iblint-code.xml", "iblint-live.xml"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRunner(t, code)
			commands := commandsOf(t, name)
			if len(commands) != len(test.codes) {
				t.Fatalf("%d commands, want %d: %q", len(commands), len(test.codes), commands)
			}
			for i, command := range commands {
				command = strings.ReplaceAll(command, rawFiles, server.URL+"/raw/")
				got, out := shell(t, r.dir, append(slices.Concat(r.owner, test.environment), "IBLINT_RELEASES="+server.URL), "sh", "-c", command)
				if got != test.codes[i] {
					t.Errorf("%s: exit code %d, want %d\n%s", command, got, test.codes[i], out)
				}
			}
			for _, name := range test.reports {
				if info, err := os.Stat(filepath.Join(r.dir, name)); err != nil || info.Size() == 0 {
					t.Errorf("no report %s", name)
				}
			}
		})
	}
}

// docs/ci.md describes each input and output of the action, and names each file of integrations.
func TestIntegrationsAreDocumented(t *testing.T) {
	page := pages(t)["docs/ci.md"]
	a := readAction(t)
	for name, input := range a.Inputs {
		if input.Description == "" || !strings.Contains(page, "| `"+name+"` |") {
			t.Errorf("docs/ci.md does not describe the input %s", name)
		}
	}
	for name, output := range a.Outputs {
		if output.Description == "" || !strings.Contains(page, "`"+name+"`") {
			t.Errorf("docs/ci.md does not describe the output %s", name)
		}
	}
	files, err := filepath.Glob("../../docs/ci/*/*")
	if err != nil || len(files) < 5 {
		t.Fatalf("%q: %v", files, err)
	}
	for _, file := range files {
		if name := strings.TrimPrefix(filepath.ToSlash(file), "../../"); name != "docs/ci/github/check.sh" && !strings.Contains(page, name) {
			t.Errorf("docs/ci.md does not mention %s", name)
		}
	}
	if strings.Contains(page, "AWS_SECRET_ACCESS_KEY") {
		t.Error("docs/ci.md shows keys")
	}
}

// The version that files name is the one that CHANGELOG.md names last.
func TestVersionsAgree(t *testing.T) {
	text, err := os.ReadFile("../../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	last := regexp.MustCompile(`(?m)^## (\d+\.\d+\.\d+)`).FindSubmatch(text)
	if last == nil {
		t.Fatal("CHANGELOG.md has no version")
	}
	version := string(last[1])
	if a := readAction(t); a.Inputs["version"].Default != version {
		t.Errorf("action.yml installs %s, and CHANGELOG.md says %s", a.Inputs["version"].Default, version)
	}
	files := []string{"../../README.md", "../../docs/ci/install.sh"}
	for _, pattern := range []string{"../../docs/*.md", "../../docs/ci/*/*"} {
		more, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, more...)
	}
	named := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?:iblint/iblint(?:@|/|/releases/download/)v|IBLINT_VERSION:-|rev: v|ghcr\.io/iblint/iblint:|iblint_)(\d+\.\d+\.\d+)`).FindAllSubmatch(text, -1) {
			named++
			if string(m[1]) != version {
				t.Errorf("%s names %s, and CHANGELOG.md says %s", file, m[0], version)
			}
		}
	}
	if named < 5 {
		t.Errorf("%d files name a version", named)
	}
}
