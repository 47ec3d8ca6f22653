package checks

import (
	"cmp"
	"errors"
	"slices"

	"github.com/iblint/iblint/checks/account"
)

// Result is all that a report needs: what was looked at, by which checks, and what came of it.
type Result struct {
	Version   string // of iblint
	Inventory *account.Inventory
	Checks    []Check
	Findings  []Finding // by account, subject and check
}

// Summary counts findings by verdict.
type Summary struct {
	Pass    int `json:"pass"`
	Warn    int `json:"warn"`
	Fail    int `json:"fail"`
	Skip    int `json:"skip"`
	Unknown int `json:"unknown"`
}

// Run judges the inventory by the checks. The findings are in the same order
// whatever the order of the checks or of the inventory's parts.
func Run(inv *account.Inventory, checks []Check) Result {
	result := Result{Inventory: inv, Checks: slices.Clone(checks)}
	selected := map[string]bool{}
	for i := range result.Checks {
		selected[result.Checks[i].ID] = true
	}
	for i := range result.Checks {
		c := &result.Checks[i]
		for _, f := range c.judge(inv.Only(c.Needs)) {
			f.Check = c
			if f.Status == Fail && selected[f.cause] {
				f.Status, f.Message, f.Remediation = Skip, f.Message+"; see "+f.cause, nil
			}
			result.Findings = append(result.Findings, f)
		}
	}
	slices.SortStableFunc(result.Findings, func(a, b Finding) int {
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
	return result
}

// rank puts the subjects of an account in the order in which the guide sets them up.
func rank(subjectType string) int {
	if i := slices.Index([]string{"lifecycle-policy", "execution-role", "destination-account", "ecr-repository"}, subjectType); i >= 0 {
		return i
	}
	return 4
}

// Summary counts the findings.
func (r Result) Summary() Summary {
	var s Summary
	for _, f := range r.Findings {
		switch f.Status {
		case Pass:
			s.Pass++
		case Warn:
			s.Warn++
		case Fail:
			s.Fail++
		case Skip:
			s.Skip++
		default:
			s.Unknown++
		}
	}
	return s
}

// unknown is the finding for what could not be read or decided.
func unknown(s account.Subject, err error) Finding {
	f := Finding{Subject: s, Status: Unknown, Message: err.Error()}
	var why account.Unread
	if errors.As(err, &why) {
		f.Unread = &why
	}
	return f
}
