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
includeResources lists them. Otherwise the AMIs or container images do not change, and after a DELETE Image Builder can no longer
find them. EC2 cannot delete a snapshot while an AMI uses it. A disabled policy does nothing. The execution-role checks report
whether the policy's role has the permissions.`,
	Cases: []checks.Case{
		{Status: checks.Pass, When: "the policy is enabled, and each rule includes the AMIs or container images"},
		{Status: checks.Warn, When: "the policy is disabled, or a rule does not include the AMIs or container images"},
		{Status: checks.Fail, When: "a rule deletes snapshots, but not the AMIs that use them"},
		{Status: checks.Unknown, When: "the policy's rules could not be read, or iblint does not know its resource type or an action"},
	},
	Links: []string{
		"https://docs.aws.amazon.com/imagebuilder/latest/userguide/manage-image-lifecycles.html",
		"https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_LifecyclePolicyDetailActionIncludeResources.html",
	},
	Needs: checks.Needs(account.LifecyclePolicyKind,
		account.Need{Part: account.LifecycleRulesPart, Use: account.Required}),
}, (*demand.View).LifecyclePolicies, func(p demand.OwnedPolicy) (checks.Verdict, error) {
	rules, found, err := p.Rules.Get()
	if err != nil {
		return checks.Verdict{}, fmt.Errorf("the rules of lifecycle policy %s in %s could not be read: %w", p.Name, p.Region, err)
	}
	if !found {
		return checks.Verdict{}, listedOnly(p)
	}

	if p.ResourceType != account.AMIImage && p.ResourceType != account.ContainerImage {
		return checks.Verdict{}, fmt.Errorf("lifecycle policy %s in %s has the resource type %s, which iblint does not know", p.Name, p.Region, visible(p.ResourceType))
	}
	v := checks.Verdict{Status: checks.Pass, Evidence: []string{"status: " + p.Status, "resource type: " + p.ResourceType}}
	var wrong []string
	var changes []checks.Change
	change := checks.Change{Partition: p.Partition, Account: p.Owner, Region: p.Region, Policy: p.ARN}
	for i, rule := range rules {
		if !slices.Contains([]string{"DEPRECATE", "DISABLE", "DELETE"}, rule.Action) {
			return checks.Verdict{}, fmt.Errorf("rule %d of lifecycle policy %s in %s has the action %s, which iblint does not know", i+1, p.Name, p.Region, visible(rule.Action))
		}
		v.Evidence = append(v.Evidence, fmt.Sprintf("rule %d: %s, including %s", i+1, rule.Action, list(included(rule))))
		c := change
		c.Action, c.Rule = checks.IncludeResources, i+1
		switch {
		case p.ResourceType == account.ContainerImage && rule.Action == "DELETE" && !rule.Containers:
			c.Include = []string{"containers"}
			wrong = append(wrong, fmt.Sprintf("rule %d deletes image resources, but not the container images", i+1))
		case p.ResourceType == account.AMIImage && rule.Action == "DELETE" && rule.Snapshots && !rule.AMIs:
			v.Status = checks.Fail
			c.Include = []string{"amis"}
			wrong = append(wrong, fmt.Sprintf("rule %d deletes snapshots, but not the AMIs that use them, which EC2 refuses", i+1))
		case p.ResourceType == account.AMIImage && !rule.AMIs:
			c.Include = []string{"amis"}
			wrong = append(wrong, fmt.Sprintf("rule %d (%s) does not include the AMIs", i+1, rule.Action))
		default:
			continue
		}
		changes = append(changes, c)
	}
	if p.Status != "ENABLED" {
		wrong = append(wrong, fmt.Sprintf("its status is %s, so it does nothing", p.Status))
		c := change
		c.Action = checks.EnablePolicy
		changes = append(changes, c)
	}
	if len(wrong) == 0 {
		v.Message = fmt.Sprintf("lifecycle policy %s in %s is enabled, and its rules include the AMIs or container images", p.Name, p.Region)
		return v, nil
	}
	if v.Status == checks.Pass {
		v.Status = checks.Warn
	}
	v.Message = aboutPolicy(p, strings.Join(wrong, "; "))
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
