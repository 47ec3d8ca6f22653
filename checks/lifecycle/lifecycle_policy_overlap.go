package lifecycle

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/checks/symbol"
)

// LifecyclePolicyOverlap checks that no other lifecycle policy deletes the same images.
var LifecyclePolicyOverlap = checks.On(checks.Check{
	ID:       "lifecycle-policy-overlap",
	Title:    "No other lifecycle policy deletes the same images",
	Severity: checks.Medium,
	Kind:     account.LifecyclePolicyKind,
	Doc: `Each lifecycle policy runs on its own. If two enabled policies both delete the same images, the policy that keeps fewer images
decides, and the other one protects nothing. One policy that deprecates images and another that deletes them are fine. Images that the
exclusionRules.tagMap of a rule protects are not deleted by it.`,
	Cases: []checks.Case{
		{Status: checks.Pass, When: "no other enabled policy deletes images that this one deletes, or it deletes none"},
		{Status: checks.Warn, When: "another enabled policy deletes the same images; the message names them"},
		{Status: checks.Skip, When: "the policy is disabled, or images were not collected"},
		{Status: checks.Unknown, When: "the policies, their rules and selections, or the images could not all be read"},
	},
	Links: []string{
		"https://docs.aws.amazon.com/imagebuilder/latest/userguide/lifecycle-policy-execution.html",
		"https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-lifecycle-rules.html",
	},
	Needs: checks.Needs(account.LifecyclePolicyKind,
		account.Need{Part: account.LifecycleRulesPart, Use: account.Required}, account.Need{Part: account.ImagesPart, Use: account.Required}),
}, (*demand.View).LifecyclePolicies, func(p demand.OwnedPolicy) (checks.Verdict, error) {
	if p.Status == "DISABLED" {
		return checks.Verdict{Status: checks.Skip, Message: aboutPolicy(p, "it is disabled, so it deletes nothing"), Short: notEnabled}, nil
	}
	own := deletionOf(p)
	if own.unread != nil {
		return checks.Verdict{}, fmt.Errorf("what lifecycle policy %s in %s deletes could not be read: %w", p.Name, p.Region, own.unread)
	}
	alone := fmt.Sprintf("no other enabled lifecycle policy deletes images that lifecycle policy %s in %s deletes", p.Name, p.Region)
	if own.rule == nil {
		return checks.Verdict{Status: checks.Pass, Message: alone, Short: deletesAlone, Evidence: []string{"it has no DELETE rule"}}, nil
	}
	var wrong []problem
	var evidence []string
	unread := p.At.Unlisted
	doubt := func(err error) {
		if unread == nil {
			unread = err
		}
	}
	var deleted []account.Image
	for _, image := range p.Candidates(own.selection) {
		if own.deletes(image) {
			deleted = append(deleted, image)
		}
	}
	others := 0
	for i := range p.At.Policies {
		if competes(p, &p.At.Policies[i]) {
			others++
		}
	}
	if why := refusedIn(p.Images.Err()); why != nil && slices.ContainsFunc(p.At.Policies, func(other demand.OwnedPolicy) bool {
		return competes(p, &other) && deletionOf(other).rule != nil
	}) {
		doubt(why)
	}
	for _, other := range p.At.MaySelect(own.selection, deleted) {
		if !competes(p, &other) {
			continue
		}
		if err := undecided(other, "resourceType"); err != nil {
			doubt(err)
			continue
		}
		that := deletionOf(other)
		if that.unread != nil {
			if why := unreadOf(that.unread); why == nil || why.Reason != account.NotCollected {
				doubt(fmt.Errorf("lifecycle policy %s: %w", other.Name, that.unread))
			}
			continue
		}
		if that.rule == nil {
			continue
		}
		both := []string{}
		for _, image := range deleted {
			if that.deletes(image) {
				both = append(both, imageName(image.ARN))
			}
		}
		disabled := undecided(other, "status") // may be
		switch {
		case disabled != nil && (len(both) > 0 || own.selectsLike(that) != ""):
			doubt(disabled)
		case len(both) > 0:
			wrong = append(wrong, problem{fmt.Sprintf("lifecycle policy %s also deletes %s", other.Name, some(both)), alsoDeletes(other)})
			evidence = append(evidence, fmt.Sprintf("%s and %s: %s", own.said(), that.said(), amount(len(both), "image")))
		case p.Images.IsZero() && own.selectsLike(that) != "":
			wrong = append(wrong, problem{fmt.Sprintf("lifecycle policy %s also deletes images of %s", other.Name, own.selectsLike(that)), alsoDeletes(other)})
			evidence = append(evidence, own.said()+" and "+that.said())
		}
	}
	v := checks.Verdict{Evidence: append(evidence, fmt.Sprintf("other enabled lifecycle policies of this type in the Region: %d", others))}
	if len(wrong) > 0 {
		// A policy that turns out to be disabled deletes nothing.
		if err := undecided(p, "status"); err != nil {
			return v, err
		}
	}
	switch {
	case len(wrong) > 0:
		v.Status, v.Message = checks.Warn, aboutPolicy(p, someOf(said(wrong), 3, "; ")+"; the rule that keeps fewer images decides")
		v.Short = briefly(wrong)
		v.Fix = &checks.Fix{
			Summary: "Let only one lifecycle policy delete these images.",
			Changes: []checks.Change{policyEdit(p, "narrow resourceSelection of one of the policies, or protect the images in it by a tag in exclusionRules.tagMap of its DELETE rule")},
		}
	case unread != nil:
		return v, fmt.Errorf("cannot decide whether another lifecycle policy deletes images that lifecycle policy %s in %s deletes: %w", p.Name, p.Region, unread)
	case others > 0 && p.Images.IsZero():
		v.Status, v.Message = checks.Skip, aboutPolicy(p, "images were not collected, so that iblint cannot compare what policies select")
		v.Short = imagesUncollected
	default:
		v.Status, v.Message, v.Short = checks.Pass, alone, deletesAlone
	}
	return v, nil
})

const deletesAlone = "no other policy deletes its images"

// alsoDeletes says in short that another policy deletes images of the policy.
func alsoDeletes(other demand.OwnedPolicy) string {
	return "policy " + visible(other.Name) + " also deletes its images"
}

// competes reports whether another policy may delete images that this one deletes.
func competes(p demand.OwnedPolicy, other *demand.OwnedPolicy) bool {
	return other.ARN != p.ARN && other.Status != "DISABLED" && symbol.MayEqual(other.ResourceType, p.ResourceType)
}

// deletion is what a lifecycle policy deletes.
type deletion struct {
	demand.OwnedPolicy
	selection account.Selection
	rule      *account.LifecycleRule // its DELETE rule; nil: it has none
	number    int                    // of the rule, from 1
	unread    error                  // why that is not known; nil: it is
}

func deletionOf(p demand.OwnedPolicy) deletion {
	d := deletion{OwnedPolicy: p}
	rules, ruled, err := p.Rules.Get()
	if err != nil {
		d.unread = err
		return d
	}
	var selects bool
	if d.selection, selects, d.unread = p.Selection.Get(); d.unread != nil {
		return d
	}
	if !ruled || !selects {
		d.unread = listedOnly(p)
		return d
	}
	if d.unread = undecided(p, "resourceSelection", "policyDetails.action", "policyDetails.exclusionRules"); d.unread != nil {
		return d
	}
	if i := slices.IndexFunc(rules, func(r account.LifecycleRule) bool { return r.Action == "DELETE" }); i >= 0 {
		d.rule, d.number = &rules[i], i+1
	}
	return d
}

// deletes reports whether an image is one that the policy will delete. Failed builds need no
// protection.
func (d deletion) deletes(image account.Image) bool {
	return counts(image) && demand.OfType(image, d.ResourceType) && demand.Selects(d.selection, image) && !demand.AnyTag(d.rule.ExcludedTags, image.Tags)
}

// said is "rule 2 of lifecycle policy keep-five (COUNT 5)".
func (d deletion) said() string {
	text := fmt.Sprintf("rule %d of lifecycle policy %s", d.number, d.Name)
	if f := d.rule.Filter; f != nil {
		text += fmt.Sprintf(" (%s)", strings.TrimSpace(fmt.Sprintf("%s %d %s", f.Type, f.Value, f.Unit)))
	}
	return text
}

// selectsLike names a recipe or a tag that both policies select; empty: iblint knows none.
func (d deletion) selectsLike(other deletion) string {
	for _, r := range d.selection.Recipes {
		for _, o := range other.selection.Recipes {
			if demand.SameVersions(r, o) {
				return "recipe " + r.Name
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(d.selection.Tags)) {
		value := d.selection.Tags[key]
		if demand.AnyTag(account.Tags{key: value}, other.selection.Tags) {
			return "the tag " + key + " = " + visible(value)
		}
	}
	return ""
}
