package awsapi

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/fakeaws"
)

// If the owner cannot be entered, each part of Image Builder is unread with the reason.
func TestNoWayIntoTheOwner(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inv := smallOrganization()
		server := start(t, inv, fakeaws.Options{Fault: in(auditor, "sts:AssumeRole", fakeaws.Deny)})
		ib := load(t, t.Context(), reading(server, inv), inv).Accounts[owner].ImageBuilder["eu-west-1"]
		for name, err := range map[string]error{
			"lifecycle policies": ib.LifecyclePolicies.Err(), "distributions": ib.Distributions.Err(), "container recipes": ib.ContainerRecipes.Err(),
			"images": ib.Images.Err(), "pipelines": ib.Pipelines.Err(), "image recipes": ib.ImageRecipes.Err(),
		} {
			if why := (account.Unread{}); !errors.As(err, &why) || why.Reason != account.AccessDenied || why.Action != "sts:AssumeRole" {
				t.Errorf("%s: %v, want sts:AssumeRole denied", name, err)
			}
		}
	})
}

// An image without an ARN makes the list of images incomplete, and the others stay in it.
func TestAnImageWithoutARN(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inv := smallOrganization()
		ib := inv.Accounts[owner].ImageBuilder["eu-west-1"]
		ib.Images = account.Complete([]account.Image{{State: "AVAILABLE"}, {ARN: base, State: "AVAILABLE"}})
		server := start(t, inv, fakeaws.Options{})
		images := load(t, t.Context(), reading(server, inv), inv).Accounts[owner].ImageBuilder["eu-west-1"].Images
		if why := (account.Unread{}); !errors.As(images.Err(), &why) || why.Reason != account.Malformed || len(images.Items()) != 1 || images.Items()[0].ARN != base {
			t.Errorf("%+v: %v", images.Items(), images.Err())
		}
	})
}

// A Region without the service is recognized by any of the lists.
func TestRegionWithoutTheService(t *testing.T) {
	t.Parallel()
	nameless := account.Unread{Reason: account.Failed, Detail: noEndpoint}
	for name, ib := range map[string]account.ImageBuilder{
		"lifecycle policies": {LifecyclePolicies: account.Partial[account.LifecyclePolicy](nil, nameless)},
		"distributions":      {Distributions: account.Partial[account.Distribution](nil, nameless)},
		"container recipes":  {ContainerRecipes: account.Partial[account.ContainerRecipe](nil, nameless)},
		"images":             {Images: account.Partial[account.Image](nil, nameless)},
		"pipelines":          {Pipelines: account.Partial[account.Pipeline](nil, nameless)},
		"image recipes":      {ImageRecipes: account.Partial[account.ImageRecipe](nil, nameless)},
	} {
		regions := map[string]*account.ImageBuilder{"eu-west-1": {ImageRecipes: account.Complete([]account.ImageRecipe{})}, "xx-east-1": &ib}
		withoutService(regions, nil)
		if !regions["xx-east-1"].Unavailable || regions["eu-west-1"].Unavailable {
			t.Errorf("%s: unavailable: %v, and where the service is: %v", name, regions["xx-east-1"].Unavailable, regions["eu-west-1"].Unavailable)
		}
	}
}
