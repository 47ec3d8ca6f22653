package lifecycle

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
)

// LifecyclePolicySelection checks that a lifecycle policy selects some of the images that are there.
var LifecyclePolicySelection = checks.On(checks.Check{
	ID:       "lifecycle-policy-selection",
	Title:    "The lifecycle policy selects images that are there",
	Severity: checks.Medium,
	Kind:     account.LifecyclePolicyKind,
	Doc: `A lifecycle policy acts on the images of the recipes that it lists, or on the image resources that carry its tags. A
selection that matches no image does nothing, without a word: a recipe under another name or version, or tags that are on
the AMIs and not on the image resources, or that runs by hand leave out. An image is taken to be of the recipe whose
name and version stand in its ARN. One that was distributed only as what the policy is not about, AMIs or containers, does
not count. Whether it needs all of the tags or one of them is not documented: one is enough here.`,
	Cases: []checks.Case{
		{Status: checks.Pass, When: "at least one image matches the selection"},
		{Status: checks.Warn, When: "none of the images in the Region matches it"},
		{Status: checks.Skip, When: "there is no image in the Region yet, or the policy is to be created and judged without access to images"},
		{Status: checks.Unknown, When: "the selection, or all of the images, could not be read"},
	},
	Links: []string{
		"https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_LifecyclePolicyResourceSelection.html",
		"https://github.com/aws-samples/amazon-ec2-image-builder-samples/tree/main/lifecycle",
	},
	Needs: checks.Needs(account.LifecyclePolicyKind,
		account.Need{Part: account.LifecycleRulesPart, Use: account.Required}, account.Need{Part: account.ImagesPart, Use: account.Required}),
}, (*account.View).LifecyclePolicies, func(p account.OwnedPolicy) (checks.Verdict, error) {
	selection, found, err := p.Selection.Get()
	if err != nil {
		return checks.Verdict{}, fmt.Errorf("the selection of lifecycle policy %s in %s could not be read: %w", p.Name, p.Region, err)
	}
	if !found {
		return checks.Verdict{}, fmt.Errorf("lifecycle policy %s in %s is listed, but does not exist", p.Name, p.Region)
	}
	if p.Planned && p.Images.IsZero() {
		return checks.Verdict{Status: checks.Skip, Message: fmt.Sprintf("lifecycle policy %s is to be created, and nobody asked which images there are", p.Name)}, nil
	}
	evidence := selects(selection)
	images := p.Images.Items()
	if i := slices.IndexFunc(images, func(image account.Image) bool { return hasType(image, p.ResourceType) && matches(selection, image) }); i >= 0 {
		return checks.Verdict{
			Status: checks.Pass, Evidence: append(evidence, "it selects "+images[i].ARN),
			Message: fmt.Sprintf("lifecycle policy %s in %s selects images that are there", p.Name, p.Region),
		}, nil
	}
	if err := p.Images.Err(); err != nil {
		return checks.Verdict{Evidence: evidence}, fmt.Errorf("whether lifecycle policy %s in %s selects any image is not known: the images could not all be read: %w", p.Name, p.Region, err)
	}
	if len(images) == 0 {
		return checks.Verdict{Status: checks.Skip, Message: fmt.Sprintf("there is no image in %s yet that lifecycle policy %s could select", p.Region, p.Name)}, nil
	}
	return checks.Verdict{
		Status:   checks.Warn,
		Message:  fmt.Sprintf("lifecycle policy %s in %s selects none of the %d images there, so it does nothing", p.Name, p.Region, len(images)),
		Evidence: append(evidence, fmt.Sprintf("images read: %d, of which none matches", len(images))),
		Fix: &checks.Fix{
			Summary:  "Compare the policy's selection with the images, and correct the recipe, the version or the tags.",
			Changes:  []checks.Change{{Action: checks.LookAtSelection, Partition: p.Partition, Account: p.Owner, Region: p.Region, Policy: p.ARN}},
			Cautions: []string{"Tags count on the image resource, not on the AMI: put them on the pipeline's imageTags."},
		},
	}, nil
})

// selects tells what a policy selects.
func selects(s account.Selection) (lines []string) {
	for _, r := range s.Recipes {
		lines = append(lines, fmt.Sprintf("it selects images of recipe %s, version %s", r.Name, r.Version))
	}
	for _, key := range slices.Sorted(maps.Keys(s.Tags)) {
		lines = append(lines, fmt.Sprintf("it selects images with tag %s = %s", key, visible(s.Tags[key])))
	}
	return lines
}

// hasType says whether an image can be one of the policy's type. Where nothing was
// distributed of it, or both, it is not known, and it can.
func hasType(image account.Image, resourceType string) bool {
	switch {
	case len(image.AMIs) > 0 && len(image.Containers) == 0:
		return resourceType != account.ContainerImage
	case len(image.Containers) > 0 && len(image.AMIs) == 0:
		return resourceType != account.AMIImage
	}
	return true
}

// matches says whether a selection matches an image. An image's ARN ends in
// image/NAME/VERSION/BUILD, the recipe's name in lower case with hyphens for blanks.
func matches(s account.Selection, image account.Image) bool {
	for key, value := range s.Tags {
		if have, ok := image.Tags[key]; ok && have == value {
			return true
		}
	}
	_, path, _ := strings.Cut(image.ARN, ":image/")
	parts := strings.Split(path, "/")
	return len(parts) >= 2 && slices.ContainsFunc(s.Recipes, func(r account.Recipe) bool {
		return parts[0] == strings.ReplaceAll(strings.ToLower(r.Name), " ", "-") && versionMatches(r.Version, parts[1])
	})
}

// versionMatches compares versions part by part; x stands for any number
// (semanticVersion of the Image Builder API).
func versionMatches(pattern, version string) bool {
	want, have := strings.Split(pattern, "."), strings.Split(version, ".")
	return len(want) == len(have) && !slices.ContainsFunc(want, func(part string) bool {
		own := have[0]
		have = have[1:]
		return part != own && part != "x" && part != "*"
	})
}
