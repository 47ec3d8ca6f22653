package checks

import (
	"cmp"
	"context"
	"slices"

	"github.com/iblint/iblint/checks/account"
)

// Entry is a line of the ledger: what one check had to judge in one account and
// Region, and how much of it could be. Where there was nothing to judge both are
// 0, and the line says that it was looked.
type Entry struct {
	Account string `json:"account"`
	Region  string `json:"region,omitempty"` // empty: the check is about the account as a whole
	Check   string `json:"check"`
	Planned int    `json:"planned"` // subjects, known or suspected
	Done    int    `json:"done"`    // of them, judged: not unknown

	// Short says that something was not even asked for: the run ended first, or
	// there was no way into the account.
	Short bool `json:"short,omitempty"`
}

// count fills in the summary and the ledger, and the cut if ctx is done first.
func (r *Result) count(ctx context.Context) {
	for a, id := range r.accounts {
		b := r.cut.budget(a)
		if r.cut == nil {
			b.ctx = ctx
		}
		entries := map[Entry]*Entry{} // by account, Region and check
		at := func(region, check string) *Entry {
			place := Entry{Account: id, Region: region, Check: check}
			if entries[place] == nil {
				entries[place] = &Entry{Account: id, Region: region, Check: check}
			}
			return entries[place]
		}
		for i := range r.Checks {
			if r.cut != nil {
				break // it was not looked
			}
			for _, region := range r.views[i].RegionsLookedAt(id, r.Checks[i].Kind) {
				at(region, r.Checks[i].ID)
			}
		}
		for _, f := range r.of(id, b) {
			r.Summary.add(f)
			for i := range r.Suppressions {
				if f.Suppression == &r.Suppressions[i].Suppression {
					r.Suppressions[i].Findings++
				}
			}
			if f.once {
				continue // nothing is there to judge
			}
			e := at(f.Subject.Region, f.Check.ID)
			e.Planned++
			if f.Status != Unknown {
				e.Done++
			}
			e.Short = e.Short || f.Unread != nil && f.Unread.Short()
		}
		if r.cut == nil && b.over != nil {
			r.cut = &cut{accounts: a, decisions: b.spent, why: b.over}
		}
		first := len(r.Ledger)
		for _, e := range entries {
			r.Ledger = append(r.Ledger, *e)
		}
		slices.SortFunc(r.Ledger[first:], func(a, b Entry) int {
			return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Check, b.Check))
		})
	}
}

func (s *Summary) add(f Finding) {
	switch {
	case f.Suppressed():
		s.Suppressed++
	case f.Status == Pass:
		s.Pass++
	case f.Status == Warn:
		s.Warn++
	case f.Status == Fail:
		s.Fail++
	case f.Status == Skip:
		s.Skip++
	default:
		s.Unknown++
	}
}

// Planned is how much there was to judge: 0 when nothing was found that could be,
// whatever else may be told of it.
func (r Result) Planned() (planned int) {
	for _, e := range r.Ledger {
		planned += e.Planned
	}
	return planned
}

// FellShort says that the run did not look at all that it was to look at, or that
// its time was up before it was through, be it for evidence only.
func (r Result) FellShort() bool {
	return slices.ContainsFunc(r.Ledger, func(e Entry) bool { return e.Short }) ||
		slices.ContainsFunc(r.Inventory.Gaps(), func(g account.Gap) bool { return g.Reason == account.Interrupted || g.Reason == account.Timeout })
}
