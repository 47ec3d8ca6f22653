package demand_test

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
)

var deletesContainers = account.Present([]account.LifecycleRule{{Action: "DELETE", Containers: true}})

// containersIn is Image Builder with a lifecycle policy, and a container image that is in
// repository app of a Region.
func containersIn(region, status string, rules account.Read[[]account.LifecycleRule]) *account.ImageBuilder {
	return &account.ImageBuilder{
		LifecyclePolicies: account.Complete([]account.LifecyclePolicy{{
			ARN: arnOf("eu-west-1", "lifecycle-policy", "keep"), Name: "keep", Status: status, ExecutionRole: "L", ResourceType: account.ContainerImage, Rules: rules,
			Selection: account.Present(account.Selection{Recipes: []account.Recipe{{Name: "web", Version: "x.x.x"}}}),
		}}),
		Images:        account.Complete([]account.Image{{ARN: arnOf("eu-west-1", "image", "web/1.0.0/1"), Containers: []account.Container{{Region: region, URIs: []string{"app:1.0"}}}}}),
		Distributions: account.Complete([]account.Distribution{}), Pipelines: account.Complete([]account.Pipeline{}), ContainerRecipes: account.Complete([]account.ContainerRecipe{}),
	}
}

// A repository is as surely needed as the surest that asks for it. A Region that is not known is
// no reason to leave a repository out.
func TestARepositoryIsNeededAsSurelyAsTheSurestSays(t *testing.T) {
	app := account.Repository{Region: "eu-west-1", Name: "app"}
	owner := account.Owner{Account: lawOwner, Regions: []string{"eu-west-1"}, Discover: []account.Kind{account.RepositoryKind}}
	named, all := owner, owner
	named.Repositories, all.AllRepositories = []account.Repository{app}, true
	for name, test := range map[string]struct {
		owners   []account.Owner
		region   string
		status   string
		rules    account.Read[[]account.LifecycleRule]
		want     demand.Strength
		why      string
		unneeded bool
	}{
		"a rule deletes in it":           {[]account.Owner{owner}, "eu-west-1", "ENABLED", deletesContainers, demand.Certain, "", false},
		"in an unknown Region":           {[]account.Owner{owner}, "", "ENABLED", deletesContainers, demand.Certain, "", false},
		"a rule may":                     {[]account.Owner{owner}, "eu-west-1", "ENABLED", rulesRefused, demand.Possible, "the rules of lifecycle policy keep in eu-west-1", false},
		"no rule does":                   {[]account.Owner{owner}, "eu-west-1", "DISABLED", deletesContainers, demand.NotNeeded, "", true},
		"no rule does, and listed twice": {[]account.Owner{owner, owner}, "eu-west-1", "DISABLED", deletesContainers, demand.NotNeeded, "", true},
		"a rule may, and it is named":    {[]account.Owner{named}, "eu-west-1", "ENABLED", rulesRefused, demand.Certain, "", false},
		"a rule may, and all are":        {[]account.Owner{all}, "eu-west-1", "ENABLED", rulesRefused, demand.Certain, "", false},
		"no rule does, and named later":  {[]account.Owner{owner, named}, "eu-west-1", "DISABLED", deletesContainers, demand.Certain, "", false},
	} {
		a := &account.Account{
			RepositoryNames: map[string]account.List[string]{"eu-west-1": account.Complete([]string{"app"})},
			ImageBuilder:    map[string]*account.ImageBuilder{"eu-west-1": containersIn(test.region, test.status, test.rules)},
		}
		repositories, err := demand.New(&account.Inventory{Owners: test.owners, Accounts: map[string]*account.Account{lawOwner: a}}).ContainerRepositories(lawOwner)
		if err != nil || len(repositories) != 1 {
			t.Fatalf("%s: %+v, %v", name, repositories, err)
		}
		r := repositories[0]
		if r.Repository != (account.Repository{Region: test.region, Name: "app"}) || r.Strength != test.want || (r.Unneeded != "") != test.unneeded {
			t.Errorf("%s: %+v, %d, %q", name, r.Repository, r.Strength, r.Unneeded)
		}
		if (r.Why == nil) != (test.why == "") || r.Why != nil && !strings.HasPrefix(r.Why.Error(), test.why) {
			t.Errorf("%s: why %v", name, r.Why)
		}
	}
}

// Where every repository is checked, each says what was refused that may name it: nobody can tell
// whether Image Builder uses a repository that nothing known names.
func TestWhyARepositoryMayBeNamed(t *testing.T) {
	refused := func(action string) account.Unread {
		return account.Unread{Reason: account.AccessDenied, Action: action, Detail: "no"}
	}
	for name, test := range map[string]struct {
		edit func(*account.ImageBuilder)
		want string
	}{
		"all was read": {func(*account.ImageBuilder) {}, ""},
		"policies": {func(ib *account.ImageBuilder) {
			ib.LifecyclePolicies = account.Partial[account.LifecyclePolicy](nil, refused("imagebuilder:ListLifecyclePolicies"))
		}, "imagebuilder:ListLifecyclePolicies"},
		"recipes, and a policy about AMIs": {func(ib *account.ImageBuilder) {
			ib.LifecyclePolicies = oneImage(lawOwner, "ENABLED", deletesAMIs).LifecyclePolicies
			ib.ContainerRecipes = account.Partial[account.ContainerRecipe](nil, refused("imagebuilder:ListContainerRecipes"))
		}, "imagebuilder:ListContainerRecipes"},
		"recipes, and a policy": {func(ib *account.ImageBuilder) {
			ib.ContainerRecipes = account.Partial[account.ContainerRecipe](nil, refused("imagebuilder:ListContainerRecipes"))
		}, "imagebuilder:ListContainerRecipes"},
		"images and recipes, and a policy": {func(ib *account.ImageBuilder) {
			ib.Images = account.Partial[account.Image](nil, refused("imagebuilder:ListImages"))
			ib.ContainerRecipes = account.Partial[account.ContainerRecipe](nil, refused("imagebuilder:ListContainerRecipes"))
		}, "imagebuilder:ListImages"},
	} {
		ib := containersIn("eu-west-1", "ENABLED", deletesContainers)
		test.edit(ib)
		inv := &account.Inventory{
			Owners: []account.Owner{{Account: lawOwner, Regions: []string{"eu-west-1"}, AllRepositories: true, Discover: []account.Kind{account.RepositoryKind}}},
			Accounts: map[string]*account.Account{lawOwner: {
				RepositoryNames: map[string]account.List[string]{"eu-west-1": account.Complete([]string{"other"})},
				ImageBuilder:    map[string]*account.ImageBuilder{"eu-west-1": ib},
			}},
		}
		repositories, _ := demand.New(inv).ContainerRepositories(lawOwner)
		found := false
		for _, r := range repositories {
			if r.Name != "other" {
				continue
			}
			found = true
			got := ""
			if why := (account.Unread{}); errors.As(r.NamingUnread, &why) {
				got = why.Action
			}
			if got != test.want {
				t.Errorf("%s: %v, want %q", name, r.NamingUnread, test.want)
			}
		}
		if !found {
			t.Errorf("%s: repository other is not among %+v", name, repositories)
		}
	}
}

// An account of the organization that was read whole and has no lifecycle policy says so. Without
// a Region that has Image Builder there is nothing that it could be about.
func TestAnOrganizationsAccountWithoutPolicies(t *testing.T) {
	empty := func() *account.ImageBuilder {
		ib := containersIn("eu-west-1", "ENABLED", deletesContainers)
		ib.LifecyclePolicies, ib.Images = account.Complete([]account.LifecyclePolicy{}), account.Complete([]account.Image{})
		return ib
	}
	for name, test := range map[string]struct {
		listed  bool
		regions map[string]*account.ImageBuilder
		want    bool
	}{
		"from the organization":      {true, map[string]*account.ImageBuilder{"eu-west-1": empty()}, true},
		"named by the user":          {false, map[string]*account.ImageBuilder{"eu-west-1": empty()}, false},
		"without Image Builder":      {true, map[string]*account.ImageBuilder{"eu-west-1": {Unavailable: true}}, false},
		"in one of two Regions only": {true, map[string]*account.ImageBuilder{"eu-west-1": empty(), "mx-central-1": {Unavailable: true}}, true},
	} {
		o := account.Owner{Account: lawOwner, Listed: test.listed, Discover: []account.Kind{account.RepositoryKind}}
		_, err := demand.New(&account.Inventory{Owners: []account.Owner{o}, Accounts: map[string]*account.Account{lawOwner: {ImageBuilder: maps.Clone(test.regions)}}}).ContainerRepositories(lawOwner)
		if got := strings.Contains(fmt.Sprint(err), "there is no lifecycle policy in "); got != test.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Code says where the images of its policy are, so that it is a gap if it does not. A file with a
// policy alone is about the account that it is for.
func TestCodeThatNamesNoRepository(t *testing.T) {
	planned := &account.ImageBuilder{LifecyclePolicies: containersIn("eu-west-1", "ENABLED", deletesContainers).LifecyclePolicies}
	code := func(recipes ...account.Read[string]) account.Owner {
		in := *planned
		var all []account.ContainerRecipe
		for i, repository := range recipes {
			all = append(all, account.ContainerRecipe{ARN: arnOf("eu-west-1", "container-recipe", fmt.Sprint("web/1.0.", i)), Name: "web", Repository: repository})
		}
		in.ContainerRecipes = account.Complete(all)
		return account.Owner{PlannedIn: map[string]*account.ImageBuilder{"eu-west-1": &in}}
	}
	app, open := account.Present("app"), account.Unreadable[string](account.Unread{Reason: account.Unresolved})
	for name, test := range map[string]struct {
		owner account.Owner
		want  bool
	}{
		"code":                                   {code(), true},
		"code with a recipe":                     {code(app), false},
		"code with a recipe that leaves it open": {code(open), false},
		"code with both":                         {code(app, open), false},
		"a file":                                 {account.Owner{Planned: planned}, false},
	} {
		o := test.owner
		o.Account, o.Regions = lawOwner, []string{"eu-west-1"}
		_, err := demand.New(&account.Inventory{Owners: []account.Owner{o}}).ContainerRepositories(lawOwner)
		if got := strings.Contains(fmt.Sprint(err), "no container recipe or distribution configuration beside it"); got != test.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
