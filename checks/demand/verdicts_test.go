//go:build mutation

package demand_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/fixtures"
	"github.com/iblint/iblint/internal/casetest"
	"github.com/iblint/iblint/internal/source/recorded"
)

// The verdicts of all checks about all recordings follow from the demands. checks/lifecycle
// tests the same; here it lets a mutation of this package be found by its own tests.
func TestVerdictsFollowFromTheDemands(t *testing.T) {
	names, err := fs.Glob(fixtures.All, "*.json")
	if err != nil || len(names) == 0 {
		t.Fatal("no recordings: ", err)
	}
	for _, name := range names {
		data, err := fixtures.All.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		inv, err := recorded.Parse(name, data)
		if err != nil {
			t.Fatal(err)
		}
		want, err := fixtures.All.ReadFile(strings.TrimSuffix(name, ".json") + ".want")
		if err != nil {
			continue // the demo
		}
		var got strings.Builder
		for f := range checks.Run(inv, lifecycle.All()).Findings() {
			fmt.Fprintf(&got, "%-7s %-26s %s: %q\n", f.Status, f.Check.ID, f.Subject.ARN, f.Message)
		}
		if diff := cmp.Diff(string(want), got.String()); diff != "" {
			t.Fatalf("%s: verdicts differ (-want +got):\n%s", name, diff)
		}
	}
}

// The cases rest on rules of AWS about what lifecycle policies need.
func TestCases(t *testing.T) {
	dirs, err := filepath.Glob("../../fixtures/cases/*/want.json")
	if err != nil || len(dirs) == 0 {
		t.Fatal("no cases: ", err)
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

// The verdicts about code follow from the demands of what it declares.
func TestCode(t *testing.T) {
	dirs, err := filepath.Glob("../../fixtures/code/*/infra")
	if err != nil || len(dirs) == 0 {
		t.Fatal("no code: ", err)
	}
	for i := range dirs {
		dirs[i], _ = filepath.Abs(filepath.Dir(dirs[i]))
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Chdir(dir)
			want, err := os.ReadFile(dir + ".want")
			if got := casetest.Verdicts(t, casetest.Arguments(t)); err != nil || got != string(want) {
				t.Errorf("%v: got\n%s\nwant\n%s", err, got, want)
			}
		})
	}
}
