package demand

import (
	"fmt"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/symbol"
)

const builder, other = "111122223333", "222233334444"

var notAllowed = account.Unread{Reason: account.AccessDenied, Action: "imagebuilder:GetImage"}

// building is an inventory of one owner with what Image Builder has in one Region.
func building(ib *account.ImageBuilder, planned *account.ImageBuilder) *View {
	return New(&account.Inventory{
		Owners: []account.Owner{{Account: builder, Regions: []string{"eu-west-1"}, Planned: planned, Discover: []account.Kind{
			account.ExecutionRoleKind, account.DestinationKind, account.RepositoryKind, account.LifecyclePolicyKind,
		}}},
		Accounts: map[string]*account.Account{builder: {Partition: "aws", ImageBuilder: map[string]*account.ImageBuilder{"eu-west-1": ib}}},
	})
}

func deletingContainers() account.LifecyclePolicy {
	return account.LifecyclePolicy{
		ARN: "arn:aws:imagebuilder:eu-west-1:" + builder + ":lifecycle-policy/nightly", Name: "nightly", Status: "ENABLED", ExecutionRole: "L", ResourceType: account.ContainerImage,
		Rules:     account.Present([]account.LifecycleRule{{Action: "DELETE", Containers: true}}),
		Selection: account.Present(account.Selection{Recipes: []account.Recipe{{Name: "app", Version: "x.x.x"}}}),
	}
}

// What became of container images in the last run is evidence about their repository. One that is in
// another account's registry is reported, because a lifecycle policy cannot delete it there.
func TestContainerImagesOfTheLastRun(t *testing.T) {
	p := deletingContainers()
	images := func(registry string) account.List[account.Image] {
		return account.Complete([]account.Image{{ARN: "arn:aws:imagebuilder:eu-west-1:" + builder + ":image/app/1.0.0/1", Containers: []account.Container{
			{Region: "eu-west-1", URIs: []string{registry + ".dkr.ecr.eu-west-1.amazonaws.com/app:1.0.0-1"}},
		}}})
	}
	ib := &account.ImageBuilder{
		LifecyclePolicies: account.Complete([]account.LifecyclePolicy{p}), Images: images(builder), ContainerRecipes: account.Complete[account.ContainerRecipe](nil),
		Distributions: account.Complete[account.Distribution](nil), Pipelines: account.Complete[account.Pipeline](nil),
		LastExecutions: map[string]account.Read[account.Execution]{p.ARN: account.Present(account.Execution{Status: "FAILED", Resources: account.Complete([]account.ExecutionResource{
			{ID: "arn:1", Region: "eu-west-1", Status: "FAILED"},
			{ID: "sha256:00", Region: "eu-west-1", Image: "arn:1", URIs: []string{builder + ".dkr.ecr.eu-west-1.amazonaws.com/app:1.0.0-1"}, Status: "FAILED", Reason: "no access"},
		})})},
	}
	got, err := building(ib, nil).ContainerRepositories(builder)
	if err != nil || len(got) != 1 || !strings.Contains(strings.Join(got[0].From, "\n"), "in the last run of lifecycle policy nightly in eu-west-1, sha256:00 in eu-west-1: FAILED") {
		t.Errorf("%+v, %v", got, err)
	}
	ib.Images = images(other)
	if got, err := building(ib, nil).ContainerRepositories(builder); len(got) > 0 || err == nil || !strings.Contains(err.Error(), "app/1.0.0/1") {
		t.Errorf("in another account: %+v, %v", got, err)
	}

	// Many images in a repository are one repository.
	var many []account.Image
	for _, build := range []string{"1", "2", "3"} {
		many = append(many, account.Image{ARN: "arn:aws:imagebuilder:eu-west-1:" + builder + ":image/app/1.0.0/" + build, Containers: []account.Container{
			{Region: "eu-west-1", URIs: []string{other + ".dkr.ecr.eu-west-1.amazonaws.com/app:1.0.0-" + build, other + ".dkr.ecr.eu-west-1.amazonaws.com/app@sha256:00" + build}},
		}})
	}
	ib.Images = account.Complete(many)
	if _, err := building(ib, nil).ContainerRepositories(builder); err == nil || strings.Count(err.Error(), "is not in the owner's own registry") != 1 || strings.Contains(err.Error(), "app:") {
		t.Errorf("three images in another account's repository: %v", err)
	}
}

// Settings that no pipeline beside a planned policy uses may still be for its images.
func TestSettingsThatNoPipelineUses(t *testing.T) {
	const arn = "arn:aws:imagebuilder:eu-west-1:" + builder + ":"
	to := func(name, id string) account.Distribution {
		return account.Distribution{ARN: arn + "distribution-configuration/" + name, Name: name, Settings: account.Present([]account.DistributionSettings{{Region: "eu-west-1", TargetAccounts: []string{id}}})}
	}
	p := deletingContainers()
	p.ARN, p.ResourceType = "", account.AMIImage
	p.Rules = account.Present([]account.LifecycleRule{{Action: "DELETE", AMIs: true}})
	view := building(&account.ImageBuilder{
		LifecyclePolicies: account.Complete[account.LifecyclePolicy](nil), Images: account.Complete[account.Image](nil), Distributions: account.Complete[account.Distribution](nil), Pipelines: account.Complete[account.Pipeline](nil),
	}, &account.ImageBuilder{
		LifecyclePolicies: account.Complete([]account.LifecyclePolicy{p}),
		Distributions:     account.Complete([]account.Distribution{to("used", other), to("unused", "333344445555")}),
		Pipelines:         account.Complete([]account.Pipeline{{Name: "app", Recipe: arn + "image-recipe/app/1.0.0", Distribution: arn + "distribution-configuration/used"}}),
	})
	for id, want := range map[string]Strength{other: Certain, "333344445555": Possible} {
		got, err := view.Destinations(id)
		if err != nil || len(got) != 1 || got[0].Strength != want {
			t.Errorf("%s: %+v, %v", id, got, err)
		}
	}
}

// A role of which code leaves a part open that no role has a name without.
func TestRoleThatIsOpenAndNoName(t *testing.T) {
	p := deletingContainers()
	p.ARN, p.ExecutionRole = "", "arn:"+symbol.New("var.rest", "variable without a value")+" x"
	_, err := building(nil, &account.ImageBuilder{LifecyclePolicies: account.Complete([]account.LifecyclePolicy{p})}).ExecutionRoles(builder)
	why, ok := unreadIn(err)
	if !ok || why.Reason != account.Unresolved || !strings.Contains(why.Detail, "var.rest") {
		t.Errorf("%+v: %v", why, err)
	}
}

// An owner that is given twice has its destinations once.
func TestAnOwnerThatIsGivenTwice(t *testing.T) {
	o := account.Owner{Account: builder, Destinations: []account.Target{{Account: other}}}
	got, err := New(&account.Inventory{Owners: []account.Owner{o, o}}).Destinations(other)
	if err != nil || len(got) != 1 || len(got[0].Owners) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

// The path of an account is not known if the tree of the organization has no end.
func TestPathWithoutAnEnd(t *testing.T) {
	in := func(parent string) account.Read[string] { return account.Present(parent) }
	for want, parents := range map[string]map[string]account.Read[string]{
		"o-1/r-1/ou-1/" + builder + "/": {builder: in("ou-1"), "ou-1": in("r-1"), "r-1": account.Absent[string]()},
		"":                              {builder: in("ou-1"), "ou-1": in("ou-2"), "ou-2": in("ou-1")},
	} {
		o := GuardedOrganization{Membership: account.Membership{Organization: "o-1"}, Guardrails: &account.Guardrails{Parents: parents}}
		if got := o.Path(builder); got != strings.TrimSuffix(want, builder+"/") {
			t.Errorf("%q, want %q", got, want)
		}
	}
	o := GuardedOrganization{Membership: account.Membership{Organization: "o-1"}, Guardrails: &account.Guardrails{Parents: map[string]account.Read[string]{builder: account.Absent[string]()}}}
	if got := o.Path(builder); got != "" {
		t.Errorf("an account as the root: %q", got)
	}
}

// ARNs that are none select nothing, and a deletion that may not happen demands nothing for certain.
func TestOddARNs(t *testing.T) {
	if Selects(account.Selection{Recipes: []account.Recipe{{Name: "app", Version: "x.x.x"}}}, account.Image{ARN: "app"}) {
		t.Error("an image without an ARN is selected")
	}
	for _, arn := range []string{"app", "arn:aws:imagebuilder:eu-west-1:" + builder + ":component/app/1.0.0"} {
		if got := recipeType(arn); got != "" {
			t.Errorf("%s: %s", arn, got)
		}
	}
	for why, want := range map[*account.Unread]string{nil: fmt.Sprint(certain), &notAllowed: fmt.Sprint(possible(notAllowed))} {
		if got := fmt.Sprint(deleting(account.ImageDeletion{Unsure: why}, "eu-west-1").needed); got != want {
			t.Errorf("%v: %s, want %s", why, got, want)
		}
	}
}
