package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
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

// archiveOf is a tar.gz with one file. It is hardly compressed, which is fast.
func archiveOf(t *testing.T, name string, content []byte) []byte {
	t.Helper()
	var archive bytes.Buffer
	z, err := gzip.NewWriterLevel(&archive, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(z)
	if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(content))}); err != nil {
		t.Fatal(err)
	}
	for _, write := range []func() error{func() error { _, err := w.Write(content); return err }, w.Close, z.Close} {
		if err := write(); err != nil {
			t.Fatal(err)
		}
	}
	return archive.Bytes()
}

// releaseServer serves a release, and the files of this tree as the tag has them.
func releaseServer(t *testing.T) *httptest.Server {
	t.Helper()
	iblint, err := exec.LookPath("iblint")
	if err != nil {
		t.Fatal(err)
	}
	// The whole test binary in the archive would take seconds.
	program := []byte("#!/bin/sh\nexec '" + iblint + "' \"$@\"\n")
	archive := archiveOf(t, "iblint", program)
	const portal = "<html><body>Please sign in</body></html>"
	nothing := archiveOf(t, "README.md", []byte("no program\n"))
	name := fmt.Sprintf("iblint_0.1.0_%s_%s.tar.gz", runtime.GOOS, runtime.GOARCH)
	mux := http.NewServeMux()
	for path, content := range map[string][]byte{
		"/v0.1.0/" + name:               archive,
		"/v0.1.0/checksums.txt":         fmt.Appendf(nil, "%x  other.zip\n%x  %s\n", sha256.Sum256(nil), sha256.Sum256(archive), name),
		"/wrong/v0.1.0/" + name:         []byte("not what was released"),
		"/wrong/v0.1.0/checksums.txt":   fmt.Appendf(nil, "%x  %s\n", sha256.Sum256(archive), name),
		"/unnamed/v0.1.0/" + name:       archive,
		"/unnamed/v0.1.0/checksums.txt": fmt.Appendf(nil, "%x  other.zip\n", sha256.Sum256(archive)),
		"/empty/v0.1.0/" + name:         nothing,
		"/empty/v0.1.0/checksums.txt":   fmt.Appendf(nil, "%x  %s\n", sha256.Sum256(nothing), name),
		"/page/v0.1.0/" + name:          []byte(portal),
		"/page/v0.1.0/checksums.txt":    []byte(portal),
	} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(content) })
	}
	mux.HandleFunc("GET /endless/", func(w http.ResponseWriter, _ *http.Request) {
		for zeros := make([]byte, 1<<20); ; {
			if _, err := w.Write(zeros); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("GET /refused/", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, portal, http.StatusForbidden) })
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
	testrun.Long(t)
	t.Parallel()
	server := releaseServer(t)
	script, err := filepath.Abs("../../docs/ci/install.sh")
	if err != nil {
		t.Fatal(err)
	}
	release := "IBLINT_RELEASES=" + server.URL
	sum := fmt.Sprintf("%x", sha256.Sum256(get(t, fmt.Sprintf("%s/v0.1.0/iblint_0.1.0_%s_%s.tar.gz", server.URL, runtime.GOOS, runtime.GOARCH))))
	for name, test := range map[string]struct {
		environment []string
		without     string // a program that the machine does not have
		code        int
		want        string
	}{
		"a release":              {[]string{release}, "", 0, "installed iblint 0.1.0 as "},
		"a version with a v":     {[]string{release, "IBLINT_VERSION=v0.1.0"}, "", 0, "installed iblint 0.1.0 as "},
		"a slash at the end":     {[]string{release + "/"}, "", 0, "installed iblint 0.1.0 as "},
		"a pinned digest":        {[]string{release, "IBLINT_SHA256=" + strings.ToUpper(sum)}, "", 0, "installed iblint 0.1.0 as "},
		"shasum":                 {[]string{release}, "sha256sum", 0, "installed iblint 0.1.0 as "},
		"not in PATH":            {[]string{release}, "", 0, "bin is not in PATH"},
		"another archive":        {[]string{release + "/wrong"}, "", 2, "install.sh: the checksum of iblint_0.1.0_"},
		"not in the checksums":   {[]string{release + "/unnamed"}, "", 2, "install.sh: checksums.txt of 0.1.0 does not name iblint_0.1.0_"},
		"the page of a proxy":    {[]string{release + "/page"}, "", 2, "install.sh: checksums.txt of 0.1.0 does not name iblint_0.1.0_"},
		"a page, and a digest":   {[]string{release + "/page", "IBLINT_SHA256=" + sum}, "", 2, "install.sh: the checksum of iblint_0.1.0_"},
		"refused":                {[]string{release + "/refused"}, "", 2, "install.sh: cannot download " + server.URL + "/refused/"},
		"without end":            {[]string{release + "/endless"}, "", 2, "install.sh: cannot download " + server.URL + "/endless/"},
		"an archive without it":  {[]string{release + "/empty"}, "", 2, "install.sh: cannot unpack iblint from iblint_0.1.0_"},
		"another pinned digest":  {[]string{release, "IBLINT_SHA256=" + strings.Repeat("0", 64)}, "", 2, "install.sh: the checksum of iblint_0.1.0_"},
		"not a digest":           {[]string{release, "IBLINT_SHA256=abc"}, "", 2, "install.sh: IBLINT_SHA256: expected 64 hexadecimal digits"},
		"not hexadecimal":        {[]string{release, "IBLINT_SHA256=" + strings.Repeat("g", 64)}, "", 2, "install.sh: IBLINT_SHA256: expected 64 hexadecimal digits"},
		"no such release":        {[]string{release, "IBLINT_VERSION=9.9.9"}, "", 2, "install.sh: cannot download " + server.URL + "/v9.9.9/"},
		"not a version":          {[]string{"IBLINT_VERSION=1/../2"}, "", 2, "install.sh: IBLINT_VERSION: expected a version such as 0.1.0"},
		"the latest":             {[]string{"IBLINT_VERSION=latest"}, "", 2, "install.sh: IBLINT_VERSION: expected a version such as 0.1.0"},
		"no HTTPS":               {[]string{"IBLINT_RELEASES=http://192.0.2.1/releases"}, "", 2, "install.sh: IBLINT_RELEASES: expected https://; with http://, set IBLINT_SHA256"},
		"a host like a loopback": {[]string{"IBLINT_RELEASES=http://127.0.0.1.example.com"}, "", 2, "install.sh: IBLINT_RELEASES: expected https://; with http://, set IBLINT_SHA256"},
		"not a URL":              {[]string{"IBLINT_RELEASES=-o/tmp/x"}, "", 2, "install.sh: IBLINT_RELEASES: expected a URL with https://"},
		"no curl, and no wget":   {[]string{release}, "curl", 2, "install.sh: needs curl or wget"},
		"no tar":                 {[]string{release}, "tar", 2, "install.sh: needs tar"},
		"no temporary directory": {[]string{release, "TMPDIR=/nonexistent"}, "", 2, "install.sh: cannot make a temporary directory"},
		"another machine":        {[]string{release}, "uname", 2, "install.sh: there is no release for Plan9"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "with space and \\")
			bin := filepath.Join(dir, "bin")
			code, out := shell(t, "", append([]string{"PATH=" + programsWithout(t, test.without), "HOME=" + dir, "TMPDIR=" + mkdir(t, dir, "tmp")}, test.environment...), "sh", script, bin)
			if code != test.code || !strings.Contains(out, test.want) {
				t.Errorf("exit code %d, want %d; want %q in\n%s", code, test.code, test.want, out)
			}
			if left, err := os.ReadDir(filepath.Join(dir, "tmp")); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
			if test.code != 0 {
				if _, err := os.Stat(bin); err == nil {
					t.Error("something was installed")
				}
				return
			}
			if code, out := shell(t, dir, os.Environ(), filepath.Join(bin, "iblint"), "--version"); code != 0 || !strings.HasPrefix(out, "iblint version ") {
				t.Errorf("iblint --version: exit code %d\n%s", code, out)
			}
		})
	}
}

// What is in the place of the program, and which place, decides as well.
func TestInstallPlace(t *testing.T) {
	t.Parallel()
	server := releaseServer(t)
	script, err := filepath.Abs("../../docs/ci/install.sh")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	mkdir(t, dir, "taken/iblint")
	for name, text := range map[string]string{"file": "", "old/iblint": "old"} {
		mkdir(t, dir, filepath.Dir(name))
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o400); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		arguments []string
		code      int
		want      string
	}{
		{[]string{"new/folder"}, 0, "installed iblint 0.1.0 as new/folder/iblint"},
		{[]string{"old"}, 0, "installed iblint 0.1.0 as old/iblint"},
		{[]string{"taken"}, 2, "install.sh: taken/iblint is a directory"},
		{[]string{"file"}, 2, "install.sh: cannot write to file; name another directory, or run this as its owner"},
		{[]string{"--help"}, 2, "install.sh: --help: expected a directory; there are no flags"},
		{[]string{"one", "two"}, 2, "install.sh: expected one directory"},
	} {
		code, out := shell(t, dir, []string{"PATH=" + os.Getenv("PATH"), "IBLINT_RELEASES=" + server.URL, "TMPDIR=" + dir}, append([]string{"sh", script}, test.arguments...)...)
		if code != test.code || !strings.Contains(out, test.want) {
			t.Errorf("%q: exit code %d, want %d; want %q in\n%s", test.arguments, code, test.code, test.want, out)
		}
	}
	if code, out := shell(t, dir, os.Environ(), "old/iblint", "--version"); code != 0 {
		t.Errorf("the old program was not replaced: exit code %d\n%s", code, out)
	}
	var names []string
	for _, pattern := range []string{".*", "*", "*/.*", "*/*"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			names = append(names, strings.TrimPrefix(path, dir+"/"))
		}
	}
	slices.Sort(names)
	if want := []string{"file", "new", "new/folder", "old", "old/iblint", "taken", "taken/iblint"}; !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
}

// A script that was cut off on its way does nothing.
func TestInstallCutOff(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/ci/install.sh")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	lines := strings.SplitAfter(string(text), "\n")
	for n := 1; n < len(lines)-1; n += 7 { // the last line starts it
		c := exec.Command("sh", "-s", "--", filepath.Join(dir, "bin"))
		c.Stdin = strings.NewReader(strings.Join(lines[:n], ""))
		c.Env = []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + dir, "IBLINT_RELEASES=-"}
		if out, _ := c.CombinedOutput(); strings.Contains(string(out), "install.sh:") {
			t.Errorf("the first %d lines run:\n%s", n, out)
		}
	}
}

func mkdir(t *testing.T, dir, name string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(path, 0o777); err != nil {
		t.Fatal(err)
	}
	return path
}

func get(t *testing.T, url string) []byte {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// programsWithout is a PATH of what install.sh needs and no more, without one program.
func programsWithout(t *testing.T, missing string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"awk", "chmod", "cp", "curl", "gzip", "mkdir", "mktemp", "mv", "rm", "sh", "sha256sum", "shasum", "tar", "tr", "uname"} {
		path, err := exec.LookPath(name)
		switch {
		case name == "shasum" && missing != "sha256sum" || name == missing && name != "uname":
			continue
		case name == missing:
			err = os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\necho Plan9\n"), 0o777) //nolint:gosec // a program
		case err == nil:
			err = os.Symlink(path, filepath.Join(dir, name))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
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
	root        string // that of the runner, which has the action at its place; empty: this machine
	dir, temp   string
	inputs      map[string]string
	environment []string
	outputs     map[string]string // of the step check
	uploaded    string            // the file for code scanning
	log         string
}

// rootPath is the PATH of a base image.
const rootPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// within is a command that runs in a directory of another root.
func within(root, dir string, command ...string) []string {
	if root == "" {
		return command
	}
	return append([]string{"chroot", root, "/bin/sh", "-c", `cd "$0" && exec "$@"`, dir}, command...)
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
	action, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	temp := t.TempDir()
	path := os.Getenv("PATH")
	if j.root != "" {
		action, temp, path = "/action", mkdir(t, j.root, "runner"), rootPath
	}
	j.outputs, j.temp = map[string]string{}, strings.TrimPrefix(temp, j.root)
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
		environment := append(slices.Clone(j.environment), "PATH="+path, "HOME="+j.dir, "TMPDIR="+j.temp, "GITHUB_ACTION_PATH="+action,
			"GITHUB_PATH="+j.temp+"/path", "GITHUB_OUTPUT="+j.temp+"/output", "GITHUB_STEP_SUMMARY="+j.temp+"/summary.md")
		for name, value := range s.Env {
			environment = append(environment, name+"="+j.resolve(t, value))
		}
		dir := filepath.Join(j.dir, j.resolve(t, s.Directory))
		code, out := shell(t, filepath.Join(j.root, dir), environment, within(j.root, dir, "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", s.Run)...)
		j.log += out
		if code != 0 {
			return code
		}
		if added, err := os.ReadFile(filepath.Join(temp, "path")); err == nil {
			path = strings.TrimSpace(string(added)) + ":" + path
		}
		if s.ID == "check" {
			text, err := os.ReadFile(filepath.Join(temp, "output"))
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
	testrun.Long(t)
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

// integrations are the files for other CI systems, and what their commands do.
var integrations = map[string]struct {
	environment []string
	codes       []int // of the commands
	reports     []string
}{
	"gitlab/iblint.yml":         {[]string{"IBLINT_PATHS=infra", "IBLINT_ARGUMENTS=--owner 111122223333", "IBLINT_ROLE_ARN="}, []int{0, 1}, []string{"iblint.xml", "iblint-codequality.json"}},
	"codebuild/buildspec.yml":   {[]string{"IBLINT_ARGUMENTS=--role-name Audit"}, []int{0, 1}, []string{"iblint.xml"}},
	"azure/azure-pipelines.yml": {nil, []int{0, 1, 1}, []string{"iblint-code.xml", "iblint-live.xml"}},
	"jenkins/Jenkinsfile":       {nil, []int{0, 1, 1}, []string{"iblint-code.xml", "iblint-live.xml"}},
}

// The commands in the files for other CI systems install iblint and write the reports that
// those files name.
func TestIntegrations(t *testing.T) {
	testrun.Long(t)
	t.Parallel()
	server := releaseServer(t)
	code := pages(t)["docs/code.md"]
	for name, test := range integrations {
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

// partedFile is what a test needs of the files that read an organization in parts.
type partedFile struct {
	Base struct { // of GitLab
		Before []string `yaml:"before_script"`
	} `yaml:".iblint"`
	Reads struct {
		Parallel  int
		Variables map[string]string
		Script    []string
	} `yaml:"iblint-read"`
	Checks struct{ Script []string } `yaml:"iblint-check"`
	Jobs   struct {                  // of GitHub
		Read struct {
			Strategy struct{ Matrix struct{ Part []int } }
			Steps    []step
		}
		Check struct{ Steps []step }
	}
}

// The jobs of one CI run read an organization in parts, and a last one checks all of it.
func TestOrganizationInParts(t *testing.T) {
	testrun.Long(t)
	t.Parallel()
	server := releaseServer(t)
	code := pages(t)["docs/code.md"]
	read := func(t *testing.T, name string) (f partedFile) {
		t.Helper()
		text, err := os.ReadFile("../../docs/ci/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal(text, &f); err != nil {
			t.Fatal(err)
		}
		return f
	}
	run := func(t *testing.T, r *runner, want int, command string, environment ...string) {
		t.Helper()
		command = strings.ReplaceAll(command, rawFiles, server.URL+"/raw/")
		code, out := shell(t, r.dir, append(slices.Concat(r.organize, environment), "IBLINT_RELEASES="+server.URL), "sh", "-e", "-c", command)
		if code != want || strings.Contains(out, "in no recording") {
			t.Errorf("%s: exit code %d, want %d\n%s", command, code, want, out)
		}
	}
	t.Run("gitlab", func(t *testing.T) {
		t.Parallel()
		f, r := read(t, "gitlab/organization.yml"), newRunner(t, code)
		run(t, r, 0, f.Base.Before[0])
		for part := range f.Reads.Parallel {
			environment := []string{fmt.Sprintf("CI_NODE_INDEX=%d", part+1), fmt.Sprintf("CI_NODE_TOTAL=%d", f.Reads.Parallel)}
			for name, value := range f.Reads.Variables {
				environment = append(environment, name+"="+value)
			}
			run(t, r, 0, f.Reads.Script[0], environment...)
		}
		if all, err := filepath.Glob(filepath.Join(r.dir, "parts", "*.json")); err != nil || len(all) != f.Reads.Parallel {
			t.Errorf("%q, %v", all, err)
		}
		run(t, r, 3, f.Checks.Script[0]) // the roles of the documentation cannot enter all accounts
		if text, err := os.ReadFile(filepath.Join(r.dir, "iblint.xml")); err != nil || !bytes.Contains(text, []byte("<testsuite")) {
			t.Errorf("no JUnit report: %v", err)
		}
	})
	t.Run("github", func(t *testing.T) {
		t.Parallel()
		f, r := read(t, "github/organization.yml"), newRunner(t, code)
		parts := f.Jobs.Read.Strategy.Matrix.Part
		for i, part := range parts {
			resolve := strings.NewReplacer("${{ matrix.part }}", fmt.Sprint(part), "${{ strategy.job-total }}", fmt.Sprint(len(parts)))
			for _, s := range f.Jobs.Read.Steps {
				var environment []string
				for name, value := range s.Env {
					environment = append(environment, name+"="+resolve.Replace(value))
				}
				switch {
				case s.Run != "" && (i == 0 || len(environment) > 0): // one installation is enough
					run(t, r, 0, s.Run, environment...)
				case strings.HasPrefix(s.Uses, "actions/upload-artifact@"):
					mkdir(t, r.dir, "parts")
					file := resolve.Replace(s.With["path"])
					if err := os.Rename(filepath.Join(r.dir, file), filepath.Join(r.dir, "parts", file)); err != nil {
						t.Error(err)
					}
				}
			}
		}
		last := f.Jobs.Check.Steps[len(f.Jobs.Check.Steps)-1]
		inputs := map[string]string{"releases": server.URL}
		maps.Copy(inputs, last.With)
		j := job{action: readAction(t), dir: r.dir, inputs: inputs, environment: r.organize}
		if code := j.run(t); code != 3 || strings.Contains(j.log, "in no recording") || !strings.Contains(j.log, "::notice title=iblint::") {
			t.Errorf("exit code %d\n%s", code, j.log)
		}
	})
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
	page += pages(t)["docs/scale.md"]
	if err != nil || len(files) < 5 {
		t.Fatalf("%q: %v", files, err)
	}
	for _, file := range files {
		if name := strings.TrimPrefix(filepath.ToSlash(file), "../../"); name != "docs/ci/github/check.sh" && !strings.Contains(page, strings.TrimPrefix(name, "docs/")) {
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
