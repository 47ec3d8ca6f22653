package lintcmd_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/iblint/iblint/cmd/lintcmd"
	"github.com/iblint/iblint/internal/testrun"
)

// Each folder of fixtures/code is code with its verdicts beside it: NAME.want has the exit code, a
// line for each finding that is neither pass nor skip, and the numbers of those.
func TestCode(t *testing.T) {
	dirs, err := filepath.Glob("../../fixtures/code/*/infra")
	if err != nil || len(dirs) < 40 {
		t.Fatalf("%d folders, %v", len(dirs), err)
	}
	for i := range dirs {
		dirs[i], _ = filepath.Abs(filepath.Dir(dirs[i]))
	}
	for _, dir := range testrun.Some(dirs) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Chdir(dir)
			got := verdictsOf(t, codeArguments(t))
			if *testrun.Update {
				if err := os.WriteFile(dir+".want", []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(dir + ".want")
			if err != nil || got != string(want) {
				t.Errorf("%v: got\n%s\nwant\n%s", err, got, want)
			}
		})
	}
}

// codeArguments are the arguments that a fixture is checked with: the paths and flags in its file
// args, or infra; and the owner and the Region, unless the file gives a Region.
func codeArguments(t *testing.T) []string {
	t.Helper()
	given := []string{"infra"}
	switch data, err := os.ReadFile("args"); {
	case err == nil:
		given = strings.Fields(string(data))
	case !os.IsNotExist(err):
		t.Fatal(err)
	}
	if !slices.Contains(given, "--region") {
		given = append([]string{"--region", "eu-west-1"}, given...)
	}
	return append([]string{"--owner", "111122223333"}, given...)
}

// verdictsOf runs check, and returns the exit code and the findings.
func verdictsOf(t *testing.T, arguments []string) string {
	t.Helper()
	var stdout, stderr, b bytes.Buffer
	args := append([]string{"check", "--format", "json"}, arguments...)
	code := lintcmd.Run(args, nil, &stdout, &stderr)
	fmt.Fprintf(&b, "exit %d\n%s", code, stderr.String())
	var r struct {
		Findings []struct {
			Check, Status, Message string
			Subject                struct{ Account, Region, Name string }
			Location               *struct {
				File    string
				Line    int
				Address string
			}
		}
	}
	if stdout.Len() > 0 {
		if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
	}
	passed, skipped := 0, 0
	for _, f := range r.Findings {
		switch {
		case f.Status == "pass":
			passed++
			continue
		case f.Status == "skip" && len(r.Findings) > 1:
			skipped++
			continue
		}
		at := "nowhere"
		if f.Location != nil {
			at = fmt.Sprintf("%s:%d %s", f.Location.File, f.Location.Line, f.Location.Address)
		}
		fmt.Fprintf(&b, "%-7s %s %s/%s at %s: %s\n", f.Status, f.Check, f.Subject.Account, f.Subject.Name, at, f.Message)
	}
	fmt.Fprintf(&b, "pass %d, skip %d\n", passed, skipped)
	return b.String()
}
