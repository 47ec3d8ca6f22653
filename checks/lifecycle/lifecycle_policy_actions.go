package lifecycle

import (
	"fmt"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
)

// LifecyclePolicyActions checks that a lifecycle policy is enabled and reaches what it is there for.
var LifecyclePolicyActions = checks.On(checks.Check{
	ID:       "lifecycle-policy-actions",
	Title:    "The lifecycle policy is enabled, and its rules reach the AMIs or container images",
	Severity: checks.Medium,
	Kind:     account.LifecyclePolicyKind,
	Doc: `A rule of a lifecycle policy acts on the image resource, and on AMIs, snapshots and container images only where its
includeResources says so. Without, the image resource is deprecated, disabled or deleted while the AMIs or container images
stay, and after a DELETE nothing is left that would find them. Snapshots cannot be deleted while the AMI that uses them is there.
A disabled policy does nothing. Whether the policy's role can do the work is for the execution-role checks.`,
	Cases: []checks.Case{
		{Status: checks.Pass, When: "the policy is enabled, and each rule includes the AMIs or container images it is about"},
		{Status: checks.Warn, When: "the policy is disabled, or a rule leaves the AMIs or container images as they are"},
		{Status: checks.Fail, When: "a rule deletes snapshots and not the AMIs that use them"},
		{Status: checks.Unknown, When: "the policy's rules could not be read, or it is about another type of resource, or has another action"},
	},
	Links: []string{
		"https://docs.aws.amazon.com/imagebuilder/latest/userguide/manage-image-lifecycles.html",
		"https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_LifecyclePolicyDetailActionIncludeResources.html",
	},
	Needs: checks.Needs(account.LifecyclePolicyKind,
		account.Need{Part: account.LifecycleRulesPart, Use: account.Required}),
}, (*account.View).LifecyclePolicies, func(p account.OwnedPolicy) (checks.Verdict, error) {
	rules, found, err := p.Rules.Get()
	if err != nil {
		return checks.Verdict{}, fmt.Errorf("the rules of lifecycle policy %s in %s could not be read: %w", p.Name, p.Region, err)
	}
	if !found {
		return checks.Verdict{}, fmt.Errorf("lifecycle policy %s in %s is listed, but does not exist", p.Name, p.Region)
	}

	if p.ResourceType != account.AMIImage && p.ResourceType != account.ContainerImage {
		return checks.Verdict{}, fmt.Errorf("lifecycle policy %s in %s is about %s, which iblint does not know", p.Name, p.Region, visible(p.ResourceType))
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
			wrong = append(wrong, fmt.Sprintf("rule %d deletes image resources and leaves the container images", i+1))
		case p.ResourceType == account.AMIImage && rule.Action == "DELETE" && rule.Snapshots && !rule.AMIs:
			v.Status = checks.Fail
			c.Include = []string{"amis"}
			wrong = append(wrong, fmt.Sprintf("rule %d deletes snapshots and not the AMIs that use them, which EC2 refuses", i+1))
		case p.ResourceType == account.AMIImage && !rule.AMIs:
			c.Include = []string{"amis"}
			wrong = append(wrong, fmt.Sprintf("rule %d, %s, leaves the AMIs as they are", i+1, rule.Action))
		default:
			continue
		}
		changes = append(changes, c)
	}
	if p.Status != "ENABLED" {
		wrong = append(wrong, fmt.Sprintf("its status is %s, so nothing is done", p.Status))
		c := change
		c.Action = checks.EnablePolicy
		changes = append(changes, c)
	}
	if len(wrong) == 0 {
		v.Message = fmt.Sprintf("lifecycle policy %s in %s is enabled, and its rules reach what they are about", p.Name, p.Region)
		return v, nil
	}
	if v.Status == checks.Pass {
		v.Status = checks.Warn
	}
	v.Message = fmt.Sprintf("lifecycle policy %s in %s: %s", p.Name, p.Region, strings.Join(wrong, "; "))
	v.Fix = &checks.Fix{
		Summary: "Update the lifecycle policy, if it is not meant to be so.",
		Changes: changes,
		Cautions: []string{
			"An enabled lifecycle policy with a DELETE rule deletes within a day; look at the image resources it selects first.",
			"Whoever updates a lifecycle policy needs iam:PassRole on its execution role.",
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
