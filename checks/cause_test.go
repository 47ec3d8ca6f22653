package checks_test

import (
	"fmt"
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/checks/policy"
)

// problem is what a check finds about one of two subjects.
type problem struct {
	account string
	verdict checks.Verdict
	err     error
}

func (p *problem) Subject() account.Subject {
	return account.Subject{Account: p.account, Type: "role", Name: fmt.Sprintf("%p", p)}
}
func (p *problem) NamedBy() []string { return nil }

// Problems share a cause if the same change clears them, and only then.
func TestCausesOfTwoProblems(t *testing.T) {
	const a, b = "111122223333", "222233334444"
	fix := func(id string, changes ...checks.Change) problem {
		return problem{account: id, verdict: checks.Verdict{Status: checks.Fail, Message: "x", Fix: &checks.Fix{Summary: "x", Changes: changes}}}
	}
	denied := func(statement int) problem {
		p := fix(a, checks.Change{Action: checks.EditInlinePolicy, Account: a, Role: "R", Policy: "P"})
		p.verdict.Trace = []checks.Trace{{Policy: "inline policy P", Trace: policy.Trace{Effect: "Deny", Statement: statement}}}
		return p
	}
	unread := func(id string, u account.Unread) problem { return problem{account: id, err: u} }
	refused := account.Unread{Reason: account.AccessDenied, Action: "iam:GetRole"}
	refusedTo := func(role string) account.Unread {
		u := refused
		u.Detail = "User: arn:aws:sts::111122223333:assumed-role/" + role + "/iblint is not authorized"
		return u
	}
	byGuardrail := refused
	byGuardrail.DeniedBy = "service control policy"
	create := func(id, path string) problem {
		return fix(id, checks.Change{Action: checks.CreateRole, Account: id, Role: "R", Path: path})
	}
	guardrail := func(policy, hint string) checks.Change {
		return checks.Change{Action: checks.EditGuardrail, Account: b, Policy: policy, Hint: hint}
	}
	for name, c := range map[string]struct {
		one, other problem
		same       bool
	}{
		"one call refused":            {unread(a, refused), unread(a, refused), true},
		"in two accounts":             {unread(a, refused), unread(b, refused), false},
		"by another kind of policy":   {unread(a, refused), unread(a, byGuardrail), false},
		"to another role":             {unread(a, refusedTo("A")), unread(a, refusedTo("B")), false},
		"unread values":               {unread(a, account.Unread{Reason: account.Unresolved, Detail: "x"}), unread(a, account.Unread{Reason: account.Unresolved, Detail: "y"}), false},
		"other failures of a call":    {unread(a, account.Unread{Reason: account.Failed, Action: "iam:GetRole", Detail: "x"}), unread(a, account.Unread{Reason: account.Failed, Action: "iam:GetRole", Detail: "y"}), false},
		"one throttled call":          {unread(a, account.Unread{Reason: account.Throttled, Action: "iam:GetRole", Detail: "x"}), unread(a, account.Unread{Reason: account.Throttled, Action: "iam:GetRole", Detail: "y"}), true},
		"a role":                      {create(a, "/"), create(a, "/"), true},
		"of one name in two accounts": {create(a, "/"), create(b, "/"), false},
		"with two paths":              {create(a, "/x/"), create(a, "/y/"), false},
		"one policy on two roles": {fix(a, checks.Change{Action: checks.AttachPolicy, Account: a, Role: "R", Policy: "P"}),
			fix(a, checks.Change{Action: checks.AttachPolicy, Account: a, Role: "S", Policy: "P"}), false},
		"one statement":                {denied(1), denied(1), true},
		"two statements":               {denied(1), denied(2), false},
		"a guardrail for two accounts": {fix(a, guardrail("p-1", "x")), fix(b, guardrail("p-1", "y")), true},
		"two guardrails":               {fix(a, guardrail("p-1", "x")), fix(a, guardrail("p-2", "x")), false},
		"one guardrail and two":        {fix(a, guardrail("p-1", "x")), fix(a, guardrail("p-1", "x"), guardrail("p-2", "x")), false},
		"two edits of a lifecycle policy": {fix(a, checks.Change{Action: checks.EditLifecyclePolicy, Account: a, Policy: "p", Hint: "x"}),
			fix(a, checks.Change{Action: checks.EditLifecyclePolicy, Account: a, Policy: "p", Hint: "y"}), false},
		"two contradictions":                     {unread(a, account.Unread{Reason: account.Contradicted, Action: "iam:GetRole", Detail: "x"}), unread(a, account.Unread{Reason: account.Contradicted, Action: "iam:GetRole", Detail: "y"}), false},
		"two levels where no guardrail allows":   {fix(a, guardrail("", "in ou-1, allow x")), fix(a, guardrail("", "in ou-2, allow x")), false},
		"two names of roles in one policy":       {fix(a, checks.Change{Action: checks.ReferToRole, Account: a, References: []string{"p"}, NewReference: "x"}), fix(a, checks.Change{Action: checks.ReferToRole, Account: a, References: []string{"p"}, NewReference: "y"}), false},
		"two problems for which no fix is known": {problem{account: a, verdict: checks.Verdict{Status: checks.Fail, Message: "x"}}, problem{account: a, verdict: checks.Verdict{Status: checks.Fail, Message: "x"}}, false},
	} {
		problems := []*problem{&c.one, &c.other}
		check := checks.On(checks.Check{ID: "test", Title: "test", Doc: "test"}, func(_ *demand.View, id string) (own []*problem, _ error) {
			for _, p := range problems {
				if p.account == id {
					own = append(own, p)
				}
			}
			return own, nil
		}, func(p *problem) (checks.Verdict, error) { return p.verdict, p.err })
		r := checks.Run(&account.Inventory{Owners: []account.Owner{{Account: a}, {Account: b}}}, []checks.Check{check})
		ids := map[string]bool{}
		n := 0
		for f := range r.Findings() {
			n++
			ids[f.Cause().ID] = true
		}
		if n != 2 || len(ids) == 1 != c.same {
			t.Errorf("%s: %d problems with %d causes", name, n, len(ids))
		}
	}
}
