package checks

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
)

// Result is what a report needs: the inventory, the checks, and the totals. It keeps the
// findings of the first accounts only, because ten thousand accounts have a million findings.
// Findings evaluates the checks again for the others; checks are pure and fast.
type Result struct {
	Version   string // of iblint
	Inventory *account.Inventory
	Checks    []Check
	Summary   Summary
	Ledger    []Entry // sorted by account, Region and check

	// Suppressions are those of the selected checks, with the number of findings that each
	// matched.
	Suppressions []Suppressed

	// Differences are those to an earlier result; nil: there is none.
	Differences *Differences

	whole    *demand.View        // Inventory with its parts joined
	views    []*demand.View      // the parts of whole that each check declares in Needs
	accounts []string            // accounts that findings are about, sorted
	selected map[string]bool     // IDs of the checks
	kept     [][]Finding         // of the first accounts, without suppressions
	text     func(string) string // applied to each text, see Rewrite; nil: texts are not changed
	cut      *cut                // where the evaluation was interrupted, see RunContext; nil: it was completed
	given    []Suppressed        // the suppressions before Rewrite; nil: Rewrite was not called
	earlier  map[string]Status   // of an earlier result, by fingerprint; nil: there is none
}

// Summary counts findings by status. A suppressed finding counts as suppressed only.
type Summary struct {
	Pass       int `json:"pass"`
	Warn       int `json:"warn"`
	Fail       int `json:"fail"`
	Skip       int `json:"skip"`
	Unknown    int `json:"unknown"`
	Suppressed int `json:"suppressed"`
}

// Run evaluates the checks on the inventory. The order of the findings does not depend on
// the order of the checks or of the inventory's parts. Suppressions of checks that are not in
// the list are ignored.
func Run(inv *account.Inventory, checks []Check, suppressions ...Suppression) Result {
	return RunContext(context.Background(), inv, checks, suppressions...)
}

// RunContext is Run until ctx is done. The rest is Unknown: there is one finding for each
// remaining subject in the account that was being evaluated, and one for each check in each
// account after it.
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
// evaluates each check once, and keeps no findings.
func Evaluate(inv *account.Inventory, checks []Check) iter.Seq[Finding] {
	return prepare(inv, checks).Findings()
}

// prepare returns the Result of Run without the summary and the ledger.
func prepare(inv *account.Inventory, checks []Check) Result {
	r := Result{Inventory: inv, Checks: slices.Clone(checks), selected: map[string]bool{}}
	slices.SortStableFunc(r.Checks, func(a, b Check) int { return cmp.Compare(a.ID, b.ID) })
	r.whole = demand.New(inv)
	r.accounts = r.whole.SubjectAccounts()
	for _, c := range r.Checks {
		r.views, r.selected[c.ID] = append(r.views, r.whole.Only(c.Needs)), true
	}
	return r
}

// Findings returns all findings, sorted by account, subject and check.
func (r Result) Findings() iter.Seq[Finding] {
	return func(yield func(Finding) bool) {
		for i, id := range r.accounts {
			findings := r.keptOf(i)
			if findings == nil {
				findings = r.inAccount(id, r.cut.budget(i))
			}
			for _, f := range findings {
				r.suppress(&f)
				if r.text != nil {
					f = f.rewrite(r.text)
				}
				f.Comparison = r.compare(f)
				if !yield(f) {
					return
				}
			}
		}
	}
}

// mostKept is how many findings a Result keeps. Those of the first account are kept even if
// they are more: they are in memory together whenever they are reported.
const mostKept = 5_000

// keep keeps the findings of the next account, if they and those of all accounts before it are few.
func (r *Result) keep(index int, findings []Finding) {
	if len(r.kept) < index {
		return // the findings of an account before it were too many
	}
	total := len(findings)
	for _, before := range r.kept {
		total += len(before)
	}
	if index == 0 || total <= mostKept {
		r.kept = append(r.kept, findings)
	}
}

// keptOf returns the findings that were kept of the account with an index; nil: none were.
func (r Result) keptOf(index int) []Finding {
	if index < len(r.kept) {
		return r.kept[index]
	}
	return nil
}

// inAccount returns the findings about one account, within the budget, without suppressions.
func (r Result) inAccount(id string, b *budget) []Finding {
	ofChecks := make([][]Finding, len(r.Checks))
	for i := range r.Checks {
		ofChecks[i] = r.evaluate(i, id, b)
		for j := range ofChecks[i] {
			f := &ofChecks[i][j]
			f.Check = &r.Checks[i]
			if (f.Status == Fail || f.Status == Unknown) && r.selected[f.cause] {
				f.Status, f.Message, f.findFix = Skip, f.Message+"; see "+f.cause, nil
			}
		}
	}
	findings := slices.Concat(ofChecks...)
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
	findings = slices.CompactFunc(findings, func(a, b Finding) bool { return a.once && b.once && a.Subject == b.Subject })
	explain(findings)
	return findings
}

// evaluate returns the findings of the check with index i in an account, or a finding that
// says that the check was not evaluated.
func (r Result) evaluate(i int, id string, b *budget) []Finding {
	if err := b.spend(); err != nil {
		if subject, ok := r.whole.StandIn(id, r.Checks[i].Kind); ok {
			f := unknown(subject, err)
			f.standIn = true
			return []Finding{f}
		}
		return nil
	}
	if r.Checks[i].evaluate == nil { // Validate reports this before a run
		return []Finding{unknown(account.Subject{Account: id}, errors.New("the check has no decision; create it with checks.On"))}
	}
	return r.Checks[i].evaluate(r.views[i], id, b)
}

// rank orders types of subjects as AWS's guide introduces them.
func rank(subjectType string) int {
	if i := slices.Index([]string{"code", "organization", "region", "lifecycle-policy", "execution-role", "destination-account", "ecr-registry", "ecr-repository"}, subjectType); i >= 0 {
		return i
	}
	return 8
}
