package lintcmd_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2/hclwrite"

	"github.com/iblint/iblint/cmd/lintcmd"
	"github.com/iblint/iblint/internal/testrun"
)

// Each folder of fixtures/code with something to fix has the fixes beside it: NAME.fix has what
// remediate --as patch prints. Git applies the patch. Then check reports no longer what the patch
// fixes, and nothing else that it did not report before.
func TestCodeFixes(t *testing.T) {
	dirs, err := filepath.Glob("../../fixtures/code/*/infra")
	if err != nil || len(dirs) < 40 {
		t.Fatalf("%d folders, %v", len(dirs), err)
	}
	for i := range dirs {
		dirs[i], _ = filepath.Abs(filepath.Dir(dirs[i]))
	}
	for _, dir := range testrun.Some(dirs) {
		if strings.HasPrefix(filepath.Base(dir), "plan-") {
			continue // a plan stays as it is, whatever a patch changes
		}
		t.Run(filepath.Base(dir), func(t *testing.T) {
			work := filepath.Join(t.TempDir(), "work")
			if err := os.CopyFS(work, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			t.Chdir(work)
			before := problems(t)
			patch, notes := remediated(t)
			compareFix(t, dir+".fix", notes+patch)
			if patch == "" {
				return
			}
			formatted := formattedFiles(t)
			apply(t, patch)
			for name := range formattedFiles(t) {
				delete(formatted, name)
			}
			for name := range formatted {
				t.Errorf("%s: is no longer formatted", name)
			}
			after := problems(t)
			for what, message := range after {
				if _, was := before[what]; !was {
					t.Errorf("new: %s: %s", what, message)
				}
				still := message == before[what] || strings.HasPrefix(message, "fail")
				if still && !strings.Contains(notes, what) && !strings.HasPrefix(message, "unknown") {
					t.Errorf("still there: %s: %s", what, message)
				}
			}
			if again, _ := remediated(t); again != "" && !strings.Contains(notes, "run iblint again") {
				t.Errorf("not applied:\n%s", again)
			}
		})
	}
}

// remediated returns the patch for the code, and what it does not contain.
func remediated(t *testing.T) (patch, notes string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	args := append([]string{"remediate", "--as", "patch", "--warnings"}, codeArguments(t)...)
	lintcmd.Run(args, nil, &stdout, &stderr)
	for line := range strings.Lines(stderr.String()) {
		if !strings.HasPrefix(line, "iblint: unknown verdicts") {
			notes += line
		}
	}
	return stdout.String(), notes
}

// problems are the verdicts of the code that are neither pass nor skip, with their messages.
func problems(t *testing.T) map[string]string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	args := append([]string{"check", "--format", "json"}, codeArguments(t)...)
	lintcmd.Run(args, nil, &stdout, &stderr)
	var r struct {
		Findings []struct {
			Check, Status, Message string
			Subject                struct{ Type, Name string }
		}
	}
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
		t.Fatalf("%v: %s", err, &stderr)
	}
	all := map[string]string{}
	for _, f := range r.Findings {
		if f.Status != "pass" && f.Status != "skip" {
			all[fmt.Sprintf("%s of %s %s", f.Check, f.Subject.Type, f.Subject.Name)] = f.Status + " " + f.Message
		}
	}
	return all
}

func compareFix(t *testing.T, name, got string) {
	t.Helper()
	if *testrun.Update {
		_ = os.Remove(name)
		if got == "" {
			return
		}
		if err := os.WriteFile(name, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil && !os.IsNotExist(err) || got != string(want) {
		t.Errorf("%v: got\n%s\nwant\n%s", err, got, want)
	}
}

// apply applies a patch in the working directory.
func apply(t *testing.T, patch string) {
	t.Helper()
	c := exec.Command("git", "apply", "--whitespace=nowarn", "-")
	c.Stdin = strings.NewReader(patch)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s\n%s", err, out, patch)
	}
}

// formattedFiles are the files that terraform fmt would not change.
func formattedFiles(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".tf") {
			return err
		}
		data, err := os.ReadFile(path)
		if err == nil && bytes.Equal(hclwrite.Format(data), data) {
			all[path] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
