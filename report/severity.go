package report

import (
	"slices"

	"github.com/iblint/iblint/checks"
)

// severityRanks is the number of values of severityRank.
const severityRanks = 16

// severityRank orders findings by status, then by severity: the most severe has the lowest rank.
// Suppressed findings come last.
func severityRank(f checks.Finding) int {
	severity := slices.Index([]checks.Severity{checks.High, checks.Medium, checks.Low}, f.Check.Severity)
	status := slices.Index([]checks.Status{checks.Fail, checks.Unknown, checks.Warn}, f.Status)
	if f.Suppressed() {
		status = 3
	}
	return max(0, 4*status+severity+1) // any other status ranks first, so that it is never omitted
}

// mostSevere returns the findings that match, most severe first and otherwise in their order, at
// most limit of them, and how many more match. It converts each finding at once, because a
// finding refers to the inventory of its check and a result may have a million findings.
func mostSevere[T any](r checks.Result, limit int, match func(checks.Finding) bool, convert func(checks.Finding) T) (list []T, more int) {
	byRank := make([][]T, severityRanks)
	held, last := 0, 0 // last is the highest rank that is held
	for f := range r.Findings() {
		if !match(f) {
			continue
		}
		rank := severityRank(f)
		if held == limit {
			more++
			for last > 0 && len(byRank[last]) == 0 {
				last--
			}
			if rank >= last {
				continue
			}
			byRank[last] = byRank[last][:len(byRank[last])-1] // drop the least severe
			held--
		}
		byRank[rank] = append(byRank[rank], convert(f))
		held, last = held+1, max(last, rank)
	}
	return slices.Concat(byRank...), more
}
