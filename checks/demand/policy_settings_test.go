package demand

import (
	"slices"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks/account"
)

// Two entries overlap if a version meets both.
func TestSameVersions(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{"web x.x.x", "web 1.0.0", true}, {"1.x.x", "x.2.x", true}, {"1.x.x", "2.x.x", false}, {"1.0.0", "1.0.0", true}, {"1.0.0", "1.0.1", false},
		{"1.0.x", "1.1.x", false}, {"x.x.x", "1.0", false}, {"My Web x.x.x", "my_web 1.0.0", true}, {"web x.x.x", "api x.x.x", false},
	} {
		entry := func(text string) account.Recipe {
			name, version := "web", text
			if i := strings.LastIndexByte(text, ' '); i >= 0 {
				name, version = text[:i], text[i+1:]
			}
			return account.Recipe{Name: name, Version: version}
		}
		if a, b := entry(test.a), entry(test.b); SameVersions(a, b) != test.want || SameVersions(b, a) != test.want {
			t.Errorf("%s and %s: %v", test.a, test.b, !test.want)
		}
	}
}

// A policy knows the settings, recipes and pipelines of its images only, and which of these may
// be more.
func TestSurroundingsOfAPolicy(t *testing.T) {
	const arn = "arn:aws:imagebuilder:eu-west-1:111122223333:"
	configuration := func(name string) account.Distribution {
		return account.Distribution{ARN: arn + "distribution-configuration/" + name, Name: name, Settings: account.Present([]account.DistributionSettings{{Region: "eu-west-1"}})}
	}
	ib := &account.ImageBuilder{
		LifecyclePolicies: account.Complete([]account.LifecyclePolicy{
			{ARN: arn + "lifecycle-policy/keep", Name: "keep", Status: "ENABLED", ResourceType: account.AMIImage, Selection: account.Present(account.Selection{Recipes: []account.Recipe{{Name: "web", Version: "old"}}})},
		}),
		Distributions: account.Complete([]account.Distribution{configuration("web"), configuration("api"), configuration("unused")}),
		Pipelines: account.Complete([]account.Pipeline{
			{Name: "web", Recipe: arn + "image-recipe/web/1.0.0", Distribution: arn + "distribution-configuration/web"},
			{Name: "api", Recipe: arn + "container-recipe/api/1.0.0", Distribution: arn + "distribution-configuration/api"},
		}),
		ImageRecipes:     account.Complete([]account.ImageRecipe{{ARN: arn + "image-recipe/web/1.0.0", Name: "web"}}),
		ContainerRecipes: account.Partial([]account.ContainerRecipe{{ARN: arn + "container-recipe/api/1.0.0", Name: "api"}}, account.Unread{Reason: account.AccessDenied}),
	}
	planned := &account.ImageBuilder{
		LifecyclePolicies: account.Complete([]account.LifecyclePolicy{
			{Name: "Keep", Status: "ENABLED", ResourceType: account.AMIImage, Selection: account.Present(account.Selection{Recipes: []account.Recipe{{Name: "web", Version: "x.x.x"}}})},
			{Name: "images", Status: "DISABLED", ResourceType: account.ContainerImage, Selection: account.Unreadable[account.Selection](account.Unread{Reason: account.AccessDenied})},
		}),
		Distributions: account.Complete([]account.Distribution{configuration("new")}),
	}
	view := New(&account.Inventory{
		Owners:   []account.Owner{{Account: "111122223333", Regions: []string{"eu-west-1"}, Planned: planned, Discover: []account.Kind{account.LifecyclePolicyKind}}},
		Accounts: map[string]*account.Account{"111122223333": {Partition: "aws", ImageBuilder: map[string]*account.ImageBuilder{"eu-west-1": ib}}},
	})
	policies, err := view.LifecyclePolicies("111122223333")
	if err != nil || len(policies) != 2 || len(policies[0].At.Policies) != 2 || policies[0].At.Unlisted != nil {
		t.Fatalf("%+v, %v", policies, err) // the planned one replaces keep
	}
	keep, images := policies[0], policies[1]
	var names []string
	settings, err := keep.Settings()
	for _, s := range settings {
		names = append(names, s.Configuration)
	}
	if want := []string{"distribution configuration new to be created", "distribution configuration web"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("settings: %q, %v, want %q", names, err, want)
	}
	if _, err := images.Settings(); err == nil {
		t.Error("the settings for an unknown selection are known")
	}
	if arns, read, err := keep.Recipes(); len(arns) != 1 || !read || err != nil {
		t.Errorf("image recipes: %q, %v, %v", arns, read, err)
	}
	if arns, read, err := images.Recipes(); len(arns) != 1 || read || err == nil {
		t.Errorf("container recipes: %q, %v, %v", arns, read, err)
	}
	if all, read, err := keep.Pipelines(); len(all) != 1 || all[0].Name != "web" || !read || err != nil {
		t.Errorf("pipelines: %+v, %v, %v", all, read, err)
	}
	image := account.Image{ARN: arn + "image/web/1.0.0/1", AMIs: []account.AMI{{ID: "ami-1"}}}
	if covers, known := keep.Covers(image); !covers || !known {
		t.Errorf("keep covers its image: %v, %v", covers, known)
	}
	if covers, known := images.Covers(image); covers || !known {
		t.Errorf("a disabled policy covers an image: %v, %v", covers, known)
	}
	images.Status, images.ResourceType = "ENABLED", account.AMIImage
	if covers, known := images.Covers(image); covers || known {
		t.Errorf("a policy whose selection was not read covers an image: %v, %v", covers, known)
	}
}

// The settings of a policy's images may be more than those that are known if any of what names them
// was refused.
func TestSettingsThatWereRefused(t *testing.T) {
	for want, edit := range map[string]func(*account.ImageBuilder){
		"": func(*account.ImageBuilder) {},
		"distribution configuration web: ": func(ib *account.ImageBuilder) {
			web := ib.Distributions.Items()[0]
			web.Settings = account.Unreadable[[]account.DistributionSettings](notAllowed)
			ib.Distributions = account.Partial([]account.Distribution{web}, notAllowed) // the first reason is told
		},
		"pipelines and distribution configurations in eu-west-1: ": func(ib *account.ImageBuilder) {
			ib.Distributions = account.Partial(ib.Distributions.Items(), notAllowed)
		},
		"pipelines and distribution configurations in eu-west-1:": func(ib *account.ImageBuilder) {
			ib.Pipelines = account.Partial(ib.Pipelines.Items(), notAllowed)
		},
	} {
		ib := allRead(deletingAMIs("nightly"))
		ib.Distributions = account.Complete([]account.Distribution{configured("web", to(other))})
		ib.Pipelines = account.Complete([]account.Pipeline{{Name: "app", Recipe: builderARN + "image-recipe/app/1.0.0", Distribution: builderARN + "distribution-configuration/web"}})
		edit(ib)
		policies, _ := building(ib, nil).LifecyclePolicies(builder)
		if _, err := policies[0].Settings(); (err == nil) != (want == "") || err != nil && !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// A policy acts on images of recipes of its resource type. One of an unknown type may act on both.
func TestRecipesOfTheResourceType(t *testing.T) {
	image, container := builderARN+"image-recipe/app/1.0.0", builderARN+"container-recipe/app/1.0.0"
	for resourceType, want := range map[string][]string{account.AMIImage: {image}, account.ContainerImage: {container}, "NEW_IMAGE": {image, container}} {
		p := deletingAMIs("nightly")
		p.ResourceType = resourceType
		ib := allRead(p)
		ib.ImageRecipes = account.Complete([]account.ImageRecipe{{ARN: image, Name: "App"}, {ARN: builderARN + "image-recipe/web/1.0.0", Name: "web"}})
		ib.ContainerRecipes = account.Complete([]account.ContainerRecipe{{ARN: container, Name: "app"}})
		policies, _ := building(ib, nil).LifecyclePolicies(builder)
		if got := policies[0].RecipesNamed("App"); !slices.Equal(got, want) {
			t.Errorf("%s: %q", resourceType, got)
		}
	}
}
