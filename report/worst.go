package report

import (
	"slices"

	"github.com/iblint/iblint/checks"
)

// badness orders findings for receivers that take or show only so many: worst first.
func badness(f checks.Finding) int {
	severity := slices.Index([]checks.Severity{checks.High, checks.Medium, checks.Low}, f.Check.Severity)
	verdict := slices.Index([]checks.Status{checks.Fail, checks.Unknown, checks.Warn}, f.Status)
	if f.Suppressed() {
		verdict = 3
	}
	return max(0, 4*verdict+severity+1) // a verdict of another kind is not one to hide
}

// worst are the findings that match, worst first and otherwise in their order, at
// most so many of them, and how many there are more. Each is converted when it is
// met: a finding holds on to all that it was judged by, and there may be a million.
func worst[T any](r checks.Result, limit int, match func(checks.Finding) bool, convert func(checks.Finding) T) (list []T, more int) {
	by := make([][]T, 16)
	held, least := 0, 0 // least bad of those that are held
	for f := range r.Findings() {
		if !match(f) {
			continue
		}
		rank := badness(f)
		if held == limit {
			more++
			for least > 0 && len(by[least]) == 0 {
				least--
			}
			if rank >= least {
				continue
			}
			by[least] = by[least][:len(by[least])-1] // make room
			held--
		}
		by[rank] = append(by[rank], convert(f))
		held, least = held+1, max(least, rank)
	}
	return slices.Concat(by...), more
}
