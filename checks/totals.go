package checks

import (
	"cmp"
	"context"
	"slices"

	"github.com/iblint/iblint/checks/account"
)

// Entry is a line of the ledger: the number of subjects of one check in one account and
// Region, and the number of those with a verdict. If both are 0, the check looked and found
// no subjects.
type Entry struct {
	Account  string `json:"account"`
	Region   string `json:"region,omitempty"` // empty: the subjects belong to no Region
	Check    string `json:"check"`
	Expected int    `json:"planned"` // subjects, including those that may exist
	Done     int    `json:"done"`    // subjects with a verdict other than unknown

	// Short says that a request was not even made: the run ended first, or iblint had no
	// access to the account.
	Short bool `json:"short,omitempty"`
}

// count sets the summary and the ledger. If ctx is done first, it also sets the cut.
func (r *Result) count(ctx context.Context) {
	for a, id := range r.accounts {
		b := r.cut.budget(a)
		if r.cut == nil {
			b.ctx = ctx
		}
		entries := map[Entry]*Entry{} // by account, Region and check
		at := func(region, check string) *Entry {
			key := Entry{Account: id, Region: region, Check: check}
			if entries[key] == nil {
				entries[key] = &Entry{Account: id, Region: region, Check: check}
			}
			return entries[key]
		}
		for i := range r.Checks {
			if r.cut != nil {
				break // the run ended before this account
			}
			for _, region := range r.views[i].RegionsLookedAt(id, r.Checks[i].Kind) {
				at(region, r.Checks[i].ID)
			}
		}
		findings := r.inAccount(id, b)
		r.keep(a, findings)
		for _, f := range findings {
			r.suppress(&f)
			r.Summary.Add(f)
			for i := range r.Suppressions {
				if f.Suppression == &r.Suppressions[i].Suppression {
					r.Suppressions[i].Findings++
				}
			}
			if f.once {
				continue // it says that there is no subject
			}
			e := at(f.Subject.Region, f.Check.ID)
			e.Expected++
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

// Add counts a finding.
func (s *Summary) Add(f Finding) {
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

// Evaluations returns the number of evaluations in the ledger: one for each check and
// subject. It is 0 if there was nothing to check, even if findings say so.
func (r Result) Evaluations() (total int) {
	for _, e := range r.Ledger {
		total += e.Expected
	}
	return total
}

// FellShort reports whether the run was incomplete: a request was not made, or the run was
// interrupted or timed out while it read something, even if only for evidence.
func (r Result) FellShort() bool {
	return slices.ContainsFunc(r.Ledger, func(e Entry) bool { return e.Short }) ||
		slices.ContainsFunc(r.Inventory.Gaps(), func(g account.Gap) bool { return g.Reason == account.Interrupted || g.Reason == account.Timeout })
}
