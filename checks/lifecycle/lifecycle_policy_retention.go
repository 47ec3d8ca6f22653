package lifecycle

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
)

// LifecyclePolicyRetention checks that a rule does not keep all images because it counts per recipe version.
var LifecyclePolicyRetention = checks.On(checks.Check{
	ID:       "lifecycle-policy-retention",
	Title:    "The rules that keep a number of images can delete the others",
	Severity: checks.Medium,
	Kind:     account.LifecyclePolicyKind,
	Doc: `COUNT and retainAtLeast say how many images a DELETE keeps. Image Builder counts them for each recipe version, also if the policy
selects several versions by x or by tags. A pipeline that raises the recipe version with each build has one image of each version. Then
no version has more images than the number to keep, and nothing is ever deleted. retainAtLeast is documented for DELETE only. iblint
does not count builds that failed or are in progress.`,
	Cases: []checks.Case{
		{Status: checks.Pass, When: "a version has more images than the rule keeps, or there are not more images in all"},
		{Status: checks.Warn, When: "a recipe, or the recipes that have several versions, have more images than a rule keeps, and the rule keeps them all; or a DEPRECATE or DISABLE rule has retainAtLeast"},
		{Status: checks.Skip, When: "no rule keeps a number of images, the policy is disabled, or filters or images were not collected"},
		{Status: checks.Unknown, When: "the rules or not all images could be read, or the result depends on excluded images, about which AWS's documents disagree"},
	},
	Links: []string{
		"https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-lifecycle-rules.html",
		"https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_LifecyclePolicyDetailFilter.html",
		"https://github.com/aws-samples/amazon-ec2-image-builder-samples/tree/main/lifecycle",
	},
	Needs: checks.Needs(account.LifecyclePolicyKind,
		account.Need{Part: account.LifecycleRulesPart, Use: account.Required}, account.Need{Part: account.ImagesPart, Use: account.Required}),
}, (*demand.View).LifecyclePolicies, func(p demand.OwnedPolicy) (checks.Verdict, error) {
	if p.Status == "DISABLED" {
		return checks.Verdict{Status: checks.Skip, Message: aboutPolicy(p, "it is disabled"), Short: notEnabled}, nil
	}
	rules, found, err := p.Rules.Get()
	if err != nil {
		return checks.Verdict{}, partUnread("rules", fmt.Errorf("the rules of lifecycle policy %s in %s could not be read: %w", p.Name, p.Region, err))
	}
	selection, selected, err := p.Selection.Get()
	if err != nil {
		return checks.Verdict{}, partUnread("selection", fmt.Errorf("the selection of lifecycle policy %s in %s could not be read: %w", p.Name, p.Region, err))
	}
	if !found || !selected {
		return checks.Verdict{}, listedOnly(p)
	}
	if err := undecided(withoutAges(p, rules), "resourceSelection", "policyDetails.action", "policyDetails.filter", "policyDetails.exclusionRules"); err != nil {
		if p.Images.IsZero() && !retainUndecided(p, rules) {
			return checks.Verdict{Status: checks.Skip, Message: aboutPolicy(p, notCounted), Short: imagesUncollected}, nil
		}
		return checks.Verdict{}, err
	}
	r := retention{OwnedPolicy: p, selection: selection}
	for i, rule := range rules {
		r.rule(i, rule)
	}
	return r.verdict()
})

const notCounted = "images were not collected, so that iblint cannot count them"

// retainUndecided reports whether it is not known whether a rule has a retainAtLeast without
// effect, which needs no images to be seen.
func retainUndecided(p demand.OwnedPolicy, rules []account.LifecycleRule) bool {
	return slices.ContainsFunc(rules, func(r account.LifecycleRule) bool { return r.Action != "DELETE" }) &&
		undecided(p, "policyDetails.action.type", "policyDetails.filter.retainAtLeast") != nil
}

// withoutAges is the policy without the ages that are not known yet: how old images are that a
// rule acts on does not change how many it keeps.
func withoutAges(p demand.OwnedPolicy, rules []account.LifecycleRule) demand.OwnedPolicy {
	if p.Input == nil {
		return p
	}
	input := *p.Input
	input.Undecided = slices.DeleteFunc(slices.Clone(input.Undecided), func(path string) bool {
		for i, rule := range rules {
			at := fmt.Sprintf("policyDetails[%d].filter.", i)
			if rule.Filter != nil && rule.Filter.Type == "AGE" && (path == at+"value" || path == at+"unit") {
				return true
			}
		}
		return false
	})
	p.Input = &input
	return p
}

// retention is what the rules of a policy keep by number.
type retention struct {
	demand.OwnedPolicy
	selection account.Selection

	counting    bool // a rule keeps a number of images
	uncollected bool // the filter of a rule was not collected
	wrong       []problem
	hints       []string // how to change that
	evidence    []string
	undecided   []problem // about which AWS's documents disagree
}

func (r *retention) verdict() (checks.Verdict, error) {
	v := checks.Verdict{Evidence: append(r.evidence, fmt.Sprintf("images read: %d", len(r.Images.Items())))}
	err := r.Images.Err()
	switch {
	case len(r.wrong) > 0:
		v.Status, v.Message = checks.Warn, aboutPolicy(r.OwnedPolicy, strings.Join(said(r.wrong), "; "))
		v.Short = briefly(r.wrong)
		v.Fix = &checks.Fix{
			Summary:  "Change the filter, or the way in which recipe versions grow.",
			Changes:  []checks.Change{policyEdit(r.OwnedPolicy, strings.Join(r.hints, "; "))},
			Cautions: []string{"An enabled lifecycle policy with a DELETE rule deletes resources within a day. First check which image resources it selects."},
		}
	case !r.counting && r.uncollected:
		v.Status, v.Message = checks.Skip, aboutPolicy(r.OwnedPolicy, "the filters of its rules were not collected")
		v.Short = "the filters of its rules were not collected"
	case !r.counting:
		v.Status, v.Message = checks.Skip, aboutPolicy(r.OwnedPolicy, "no rule keeps a number of images")
		v.Short = "no rule keeps a number of images"
	case r.Images.IsZero():
		v.Status, v.Message = checks.Skip, aboutPolicy(r.OwnedPolicy, notCounted)
		v.Short = imagesUncollected
	case err != nil:
		return v, fmt.Errorf("cannot decide what lifecycle policy %s in %s keeps: not all images could be read: %w", r.Name, r.Region, err)
	case len(r.undecided) > 0:
		v.Status, v.Message = checks.Unknown, aboutPolicy(r.OwnedPolicy, strings.Join(said(r.undecided), "; "))
		v.Short = briefly(r.undecided)
	default:
		v.Status, v.Message = checks.Pass, fmt.Sprintf("no rule of lifecycle policy %s in %s keeps all images because it counts per recipe version", r.Name, r.Region)
		v.Short = "no rule keeps all images"
	}
	return v, nil
}

// rule evaluates a rule of the policy.
func (r *retention) rule(i int, rule account.LifecycleRule) {
	f := rule.Filter
	if f == nil {
		r.uncollected = true
		return
	}
	if rule.Action != "DELETE" {
		if f.RetainAtLeast != nil {
			r.evidence = append(r.evidence, fmt.Sprintf("rule %d: %s, retainAtLeast %d", i+1, rule.Action, *f.RetainAtLeast))
			r.wrong = append(r.wrong, problem{
				fmt.Sprintf("rule %d (%s) has retainAtLeast, which AWS documents for DELETE only", i+1, rule.Action),
				fmt.Sprintf("rule %d has retainAtLeast, documented for DELETE only", i+1),
			})
			r.hints = append(r.hints, fmt.Sprintf("remove retainAtLeast from policyDetails[%d].filter, and do not rely on it", i))
		}
		return
	}
	keep, by := 0, ""
	switch {
	case f.Type == "COUNT":
		keep, by = f.Value, "COUNT "+strconv.Itoa(f.Value)
	case f.Type == "AGE" && f.RetainAtLeast != nil:
		keep, by = *f.RetainAtLeast, "retainAtLeast "+strconv.Itoa(*f.RetainAtLeast)
	}
	if keep < 1 {
		return
	}
	r.counting = true
	if r.Images.Err() != nil {
		return // more images may be what the rule deletes
	}
	keepsAll := len(r.wrong)
	growing := counted{} // of all recipes with several versions
	for _, c := range r.recipes(rule, keep) {
		r.evidence = append(r.evidence, fmt.Sprintf("rule %d: %s; %s: %s, at most %d of one version", i+1, by, c.name, c.said(), c.most))
		if c.versions > 1 {
			growing = growing.and(c)
		}
		switch {
		case c.total <= keep:
		case c.deletes != c.deletesToo:
			r.undecided = append(r.undecided, problem{
				fmt.Sprintf("rule %d (%s) deletes images of %s only if images with an excluded tag count among those to keep, about which AWS's documents disagree", i+1, by, c.name),
				fmt.Sprintf("cannot decide whether rule %d counts excluded images", i+1),
			})
		case !c.deletes:
			r.wrong = append(r.wrong, keepsAllOf(c, i, by, keep))
		}
	}
	if len(r.wrong) == keepsAll && growing.total > keep && !growing.deletes && !growing.deletesToo {
		r.wrong = append(r.wrong, keepsAllOf(growing, i, by, keep))
	}
	if len(r.wrong) > keepsAll {
		r.hints = append(r.hints, retentionHint(i, rule))
	}
}

// keepsAllOf is the problem that a rule keeps all images that it counts.
func keepsAllOf(c counted, i int, by string, keep int) problem {
	return problem{
		fmt.Sprintf("rule %d (DELETE, %s) keeps all %s of %s: it counts per recipe version, and no version has more than %d", i+1, by, c.said(), c.name, keep),
		fmt.Sprintf("rule %d keeps all %s: counts per recipe version", i+1, amount(c.total, "image")),
	}
}

// retentionHint says what would make a rule delete images.
func retentionHint(i int, rule account.LifecycleRule) string {
	path := fmt.Sprintf("policyDetails[%d].filter", i)
	const build = "or build new images of the same recipe version, which raises only the build number"
	if rule.Filter.Type == "COUNT" {
		return fmt.Sprintf(`to delete by age instead, set %s to {"type": "AGE", "value": 90, "unit": "DAYS"} with your own age; %s`, path, build)
	}
	return fmt.Sprintf("remove retainAtLeast from %s, and protect images that must stay by exclusionRules.tagMap; %s", path, build)
}

// counted are the images of a recipe that a rule counts.
type counted struct {
	name                  string
	total, versions, most int

	// Whether the rule deletes an image: if excluded images count among those to keep, and
	// if they do not.
	deletes, deletesToo bool
}

func (c counted) said() string {
	return amount(c.total, "image") + " in " + amount(c.versions, "version")
}

// and is the images of two recipes, or of more.
func (c counted) and(other counted) counted {
	if c.name != "" {
		other.name = c.name + ", " + other.name
	}
	return counted{
		name: other.name, total: c.total + other.total, versions: c.versions + other.versions, most: max(c.most, other.most),
		deletes: c.deletes || other.deletes, deletesToo: c.deletesToo || other.deletesToo,
	}
}

// recipes counts the images that a rule may keep, by recipe. Two documents of AWS disagree
// whether an image that the rule excludes by tag is one of those to keep.
func (r *retention) recipes(rule account.LifecycleRule, keep int) (all []counted) {
	byName := map[string]map[string][]account.Image{}
	for _, image := range r.Candidates(r.selection) {
		name, version, ok := demand.NameAndVersion(image.ARN)
		if !ok || !counts(image) || !demand.OfType(image, r.ResourceType) || !demand.Selects(r.selection, image) {
			continue
		}
		if byName[name] == nil {
			byName[name] = map[string][]account.Image{}
		}
		byName[name][version] = append(byName[name][version], image)
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		c := counted{name: name}
		for _, images := range byName[name] {
			slices.SortStableFunc(images, newestFirst)
			free := 0
			for i, image := range images {
				if demand.AnyTag(rule.ExcludedTags, image.Tags) {
					continue
				}
				free++
				c.deletes = c.deletes || i >= keep
				c.deletesToo = c.deletesToo || free > keep
			}
			if free > 0 {
				c.versions++
			}
			c.total += free
			c.most = max(c.most, free)
		}
		all = append(all, c)
	}
	return all
}

// newestFirst orders the images of a recipe version.
func newestFirst(a, b account.Image) int {
	build := func(image account.Image) int {
		n, _ := strconv.Atoi(image.ARN[strings.LastIndexByte(image.ARN, '/')+1:])
		return n
	}
	return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(build(b), build(a)))
}
