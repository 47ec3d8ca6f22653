package lifecycle_test

import (
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
)

// A recipe that names its parent image with x or without build number uses the newest image.
// COUNT and retainAtLeast keep that image; they do not keep an image that is named exactly.
func TestParentImagesThatRulesKeep(t *testing.T) {
	const arn = "arn:aws:imagebuilder:eu-west-1:111122223333:"
	age, count := &account.RuleFilter{Type: "AGE", Value: 1, Unit: "YEARS"}, &account.RuleFilter{Type: "COUNT", Value: 2}
	retaining := &account.RuleFilter{Type: "AGE", Value: 1, Unit: "YEARS", RetainAtLeast: new(1)}
	for _, test := range []struct {
		parent string
		filter *account.RuleFilter
		want   checks.Status
	}{
		{arn + "image/base/x.x.x", nil, checks.Warn},
		{arn + "image/base/x.x.x", age, checks.Warn},
		{arn + "image/base/x.x.x", count, checks.Pass},
		{arn + "image/base/x.x.x", retaining, checks.Pass},
		{arn + "image/base/1.x.x", count, checks.Pass},
		{arn + "image/base/1.10.0", age, checks.Warn},
		{arn + "image/base/1.10.0", count, checks.Pass},
		{arn + "image/base/1.9.0/1", count, checks.Warn},
		{arn + "image/base/2.x.x", nil, checks.Pass},
		{arn + "image/other/x.x.x", nil, checks.Pass},
		{"arn:aws:imagebuilder:eu-west-1:aws:image/base/x.x.x", nil, checks.Pass},
		{"arn:aws:imagebuilder:eu-west-2:111122223333:image/base/x.x.x", nil, checks.Pass},
		{"ami-0123456789abcdef0", nil, checks.Pass},
		{"ssm:/base/ami", nil, checks.Pass},
		{"", nil, checks.Pass},
	} {
		ib := &account.ImageBuilder{
			LifecyclePolicies: account.Complete([]account.LifecyclePolicy{{
				ARN: arn + "lifecycle-policy/p", Name: "p", Status: "ENABLED", ResourceType: account.AMIImage,
				Rules:     account.Present([]account.LifecycleRule{{Action: "DELETE", AMIs: true, Filter: test.filter}}),
				Selection: account.Present(account.Selection{Recipes: []account.Recipe{{Name: "base", Version: "x.x.x"}}}),
			}}),
			Images: account.Complete([]account.Image{
				{ARN: arn + "image/base/1.9.0/1", State: "AVAILABLE", Type: "AMI"}, {ARN: arn + "image/base/1.10.0/1", State: "AVAILABLE", Type: "AMI"},
				{ARN: arn + "image/base/1.10.0/2", State: "FAILED", Type: "AMI"},
			}),
			ImageRecipes:     account.Complete([]account.ImageRecipe{{ARN: arn + "image-recipe/web/1.0.0", Name: "web", ParentImage: test.parent}}),
			ContainerRecipes: account.Complete([]account.ContainerRecipe{}), SharedImages: account.Complete([]account.SharedImage{}),
			Pipelines: account.Complete([]account.Pipeline{}), Distributions: account.Complete([]account.Distribution{}),
		}
		inv := &account.Inventory{
			Owners:   []account.Owner{{Account: "111122223333", Regions: []string{"eu-west-1"}, Discover: []account.Kind{account.LifecyclePolicyKind}}},
			Accounts: map[string]*account.Account{"111122223333": {Partition: "aws", ImageBuilder: map[string]*account.ImageBuilder{"eu-west-1": ib}}},
		}
		for f := range checks.Evaluate(inv, []checks.Check{lifecycle.ImageDependencies}) {
			if f.Status != test.want {
				t.Errorf("parent image %q, filter %+v: %s, want %s: %s", test.parent, test.filter, f.Status, test.want, f.Message)
			}
		}
	}
}
