package checks

import (
	"slices"

	"github.com/iblint/iblint/checks/account"
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

// resourceType is what an action is about (Service Authorization Reference).
type resourceType int

const (
	noResource resourceType = iota // the action takes * only
	anImage                        // an AMI
	aSnapshot
	aRepository
	anImageRecord // of Image Builder
)

// lifecycleAction is one of the actions that the managed policy grants, on one
// type of resource, and when lifecycle management takes it. AWS documents what
// rules do, not which calls that takes: the actions are those of the managed
// policy, and their names tell.
type lifecycleAction struct {
	name string
	on   resourceType

	asks  func(account.UsedRule) bool // whether a rule asks for it; nil: none does
	helps func(account.UsedRule) bool // whether one may, without that being documented
	owner bool                        // in the owner's account only: by the execution role

	regional bool // about AMIs in a Region, whose rules may leave it out, without being about one of them
}

// lifecycleActions are all that the managed policy grants, in its order.
var lifecycleActions = []lifecycleAction{
	{name: "ec2:DescribeImages", on: noResource, regional: true, asks: onImages, helps: onImages},
	{name: "ec2:DescribeImageAttribute", on: anImage, asks: readsAttributes, helps: onAMIs("")},
	{name: "ec2:EnableImageDeprecation", on: anImage, asks: onAMIs("DEPRECATE")},
	{name: "ec2:DisableImageDeprecation", on: anImage},
	{name: "ec2:DisableImage", on: anImage, asks: onAMIs("DISABLE")},
	{name: "ec2:EnableImage", on: anImage},
	{name: "ec2:DeregisterImage", on: anImage, asks: onAMIs("DELETE")},
	{name: "ec2:DeleteSnapshot", on: aSnapshot, asks: func(r account.UsedRule) bool { return r.Action == "DELETE" && r.Snapshots }},
	// A deprecated AMI is tagged DeprecatedBy: EC2 Image Builder (AWS's sample).
	{name: "ec2:CreateTags", on: anImage, asks: onAMIs("DEPRECATE")},
	{name: "ec2:CreateTags", on: aSnapshot, helps: onAMIs("DEPRECATE")},
	{name: "ec2:DeleteTags", on: anImage},
	{name: "ec2:DeleteTags", on: aSnapshot},
	{name: "ecr:BatchGetImage", on: aRepository, owner: true, asks: deletesContainers},
	{name: "ecr:BatchDeleteImage", on: aRepository, owner: true, asks: deletesContainers},
	// "discovers resources through tag scanning" (user guide, "Create lifecycle policies").
	{name: "tag:GetResources", on: noResource, owner: true,
		asks: func(r account.UsedRule) bool { return r.ByTags }, helps: func(account.UsedRule) bool { return true }},
	{name: "imagebuilder:DeleteImage", on: anImageRecord, owner: true, asks: func(r account.UsedRule) bool { return r.Action == "DELETE" }},
}

func onImages(r account.UsedRule) bool { return r.AMIs || r.Snapshots }

func onAMIs(action string) func(account.UsedRule) bool {
	return func(r account.UsedRule) bool { return r.AMIs && (action == "" || r.Action == action) }
}

func readsAttributes(r account.UsedRule) bool { return r.AMIs && r.ReadsAttributes }

func deletesContainers(r account.UsedRule) bool { return r.Action == "DELETE" && r.Containers }

// need says whether a role that is used so needs the action in a Region.
func (a lifecycleAction) need(u account.Uses, isOwner bool, region string) need {
	inRegion := a.on == anImage || a.on == aSnapshot || a.regional
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
