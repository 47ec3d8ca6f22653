package demand

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/symbol"
)

const builderARN = "arn:aws:imagebuilder:eu-west-1:" + builder + ":"

func deletingAMIs(name string) account.LifecyclePolicy {
	p := deletingContainers()
	p.ARN, p.Name, p.ResourceType = builderARN+"lifecycle-policy/"+name, name, account.AMIImage
	p.Rules = account.Present([]account.LifecycleRule{{Action: "DELETE", AMIs: true}})
	return p
}

// configured is a distribution configuration with its settings.
func configured(name string, settings ...account.DistributionSettings) account.Distribution {
	return account.Distribution{ARN: builderARN + "distribution-configuration/" + name, Name: name, Settings: account.Present(settings)}
}

func to(id string) account.DistributionSettings {
	return account.DistributionSettings{Region: "eu-west-1", TargetAccounts: []string{id}}
}

func allRead(p ...account.LifecyclePolicy) *account.ImageBuilder {
	return &account.ImageBuilder{
		LifecyclePolicies: account.Complete(p), Images: account.Complete[account.Image](nil), Pipelines: account.Complete[account.Pipeline](nil),
		Distributions: account.Complete[account.Distribution](nil), ContainerRecipes: account.Complete[account.ContainerRecipe](nil),
	}
}

// Distribution settings that are to be created are for the images of the policies that are to be
// created with them, in their Region. Where none are, they are for those of the policies that exist.
func TestWhoseImagesPlannedSettingsAreFor(t *testing.T) {
	distributing := func(p ...account.LifecyclePolicy) *account.ImageBuilder {
		ib := allRead(p...)
		ib.Distributions = account.Complete([]account.Distribution{configured("new", to(other))})
		return ib
	}
	containers, amis := deletingContainers(), deletingAMIs("amis")
	containers.ARN, amis.ARN = "", ""
	for name, c := range map[string]struct {
		existing []account.LifecyclePolicy
		planned  map[string]*account.ImageBuilder
		want     []Strength // of the account that the settings name, if it is one
		unneeded string
	}{
		"a policy beside them":         {nil, map[string]*account.ImageBuilder{"eu-west-1": distributing(amis)}, []Strength{Certain}, ""},
		"none beside them":             {[]account.LifecyclePolicy{deletingAMIs("old")}, map[string]*account.ImageBuilder{"eu-west-1": distributing()}, []Strength{Certain}, ""},
		"one about containers":         {[]account.LifecyclePolicy{deletingAMIs("old")}, map[string]*account.ImageBuilder{"eu-west-1": distributing(containers)}, []Strength{NotNeeded}, "no rule of an enabled lifecycle policy acts on AMIs in this account"},
		"one about AMIs in a Region":   {nil, map[string]*account.ImageBuilder{"eu-west-1": distributing(containers), "us-east-1": allRead(amis)}, []Strength{NotNeeded}, "no rule of an enabled lifecycle policy acts on AMIs in this account"},
		"in a Region that is not read": {nil, map[string]*account.ImageBuilder{"us-east-1": distributing(amis)}, []Strength{Certain}, ""},
	} {
		view := building(allRead(c.existing...), nil)
		view.Owners[0].PlannedIn = c.planned
		var got []Strength
		unneeded := ""
		all, err := view.Destinations(other)
		for _, d := range all {
			got, unneeded = append(got, d.Strength), d.Unneeded
		}
		if err != nil || !slices.Equal(got, c.want) || unneeded != c.unneeded {
			t.Errorf("%s: %+v, %v", name, all, err)
		}
	}
}

// A container recipe that builds no image does not matter if another version of it does, unless
// something unread can say that this one builds images, too.
func TestRecipesThatNothingUses(t *testing.T) {
	recipe := func(version string) account.ContainerRecipe {
		return account.ContainerRecipe{ARN: builderARN + "container-recipe/app/" + version, Name: "app", Repository: account.Present("team/app" + version[:1])}
	}
	for name, c := range map[string]struct {
		edit func(*account.ImageBuilder)
		want int
	}{
		"all was read":          {func(*account.ImageBuilder) {}, 1},
		"not all pipelines are": {func(ib *account.ImageBuilder) { ib.Pipelines = account.Partial[account.Pipeline](nil, notAllowed) }, 2},
		"not all images are":    {func(ib *account.ImageBuilder) { ib.Images = account.Partial(ib.Images.Items(), notAllowed) }, 2},
	} {
		ib := allRead(deletingContainers())
		ib.ContainerRecipes = account.Complete([]account.ContainerRecipe{recipe("1.0.0"), recipe("2.0.0")})
		ib.Images = account.Complete([]account.Image{{ARN: builderARN + "image/app/2.0.0/1", Type: "DOCKER"}})
		c.edit(ib)
		got, _ := building(ib, nil).ContainerRepositories(builder)
		if got = slices.DeleteFunc(got, func(r ContainerRepository) bool { return r.Unneeded != "" }); len(got) != c.want || got[len(got)-1].Name != "team/app2" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// Workflows of a pipeline can distribute its images by settings that another pipeline uses for
// images which are not selected. The first such pipeline is named.
func TestWorkflowsMayNameOtherSettings(t *testing.T) {
	ib := allRead(deletingAMIs("nightly"))
	pipeline := func(name, recipe string, workflows ...string) account.Pipeline {
		return account.Pipeline{Name: name, Status: "ENABLED", Recipe: builderARN + "image-recipe/" + recipe + "/1.0.0", Distribution: builderARN + "distribution-configuration/" + recipe, Workflows: workflows}
	}
	ib.Distributions = account.Complete([]account.Distribution{configured("app"), configured("web", to(other))})
	for name, c := range map[string]struct {
		pipelines []account.Pipeline
		want      Strength
		why       string
	}{
		"workflows of the service": {[]account.Pipeline{pipeline("web", "web", "own"), pipeline("app", "app")}, NotNeeded, ""},
		"workflows of its own":     {[]account.Pipeline{pipeline("web", "web"), pipeline("app", "app", "own"), pipeline("second", "app", "own")}, Possible, "pipeline app in eu-west-1 has workflows of its own, which may name other distribution settings"},
	} {
		ib.Pipelines = account.Complete(c.pipelines)
		got, err := building(ib, nil).Destinations(other)
		if err != nil || len(got) != 1 || got[0].Strength != c.want || got[0].Why == nil != (c.why == "") || c.why != "" && got[0].Why.Error() != c.why {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// AMIs go to an account whatever Region the code leaves open. Settings for what is no Region
// distribute nothing.
func TestRegionsOfSettings(t *testing.T) {
	for region, want := range map[string]bool{"eu-west-1": true, symbol.New("var.region", "variable without a value"): true, "": true, "Frankfurt": false} {
		ib := allRead(deletingAMIs("nightly"))
		settings := to(other)
		settings.Region = region
		ib.Distributions = account.Complete([]account.Distribution{configured("app", settings)})
		ib.Pipelines = account.Complete([]account.Pipeline{{Name: "app", Status: "ENABLED", Recipe: builderARN + "image-recipe/app/1.0.0", Distribution: builderARN + "distribution-configuration/app"}})
		if got, err := building(ib, nil).Destinations(other); err != nil || (len(got) == 1 && got[0].Strength == Certain) != want {
			t.Errorf("%q: %+v, %v", region, got, err)
		}
	}
}

// An image that became both AMIs and container images is of both resource types, and one that
// became nothing can be of either.
func TestResourceTypesOfImages(t *testing.T) {
	amis, containers := []account.AMI{{ID: "ami-1"}}, []account.Container{{Region: "eu-west-1"}}
	for _, c := range []struct {
		image account.Image
		want  []string
	}{
		{account.Image{}, []string{account.AMIImage, account.ContainerImage}},
		{account.Image{AMIs: amis}, []string{account.AMIImage}},
		{account.Image{Containers: containers}, []string{account.ContainerImage}},
		{account.Image{AMIs: amis, Containers: containers}, []string{account.AMIImage, account.ContainerImage}},
		{account.Image{Type: "AMI"}, []string{account.AMIImage}},
		{account.Image{Type: "DOCKER"}, []string{account.ContainerImage}},
	} {
		var got []string
		for _, one := range []string{account.AMIImage, account.ContainerImage} {
			if OfType(c.image, one) {
				got = append(got, one)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v is of the types %s, want %s", c.image, strings.Join(got, ", "), fmt.Sprint(c.want))
		}
	}
}
