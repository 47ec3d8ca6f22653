package demand

import (
	"slices"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks/account"
)

func imageIn(name, id string) account.Image {
	return account.Image{ARN: builderARN + "image/" + name + "/1.0.0/1", AMIs: []account.AMI{{ID: "ami-" + name, Region: "eu-west-1", Account: id}}}
}

// The role of an account that the user names is for the images that policies act on there, and
// for others where not all images could be read.
func TestImagesOfANamedDestination(t *testing.T) {
	for name, c := range map[string]struct {
		images account.List[account.Image]
		unread bool
	}{
		"all were read":     {account.Complete([]account.Image{imageIn("app", other), imageIn("app2", other)}), false},
		"some were refused": {account.Partial([]account.Image{imageIn("app", other)}, notAllowed), true},
	} {
		ib, elsewhere := allRead(deletingAMIs("nightly")), allRead(deletingAMIs("nightly"))
		ib.Images = c.images
		elsewhere.Images = account.Complete([]account.Image{imageIn("app", "333344445555")})
		view := building(ib, nil)
		view.Owners[0].Regions, view.Owners[0].Discover = []string{"eu-west-1", "eu-west-2", "us-east-1"}, nil
		view.Owners[0].Destinations = []account.Target{{Account: other}}
		view.whole[builder].ImageBuilder["us-east-1"] = elsewhere
		view.whole[builder].ImageBuilder["eu-west-2"] = &account.ImageBuilder{Unavailable: true}
		all, err := view.Destinations(other)
		if err != nil || len(all) != 1 || len(all[0].Owners) != 1 {
			t.Fatalf("%s: %+v, %v", name, all, err)
		}
		o := all[0].Owners[0]
		if !slices.Equal(o.Images, []string{imageIn("app", other).ARN}) || !slices.Equal(o.Regions, []string{"eu-west-1"}) {
			t.Errorf("%s: images %q in %q", name, o.Images, o.Regions)
		}
		if (o.Unread["eu-west-1"] != nil) != c.unread || len(o.Unread) > 1 {
			t.Errorf("%s: unread %v", name, o.Unread)
		}
	}
}

// What became of AMIs in the last run is evidence about the account that they are in. Records of
// images, and container images, are in the owner's account.
func TestAMIsOfTheLastRun(t *testing.T) {
	ib := allRead(deletingAMIs("nightly"))
	image := imageIn("app", other)
	ib.Images = account.Complete([]account.Image{image})
	ib.LastExecutions = map[string]account.Read[account.Execution]{ib.LifecyclePolicies.Items()[0].ARN: account.Present(account.Execution{Status: "FAILED", Resources: account.Complete([]account.ExecutionResource{
		{ID: image.ARN, Region: "eu-west-1", Account: other, Status: "FAILED", Reason: "record"},
		{ID: "sha256:00", Region: "eu-west-1", Account: other, Image: image.ARN, URIs: []string{"app:1"}, Status: "FAILED", Reason: "container"},
		{ID: "ami-app", Region: "eu-west-1", Account: other, Image: image.ARN, Status: "FAILED", Reason: "no access"},
	})})}
	want := []string{"in the last run of lifecycle policy nightly in eu-west-1, ami-app in eu-west-1: FAILED, no access"}
	all, err := building(ib, nil).Destinations(other)
	if err != nil || len(all) != 1 || !slices.Equal(slices.DeleteFunc(all[0].From, func(line string) bool { return !strings.Contains(line, "last run") }), want) {
		t.Errorf("%+v, %v", all, err)
	}
}

// An account of the organization that has no lifecycle policy is told so where Image Builder is
// offered.
func TestAListedOwnerWithoutPolicies(t *testing.T) {
	for unavailable, want := range map[bool]string{false: "there is no lifecycle policy in eu-west-1", true: "EC2 Image Builder is not offered in eu-west-1"} {
		ib := allRead()
		ib.Unavailable = unavailable
		view := building(ib, nil)
		view.Owners[0].Listed = true
		_, err := view.Destinations(builder)
		if gaps := account.Gaps(err); len(gaps) != 1 || !strings.HasPrefix(gaps[0].Error(), want) {
			t.Errorf("unavailable %v: %q", unavailable, gaps)
		}
	}
}

// Where it is not known whether AMIs are only shared with an account or copied into it, the account
// is not said to be unneeded besides.
func TestAnAccountThatMayOnlyBeSharedWith(t *testing.T) {
	ib := allRead(deletingAMIs("nightly"))
	shares := account.DistributionSettings{Region: "eu-west-1", SharedAccounts: []string{other}}
	ib.Distributions = account.Complete([]account.Distribution{configured("app", shares), configured("web", to(other))})
	pipeline := func(recipe string) account.Pipeline {
		return account.Pipeline{Name: recipe, Status: "ENABLED", Recipe: builderARN + "image-recipe/" + recipe + "/1.0.0", Distribution: builderARN + "distribution-configuration/" + recipe}
	}
	ib.Pipelines = account.Complete([]account.Pipeline{pipeline("app"), pipeline("web")})
	ib.Images = account.Partial[account.Image](nil, notAllowed)
	all, err := building(ib, nil).Destinations(other)
	if gaps := account.Gaps(err); len(all) > 0 || len(gaps) != 1 || !strings.Contains(gaps[0].Error(), "cannot decide whether AMIs were also copied into it") {
		t.Errorf("%+v, %v", all, err)
	}
}
