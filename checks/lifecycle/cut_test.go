package lifecycle_test

import (
	"context"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/internal/testrun"
)

// ends is a context whose Err returns an error after a number of calls.
type ends struct {
	context.Context
	after int
	why   error
}

func (c *ends) Err() error {
	if c.after--; c.after < 0 {
		return c.why
	}
	return nil
}

// If the evaluation is interrupted at any point, each verdict is that of the complete
// evaluation, or unknown. The totals match the findings, each time they are requested. The
// run is incomplete.
func TestInterruptedEvaluation(t *testing.T) {
	for name, inv := range testrun.SomeOf(recordings(t)) {
		whole := statuses(results(t)[name])
		before := -1
		for after := 0; ; after += 1 + after/3 {
			why, message := context.Canceled, "this was not evaluated: the run was interrupted"
			if after%2 == 1 {
				why, message = context.DeadlineExceeded, "this was not evaluated: the time for the run was up first"
			}
			ctx := &ends{context.Background(), after, why}
			r := checks.RunContext(ctx, inv, lifecycle.All())
			if ctx.after >= 0 {
				break // it was complete
			}
			decided, cut, total := 0, 0, 0
			for f := range r.Findings() {
				total++
				switch was, known := whole[key{f.Check.ID, f.Subject}]; {
				case f.Status == checks.Unknown && f.Message == message && f.Unread.Short():
					cut++
				case !known || was != f.Status:
					t.Fatalf("%s, cut after %d: %s of %s was %q and is %q: %s", name, after, f.Check.ID, f.Subject.ARN, was, f.Status, f.Message)
				default:
					decided++
				}
			}
			s := r.Summary
			if cut == 0 && total == len(whole) {
				continue // the rest had no subjects
			}
			if cut == 0 || s.Pass+s.Warn+s.Fail+s.Skip+s.Unknown+s.Suppressed != total || s.Unknown < cut || !r.FellShort() {
				t.Fatalf("%s, cut after %d: %d findings, %d of them not evaluated, and %+v", name, after, total, cut, s)
			}
			if again := verdicts(r); again != verdicts(r) || strings.Count(again, message) != cut {
				t.Fatalf("%s, cut after %d: the findings differ the second time", name, after)
			}
			if decided < before {
				t.Fatalf("%s: %d decided after %d, and %d before", name, decided, after, before)
			}
			before = decided
		}
	}
}
