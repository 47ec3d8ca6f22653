package demand_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
)

// An organization is judged by those of its accounts that use roles, or may. It says why there
// may be more: the first account whose roles are not known, or one whose organization is not. An
// account that uses no role for certain is no matter of guardrails.
func TestAccountsOfAGuardedOrganization(t *testing.T) {
	const first, second, third = "111122223333", "222233334444", "333344445555"
	refused := func(action string) account.Unread {
		return account.Unread{Reason: account.AccessDenied, Action: action, Detail: "no"}
	}
	in := account.Present(account.Membership{Organization: "o-1", ManagementAccount: "999900001111"})
	outside := account.Absent[account.Membership]()
	unknown := func(action string) account.Read[account.Membership] {
		return account.Unreadable[account.Membership](refused(action))
	}
	type one struct {
		uses       bool           // the user names a role in it
		policies   account.Unread // why its policies could not be read; zero: there are none
		membership account.Read[account.Membership]
	}
	unlisted := refused("imagebuilder:ListLifecyclePolicies")
	for name, test := range map[string]struct {
		accounts map[string]one
		members  string
		unread   string // the action that was refused
		gaps     map[string]int
	}{
		"all use roles":                         {map[string]one{first: {true, account.Unread{}, in}, second: {true, account.Unread{}, in}}, "[" + first + " " + second + "]", "", nil},
		"one is a destination, too":             {map[string]one{first: {true, account.Unread{}, in}, second: {false, account.Unread{}, in}, third: {true, account.Unread{}, in}}, "[" + first + " " + third + "]", "", nil},
		"one uses none":                         {map[string]one{first: {true, account.Unread{}, in}, second: {false, account.Unread{}, in}}, "[" + first + "]", "", nil},
		"one may use some":                      {map[string]one{first: {true, account.Unread{}, in}, second: {false, unlisted, in}}, "[" + first + " " + second + "]", unlisted.Action, nil},
		"the first reason counts":               {map[string]one{first: {true, account.Unread{}, in}, second: {false, unlisted, in}, third: {false, refused("imagebuilder:Another"), in}}, "[" + first + " " + second + " " + third + "]", unlisted.Action, nil},
		"one is in no organization":             {map[string]one{first: {true, account.Unread{}, in}, second: {true, account.Unread{}, outside}}, "[" + first + "]", "", map[string]int{second: 1}},
		"one in no organization may use some":   {map[string]one{first: {true, account.Unread{}, in}, second: {false, unlisted, outside}}, "[" + first + "]", "", nil},
		"the organization of one was not asked": {map[string]one{first: {true, account.Unread{}, in}, second: {false, unlisted, account.Read[account.Membership]{}}}, "[" + first + "]", "", nil},
		"the organization of one was refused":   {map[string]one{first: {true, account.Unread{}, in}, second: {false, unlisted, unknown("b:B")}}, "[" + first + "]", "b:B", map[string]int{second: 1}},
		"those of two, for different reasons":   {map[string]one{first: {true, account.Unread{}, in}, second: {true, account.Unread{}, unknown("b:B")}, third: {true, account.Unread{}, unknown("a:A")}}, "[" + first + "]", "a:A", map[string]int{second: 1, third: 1}},
		"the same, in the other order":          {map[string]one{first: {true, account.Unread{}, in}, second: {true, account.Unread{}, unknown("a:A")}, third: {true, account.Unread{}, unknown("b:B")}}, "[" + first + "]", "a:A", map[string]int{second: 1, third: 1}},
	} {
		inv := &account.Inventory{Accounts: map[string]*account.Account{}}
		for _, id := range []string{first, second, third} {
			of, listed := test.accounts[id]
			if !listed {
				continue
			}
			o := account.Owner{Account: id, Regions: []string{"eu-west-1"}, Listed: true, Discover: []account.Kind{account.ExecutionRoleKind}}
			if of.uses {
				o.ExecutionRoles, o.Discover = []string{"L"}, nil
			}
			if id == first && test.accounts[third].uses {
				o.Destinations = []account.Target{{Account: third}}
			}
			ib := &account.ImageBuilder{LifecyclePolicies: account.Complete([]account.LifecyclePolicy{})}
			if of.policies != (account.Unread{}) {
				ib.LifecyclePolicies = account.Partial[account.LifecyclePolicy](nil, of.policies)
			}
			inv.Owners = append(inv.Owners, o)
			inv.Accounts[id] = &account.Account{Membership: of.membership, ImageBuilder: map[string]*account.ImageBuilder{"eu-west-1": ib}}
		}
		view := demand.New(inv)
		all, _ := view.GuardedOrganizations("999900001111")
		if len(all) != 1 {
			t.Fatalf("%s: %+v", name, all)
		}
		var members []string
		for _, m := range all[0].Members {
			members = append(members, m.Account)
		}
		var why account.Unread
		errors.As(all[0].MembersUnread, &why)
		if fmt.Sprint(members) != test.members || why.Action != test.unread || (all[0].MembersUnread != nil) != (test.unread != "") {
			t.Errorf("%s: %s, %v", name, members, all[0].MembersUnread)
		}
		for _, id := range []string{first, second, third} {
			if _, err := view.GuardedOrganizations(id); len(account.Gaps(err)) != test.gaps[id] {
				t.Errorf("%s: about %s %v", name, id, err)
			}
		}
	}
}
