package lifecycle

import (
	"fmt"
	"maps"
	"slices"
	"strings"

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
	Doc: `A lifecycle policy acts on the images of the recipes that it lists, or on the image resources that have one of its tags. If the
selection matches no image, the policy does nothing and reports nothing. Frequent causes are another recipe name or version, tags on
the AMIs instead of the image resources, and tags that manual builds do not set. A policy that names one fixed version does not select
the images of later versions. A version with x selects the images of the recipe versions that exist, so it may not select images whose
recipe version was deleted. iblint takes an image's recipe from the name and version in its ARN. Case, spaces and underscores do not
distinguish recipe names. It ignores images that were distributed only as the other type, AMIs or container images.`,
	Cases: []checks.Case{
		{Status: checks.Pass, When: "the policy selects images, or will select those of a recipe or a pipeline that exists"},
		{Status: checks.Warn, When: "it selects no image, or probably fewer images than intended; the message says which images or tags"},
		{Status: checks.Fail, When: "it is enabled and can never select an image: no recipe, image or pipeline has the name and version that it lists"},
		{Status: checks.Skip, When: "the Region has no image yet, or images were not collected"},
		{Status: checks.Unknown, When: "the selection could not be read, or not all images, recipes, pipelines or lifecycle policies could be read"},
	},
	Links: []string{
		"https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_LifecyclePolicyResourceSelection.html",
		"https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-lifecycle-rules.html",
		"https://github.com/aws-samples/amazon-ec2-image-builder-samples/tree/main/lifecycle",
	},
	Needs: checks.Needs(account.LifecyclePolicyKind,
		account.Need{Part: account.LifecycleRulesPart, Use: account.Required}, account.Need{Part: account.ImagesPart, Use: account.Required},
		account.Need{Part: account.ImageRecipesPart, Use: account.Required}, account.Need{Part: account.ContainerRecipesPart, Use: account.Required},
		account.Need{Part: account.PipelinesPart, Use: account.Required}, account.Need{Part: account.DistributionsPart, Use: account.Evidence}),
}, (*demand.View).LifecyclePolicies, func(p demand.OwnedPolicy) (checks.Verdict, error) {

	selection, found, err := p.Selection.Get()
	switch {
	case err != nil:
		return checks.Verdict{}, partUnread("selection", fmt.Errorf("the selection of lifecycle policy %s in %s could not be read: %w", p.Name, p.Region, err))
	case !found:
		return checks.Verdict{}, listedOnly(p)
	case p.Images.IsZero() && p.Planned && len(selection.Recipes)+len(selection.Tags) > 0:
		return checks.Verdict{Status: checks.Skip, Message: fmt.Sprintf("lifecycle policy %s does not exist yet, and images were not read", p.Name), Short: notYet + ", and images were not read"}, nil
	case undecided(p, "resourceSelection") != nil:
		return checks.Verdict{}, undecided(p, "resourceSelection")
	case len(selection.Recipes)+len(selection.Tags) == 0:
		return checks.Verdict{Status: checks.Skip, Message: aboutPolicy(p, "it selects nothing; see lifecycle-policy-valid"), Short: "selects nothing; see lifecycle-policy-valid"}, nil
	case p.Images.IsZero():
		return checks.Verdict{Status: checks.Skip, Message: aboutPolicy(p, "images were not collected, so that there is nothing to compare with its selection"), Short: imagesUncollected}, nil
	}
	s := compared{OwnedPolicy: p, selection: selection}
	_, s.recipesRead, s.recipesErr = p.Recipes()
	s.pipelines, s.pipelinesRead, s.pipelinesErr = p.Pipelines()
	v := checks.Verdict{Evidence: append(selects(selection), fmt.Sprintf("images read: %d", len(p.Images.Items())))}
	if done, err := s.matchesNothing(&v); done || err != nil {
		return v, err
	}
	s.lessThanMeant()
	switch {
	case len(s.less) > 0:
		v.Status, v.Message = checks.Warn, aboutPolicy(p, "it probably selects fewer images than intended: "+strings.Join(said(s.less), "; "))
		v.Short = briefly(s.less)
		v.Fix = s.fix(s.hints...)
	case s.undecided != nil:
		return v, fmt.Errorf("cannot decide whether lifecycle policy %s in %s selects fewer images than intended: %w", p.Name, p.Region, s.undecided)
	default:
		v.Status = checks.Pass
	}
	return v, nil
})

// compared is the selection of a lifecycle policy and what it is compared with.
type compared struct {
	demand.OwnedPolicy
	selection account.Selection

	// The pipelines of its resource type, whether recipes and pipelines were collected, and why
	// there may be more.
	pipelines                  []account.Pipeline
	recipesRead, pipelinesRead bool
	recipesErr, pipelinesErr   error

	less  []problem // what it does not select and probably should
	hints []string  // how to change that

	// Why there may be more of it: recipes or pipelines that were not read, and other things.
	unread, undecided error
}

// matchesNothing decides about a policy that matches nothing. Otherwise it writes the message
// and the evidence of a policy that passes.
func (s *compared) matchesNothing(v *checks.Verdict) (bool, error) {
	images := s.Candidates(s.selection)
	if i := slices.IndexFunc(images, func(image account.Image) bool { return demand.Selects(s.selection, image) }); i >= 0 {
		v.Evidence = append(v.Evidence, "it selects "+images[i].ARN)
		v.Message = fmt.Sprintf("lifecycle policy %s in %s selects images that exist", s.Name, s.Region)
		v.Short = "selects images that exist"
		return false, nil
	}
	if err := s.Images.Err(); err != nil {
		return true, fmt.Errorf("cannot decide whether lifecycle policy %s in %s selects an image: not all images could be read: %w", s.Name, s.Region, err)
	}
	if name := s.coming(); name != "" {
		v.Evidence = append(v.Evidence, "it will select images of "+name)
		v.Message = fmt.Sprintf("lifecycle policy %s in %s selects no image yet; it will select images of %s", s.Name, s.Region, name)
		v.Short = "selects no image yet, but will"
		return false, nil
	}
	unread := []error{s.pipelinesErr}
	if len(s.selection.Recipes) > 0 {
		unread = append(unread, s.recipesErr)
	}
	for _, err := range unread {
		if err != nil {
			return true, fmt.Errorf("cannot decide whether lifecycle policy %s in %s will select an image: not all of these could be read: %w", s.Name, s.Region, err)
		}
	}
	fixed := append(s.tagsOnAMIs(), "compare the selection with the images, and correct the recipe, the version or the tags")
	named := problem{}
	if len(s.selection.Tags) == 0 {
		named = s.namesNothing()
	}
	v.Short = "selects no image in the Region"
	nothing := fmt.Sprintf("lifecycle policy %s in %s selects no image in the Region (images read: %d), so it does nothing", s.Name, s.Region, len(s.Images.Items()))
	switch {
	case len(s.selection.Tags) == 0 && s.recipesRead && s.Planned: // its recipe may be to be created, too
		v.Status, v.Message, v.Short = checks.Warn, fmt.Sprintf("lifecycle policy %s in %s selects nothing that exists: %s", s.Name, s.Region, named.text), named.short
	case len(s.selection.Tags) == 0 && s.recipesRead:
		v.Status, v.Message, v.Short = checks.Fail, fmt.Sprintf("lifecycle policy %s in %s can never select an image: %s", s.Name, s.Region, named.text), named.short
	case len(s.Images.Items()) == 0 && len(s.pipelines) == 0:
		v.Status, v.Message = checks.Skip, fmt.Sprintf("%s has no image yet that lifecycle policy %s could select", s.Region, s.Name)
		v.Short = "no image yet that it could select"
		return true, nil
	case len(s.selection.Tags) > 0 && s.pipelinesRead:
		v.Status, v.Message = checks.Warn, nothing+"; no pipeline puts its tags on images"
		v.Short = "no image has its tags, and no pipeline sets them"
	case len(s.Images.Items()) == 0:
		v.Status, v.Message = checks.Skip, fmt.Sprintf("%s has no image yet that lifecycle policy %s could select", s.Region, s.Name)
		v.Short = "no image yet that it could select"
		return true, nil
	default:
		v.Status, v.Message = checks.Warn, nothing
	}
	if v.Status == checks.Fail && s.Status == "DISABLED" {
		v.Status = checks.Warn // it does nothing anyway
	}
	if on := s.tagsOnAMIs(); len(on) > 0 {
		v.Message += "; " + strings.Join(on, "; ")
	}
	v.Evidence = append(v.Evidence, fmt.Sprintf("images read: %d; none matches", len(s.Images.Items())))
	v.Fix = s.fix(fixed...)
	return true, nil
}

// namesNothing says why the recipes of the selection match nothing.
func (s *compared) namesNothing() problem {
	var all []problem
	for _, r := range s.selection.Recipes {
		versions := s.versions(r.Name)
		if len(versions) == 0 {
			text := "no recipe and no image has the name " + visible(r.Name)
			all = append(all, problem{text, text})
		} else {
			all = append(all, problem{
				fmt.Sprintf("version %s of %s does not exist (there is %s)", r.Version, r.Name, some(versions)),
				fmt.Sprintf("version %s of %s does not exist", r.Version, r.Name),
			})
		}
	}
	return problem{strings.Join(said(all), "; "), briefly(all)}
}

func (s *compared) doubt(err error) {
	if s.undecided == nil {
		s.undecided = err
	}
}

// needRecipes notes that recipes and pipelines decide, if they were not read.
func (s *compared) needRecipes() {
	for _, err := range []error{s.recipesErr, s.pipelinesErr} {
		if s.unread == nil {
			s.unread = err
		}
	}
}

func (s *compared) fix(hints ...string) *checks.Fix {
	slices.Sort(hints)
	return &checks.Fix{
		Summary: "Compare the selection with the images, and correct the recipe, the version or the tags.",
		Changes: []checks.Change{{
			Action: checks.LookAtSelection, Partition: s.Partition, Account: s.Owner, Region: s.Region, Policy: s.ARN, Planned: s.Planned,
			Hint: strings.Join(slices.Compact(hints), "; "),
		}},
		Cautions: []string{"The policy matches tags of the image resource, not of the AMI. Set them in the pipeline's imageTags."},
	}
}

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
