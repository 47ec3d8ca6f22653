package lifecycle

import (
	"slices"

	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/checks/policy"
)

// strength says how surely the rules of the lifecycle policies in scope need an action. The
// values are ordered.
type strength int

const (
	neverNeeded strength = iota // no rule of any lifecycle policy needs it
	notNeeded                   // no rule in scope needs it
	helpful                     // a rule may need it, which AWS does not document
	maybeNeeded                 // not all rules could be read, and one of those may need it
	certainlyNeeded
)

// lifecycleAction is an action on a type of resource that the managed policy grants, with
// the rules that need it. AWS documents what rules do, but not which API calls they make.
// iblint derives the calls from the names of the actions in the managed policy.
type lifecycleAction struct {
	name string
	on   policy.ResourceType
	usage
}

// usage says which rules use an action. The zero value: none does.
type usage struct {
	needs func(demand.UsedRule) bool // whether a rule needs it; nil: no rule does
	helps func(demand.UsedRule) bool // whether a rule may need it, which AWS does not document; nil: no rule may
	owner bool                       // used in the owner's account only, with the execution role

	regional bool // lists the AMIs of a Region; a rule that excludes the Region does not need it there
}

// usages are the actions of the managed policy that lifecycle management uses.
var usages = map[policy.Granted]usage{
	{Action: "ec2:DescribeImages", On: policy.NoResource}:  {regional: true, needs: onImages, helps: onImages},
	{Action: "ec2:DescribeImageAttribute", On: policy.AMI}: {needs: readsAttributes, helps: onAMIs("")},
	{Action: "ec2:EnableImageDeprecation", On: policy.AMI}: {needs: onAMIs("DEPRECATE")},
	{Action: "ec2:DisableImage", On: policy.AMI}:           {needs: onAMIs("DISABLE")},
	{Action: "ec2:DeregisterImage", On: policy.AMI}:        {needs: onAMIs("DELETE")},
	{Action: "ec2:DeleteSnapshot", On: policy.Snapshot}:    {needs: func(r demand.UsedRule) bool { return r.Action == "DELETE" && r.Snapshots }},
	// Image Builder tags a deprecated AMI with DeprecatedBy: EC2 Image Builder (AWS's sample).
	{Action: "ec2:CreateTags", On: policy.AMI}:              {needs: onAMIs("DEPRECATE")},
	{Action: "ec2:CreateTags", On: policy.Snapshot}:         {helps: onAMIs("DEPRECATE")},
	{Action: "ecr:BatchGetImage", On: policy.Repository}:    {owner: true, needs: deletesContainers},
	{Action: "ecr:BatchDeleteImage", On: policy.Repository}: {owner: true, needs: deletesContainers},
	// Image Builder "discovers resources through tag scanning" (Image Builder User Guide,
	// "Create lifecycle policies").
	{Action: "tag:GetResources", On: policy.NoResource}: {owner: true,
		needs: func(r demand.UsedRule) bool { return r.ByTags }, helps: func(demand.UsedRule) bool { return true }},
	{Action: "imagebuilder:DeleteImage", On: policy.BuiltImage}: {owner: true, needs: func(r demand.UsedRule) bool { return r.Action == "DELETE" }},
}

// lifecycleActions are the actions that the managed policy grants, in its order.
var lifecycleActions = func() (all []lifecycleAction) {
	for _, g := range policy.ManagedPolicyGrants {
		all = append(all, lifecycleAction{g.Action, g.On, usages[g]})
	}
	return all
}()

func onImages(r demand.UsedRule) bool { return r.AMIs || r.Snapshots }

func onAMIs(action string) func(demand.UsedRule) bool {
	return func(r demand.UsedRule) bool { return r.AMIs && (action == "" || r.Action == action) }
}

func readsAttributes(r demand.UsedRule) bool { return r.AMIs && r.ReadsAttributes }

func deletesContainers(r demand.UsedRule) bool { return r.Action == "DELETE" && r.Containers }

// strength says how surely a role with these uses needs the action in a Region. isOwner:
// it is an execution role.
func (a lifecycleAction) strength(u demand.Uses, isOwner bool, region string) strength {
	inRegion := a.on == policy.AMI || a.on == policy.Snapshot || a.regional
	anyRule := func(uses func(demand.UsedRule) bool, everywhere bool) bool {
		return uses != nil && slices.ContainsFunc(u.Rules, func(r demand.UsedRule) bool {
			return uses(r) && (everywhere || !inRegion || !slices.Contains(r.ExcludedRegions, region))
		})
	}
	switch {
	case a.needs == nil && a.helps == nil:
		return neverNeeded
	case a.owner && !isOwner:
		return notNeeded
	case anyRule(a.needs, false), u.Whatever && a.needs != nil && (a.helps == nil || a.regional):
		return certainlyNeeded
	case u.Unread != nil && a.needs != nil:
		return maybeNeeded
	case u.Whatever, anyRule(a.helps, a.regional): // Image Builder may call it in an excluded Region too
		return helpful
	case u.Unread != nil:
		return maybeNeeded
	}
	return notNeeded
}
