//go:build mutation

package demand_test

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/fixtures"
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
