package lintcmd_test

import (
	"path/filepath"
	"testing"

	"github.com/iblint/iblint/internal/casetest"
)

// Each case has small inputs, the arguments of a run on them, and what it must report, with the
// rule of AWS from which that follows.
func TestCases(t *testing.T) {
	dirs, err := filepath.Glob("../../fixtures/cases/*/want.json")
	if err != nil || len(dirs) < 80 {
		t.Fatalf("%d cases, %v", len(dirs), err)
	}
	for i, dir := range dirs {
		dirs[i], _ = filepath.Abs(filepath.Dir(dir))
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Chdir(dir)
			casetest.Run(t)
		})
	}
}
