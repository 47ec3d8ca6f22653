package lifecycle_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/internal/testrun"
)

// splitRecordings are the recordings, each split into the owners that have nothing to do with
// each other. A test that tries every part of a recording takes time by the square of its size.
func splitRecordings(t *testing.T) map[string]*account.Inventory {
	all := map[string]*account.Inventory{}
	for name, inv := range testrun.SomeOf(recordings(t)) {
		for i, part := range split(inv) {
			all[fmt.Sprintf("%s %d", name, i)] = part
		}
	}
	return all
}

// split splits an inventory into owners that share no destination and no organization, each
// with the accounts that matter to them.
func split(inv *account.Inventory) []*account.Inventory {
	if inv.Organization != nil { // which every owner may be in
		return []*account.Inventory{inv}
	}
	group := map[string]string{} // of accounts and organizations
	var root func(string) string
	root = func(x string) string {
		if group[x] == "" || group[x] == x {
			return x
		}
		group[x] = root(group[x])
		return group[x]
	}
	view := demand.New(inv)
	for _, id := range view.SubjectAccounts() {
		destinations, _ := view.Destinations(id)
		for _, d := range destinations {
			for _, origin := range slices.Concat(d.Owners, d.Sharers) {
				group[root(origin.Account)] = root(id)
			}
		}
		if a := inv.Accounts[id]; a != nil {
			if m, found, _ := a.Membership.Get(); found {
				group[root("organization "+m.Organization)] = root(id)
				group[root(m.ManagementAccount)] = root(id)
			}
		}
	}
	byRoot := map[string]*account.Inventory{}
	var roots []string
	for _, o := range inv.Owners {
		r := root(o.Account)
		if byRoot[r] == nil {
			part := *inv
			part.Owners, part.Accounts, part.Guardrails = nil, map[string]*account.Account{}, map[string]*account.Guardrails{}
			byRoot[r], roots = &part, append(roots, r)
		}
		byRoot[r].Owners = append(byRoot[r].Owners, o)
	}
	if len(roots) < 2 {
		return []*account.Inventory{inv}
	}
	for id, a := range inv.Accounts {
		if part := byRoot[root(id)]; part != nil {
			part.Accounts[id] = a
		}
	}
	for id, g := range inv.Guardrails {
		if part := byRoot[root("organization "+id)]; part != nil {
			part.Guardrails[id] = g
		}
	}
	var parts []*account.Inventory
	for _, r := range slices.Compact(roots) {
		parts = append(parts, byRoot[r])
	}
	return parts
}

// The parts have the findings of the whole.
func TestSplitKeepsTheFindings(t *testing.T) {
	splits := 0
	for name, inv := range recordings(t) {
		parts := split(inv)
		if len(parts) == 1 {
			continue
		}
		splits++
		got := map[key]bool{}
		for _, part := range parts {
			for k := range statusesOf(checks.Evaluate(part, lifecycle.All())) {
				got[k] = true
			}
		}
		whole := statuses(results(t)[name])
		for k := range whole {
			if !got[k] && k.subject.ARN != "" {
				t.Errorf("%s: no part has %s of %s", name, k.check, k.subject.ARN)
			}
		}
	}
	if splits == 0 {
		t.Error("no recording was split: the test checks nothing")
	}
}
