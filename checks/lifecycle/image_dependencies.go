package lifecycle

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
)

// ImageDependencies checks that nothing depends on the images that a lifecycle policy deletes or disables.
var ImageDependencies = checks.On(checks.Check{
	ID:       "image-dependencies",
	Title:    "Nothing depends on the images that the lifecycle policy deletes or disables",
	Severity: checks.Low,
	Kind:     account.LifecyclePolicyKind,
	Doc: `Image Builder cannot delete an image that is shared with other accounts through AWS RAM, or that other resources depend on: a
recipe may have it as its parent image. Such an image stays, and its run reports a failure. If a parent image is disabled, the
pipelines that build from it stop. Disabling an AMI removes its launch permissions, and they do not come back if it is enabled
again. iblint looks at the images that the policy selects, without those that have an excluded tag. If a recipe names its parent
image with x in the version or without build number, it uses the newest image, which COUNT and retainAtLeast keep.`,
	Cases: []checks.Case{
		{Status: checks.Pass, When: "nothing depends on the images"},
		{Status: checks.Warn, When: "a DELETE rule selects an image that is shared through AWS RAM, or that is the parent image of a recipe; or a DISABLE rule selects the parent image of an enabled pipeline, or AMIs that others have launch permission for"},
		{Status: checks.Skip, When: "the policy is disabled, or no rule deletes or disables images; or it selects no image; or what may depend on the images was not collected"},
		{Status: checks.Unknown, When: "the rules, the images, or what may depend on them could not be read"},
	},
	Links: []string{
		"https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_DeleteImage.html",
		"https://docs.aws.amazon.com/imagebuilder/latest/userguide/manage-shared-resources.html",
		"https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/disable-an-ami.html",
	},
	Needs: checks.Needs(account.LifecyclePolicyKind, checks.Required(
		account.LifecycleRulesPart, account.ImagesPart, account.SharedImagesPart, account.ImageRecipesPart, account.ContainerRecipesPart,
		account.DistributionsPart, account.PipelinesPart)...),
}, (*demand.View).PolicyImages, func(p demand.PolicyImages) (checks.Verdict, error) {
	rules, found, err := p.Rules.Get()
	switch {
	case err != nil:
		return checks.Verdict{}, partUnread("rules", fmt.Errorf("the rules of lifecycle policy %s in %s could not be read: %w", p.Name, p.Region, err))
	case !found:
		return checks.Verdict{}, listedOnly(p.OwnedPolicy)
	}
	skip := func(why, short string) (checks.Verdict, error) {
		return checks.Verdict{Status: checks.Skip, Message: aboutPolicy(p.OwnedPolicy, why), Short: short}, nil
	}
	if p.Status != "ENABLED" && (p.Status != "" || !p.Planned) {
		return skip("it is not enabled, so it deletes and disables nothing", notEnabled)
	}
	rules = slices.DeleteFunc(slices.Clone(rules), func(r account.LifecycleRule) bool { return r.Action != "DELETE" && r.Action != "DISABLE" })
	if len(rules) == 0 {
		return skip("no rule deletes or disables images", "no rule deletes or disables images")
	}
	if _, _, err := p.Selection.Get(); err != nil {
		return checks.Verdict{}, partUnread("selection", fmt.Errorf("the selection of lifecycle policy %s in %s could not be read: %w", p.Name, p.Region, err))
	}

	var wrong []problem
	for _, r := range rules {
		wrong = append(wrong, dependents(p, r)...)
	}
	if len(wrong) > 0 {
		v := checks.Verdict{Status: checks.Warn, Message: aboutPolicy(p.OwnedPolicy, wrong[0].text), Short: briefly(wrong), Evidence: said(wrong)}
		if more := len(wrong) - 1; more > 0 {
			v.Message += fmt.Sprintf("; and %d more", more)
		}
		v.Fix = &checks.Fix{
			Summary:  "Exclude these images from the rule by a tag, or end what depends on them first.",
			Changes:  []checks.Change{policyEdit(p.OwnedPolicy, "protect these images: add one of their tags to exclusionRules.tagMap of the rule")},
			Cautions: []string{"A resource share, a recipe or a launch permission may be in use by other accounts. First ask them."},
		}
		return v, nil
	}
	return independent(p, rules)
})

// dependents are sentences about what depends on the images that a rule acts on.
func dependents(p demand.PolicyImages, r account.LifecycleRule) (wrong []problem) {
	for _, image := range p.Selected {
		if demand.HasOneTag(r.ExcludedTags, image.Tags) {
			continue
		}
		keepsNewest := r.Action == "DELETE" && r.Filter != nil && (r.Filter.Type == "COUNT" || r.Filter.RetainAtLeast != nil)
		if r.Action == "DELETE" && len(image.Shares) > 0 {
			wrong = append(wrong, problem{
				fmt.Sprintf("Image Builder cannot delete image %s, because it is shared through AWS RAM by %s", image.ARN, list(image.Shares)),
				"cannot delete " + imageName(image.ARN) + ": shared through AWS RAM",
			})
		}
		var recipes, pipelines []string
		for _, parent := range image.Parents {
			if parent.Newest && keepsNewest {
				continue
			}
			recipes = append(recipes, parent.Recipe)
			pipelines = append(pipelines, parent.Pipelines...)
		}
		switch {
		case r.Action == "DELETE" && len(recipes) > 0:
			wrong = append(wrong, problem{
				fmt.Sprintf("Image Builder cannot delete image %s while it is the parent image of %s", image.ARN, list(recipes)),
				"cannot delete " + imageName(image.ARN) + ": it is a parent image",
			})
		case r.Action == "DISABLE" && len(pipelines) > 0:
			wrong = append(wrong, problem{
				fmt.Sprintf("image %s is the parent image of %s; once it is disabled, pipeline %s stops", image.ARN, list(recipes), strings.Join(pipelines, ", ")),
				"disables a parent image, so that pipeline " + someOf(pipelines, 1, "") + " stops",
			})
		}
	}
	if r.Action == "DISABLE" && r.AMIs && len(p.LaunchPermissions) > 0 {
		wrong = append(wrong, problem{
			"a DISABLE rule removes the launch permissions of AMIs for good, and the distribution settings give them to " + list(p.LaunchPermissions),
			"DISABLE removes the launch permissions of AMIs for good",
		})
	}
	return wrong
}

// independent is the verdict if nothing that was read depends on the images.
func independent(p demand.PolicyImages, rules []account.LifecycleRule) (checks.Verdict, error) {
	deletes := slices.ContainsFunc(rules, func(r account.LifecycleRule) bool { return r.Action == "DELETE" })
	disables := slices.ContainsFunc(rules, func(r account.LifecycleRule) bool { return r.Action == "DISABLE" })
	disablesAMIs := slices.ContainsFunc(rules, func(r account.LifecycleRule) bool { return r.Action == "DISABLE" && r.AMIs })
	type part struct {
		what   string
		needed bool
		err    error
	}
	imagesKnown := len(p.Selected) > 0 || p.Images.Err() != nil
	parts := []part{
		{"images", true, p.Images.Err()},
		{"image recipes", imagesKnown, p.ImageRecipes.Err()},
		{"container recipes", imagesKnown, p.Containers.Err()},
		{"images that are shared through AWS RAM", imagesKnown && deletes, p.Shared.Err()},
		{"pipelines", imagesKnown && disables, p.Pipelines.Err()},
		{"distribution settings", disablesAMIs, p.Unread},
	}
	var missing []string
	var why error
	for _, part := range parts {
		var unread account.Unread
		switch {
		case !part.needed || part.err == nil:
		case errors.As(part.err, &unread) && unread.Reason == account.NotCollected:
			missing = append(missing, part.what)
		case why == nil:
			why = fmt.Errorf("cannot decide whether something depends on the images of lifecycle policy %s in %s: not all %s could be read: %w", p.Name, p.Region, part.what, part.err)
		}
	}
	switch {
	case why != nil:
		return checks.Verdict{}, why
	case len(missing) > 0:
		return checks.Verdict{Status: checks.Skip, Message: aboutPolicy(p.OwnedPolicy, "not collected: "+list(missing)), Short: "not collected: " + someOf(missing, 1, "")}, nil
	case len(p.Selected) == 0 && !disablesAMIs:
		return checks.Verdict{Status: checks.Skip, Message: aboutPolicy(p.OwnedPolicy, "it selects no image that could have dependencies"), Short: "selects no image that could have dependencies"}, nil
	}
	return checks.Verdict{
		Status:   checks.Pass,
		Message:  aboutPolicy(p.OwnedPolicy, "nothing depends on the images that it deletes or disables"),
		Short:    "nothing depends on its images",
		Evidence: []string{fmt.Sprintf("images that it selects: %d", len(p.Selected))},
	}, nil
}
