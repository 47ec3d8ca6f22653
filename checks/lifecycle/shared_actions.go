package lifecycle

import (
	"slices"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/policy"
)

// need says whether the rules of the lifecycle policies in scope ask for an action.
type need int

const (
	neverNeeded need = iota // no lifecycle policy ever asks for it
	notNeeded               // the ones in scope do not
	useful                  // that one does is not documented; without it, something may be left undone
	maybeNeeded             // not all of the rules could be read
	needed
)

// lifecycleAction is one of the actions that the managed policy grants, on one
// type of resource, and when lifecycle management takes it. AWS documents what
// rules do, not which calls that takes: the actions are those of the managed
// policy, and their names tell.
type lifecycleAction struct {
	name string
	on   policy.ResourceType
	taken
}

// taken says when lifecycle management takes an action; the zero value: never.
type taken struct {
	asks  func(account.UsedRule) bool // whether a rule asks for it; nil: none does
	helps func(account.UsedRule) bool // whether one may, without that being documented
	owner bool                        // in the owner's account only: by the execution role

	regional bool // about AMIs in a Region, whose rules may leave it out, without being about one of them
}

var whenTaken = map[policy.Granted]taken{
	{Action: "ec2:DescribeImages", On: policy.NoResource}:  {regional: true, asks: onImages, helps: onImages},
	{Action: "ec2:DescribeImageAttribute", On: policy.AMI}: {asks: readsAttributes, helps: onAMIs("")},
	{Action: "ec2:EnableImageDeprecation", On: policy.AMI}: {asks: onAMIs("DEPRECATE")},
	{Action: "ec2:DisableImage", On: policy.AMI}:           {asks: onAMIs("DISABLE")},
	{Action: "ec2:DeregisterImage", On: policy.AMI}:        {asks: onAMIs("DELETE")},
	{Action: "ec2:DeleteSnapshot", On: policy.Snapshot}:    {asks: func(r account.UsedRule) bool { return r.Action == "DELETE" && r.Snapshots }},
	// A deprecated AMI is tagged DeprecatedBy: EC2 Image Builder (AWS's sample).
	{Action: "ec2:CreateTags", On: policy.AMI}:              {asks: onAMIs("DEPRECATE")},
	{Action: "ec2:CreateTags", On: policy.Snapshot}:         {helps: onAMIs("DEPRECATE")},
	{Action: "ecr:BatchGetImage", On: policy.Repository}:    {owner: true, asks: deletesContainers},
	{Action: "ecr:BatchDeleteImage", On: policy.Repository}: {owner: true, asks: deletesContainers},
	// "discovers resources through tag scanning" (user guide, "Create lifecycle policies").
	{Action: "tag:GetResources", On: policy.NoResource}: {owner: true,
		asks: func(r account.UsedRule) bool { return r.ByTags }, helps: func(account.UsedRule) bool { return true }},
	{Action: "imagebuilder:DeleteImage", On: policy.BuiltImage}: {owner: true, asks: func(r account.UsedRule) bool { return r.Action == "DELETE" }},
}

// lifecycleActions are all that the managed policy grants, in its order.
var lifecycleActions = func() (all []lifecycleAction) {
	for _, g := range policy.ManagedPolicyGrants {
		all = append(all, lifecycleAction{g.Action, g.On, whenTaken[g]})
	}
	return all
}()

func onImages(r account.UsedRule) bool { return r.AMIs || r.Snapshots }

func onAMIs(action string) func(account.UsedRule) bool {
	return func(r account.UsedRule) bool { return r.AMIs && (action == "" || r.Action == action) }
}

func readsAttributes(r account.UsedRule) bool { return r.AMIs && r.ReadsAttributes }

func deletesContainers(r account.UsedRule) bool { return r.Action == "DELETE" && r.Containers }

// need says whether a role that is used so needs the action in a Region.
func (a lifecycleAction) need(u account.Uses, isOwner bool, region string) need {
	inRegion := a.on == policy.AMI || a.on == policy.Snapshot || a.regional
	asked := func(by func(account.UsedRule) bool, everywhere bool) bool {
		return by != nil && slices.ContainsFunc(u.Rules, func(r account.UsedRule) bool {
			return by(r) && (everywhere || !inRegion || !slices.Contains(r.ExcludedRegions, region))
		})
	}
	switch {
	case a.asks == nil && a.helps == nil:
		return neverNeeded
	case a.owner && !isOwner:
		return notNeeded
	case asked(a.asks, false), u.Whatever && a.asks != nil && (a.helps == nil || a.regional):
		return needed
	case u.Unread != nil && a.asks != nil:
		return maybeNeeded
	case u.Whatever, asked(a.helps, a.regional): // it may look there, and find nothing to do
		return useful
	case u.Unread != nil:
		return maybeNeeded
	}
	return notNeeded
}
