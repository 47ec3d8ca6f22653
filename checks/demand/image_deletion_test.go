package demand_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
)

// The deletion of an image is certain to need what its one rule does. If it is not known whether
// the image is of AMIs or of containers, either may be needed, and each says what it goes with.
func TestNeedsOfAnImageDeletion(t *testing.T) {
	for resourceType, alternatives := range map[string]bool{account.AMIImage: false, account.ContainerImage: false, "": true} {
		planned := &account.ImageBuilder{Deletions: []account.ImageDeletion{{Image: "Web", Role: "L", ResourceType: resourceType}}}
		inv := &account.Inventory{Owners: []account.Owner{{Account: lawOwner, Regions: []string{"eu-west-1"}, ExecutionRoles: []string{"L"}, Planned: planned}}}
		roles, err := demand.New(inv).ExecutionRoles(lawOwner)
		if err != nil || len(roles) != 1 {
			t.Fatalf("%s: %+v, %v", resourceType, roles, err)
		}
		needs := roles[0].Needs()
		if len(needs) == 0 {
			t.Errorf("%s: nothing is needed", resourceType)
		}
		for _, n := range needs {
			if (n.Alternative != "") != alternatives || len(n.Rules) != 1 || n.Rules[0] != "the deletion of image Web" {
				t.Errorf("%s: %s is needed by %q, alternative %q", resourceType, n.Action, n.Rules, n.Alternative)
			}
		}
	}
}

// The images that are deleted are where their own distribution configuration and recipe send them, and
// nowhere else.
func TestReachOfAnImageDeletion(t *testing.T) {
	arn := func(kind, name string) string { return arnOf("eu-west-1", kind, name+"/1.0.0") }
	distribution := func(name, target, repository string) account.Distribution {
		return account.Distribution{ARN: arn("distribution-configuration", name), Name: name, Settings: account.Present([]account.DistributionSettings{{Region: "us-east-1", TargetAccounts: []string{target}, Repository: repository}})}
	}
	recipe := func(name, repository string) account.ContainerRecipe {
		return account.ContainerRecipe{ARN: arn("container-recipe", name), Name: name, Repository: account.Present(repository)}
	}
	for resourceType, want := range map[string][]string{
		account.AMIImage:       {"333344445555"},
		account.ContainerImage: {"distributed/own", "recipes/own"},
	} {
		planned := &account.ImageBuilder{
			Deletions:        []account.ImageDeletion{{Image: "Web", Role: "Deletes", ResourceType: resourceType, Recipe: arn("container-recipe", "own"), Distribution: arn("distribution-configuration", "own")}},
			Distributions:    account.Complete([]account.Distribution{distribution("own", "333344445555", "distributed/own"), distribution("other", "444455556666", "distributed/other")}),
			ContainerRecipes: account.Complete([]account.ContainerRecipe{recipe("own", "recipes/own"), recipe("other", "recipes/other")}),
		}
		inv := &account.Inventory{
			Owners:   []account.Owner{{Account: lawOwner, Regions: []string{"eu-west-1"}, ExecutionRoles: []string{"Deletes"}, Planned: planned, Discover: []account.Kind{account.ExecutionRoleKind, account.DestinationKind, account.RepositoryKind}}},
			Accounts: map[string]*account.Account{lawOwner: {ImageBuilder: map[string]*account.ImageBuilder{"eu-west-1": oneImage(lawOwner, "ENABLED", deletesAMIs)}}},
		}
		view := demand.New(inv)
		places := map[string]bool{}
		asked := func(needs []demand.Need, place func(demand.Need) string) {
			for _, n := range needs {
				if name := place(n); name != "" && slices.Contains(n.Rules, "the deletion of image Web") {
					places[name] = true
				}
			}
		}
		for _, id := range []string{"333344445555", "444455556666"} {
			destinations, err := view.Destinations(id)
			if err != nil || len(destinations) != 1 {
				t.Fatal(destinations, err)
			}
			asked(destinations[0].Needs(), func(demand.Need) string { return id })
		}
		roles, err := view.ExecutionRoles(lawOwner)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range roles {
			asked(r.Needs(), func(n demand.Need) string { return n.Repository.Name })
		}
		if got := slices.Sorted(maps.Keys(places)); !slices.Equal(got, want) {
			t.Errorf("%s: deleted in %q, want %q", resourceType, got, want)
		}
	}
}
