package checks

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/iblint/iblint/checks/account"
)

// Result is all that a report needs: what was looked at, by which checks, and what
// came of it. Findings are not held but judged anew each time they are asked for:
// checks are pure, judging is quick, and ten thousand accounts have a million findings.
type Result struct {
	Version   string // of iblint
	Inventory *account.Inventory
	Checks    []Check
	Summary   Summary
	Ledger    []Entry // by account, Region and check

	// Suppressions are those that were given, with what they met.
	Suppressions []Suppressed

	whole    *account.Inventory
	views    []*account.Inventory // what each check is given
	accounts []string             // that findings are about, sorted
	selected map[string]bool      // IDs of the checks
	text     func(string) string  // see Rewrite; nil: as it is
	cut      *cut                 // see RunContext; nil: everything was evaluated
	given    []Suppressed         // the suppressions before they were rewritten; nil: they were not
}

// Summary counts findings by verdict; what is suppressed counts as that, and as
// nothing else.
type Summary struct {
	Pass       int `json:"pass"`
	Warn       int `json:"warn"`
	Fail       int `json:"fail"`
	Skip       int `json:"skip"`
	Unknown    int `json:"unknown"`
	Suppressed int `json:"suppressed"`
}

// Run judges the inventory by the checks. The findings are in the same order
// whatever the order of the checks or of the inventory's parts. Suppressions of
// other checks count for nothing.
func Run(inv *account.Inventory, checks []Check, suppressions ...Suppression) Result {
	return RunContext(context.Background(), inv, checks, suppressions...)
}

// RunContext is Run until ctx is done. What was not evaluated by then is unknown: a
// subject at a time in the account where it ended, and a check at a time in those
// behind it.
func RunContext(ctx context.Context, inv *account.Inventory, checks []Check, suppressions ...Suppression) Result {
	r := prepare(inv, checks)
	for _, s := range suppressions {
		if r.selected[s.Check] {
			r.Suppressions = append(r.Suppressions, Suppressed{Suppression: s})
		}
	}
	r.count(ctx)
	return r
}

// Evaluate returns the findings of Run without the summary and the ledger. It
// evaluates each check once. Run evaluates them for the totals, and again for the findings.
func Evaluate(inv *account.Inventory, checks []Check) iter.Seq[Finding] {
	return prepare(inv, checks).Findings()
}

// prepare is Run, without the totals.
func prepare(inv *account.Inventory, checks []Check) Result {
	r := Result{Inventory: inv, Checks: slices.Clone(checks), selected: map[string]bool{}}
	slices.SortStableFunc(r.Checks, func(a, b Check) int { return cmp.Compare(a.ID, b.ID) })
	r.whole = inv.Joined()
	r.accounts = r.whole.SubjectAccounts()
	for _, c := range r.Checks {
		r.views, r.selected[c.ID] = append(r.views, r.whole.Only(c.Needs)), true
	}
	return r
}

// Findings are all findings by account, subject and check.
func (r Result) Findings() iter.Seq[Finding] {
	return func(yield func(Finding) bool) {
		for i, id := range r.accounts {
			for _, f := range r.of(id, r.cut.budget(i)) {
				if r.text != nil {
					f = f.rewrite(r.text)
				}
				if !yield(f) {
					return
				}
			}
		}
	}
}

// of are the findings about one account, as far as the budget goes.
func (r Result) of(id string, b *budget) []Finding {
	var findings []Finding
	for i := range r.Checks {
		c := &r.Checks[i]
		for _, f := range r.evaluate(i, id, b) {
			f.Check = c
			if f.Status == Fail && r.selected[f.cause] {
				f.Status, f.Message, f.findFix = Skip, f.Message+"; see "+f.cause, nil
			}
			r.suppress(&f)
			findings = append(findings, f)
		}
	}
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(a.Subject.Account, b.Subject.Account),
			cmp.Compare(rank(a.Subject.Type), rank(b.Subject.Type)),
			cmp.Compare(a.Subject.Type, b.Subject.Type),
			cmp.Compare(a.Subject.Region, b.Subject.Region),
			cmp.Compare(a.Subject.Name, b.Subject.Name),
			cmp.Compare(a.Subject.ARN, b.Subject.ARN),
			cmp.Compare(a.Check.ID, b.Check.ID),
		)
	})
	return slices.CompactFunc(findings, func(a, b Finding) bool { return a.once && b.once && a.Subject == b.Subject })
}

// evaluate evaluates a check in an account, or says that it was not evaluated.
func (r Result) evaluate(i int, id string, b *budget) []Finding {
	if err := b.spend(); err != nil {
		if subject, ok := r.whole.StandIn(id, r.Checks[i].Kind); ok {
			return []Finding{unknown(subject, err)}
		}
		return nil
	}
	if r.Checks[i].evaluate == nil { // Validate says so before anything runs
		return []Finding{unknown(account.Subject{Account: id}, errors.New("the check has no decision; build it with checks.On"))}
	}
	return r.Checks[i].evaluate(r.views[i], id, b)
}

// rank puts the subjects of an account in the order in which the guide sets them up.
func rank(subjectType string) int {
	if i := slices.Index([]string{"organization", "region", "lifecycle-policy", "execution-role", "destination-account", "ecr-repository"}, subjectType); i >= 0 {
		return i
	}
	return 6
}
