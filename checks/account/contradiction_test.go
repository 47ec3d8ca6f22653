package account

import (
	"errors"
	"testing"
	"time"
)

// reading is what one run read of one role, and the names that it listed.
func reading(at time.Time, role Read[Role], names List[RoleName]) *Inventory {
	return &Inventory{ReadAt: at, Accounts: map[string]*Account{"111122223333": {Roles: map[string]Read[Role]{"L": role}, RoleNames: names}}}
}

// Answers of one time contradict each other; a later answer replaces an earlier one.
func TestMergeOfContradictions(t *testing.T) {
	first, second := time.Unix(1, 0), time.Unix(2, 0)
	there := Present(Role{Name: "L", Path: "/"})
	listed, unlisted := Complete([]RoleName{{"L", "/"}}), Complete([]RoleName{{"Other", "/"}})
	contradicted := reading(second, Absent[Role](), listed)
	contradicted.Reconcile()
	for name, test := range map[string]struct {
		older, newer *Inventory
		want         string
	}{
		"created since":             {reading(first, Absent[Role](), unlisted), reading(second, there, List[RoleName]{}), "present"},
		"deleted since":             {reading(first, there, listed), reading(second, Absent[Role](), List[RoleName]{}), "absent"},
		"contradicted since":        {reading(first, Absent[Role](), unlisted), contradicted, "contradicted"},
		"no longer contradicted":    {contradicted, reading(second.Add(1), there, List[RoleName]{}), "present"},
		"listed, and not found yet": {reading(first, Absent[Role](), unlisted), reading(second, Absent[Role](), listed), "contradicted"},
	} {
		_, found, err := Merge(test.older, test.newer).Accounts["111122223333"].Role("L").Get()
		got := map[bool]string{true: "present", false: "absent"}[found]
		if why := (Unread{}); errors.As(err, &why) {
			got = string(why.Reason)
		}
		if got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

// Answers about one account that cannot both be true, of which none has an order.
func TestReconcile(t *testing.T) {
	const administrator, member = "999900001111", "111122223333"
	in := func(id string) Read[Membership] { return Present(Membership{Organization: id}) }
	inv := &Inventory{
		Organization: &Organization{Account: administrator, Members: Complete([]Member{{Account: member, Name: "images", State: activeState}})},
		Accounts: map[string]*Account{
			administrator: {Membership: in("o-one")},
			member:        {Membership: in("o-two"), RoleNames: Complete([]RoleName{{"L", "/"}}), OtherRoles: Absent[Role]()},
		},
	}
	inv.Reconcile()
	a := inv.Accounts[member]
	if _, _, err := a.Membership.Get(); reasonOf(err) != Contradicted {
		t.Errorf("the organization of a member of another one: %v", err)
	}
	if _, _, err := a.Role("L").Get(); reasonOf(err) != Contradicted {
		t.Errorf("a role that is listed, of an account without roles: %v", err)
	}
	if got := lastField("no ARN"); got != "no ARN" {
		t.Error(got)
	}
}
