package account_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/iblint/iblint/checks/account"
)

func TestFoldingTwice(t *testing.T) {
	var f account.Folder
	if err := f.Fold(nil); err != nil {
		t.Error(err)
	}
	a := &account.Account{Name: "images", Roles: map[string]account.Read[account.Role]{"L": account.Absent[account.Role]()}}
	for range 2 {
		if err := f.Fold(a); err != nil || a.Roles != nil || a.Name != "images" {
			t.Errorf("%+v: %v", a, err)
		}
	}
	if _, found, err := a.Unfold().Role("L").Get(); found || err != nil {
		t.Errorf("after unfolding: %v, %v", found, err)
	}
}

// An account that no recording has is read like the others, and everything in it is unread.
func TestAddMissing(t *testing.T) {
	const have, missing, other = "111122223333", "222233334444", "333344445555"
	inv := &account.Inventory{
		Organization: &account.Organization{Account: have, Members: account.Complete([]account.Member{{Account: have, Name: "a", State: "ACTIVE"}, {Account: missing, Name: "b", State: "ACTIVE"}})},
		Owners:       []account.Owner{{Account: have, Listed: true, AllRegions: true, Regions: []string{"eu-west-1"}, Destinations: []account.Target{{Account: missing}, {Account: other}}}},
		Accounts:     map[string]*account.Account{have: {}},
	}
	if diff := cmp.Diff([]string{missing}, inv.AddMissing()); diff != "" {
		t.Error(diff)
	}
	o, a := inv.Owners[1], inv.Accounts[missing]
	if o.Account != missing || len(o.Destinations) != 1 || o.Destinations[0].Account != other {
		t.Errorf("an account is no destination of itself: %+v", o)
	}
	if a.Name != "b" || a.Regions.Err() == nil || a.ImageBuilder["eu-west-1"].Images.Err() == nil {
		t.Errorf("%+v", a)
	}
}
