package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/report/escape"
	"github.com/iblint/iblint/report/wording"
)

// unread writes what could not be read and is not the cause of a problem that is shown.
func (w textWriter) unread(gaps []account.Gap, shown *causes) {
	type row struct {
		brief    string
		accounts []string
		whole    account.Gap
	}
	var rows []*row
	at := map[string]*row{}
	for _, g := range gaps {
		if shown != nil && shown.reported(g) {
			continue
		}
		brief := g.Brief()
		if shown == nil {
			brief = g.Error()
		}
		if at[brief] == nil {
			at[brief] = &row{brief: brief, whole: g}
			rows = append(rows, at[brief])
		}
		if one := at[brief]; !slices.Contains(one.accounts, g.Account) {
			one.accounts = append(one.accounts, g.Account)
		}
	}
	if len(rows) == 0 {
		return
	}
	w.heading(wording.UnreadHeading)
	for i, one := range rows {
		if shown != nil && i == 5 {
			w.line(2, fmt.Sprintf("and %d more; -v lists them", len(rows)-i))
			return
		}
		where := wording.Accounts(one.accounts)
		if len(one.accounts) == 1 {
			where = strings.Join(slices.DeleteFunc([]string{one.whole.Account, one.whole.Region, string(one.whole.Part), one.whole.Name}, func(s string) bool { return s == "" }), " ")
		}
		w.hanging(2, 4, "", escape.Printable(where+": "+one.brief))
	}
}

func (w textWriter) suppressions(r checks.Result) {
	lines := wording.UnusedSuppressions(r)
	if len(lines) == 0 {
		return
	}
	w.heading(wording.SuppressionsHeading)
	for _, line := range lines {
		w.hanging(2, 4, "", escape.Printable(line))
	}
}

// incomplete writes, by account, which checks were not completed.
func (w textWriter) incomplete(r checks.Result) {
	var lines []string // one for each account
	last := ""
	for _, e := range r.Ledger {
		if e.Done == e.Expected {
			continue
		}
		if e.Account != last || len(lines) == 0 {
			lines, last = append(lines, e.Account+":"), e.Account
		}
		check := e.Check
		if e.Region != "" {
			check += " in " + e.Region
		}
		lines[len(lines)-1] += fmt.Sprintf(" %s %d of %d,", check, e.Done, e.Expected)
	}
	if len(lines) > 0 {
		w.heading(wording.IncompleteHeading)
		for _, line := range lines {
			w.hanging(2, 4, "", escape.Printable(strings.TrimSuffix(line, ",")))
		}
	}
	w.line(0, "")
	w.line(0, wording.Coverage(r))
	if calls := wording.Calls(r.Inventory.Calls); calls != "" {
		w.hanging(0, 2, "", escape.Printable(calls))
	}
}
