package lintcmd

import (
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
)

// With --allow-unknown, a run exits with 0 only if something was decided: unknown verdicts are allowed, and
// a run that decided nothing passes nothing. It never exits with 0 if it would exit with 1 without the flag.
func TestAllowUnknown(t *testing.T) {
	for n := range 1 << 7 {
		is := func(bit int) int { return n >> bit & 1 }
		r := checks.Result{
			Inventory: &account.Inventory{}, Ledger: []checks.Entry{{Expected: 1}},
			Summary:     checks.Summary{Pass: is(0), Warn: is(1), Fail: is(2), Skip: is(3), Unknown: is(4)},
			Differences: &checks.Differences{Fail: is(5) * is(2)}, // a new failure is a failure
		}
		decided := is(0)+is(1)+is(2) > 0
		for _, failOn := range verdictsToFail {
			f := checkFlags{failOn: failOn, failOnNew: is(6) == 1}
			without := f.exitCode(t.Context(), r)
			f.allowUnknown = true
			with := f.exitCode(t.Context(), r)
			want := without
			if without == exitUndecided && decided {
				want = exitOK
			}
			if with != want {
				t.Errorf("--fail-on %s, new only: %v, %+v, %+v: exit code %d, expected %d; without --allow-unknown %d", failOn, f.failOnNew, r.Summary, *r.Differences, with, want, without)
			}
			if is(4) == 1 && without == exitOK {
				t.Errorf("--fail-on %s: %+v: exit code 0", failOn, r.Summary)
			}
		}
	}
}
