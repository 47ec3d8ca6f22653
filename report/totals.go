package report

import "github.com/iblint/iblint/checks"

// totals are the numbers of findings by status, of each account and of each check.
type totals struct {
	Accounts []*accountTotals `json:"accounts"` // in the order of the findings
	Checks   []*checkTotals   `json:"checks"`   // the checks that ran, also those without findings

	checks map[string]*checkTotals // by ID
}

type accountTotals struct {
	Account string `json:"account"`
	Name    string `json:"name,omitempty"` // in the organization
	checks.Summary
}

type checkTotals struct {
	Check    string          `json:"check"`
	Severity checks.Severity `json:"severity" jsonschema:"enum=high,enum=medium,enum=low"`
	checks.Summary
}

func newTotals(list []checks.Check) *totals {
	t := &totals{Accounts: []*accountTotals{}, Checks: []*checkTotals{}, checks: map[string]*checkTotals{}}
	for _, c := range list {
		of := &checkTotals{Check: c.ID, Severity: c.Severity}
		t.checks[c.ID], t.Checks = of, append(t.Checks, of)
	}
	return t
}

// add counts a finding. The findings of an account follow one another.
func (t *totals) add(f checks.Finding, accountName string) {
	if n := len(t.Accounts); n == 0 || t.Accounts[n-1].Account != f.Subject.Account {
		t.Accounts = append(t.Accounts, &accountTotals{Account: f.Subject.Account, Name: accountName})
	}
	t.Accounts[len(t.Accounts)-1].Add(f)
	if of := t.checks[f.Check.ID]; of != nil {
		of.Add(f)
	}
}
