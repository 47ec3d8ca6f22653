package lintcmd_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/iblint/iblint/internal/casetest"
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
			got := casetest.Verdicts(t, casetest.Arguments(t))
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
