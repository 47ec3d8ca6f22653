package account

import (
	"slices"
	"sync"
)

// Part is a part of an account that a source can read.
type Part string

// The parts. What each costs in IAM actions is told by the source that reads them.
const (
	RolePart             Part = "role"              // one role: path, trust policy, permissions boundary
	AttachedPoliciesPart Part = "attached-policies" // the managed policies attached to it
	InlinePoliciesPart   Part = "inline-policies"   // its inline policies
	RoleNamesPart        Part = "role-names"        // the names of all roles of the account
	RepositoryTagsPart   Part = "repository-tags"   // the tags of an ECR repository
	RepositoryNamesPart  Part = "repository-names"  // the names of all repositories of a Region
	TaggedPart           Part = "tagged-resources"  // the tagged ones among them, many at a time

	LifecyclePoliciesPart Part = "lifecycle-policies" // an owner's lifecycle policies in a Region
	LifecycleRulesPart    Part = "lifecycle-rules"    // what each of them does
	DistributionsPart     Part = "distributions"      // its distribution configurations
	ContainerRecipesPart  Part = "container-recipes"  // its container recipes
	ImagesPart            Part = "images"             // its images, and where they were distributed to
	ExecutionsPart        Part = "executions"         // the last run of each lifecycle policy

	RegionsPart Part = "regions" // the Regions that are enabled for an account
	MembersPart Part = "members" // the accounts of the organization
)

// Use says what becomes of a verdict when a part could not be read.
type Use string

// The uses.
const (
	Required Use = "required"       // the verdict becomes unknown
	Fallback Use = "has a fallback" // the verdict stays; more calls are made for it
	Evidence Use = "evidence only"  // the verdict stays; its explanation is poorer
)

// Need is a part that a check looks at, and what for.
type Need struct {
	Part Part
	Use  Use
}

// Parts are what tells of the subjects of a kind, where nobody named them.
func (k Kind) Parts() []Part {
	switch k {
	case ExecutionRoleKind:
		return []Part{LifecyclePoliciesPart}
	case DestinationKind:
		return []Part{LifecyclePoliciesPart, DistributionsPart, ImagesPart}
	case LifecyclePolicyKind:
		return []Part{LifecyclePoliciesPart}
	case RepositoryKind:
		return []Part{LifecyclePoliciesPart, ContainerRecipesPart, DistributionsPart, ImagesPart}
	}
	return nil
}

// Only is a copy of the inventory that holds just the needed parts, everything
// else as if nobody had collected it. A check is given such a copy, so that a
// need it does not declare shows at once, as unknown.
func (inv *Inventory) Only(needs []Need) *Inventory {
	has := map[Part]bool{}
	for _, n := range needs {
		has[n.Part] = true
	}
	out := inv.Joined()
	out.Accounts = make(map[string]*Account, len(inv.Accounts))
	for id, a := range inv.Accounts {
		b := &Account{Partition: a.Partition, Name: a.Name, Regions: a.Regions, RepositoryNames: a.RepositoryNames}
		if has[RolePart] {
			b.OtherRoles = a.OtherRoles
			b.Roles = make(map[string]Read[Role], len(a.Roles))
			for name, r := range a.Roles {
				if !has[AttachedPoliciesPart] {
					r.value.Attached = List[AttachedPolicy]{}
				}
				if !has[InlinePoliciesPart] {
					r.value.Inline = List[InlinePolicy]{}
				}
				b.Roles[name] = r
			}
		}
		if has[RoleNamesPart] {
			b.RoleNames = a.RoleNames
		}
		if has[RepositoryTagsPart] {
			b.RepositoryTags = a.RepositoryTags
		}
		for region, ib := range a.ImageBuilder {
			only := &ImageBuilder{Unavailable: ib.Unavailable}
			if has[LifecyclePoliciesPart] {
				only.LifecyclePolicies = ib.LifecyclePolicies
				if !has[LifecycleRulesPart] {
					only.LifecyclePolicies.items = withoutRules(only.LifecyclePolicies.items)
				}
			}
			if has[DistributionsPart] {
				only.Distributions = ib.Distributions
			}
			if has[ContainerRecipesPart] {
				only.ContainerRecipes = ib.ContainerRecipes
			}
			if has[ImagesPart] {
				only.Images = ib.Images
			}
			if has[ExecutionsPart] {
				only.LastExecutions = ib.LastExecutions
			}
			if b.ImageBuilder == nil {
				b.ImageBuilder = map[string]*ImageBuilder{}
			}
			b.ImageBuilder[region] = only
		}
		out.Accounts[id] = b
	}
	return out
}

// Joined is a view of the inventory that makes each join once. It is for
// inventories that nobody changes any more.
func (inv *Inventory) Joined() *Inventory {
	out := *inv
	out.joined = &joined{sync.OnceValue(out.joinDestinations), sync.OnceValue(out.joinOwners)}
	return &out
}

func withoutRules(policies []LifecyclePolicy) []LifecyclePolicy {
	out := slices.Clone(policies)
	for i := range out {
		out[i].Rules, out[i].Selection = Read[[]LifecycleRule]{}, Read[Selection]{}
	}
	return out
}
