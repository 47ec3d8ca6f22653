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
// most so many of them, and how many there are more. It never holds more than that.
func worst(r checks.Result, limit int, match func(checks.Finding) bool) (list []checks.Finding, more int) {
	by := make([][]checks.Finding, 16)
	held := 0
	for f := range r.Findings() {
		if !match(f) {
			continue
		}
		rank := badness(f)
		by[rank] = append(by[rank], f)
		if held++; held > limit { // let go of the last of the least bad ones
			least := len(by) - 1
			for len(by[least]) == 0 {
				least--
			}
			by[least] = by[least][:len(by[least])-1]
			held, more = held-1, more+1
		}
	}
	return slices.Concat(by...), more
}
