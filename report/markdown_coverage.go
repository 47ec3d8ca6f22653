package report

import (
	"fmt"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/report/wording"
)

// coverage is what a report says about what was not looked at.
func coverage(r checks.Result) []markdownTable {
	gaps := r.Inventory.Gaps()
	var incomplete []checks.Entry
	for _, e := range r.Ledger {
		if e.Done < e.Expected {
			incomplete = append(incomplete, e)
		}
	}
	suppressions := wording.UnusedSuppressions(r)
	heading := func(text string, n int) string { return fmt.Sprintf("%s: %d", text, n) }
	return []markdownTable{
		{heading(wording.UnreadHeading, len(gaps)), []string{"account", "Region", "part", "name", "reason"}, len(gaps), func(i int) string {
			g := gaps[i]
			return markdownCells(g.Account, g.Region, string(g.Part), g.Name, g.Error())
		}},
		{heading(wording.IncompleteHeading, len(incomplete)), []string{"account", "Region", "check", "completed"}, len(incomplete), func(i int) string {
			e := incomplete[i]
			return markdownCells(e.Account, e.Region, e.Check, fmt.Sprintf("%d of %d", e.Done, e.Expected))
		}},
		{heading(wording.SuppressionsHeading, len(suppressions)), []string{"suppression"}, len(suppressions), func(i int) string {
			return markdownCells(suppressions[i])
		}},
	}
}

// markdownCoverage is the heading of the coverage.
func markdownCoverage(r checks.Result) string {
	return "\n## Coverage\n\n" + markdown(wording.Coverage(r)) + "\n"
}

// sizeOf is the size of the coverage, at most this much.
func (m *markdownReport) sizeOf(heading string, tables []markdownTable, most int) int {
	n := m.size(inert(heading))
	for _, t := range tables {
		n += m.size(t.head() + markdownTableEnd)
		for i := 0; i < t.rows && n < most; i++ {
			n += m.size(inert(t.row(i)))
		}
	}
	return min(n, most)
}
