package lintcmd_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/cmd/lintcmd"
	"github.com/iblint/iblint/internal/testrun"
)

// program returns the program of the Example: its check, and a main of one line.
func program(t *testing.T) (whole, check string) {
	t.Helper()
	text, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	head, _, found := strings.Cut(string(text), "// This program runs iblint")
	if !found {
		t.Fatal("example_test.go does not say where its program ends")
	}
	_, check, _ = strings.Cut(head, "\n)\n\n")
	head = strings.NewReplacer("package lintcmd_test", "package main", "\t\"fmt\"\n", "", "\t\"os\"\n", "").Replace(head)
	return head + "func main() { lintcmd.Main(RoleIsOurs) }\n", strings.TrimSpace(check)
}

// CONTRIBUTING.md shows the program as it is.
func TestContributingShowsTheProgram(t *testing.T) {
	const name = "../../CONTRIBUTING.md"
	page, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(page), "\n```go\n")
	shown, after, closed := strings.Cut(rest, "```\n")
	if !found || !closed {
		t.Fatal("CONTRIBUTING.md has no block of Go")
	}
	whole, _ := program(t)
	if *testrun.Update && shown != whole { // another test may be reading the page
		if err := os.WriteFile(name, []byte(before+"\n```go\n"+whole+"```\n"+after), 0o666); err != nil {
			t.Fatal(err)
		}
		shown = whole
	}
	if diff := cmp.Diff(whole, shown); diff != "" {
		t.Errorf("go test ./cmd/lintcmd -update writes the program anew (-example_test.go +CONTRIBUTING.md):\n%s", diff)
	}
}

// A separate module builds iblint with one more check and runs it.
func TestAModuleAddsACheck(t *testing.T) {
	testrun.Long(t)
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	source, _ := program(t)
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	modules, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	_, required, _ := strings.Cut(string(modules), "\n\n") // after the name of the module
	for name, text := range map[string]string{
		"main.go": source, "go.sum": string(sums),
		"go.mod": "module example.com/acme\n\n" + required + "\nrequire github.com/iblint/iblint v0.0.0\n\nreplace github.com/iblint/iblint => " + root + "\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	run := func(want int, name string, args ...string) string {
		t.Helper()
		c := exec.Command(name, args...)
		c.Dir, c.Env = dir, append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off")
		out, _ := c.CombinedOutput()
		if got := c.ProcessState.ExitCode(); got != want {
			t.Fatalf("%s %v: exit code %d, want %d\n%s", name, args, got, want, out)
		}
		return string(out)
	}
	run(0, "go", "build", "-o", "acme", ".")
	if out := run(1, "./acme", "check", "--demo", "--show", "all"); !strings.Contains(out, "acme-role-name") || !strings.Contains(out, "execution-role-exists") {
		t.Errorf("the report lacks a check:\n%s", out)
	}
	recording := filepath.Join(root, "fixtures", "execution-role-exists.json")
	if out := run(1, "./acme", "check", "--recorded", recording, "--only", "acme-role-name", "--fail-on", "warn"); !strings.Contains(out, "must be named ImageBuilder…") {
		t.Errorf("the recording has no finding of the check:\n%s", out)
	}
	if out := run(0, "./acme", "explain", "acme-role-name"); !strings.Contains(out, "Our auditors find roles by their prefix.") {
		t.Errorf("explain prints\n%s", out)
	}
}

// Run refuses an invalid check before it runs anything.
func TestAnInvalidCheckIsRefused(t *testing.T) {
	same := RoleIsOurs
	same.ID = "execution-role-exists"
	for want, c := range map[string]checks.Check{
		"iblint: check acme: it has no decision; create it with checks.On\n":   {ID: "acme"},
		"iblint: check execution-role-exists: another check has the same ID\n": same,
	} {
		var out, errs bytes.Buffer
		if code := lintcmd.Run([]string{"check", "--demo"}, strings.NewReader(""), &out, &errs, c); code != 2 || !strings.Contains(errs.String(), want) || out.Len() > 0 {
			t.Errorf("exit code %d: %s%s", code, out.String(), errs.String())
		}
	}
}
