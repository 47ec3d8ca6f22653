package demand

import (
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/policy"
)

// where says where a rule uses an action.
type where int

const (
	atAMIs         where = iota // in each account and Region with AMIs that the rule acts on
	atImages                    // in the owner's account, in the Region of the policy
	atRepositories              // in the owner's account, in each repository that the rule acts on
)

// use is an action of the managed policy, with the rules that use it. AWS documents what
// rules do, but not which API calls they make. iblint derives the calls from the names of
// the actions in the managed policy.
type use struct {
	where where
	needs func(rule) bool // whether a rule needs it; nil: no rule does
	helps func(rule) bool // whether a rule may need it, which AWS does not document; nil: no rule may

	// may is why it is not known whether a rule needs it; nil: it is known, as for all rules
	// if there is no such function.
	may func(rule) error
}

var uses = map[policy.Granted]use{
	{Action: "ec2:DescribeImages", On: policy.NoResource}:  {needs: onImages},
	{Action: "ec2:DescribeImageAttribute", On: policy.AMI}: {needs: readsAttributes, helps: onAMIs("")},
	{Action: "ec2:EnableImageDeprecation", On: policy.AMI}: {needs: onAMIs("DEPRECATE")},
	{Action: "ec2:DisableImage", On: policy.AMI}:           {needs: onAMIs("DISABLE")},
	{Action: "ec2:DeregisterImage", On: policy.AMI}:        {needs: onAMIs("DELETE")},
	{Action: "ec2:DeleteSnapshot", On: policy.Snapshot}:    {needs: func(r rule) bool { return r.Action == "DELETE" && r.Snapshots }},
	// Image Builder tags a deprecated AMI with DeprecatedBy: EC2 Image Builder (AWS's sample).
	// DISABLE removes the tag (EC2 Image Builder User Guide, "Lifecycle management rules").
	{Action: "ec2:CreateTags", On: policy.AMI}:              {needs: onAMIs("DEPRECATE")},
	{Action: "ec2:CreateTags", On: policy.Snapshot}:         {helps: onAMIs("DEPRECATE")},
	{Action: "ec2:DeleteTags", On: policy.AMI}:              {needs: disablesDeprecated, helps: onAMIs("DISABLE"), may: mayBeDeprecated},
	{Action: "ec2:DeleteTags", On: policy.Snapshot}:         {helps: disablesDeprecated},
	{Action: "ecr:BatchGetImage", On: policy.Repository}:    {where: atRepositories, needs: deletesContainers},
	{Action: "ecr:BatchDeleteImage", On: policy.Repository}: {where: atRepositories, needs: deletesContainers},
	// Image Builder "discovers resources through tag scanning" (Image Builder User Guide,
	// "Create lifecycle policies").
	{Action: "tag:GetResources", On: policy.NoResource}: {where: atImages, may: func(r rule) error { return r.byTagsUnread },
		needs: func(r rule) bool { return r.byTags }, helps: func(rule) bool { return true }},
	{Action: "imagebuilder:DeleteImage", On: policy.BuiltImage}: {where: atImages, needs: func(r rule) bool { return r.Action == "DELETE" }},
}

// NeverNeeded reports whether no rule of any lifecycle policy uses an action of the
// managed policy: EnableImage and DisableImageDeprecation undo what rules do.
func NeverNeeded(g policy.Granted) bool {
	u := uses[g]
	return u.needs == nil && u.helps == nil
}

// needed is how surely a rule needs the action that acts as surely as n.
func (u use) needed(r rule, n needed) needed {
	if u.needs != nil && u.needs(r) {
		return n
	}
	if u.may != nil {
		if why := u.may(r); why != nil {
			return n.and(possible(why))
		}
	}
	if u.helps != nil && u.helps(r) {
		return needed{Strength: min(Helpful, n.Strength)}
	}
	return needed{}
}

// rule is a rule of a lifecycle policy, with what of the policy matters for it.
type rule struct {
	account.LifecycleRule
	text string // "rule 2 (DELETE) of lifecycle policy keep-five in eu-west-1"

	// byTags says that the policy selects images by their tags. byTagsUnread is why that is
	// not known.
	byTags       bool
	byTagsUnread error

	// deprecates says that a rule of a policy in the Region deprecates AMIs.
	// deprecatesUnread is why it is not known whether another one does.
	deprecates       bool
	deprecatesUnread error

	// alternative is one of the rules that a policy to come may have; empty for a rule of
	// a policy that exists or is planned.
	alternative string
}

func onImages(r rule) bool { return r.AMIs || r.Snapshots }

func onAMIs(action string) func(rule) bool {
	return func(r rule) bool { return r.AMIs && (action == "" || r.Action == action) }
}

func disablesDeprecated(r rule) bool { return r.Action == "DISABLE" && r.AMIs && r.deprecates }

func mayBeDeprecated(r rule) error {
	if r.Action == "DISABLE" && r.AMIs {
		return r.deprecatesUnread
	}
	return nil
}

// readsAttributes: lastLaunched is in the answer of DescribeImages, isPublic and
// sharedAccounts are not. Older recordings do not say which of them a rule excludes by.
func readsAttributes(r rule) bool {
	if r.Filter != nil {
		return r.AMIs && (r.IsPublic || len(r.SharedAccounts) > 0)
	}
	return r.AMIs && r.ReadsAttributes
}

func deletesContainers(r rule) bool { return r.Action == "DELETE" && r.Containers }
