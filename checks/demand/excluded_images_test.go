package demand_test

import (
	"fmt"
	"testing"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
)

// A rule does not act on an image with an excluded tag, so the accounts and repositories of that
// image need nothing. They need it if another image, distribution settings or another rule names
// them.
func TestExcludedImagesDemandNothing(t *testing.T) {
	const region, destination = "eu-west-1", "222233334444"
	keep := account.Tags{"keep": "yes"}
	excluding := account.LifecycleRule{Action: "DELETE", AMIs: true, ExcludedTags: keep}
	image := func(version string, tags account.Tags) account.Image {
		return account.Image{ARN: arnOf(region, "image", "web/"+version+"/1"), Tags: tags, AMIs: []account.AMI{{ID: "ami-" + version, Region: "us-west-2", Account: destination}}}
	}
	settings := account.Distribution{ARN: arnOf(region, "distribution-configuration", "d"), Name: "d", Settings: account.Present([]account.DistributionSettings{{Region: "us-west-2", TargetAccounts: []string{destination}}})}
	pipeline := account.Pipeline{Name: "web", Status: "ENABLED", Recipe: arnOf(region, "image-recipe", "web/1.0.0"), Distribution: settings.ARN}
	for name, test := range map[string]struct {
		rules        []account.LifecycleRule
		images       []account.Image
		distribution bool
		imageTags    account.Tags // of the pipeline
		want         demand.Strength
		from         string
	}{
		"excluded":                              {[]account.LifecycleRule{excluding}, []account.Image{image("1.0.0", keep)}, false, nil, demand.NotNeeded, "[holds AMIs of image web/1.0.0/1]"},
		"another value":                         {[]account.LifecycleRule{excluding}, []account.Image{image("1.0.0", account.Tags{"keep": "no"})}, false, nil, demand.Certain, "[holds AMIs of image web/1.0.0/1 rule 1 (DELETE) of lifecycle policy p in eu-west-1 acts on AMIs in it]"},
		"another image too":                     {[]account.LifecycleRule{excluding}, []account.Image{image("1.0.0", keep), image("1.0.1", nil)}, false, nil, demand.Certain, "[holds AMIs of image web/1.0.1/1 rule 1 (DELETE) of lifecycle policy p in eu-west-1 acts on AMIs in it]"},
		"another rule":                          {[]account.LifecycleRule{{Action: "DEPRECATE", AMIs: true}, excluding}, []account.Image{image("1.0.0", keep)}, false, nil, demand.Certain, "[holds AMIs of image web/1.0.0/1 rule 1 (DEPRECATE) of lifecycle policy p in eu-west-1 acts on AMIs in it]"},
		"tags of the pipeline":                  {[]account.LifecycleRule{excluding}, []account.Image{image("1.0.0", keep)}, true, keep, demand.Possible, "[a target of distribution configuration d in eu-west-1 rule 1 (DELETE) of lifecycle policy p in eu-west-1 acts on AMIs in it]"},
		"another rule and tags of the pipeline": {[]account.LifecycleRule{{Action: "DEPRECATE", AMIs: true}, excluding}, nil, true, keep, demand.Certain, "[a target of distribution configuration d in eu-west-1 rule 1 (DEPRECATE) of lifecycle policy p in eu-west-1 acts on AMIs in it rule 2 (DELETE) of lifecycle policy p in eu-west-1 acts on AMIs in it]"},
		"other tags of the pipeline":            {[]account.LifecycleRule{excluding}, nil, true, account.Tags{"keep": "no"}, demand.Certain, "[a target of distribution configuration d in eu-west-1 rule 1 (DELETE) of lifecycle policy p in eu-west-1 acts on AMIs in it]"},
		"settings":                              {[]account.LifecycleRule{excluding}, []account.Image{image("1.0.0", keep)}, true, nil, demand.Certain, "[a target of distribution configuration d in eu-west-1 rule 1 (DELETE) of lifecycle policy p in eu-west-1 acts on AMIs in it]"},
	} {
		ib := &account.ImageBuilder{
			LifecyclePolicies: account.Complete([]account.LifecyclePolicy{{
				ARN: arnOf(region, "lifecycle-policy", "p"), Name: "p", Status: "ENABLED", ExecutionRole: "L", ResourceType: account.AMIImage,
				Rules: account.Present(test.rules), Selection: account.Present(account.Selection{Recipes: []account.Recipe{{Name: "web", Version: "x.x.x"}}}),
			}}),
			Images: account.Complete(test.images), Distributions: account.Complete([]account.Distribution{}), Pipelines: account.Complete([]account.Pipeline{}),
			ContainerRecipes: account.Complete([]account.ContainerRecipe{}),
		}
		if test.distribution {
			pipeline.ImageTags = test.imageTags
			ib.Distributions, ib.Pipelines = account.Complete([]account.Distribution{settings}), account.Complete([]account.Pipeline{pipeline})
		}
		view := demand.New(&account.Inventory{
			Owners:   []account.Owner{{Account: lawOwner, Regions: []string{region}, Discover: []account.Kind{account.ExecutionRoleKind, account.DestinationKind}}},
			Accounts: map[string]*account.Account{lawOwner: {Partition: "aws", ImageBuilder: map[string]*account.ImageBuilder{region: ib}}},
		})
		all, err := view.Destinations(destination)
		if err != nil || len(all) != 1 || all[0].Strength != test.want || fmt.Sprint(all[0].From) != test.from {
			t.Errorf("%s: %+v, %v", name, all, err)
		}
		roles, _ := view.ExecutionRoles(lawOwner)
		for _, n := range roles[0].Needs() {
			if n.Region == "us-west-2" {
				t.Errorf("%s: the execution role needs %s in the destination's Region", name, n.Action)
			}
		}
	}
}
