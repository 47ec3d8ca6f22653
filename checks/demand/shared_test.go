package demand

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/iblint/iblint/checks/account"
)

// An organization of many owners, all of which copy AMIs to the same account, needs the same
// whatever was asked before, and the demands of few of them are kept.
func TestDemandsOfManyOwners(t *testing.T) {
	const owners, destination = 3 * mostRecent, "222233334444"
	inv := &account.Inventory{Accounts: map[string]*account.Account{}}
	var ids []string
	for i := range owners {
		id := fmt.Sprintf("1%011d", i)
		ids = append(ids, id)
		inv.Owners = append(inv.Owners, account.Owner{Account: id, Regions: []string{"eu-west-1"}, Destinations: []account.Target{{Account: destination}}, Discover: []account.Kind{account.ExecutionRoleKind, account.DestinationKind}})
		inv.Accounts[id] = &account.Account{ImageBuilder: map[string]*account.ImageBuilder{"eu-west-1": {
			LifecyclePolicies: account.Complete([]account.LifecyclePolicy{{
				ARN: "arn:aws:imagebuilder:eu-west-1:" + id + ":lifecycle-policy/keep", Name: "keep", Status: "ENABLED", ExecutionRole: "Role" + id, ResourceType: account.AMIImage,
				Rules:     account.Present([]account.LifecycleRule{{Action: "DELETE", AMIs: true}}),
				Selection: account.Present(account.Selection{Recipes: []account.Recipe{{Name: "web", Version: "x.x.x"}}}),
			}}),
			Images: account.Complete([]account.Image{{ARN: "arn:aws:imagebuilder:eu-west-1:" + id + ":image/web/1.0.0/1", AMIs: []account.AMI{
				{ID: "ami-1", Region: "eu-west-1", Account: destination}, {ID: "ami-2", Region: fmt.Sprintf("us-west-%d", i+1), Account: destination},
			}}}),
		}}}
	}
	needed := func(view *View, id string) (all []Need) {
		roles, _ := view.ExecutionRoles(id)
		for _, r := range roles {
			all = append(all, r.Needs()...)
		}
		destinations, _ := view.Destinations(destination)
		for _, d := range destinations {
			all = append(all, d.Needs()...)
		}
		return all
	}
	view := New(inv)
	views := []*View{view, view.Only(nil), view.Only([]account.Need{{Part: account.LifecyclePoliciesPart}, {Part: account.LifecycleRulesPart}, {Part: account.ImagesPart}})}
	for _, id := range []string{ids[0], ids[owners/2], ids[0]} {
		for i, view := range views {
			for _, other := range ids {
				needed(view, other)
			}
			fresh := New(inv)
			if i > 0 {
				fresh = fresh.Only(needsOf(view))
			}
			got, want := needed(view, id), needed(fresh, id)
			if diff := cmp.Diff(fmt.Sprint(want), fmt.Sprint(got)); diff != "" || i != 1 && len(got) <= owners {
				t.Fatalf("view %d of owner %s has %d needs, (-alone +after the others):\n%s", i, id, len(got), diff)
			}
		}
	}
	if kept := len(view.shared.demands.now) + len(view.shared.demands.before); kept > 2*mostRecent {
		t.Errorf("the demands of %d accounts are kept", kept)
	}
}

func needsOf(view *View) (all []account.Need) {
	for part := range view.needed {
		all = append(all, account.Need{Part: part})
	}
	return all
}

// What was asked for among the last few is not computed again, and the rest is forgotten.
func TestRecent(t *testing.T) {
	var r recent[int, int]
	computed := 0
	ask := func(key int) {
		if got := r.get(key, func() int { computed++; return -key }); got != -key {
			t.Errorf("%d belongs to %d", got, key)
		}
	}
	for range 2 {
		for key := range mostRecent {
			ask(key)
		}
		if computed != mostRecent {
			t.Fatalf("%d are computed for %d", computed, mostRecent)
		}
	}
	for key := range 10 * mostRecent {
		ask(key)
		if kept := len(r.now) + len(r.before); kept > 2*mostRecent {
			t.Fatalf("%d are kept", kept)
		}
	}
}

// What a view shows of an account is made once, while a check asks for the same account.
func TestAnAccountIsShownOnce(t *testing.T) {
	view := building(allRead(), nil).Only(nil)
	if first := view.account(builder); view.account(builder) != first {
		t.Error("it is made again")
	}
}
