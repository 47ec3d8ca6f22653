package lifecycle

import (
	"fmt"
	"maps"
	"slices"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
)

// LifecyclePolicySelection checks that a lifecycle policy selects images that exist.
var LifecyclePolicySelection = checks.On(checks.Check{
	ID:       "lifecycle-policy-selection",
	Title:    "The lifecycle policy selects images that exist",
	Severity: checks.Medium,
	Kind:     account.LifecyclePolicyKind,
	Doc: `A lifecycle policy acts on the images of the recipes that it lists, or on the image resources that have its tags. If the
selection matches no image, the policy does nothing and reports nothing. Frequent causes are another recipe name or version, tags on
the AMIs instead of the image resources, and tags that manual builds do not set. iblint takes an image's recipe from the name and
version in its ARN. Case, spaces and underscores do not distinguish recipe names. It ignores images that were distributed only as
the other type, AMIs or container images. One of the tags is enough.`,
	Cases: []checks.Case{
		{Status: checks.Pass, When: "at least one image matches the selection"},
		{Status: checks.Warn, When: "none of the images in the Region matches it"},
		{Status: checks.Skip, When: "the Region has no image yet; or the policy does not exist yet, and images were not read"},
		{Status: checks.Unknown, When: "the selection could not be read, or not all images could be read"},
	},
	Links: []string{
		"https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_LifecyclePolicyResourceSelection.html",
		"https://github.com/aws-samples/amazon-ec2-image-builder-samples/tree/main/lifecycle",
	},
	Needs: checks.Needs(account.LifecyclePolicyKind,
		account.Need{Part: account.LifecycleRulesPart, Use: account.Required}, account.Need{Part: account.ImagesPart, Use: account.Required}),
}, (*demand.View).LifecyclePolicies, func(p demand.OwnedPolicy) (checks.Verdict, error) {
	selection, found, err := p.Selection.Get()
	if err != nil {
		return checks.Verdict{}, fmt.Errorf("the selection of lifecycle policy %s in %s could not be read: %w", p.Name, p.Region, err)
	}
	if !found {
		return checks.Verdict{}, listedOnly(p)
	}
	if p.Planned && p.Images.IsZero() {
		return checks.Verdict{Status: checks.Skip, Message: fmt.Sprintf("lifecycle policy %s does not exist yet, and images were not read", p.Name)}, nil
	}
	evidence := selects(selection)
	images := p.Images.Items()
	if i := slices.IndexFunc(images, func(image account.Image) bool {
		return demand.OfType(image, p.ResourceType) && demand.Selects(selection, image)
	}); i >= 0 {
		return checks.Verdict{
			Status: checks.Pass, Evidence: append(evidence, "it selects "+images[i].ARN),
			Message: fmt.Sprintf("lifecycle policy %s in %s selects images that exist", p.Name, p.Region),
		}, nil
	}
	if err := p.Images.Err(); err != nil {
		return checks.Verdict{Evidence: evidence}, fmt.Errorf("cannot decide whether lifecycle policy %s in %s selects an image: not all images could be read: %w", p.Name, p.Region, err)
	}
	if len(images) == 0 {
		return checks.Verdict{Status: checks.Skip, Message: fmt.Sprintf("%s has no image yet that lifecycle policy %s could select", p.Region, p.Name)}, nil
	}
	return checks.Verdict{
		Status:   checks.Warn,
		Message:  fmt.Sprintf("lifecycle policy %s in %s selects no image in the Region (images read: %d), so it does nothing", p.Name, p.Region, len(images)),
		Evidence: append(evidence, fmt.Sprintf("images read: %d; none matches", len(images))),
		Fix: &checks.Fix{
			Summary:  "Compare the selection with the images, and correct the recipe, the version or the tags.",
			Changes:  []checks.Change{{Action: checks.LookAtSelection, Partition: p.Partition, Account: p.Owner, Region: p.Region, Policy: p.ARN}},
			Cautions: []string{"The policy matches tags of the image resource, not of the AMI. Set them in the pipeline's imageTags."},
		},
	}, nil
})

// selects is the evidence for what a policy selects.
func selects(s account.Selection) (lines []string) {
	for _, r := range s.Recipes {
		lines = append(lines, fmt.Sprintf("it selects images of recipe %s, version %s", r.Name, r.Version))
	}
	for _, key := range slices.Sorted(maps.Keys(s.Tags)) {
		lines = append(lines, fmt.Sprintf("it selects images with tag %s = %s", key, visible(s.Tags[key])))
	}
	return lines
}
