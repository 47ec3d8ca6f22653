package demand

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks/account"
)

// planning is an owner with planned lifecycle policies, and with those that were read in eu-west-1.
func planning(planned, read account.List[account.LifecyclePolicy]) *View {
	const id = "111122223333"
	return New(&account.Inventory{
		Owners:   []account.Owner{{Account: id, Regions: []string{"eu-west-1"}, Planned: &account.ImageBuilder{LifecyclePolicies: planned}, Discover: []account.Kind{account.LifecyclePolicyKind, account.ExecutionRoleKind}}},
		Accounts: map[string]*account.Account{id: {ImageBuilder: map[string]*account.ImageBuilder{"eu-west-1": {LifecyclePolicies: read}}}},
	})
}

// Image Builder refuses the second policy of a name, so each planned one knows the first with its normal name.
func TestPlannedPoliciesOfOneName(t *testing.T) {
	var planned []account.LifecyclePolicy
	for _, name := range []string{"Keep five", "other", "keep_five", "KEEP FIVE"} {
		planned = append(planned, account.LifecyclePolicy{Name: name, Status: "ENABLED"})
	}
	policies, err := planning(account.Complete(planned), account.Complete[account.LifecyclePolicy](nil)).LifecyclePolicies("111122223333")
	if err != nil {
		t.Fatal(err)
	}
	var like []string
	for _, p := range policies {
		like = append(like, p.Name+": "+p.Like)
	}
	if want := []string{"Keep five: ", "other: ", "keep_five: Keep five", "KEEP FIVE: Keep five"}; !slices.Equal(like, want) {
		t.Errorf("got %q, want %q", like, want)
	}
}

// A policy knows why there may be more policies in its Region: those of the code or of the account were not read.
func TestPoliciesUnlistedInARegion(t *testing.T) {
	one := []account.LifecyclePolicy{{ARN: "arn:1", Name: "keep", Status: "ENABLED"}}
	other := []account.LifecyclePolicy{{Name: "new", Status: "ENABLED"}}
	denied, open := account.Unread{Reason: account.AccessDenied}, account.Unread{Reason: account.Unresolved}
	for want, lists := range map[error][2]account.List[account.LifecyclePolicy]{
		nil:    {account.Complete(other), account.Complete(one)},
		denied: {account.Complete(other), account.Partial(one, denied)},
		open:   {account.Partial(other, open), account.Complete(one)},
	} {
		policies, _ := planning(lists[0], lists[1]).LifecyclePolicies("111122223333")
		if len(policies) != 2 {
			t.Fatalf("%v: %+v", want, policies)
		}
		for _, p := range policies {
			if !errors.Is(p.At.Unlisted, want) {
				t.Errorf("%s: more policies because of %v, want %v", p.Name, p.At.Unlisted, want)
			}
		}
	}
}

// A planned policy without a status is enabled, as the API creates it.
func TestStatusOfAPlannedPolicy(t *testing.T) {
	for status, used := range map[string]bool{"": true, "ENABLED": true, "DISABLED": false} {
		planned := account.LifecyclePolicy{Name: "keep", Status: status, ExecutionRole: "L", ResourceType: account.AMIImage, Rules: account.Present([]account.LifecycleRule{{Action: "DELETE", AMIs: true}})}
		roles, err := planning(account.Complete([]account.LifecyclePolicy{planned}), account.Complete[account.LifecyclePolicy](nil)).ExecutionRoles("111122223333")
		if err != nil || len(roles) != 1 || (roles[0].Unneeded == "") != used {
			t.Errorf("status %q: %+v, %v", status, roles, err)
		}
	}
}

// nothingBuilt is Image Builder in a Region where everything was read and nothing is there.
func nothingBuilt() *account.ImageBuilder {
	return &account.ImageBuilder{
		LifecyclePolicies: account.Complete[account.LifecyclePolicy](nil), Distributions: account.Complete[account.Distribution](nil), ContainerRecipes: account.Complete[account.ContainerRecipe](nil),
		ImageRecipes: account.Complete[account.ImageRecipe](nil), Images: account.Complete[account.Image](nil), Pipelines: account.Complete[account.Pipeline](nil), SharedImages: account.Complete[account.SharedImage](nil),
	}
}

// A container recipe that is planned counts for the policies that select it. One whose ARN is not known may be selected.
func TestPlannedContainerRecipes(t *testing.T) {
	recipe := func(name string) account.ContainerRecipe {
		return account.ContainerRecipe{ARN: "arn:aws:imagebuilder:eu-west-1:111122223333:container-recipe/" + name + "/1.0.0", Name: name, Repository: account.Present("team/" + name)}
	}
	unknown := recipe("unknown")
	unknown.ARN = ""
	for name, test := range map[string]struct {
		selection account.Selection
		want      string
	}{
		"by recipe": {account.Selection{Recipes: []account.Recipe{{Name: "web", Version: "x.x.x"}}}, "team/unknown team/web"},
		"by tags":   {account.Selection{Tags: account.Tags{"team": "web"}}, "team/api team/unknown team/web"},
	} {
		planned := &account.ImageBuilder{
			LifecyclePolicies: account.Complete([]account.LifecyclePolicy{{Name: "keep", Status: "ENABLED", ExecutionRole: "L", ResourceType: account.ContainerImage, Rules: account.Present([]account.LifecycleRule{{Action: "DELETE", Containers: true}}), Selection: account.Present(test.selection)}}),
			ContainerRecipes:  account.Complete([]account.ContainerRecipe{recipe("web"), recipe("api"), unknown}),
			Distributions:     account.Complete[account.Distribution](nil),
		}
		repositories, err := New(&account.Inventory{
			Owners:   []account.Owner{{Account: "111122223333", Regions: []string{"eu-west-1"}, Planned: planned, Discover: []account.Kind{account.RepositoryKind}}},
			Accounts: map[string]*account.Account{"111122223333": {ImageBuilder: map[string]*account.ImageBuilder{"eu-west-1": nothingBuilt()}}},
		}).ContainerRepositories("111122223333")
		var names []string
		for _, r := range repositories {
			if r.Unneeded == "" {
				names = append(names, r.Name)
			}
		}
		if slices.Sort(names); strings.Join(names, " ") != test.want {
			t.Errorf("%s: repositories %q, want %q; %v", name, names, test.want, err)
		}
	}
}

// Messages name what asks for something: a policy, or the deletion of an image.
func TestWhatAnAskerIsCalled(t *testing.T) {
	for want, a := range map[string]*asker{
		"lifecycle policy keep":     {name: "keep", where: "in eu-west-1"},
		"the deletion of image Web": {deletion: &account.ImageDeletion{Image: "Web"}, where: "to be created"},
	} {
		if got := a.called(); got != want {
			t.Errorf("called %q, want %q", got, want)
		}
	}
}

// The partition of an owner is the one that was read. Otherwise its roles and Regions tell it.
func TestPartitionOfAnOwner(t *testing.T) {
	const id = "111122223333"
	for want, test := range map[string]struct {
		read  *account.Account
		owner account.Owner
	}{
		"aws":        {nil, account.Owner{Account: id}},
		"aws-iso":    {&account.Account{Partition: "aws-iso"}, account.Owner{Account: id, Regions: []string{"cn-north-1"}}},
		"aws-cn":     {&account.Account{}, account.Owner{Account: id, Regions: []string{"cn-north-1"}}},
		"aws-us-gov": {&account.Account{}, account.Owner{Account: id, Regions: []string{"cn-north-1"}, ExecutionRoles: []string{"arn:aws-us-gov:iam::" + id + ":role/L"}}},
	} {
		if got := New(&account.Inventory{Owners: []account.Owner{test.owner}, Accounts: map[string]*account.Account{id: test.read}}).partition(test.owner); got != want {
			t.Errorf("partition %s, want %s", got, want)
		}
	}
}

// A role that only policies to be created name is not deployed.
func TestDeployedRoles(t *testing.T) {
	policy := func(name string) account.List[account.LifecyclePolicy] {
		return account.Complete([]account.LifecyclePolicy{{ARN: "arn:" + name, Name: name, Status: "ENABLED", ExecutionRole: "L", ResourceType: account.AMIImage, Rules: account.Present([]account.LifecycleRule{{Action: "DELETE", AMIs: true}})}})
	}
	none := account.Complete[account.LifecyclePolicy](nil)
	for name, test := range map[string]struct {
		view *View
		want bool
	}{
		"planned": {planning(policy("new"), none), false}, "existing": {planning(none, policy("old")), true}, "both": {planning(policy("new"), policy("old")), true},
	} {
		roles, err := test.view.ExecutionRoles("111122223333")
		if err != nil || len(roles) != 1 || roles[0].Deployed != test.want {
			t.Errorf("%s: %+v, %v", name, roles, err)
		}
	}
	view := planning(policy("new"), none)
	view.Owners[0].ExecutionRoles = []string{"L"}
	if roles, err := view.ExecutionRoles("111122223333"); err != nil || len(roles) != 1 || !roles[0].Deployed {
		t.Errorf("named by the user: %+v, %v", roles, err)
	}
}
