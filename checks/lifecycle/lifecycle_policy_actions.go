package lifecycle

import (
	"fmt"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
)

// LifecyclePolicyActions checks that a lifecycle policy is enabled, and that its rules include the AMIs or container images.
var LifecyclePolicyActions = checks.On(checks.Check{
	ID:       "lifecycle-policy-actions",
	Title:    "The lifecycle policy is enabled, and its rules include the AMIs or container images",
	Severity: checks.Medium,
	Kind:     account.LifecyclePolicyKind,
	Doc: `A rule of a lifecycle policy acts on the image resource. It acts on AMIs, snapshots and container images only if its
includeResources lists them. A DELETE without them deletes the image resources and leaves the AMIs or container images behind, and
Image Builder can no longer find them. Snapshots that a DELETE does not include stay, and cost money. EC2 cannot delete a snapshot
while an AMI uses it. The exclusion rules for AMIs protect only the AMI: a DELETE still deletes its image resource. The tagMap of the
exclusion rules protects both. A disabled policy does nothing. The execution-role checks report whether the policy's role has the
permissions. A rule never acts if another one has disabled or deleted the images before they reach its age.`,
	Cases: []checks.Case{
		{Status: checks.Pass, When: "the policy is enabled, and each rule includes the AMIs or container images"},
		{Status: checks.Warn, When: "the policy is disabled; a DELETE leaves snapshots behind, or AMIs that an exclusion rule protects; a DEPRECATE or DISABLE does not include the AMIs; or a rule never acts"},
		{Status: checks.Fail, When: "a DELETE of an enabled policy does not include the AMIs or container images"},
		{Status: checks.Unknown, When: "the policy's rules or what its exclusion rules match could not be read, or iblint does not know its resource type or an action"},
	},
	Links: []string{
		"https://docs.aws.amazon.com/imagebuilder/latest/userguide/manage-image-lifecycles.html",
		"https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_LifecyclePolicyDetailActionIncludeResources.html",
		"https://github.com/aws-samples/amazon-ec2-image-builder-samples/tree/main/lifecycle",
	},
	Needs: checks.Needs(account.LifecyclePolicyKind,
		account.Need{Part: account.LifecycleRulesPart, Use: account.Required}, account.Need{Part: account.ImagesPart, Use: account.Required},
		account.Need{Part: account.DistributionsPart, Use: account.Required}, account.Need{Part: account.PipelinesPart, Use: account.Required}),
}, (*demand.View).LifecyclePolicies, func(p demand.OwnedPolicy) (checks.Verdict, error) {
	rules, found, err := p.Rules.Get()
	if err != nil {
		return checks.Verdict{}, partUnread("rules", fmt.Errorf("the rules of lifecycle policy %s in %s could not be read: %w", p.Name, p.Region, err))
	}
	if !found {
		return checks.Verdict{}, listedOnly(p)
	}
	if err := undecided(p, "resourceType", "policyDetails.action", "policyDetails.exclusionRules", "status"); err != nil {
		return checks.Verdict{}, err
	}
	if p.ResourceType != account.AMIImage && p.ResourceType != account.ContainerImage {
		return checks.Verdict{}, checks.InShort("iblint does not know the resource type",
			fmt.Errorf("lifecycle policy %s in %s has the resource type %s, which iblint does not know", p.Name, p.Region, visible(p.ResourceType)))
	}
	v := checks.Verdict{Status: checks.Pass, Evidence: []string{"status: " + p.Status, "resource type: " + p.ResourceType}}
	var wrong []problem
	var changes []checks.Change
	var unread error
	change := checks.Change{Partition: p.Partition, Account: p.Owner, Region: p.Region, Policy: p.ARN, Planned: p.Planned}
	for i, rule := range rules {
		if !slices.Contains([]string{"DEPRECATE", "DISABLE", "DELETE"}, rule.Action) {
			return checks.Verdict{}, checks.InShort(fmt.Sprintf("iblint does not know the action of rule %d", i+1),
				fmt.Errorf("rule %d of lifecycle policy %s in %s has the action %s, which iblint does not know", i+1, p.Name, p.Region, visible(rule.Action)))
		}
		v.Evidence = append(v.Evidence, fmt.Sprintf("rule %d: %s, including %s", i+1, rule.Action, list(included(rule))))
		if what, resources, fails := notIncluded(p.ResourceType, rule); what.text != "" {
			if fails && p.Status != "DISABLED" {
				v.Status = checks.Fail
			}
			c := change
			c.Action, c.Rule, c.Include = checks.IncludeResources, i+1, resources
			changes = append(changes, c)
			wrong = append(wrong, problem{fmt.Sprintf("rule %d %s", i+1, what.text), fmt.Sprintf("rule %d %s", i+1, what.short)})
		}
		left := leftBehind(p, rule)
		if left.unread != nil && unread == nil {
			unread = fmt.Errorf("cannot decide whether the exclusion rules in rule %d of lifecycle policy %s in %s make it leave AMIs behind: %w", i+1, p.Name, p.Region, left.unread)
		}
		for _, line := range left.notes {
			v.Evidence = append(v.Evidence, fmt.Sprintf("rule %d: %s", i+1, line))
		}
		if len(left.found) > 0 {
			wrong = append(wrong, problem{
				fmt.Sprintf("rule %d deletes image resources and leaves behind AMIs that exclusionRules.amis protects: %s", i+1, strings.Join(left.found, ", ")),
				fmt.Sprintf("rule %d leaves behind AMIs that exclusionRules protects", i+1),
			})
			changes = append(changes, policyEdit(p, fmt.Sprintf(`in policyDetails[%d].exclusionRules, remove from "amis" what protects these AMIs; a tag of the image resource in "tagMap" protects the image resource and its AMIs`, i)))
		}
	}
	for i := range rules {
		if k, before := actsBefore(rules, i); before && undecided(p, "policyDetails.filter") == nil {
			wrong = append(wrong, problem{
				fmt.Sprintf("rule %d (%s) never acts, because rule %d (%s) acts on the same images first", i+1, actionAfter(rules[i]), k+1, actionAfter(rules[k])),
				fmt.Sprintf("rule %d never acts: rule %d acts first", i+1, k+1),
			})
			changes = append(changes, policyEdit(p, fmt.Sprintf("give policyDetails[%d] a shorter age than policyDetails[%d], or remove it", i, k)))
		}
	}
	if p.Status != "ENABLED" {
		wrong = append(wrong, problem{fmt.Sprintf("its status is %s, so it does nothing", p.Status), "its status is " + p.Status})
		c := change
		c.Action = checks.EnablePolicy
		changes = append(changes, c)
	}
	switch {
	case len(wrong) == 0 && unread != nil:
		return v, unread
	case len(wrong) == 0:
		v.Message = fmt.Sprintf("lifecycle policy %s in %s is enabled, and its rules include the AMIs or container images", p.Name, p.Region)
		v.Short = "enabled, and its rules include the AMIs or container images"
		return v, nil
	case v.Status == checks.Pass:
		v.Status = checks.Warn
	}
	v.Message = aboutPolicy(p, strings.Join(said(wrong), "; "))
	v.Short = briefly(wrong)
	v.Fix = &checks.Fix{
		Summary: "Update the lifecycle policy, unless this is intended.",
		Changes: changes,
		Cautions: []string{
			"An enabled lifecycle policy with a DELETE rule deletes resources within a day. First check which image resources it selects.",
			"Updating a lifecycle policy requires iam:PassRole on its execution role.",
		},
	}
	return v, nil
})

// notIncluded says which resources a rule should include, and does not; empty: there are none.
// A rule that leaves AMIs or container images behind fails.
func notIncluded(resourceType string, rule account.LifecycleRule) (what problem, resources []string, fails bool) {
	deletes := rule.Action == "DELETE"
	switch {
	case resourceType == account.ContainerImage:
		if deletes && !rule.Containers {
			return problem{"deletes image resources and leaves their container images behind, which Image Builder can then no longer find", "leaves container images behind"}, []string{"containers"}, true
		}
	case deletes && rule.Snapshots && !rule.AMIs:
		return problem{"deletes snapshots, but not the AMIs that use them, which EC2 refuses", "deletes snapshots, but not the AMIs that use them"}, []string{"amis"}, true
	case deletes && !rule.AMIs:
		return problem{"deletes image resources and leaves their AMIs and snapshots behind, which Image Builder can then no longer find", "leaves AMIs and snapshots behind"}, []string{"amis", "snapshots"}, true
	case deletes && !rule.Snapshots:
		return problem{"deletes AMIs and leaves their snapshots behind, which still cost money", "leaves snapshots behind"}, []string{"snapshots"}, false
	case !rule.AMIs:
		text := "(" + rule.Action + ") does not include the AMIs"
		return problem{text, text}, []string{"amis"}, false
	}
	return problem{}, nil, false
}

// actsBefore finds the rule that does its work on each image before a rule is to act, so that
// this one never does: images are deleted or disabled before they reach its age. Rules act by
// the age of the image, in the order DEPRECATE, DISABLE, DELETE; DEPRECATE skips what is disabled
// (EC2 Image Builder User Guide, "Lifecycle management rules"). A DELETE that keeps some
// images leaves them to other rules.
func actsBefore(rules []account.LifecycleRule, i int) (int, bool) {
	order := []string{"DEPRECATE", "DISABLE", "DELETE"}
	least, _, ok := days(rules[i].Filter)
	if !ok {
		return 0, false
	}
	for k, r := range rules {
		_, most, ok := days(r.Filter)
		if ok && most < least && slices.Index(order, r.Action) > slices.Index(order, rules[i].Action) && len(r.ExcludedTags) == 0 && (r.Action != "DELETE" || r.Filter.RetainAtLeast == nil) {
			return k, true
		}
	}
	return 0, false
}

// days are the fewest and the most days of an age; false: it is none.
func days(f *account.RuleFilter) (least, most int, ok bool) {
	if f == nil || f.Type != "AGE" {
		return 0, 0, false
	}
	unit, ok := map[string][2]int{"DAYS": {1, 1}, "WEEKS": {7, 7}, "MONTHS": {28, 31}, "YEARS": {365, 366}}[f.Unit]
	return f.Value * unit[0], f.Value * unit[1], ok
}

// actionAfter is "DELETE after 90 DAYS".
func actionAfter(r account.LifecycleRule) string {
	return fmt.Sprintf("%s after %d %s", r.Action, r.Filter.Value, r.Filter.Unit)
}

func included(rule account.LifecycleRule) []string {
	var all []string
	for name, is := range map[string]bool{"amis": rule.AMIs, "snapshots": rule.Snapshots, "containers": rule.Containers} {
		if is {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}
