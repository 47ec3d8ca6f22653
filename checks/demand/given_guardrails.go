package demand

import (
	"slices"
	"strconv"

	"github.com/iblint/iblint/checks/account"
)

// GivenLevel is guardrails that the user gave as files: one
// or more of one type at one level.
type GivenLevel struct {
	Type     string // ServiceControlPolicy or ResourceControlPolicy
	Target   string // an account ID, for that account alone; any other word, for all
	Policies []account.Guardrail
}

// LimitBy puts given guardrails in the place of what was read: the levels that are
// for all accounts, from the root down, then the account's own. Where no service
// control policy is given, everything is allowed, as by the FullAWSAccess that AWS
// attaches; by resource control policies it is at every level, because
// RCPFullAWSAccess cannot be detached (AWS Organizations User Guide, "RCP evaluation"). It returns the
// accounts for which some are given and in which nothing is checked.
func LimitBy(inv *account.Inventory, given []GivenLevel) (idle []string) {
	if len(given) == 0 {
		return nil
	}
	const everything = "(everything)"
	g := &account.Guardrails{
		Given:   true,
		Enabled: account.Present([]string{account.ServiceControlPolicy, account.ResourceControlPolicy}),
		Parents: map[string]account.Read[string]{}, Attached: map[string]map[string]account.List[string]{}, Policies: map[string]account.Read[account.Guardrail]{},
	}
	for _, policyType := range []string{account.ServiceControlPolicy, account.ResourceControlPolicy} {
		g.Policies[everything+policyType] = account.Present(account.FullAccess(policyType))
	}
	attach := func(target, policyType string, ids ...string) {
		if g.Attached[target] == nil {
			g.Attached[target] = map[string]account.List[string]{}
		}
		g.Attached[target][policyType] = account.Complete(slices.Concat(g.Attached[target][policyType].Items(), ids))
	}
	var chain []string // from the root down
	for i, level := range given {
		if !account.IsAccountID(level.Target) && !slices.Contains(chain, level.Target) {
			chain = append(chain, level.Target)
		}
		for n, p := range level.Policies {
			id := level.Target + "/" + strconv.Itoa(i+1) + "." + strconv.Itoa(n+1)
			g.Policies[id] = account.Present(p)
			attach(level.Target, level.Type, id)
		}
	}
	for i, target := range chain {
		g.Parents[target] = account.Absent[string]()
		if i > 0 {
			g.Parents[target] = account.Present(chain[i-1])
		}
	}
	guardrails := map[string]*account.Guardrails{}
	subjects := New(inv).accountsWithSubjects()
	for _, level := range given {
		if account.IsAccountID(level.Target) && !slices.Contains(subjects, level.Target) && !slices.Contains(idle, level.Target) {
			idle = append(idle, level.Target)
		}
	}
	for _, id := range subjects {
		if inv.Accounts[id] == nil {
			inv.Accounts[id] = &account.Account{}
		}
		m, _, _ := inv.Accounts[id].Membership.Get()
		m.ConsolidatedBilling = false
		inv.Accounts[id].Membership = account.Present(m)
		guardrails[m.Organization] = g
		g.Parents[id] = account.Absent[string]()
		if len(chain) > 0 {
			g.Parents[id] = account.Present(chain[len(chain)-1])
		}
	}
	for target := range g.Parents {
		if len(g.Attached[target][account.ServiceControlPolicy].Items()) == 0 {
			attach(target, account.ServiceControlPolicy, everything+account.ServiceControlPolicy)
		}
		attach(target, account.ResourceControlPolicy, everything+account.ResourceControlPolicy)
	}
	inv.Guardrails = guardrails
	return idle
}
