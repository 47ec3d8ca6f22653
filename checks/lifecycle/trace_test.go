package lifecycle_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/lifecycle"
)

// The first trace is the one that decided, and every trace has a line of evidence.
func TestTracesMatchTheVerdict(t *testing.T) {
	decided := map[checks.Status][]string{
		checks.Pass:    {"allowed"},
		checks.Fail:    {"denied"},
		checks.Warn:    {"allowed", "denied"}, // for another account; under the guide's reading, or for the service principal
		checks.Unknown: {"undecidable", "denied"},
	}
	seen := map[string]bool{}
	for name, result := range results(t) {
		for f := range result.Findings() {
			if f.Check.ID != lifecycle.ExecutionRoleTrust.ID && f.Check.ID != lifecycle.CrossAccountRoleTrust.ID {
				continue
			}
			if len(f.Trace) == 0 {
				if f.Status != checks.Skip && f.Status != checks.Unknown {
					t.Errorf("%s: %s %s without a trace: %s", name, f.Status, f.Check.ID, f.Message)
				}
				continue
			}
			first := f.Trace[0]
			seen[string(f.Status)+" "+first.Outcome] = true
			if !slices.Contains(decided[f.Status], first.Outcome) {
				t.Errorf("%s: %s %s by a request that is %s: %s", name, f.Status, f.Check.ID, first.Outcome, f.Message)
			}
			for _, trace := range f.Trace {
				reported := slices.ContainsFunc(f.Evidence, func(e string) bool {
					return strings.Contains(e, trace.Request+": "+trace.Outcome)
				})
				if !reported {
					t.Errorf("%s: %s %s: the evidence has no line for %s: %s", name, f.Status, f.Check.ID, trace.Request, trace.Outcome)
				}
			}
		}
	}
	for _, want := range []string{"pass allowed", "fail denied", "warn allowed", "warn denied", "unknown undecidable", "unknown denied"} {
		if !seen[want] {
			t.Errorf("no fixture has a verdict of %q", want)
		}
	}
}
