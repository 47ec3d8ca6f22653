package account

import "slices"

// Only is the account with just the needed parts, everything else as if it had not been
// collected. A check is given such accounts, so that a need which it does not declare shows
// at once, as unknown.
func (a *Account) Only(needed map[Part]bool) *Account {
	b := &Account{Partition: a.Partition, Name: a.Name, Regions: a.Regions, needed: needed}
	if needed[RolePart] {
		b.OtherRoles = a.OtherRoles
		b.Roles = a.Roles
	}
	if needed[RoleNamesPart] {
		b.RoleNames = a.RoleNames
	}
	if needed[RepositoryNamesPart] {
		b.RepositoryNames = a.RepositoryNames
	}
	if needed[RepositoryTagsPart] || needed[RepositoryPolicyPart] {
		b.OtherRepositories = a.OtherRepositories
	}
	if needed[RepositoryTagsPart] {
		b.RepositoryTags = a.RepositoryTags
	}
	if needed[RepositoryPolicyPart] {
		b.RepositoryPolicies = a.RepositoryPolicies
	}
	if needed[RegistryPolicyPart] {
		b.Registries = a.Registries
	}
	if needed[MembershipPart] {
		b.Membership = a.Membership
	}
	if len(a.ImageBuilder) > 0 {
		b.ImageBuilder = make(map[string]*ImageBuilder, len(a.ImageBuilder))
	}
	for region, ib := range a.ImageBuilder {
		b.ImageBuilder[region] = ib.only(needed)
	}
	return b
}

// onlyOf is what may be seen of a role. Roles are cut when a check asks for them:
// an account has hundreds, and a check looks at one or two.
func onlyOf(r Read[Role], needed map[Part]bool) Read[Role] {
	switch {
	case needed == nil:
		return r
	case !needed[AttachedPoliciesPart]:
		r.value.Attached = List[AttachedPolicy]{}
	case !needed[PolicyDocumentsPart]:
		r.value.Attached.items = withoutDocuments(r.value.Attached.items)
	}
	if !needed[PolicyDocumentsPart] {
		r.value.BoundaryDocument = Read[string]{}
	}
	if !needed[SimulationPart] {
		r.value.Simulated = List[SimulatedAction]{}
	}
	if !needed[InlinePoliciesPart] {
		r.value.Inline = List[InlinePolicy]{}
	}
	return r
}

func (ib *ImageBuilder) only(needed map[Part]bool) *ImageBuilder {
	out := &ImageBuilder{Unavailable: ib.Unavailable}
	if needed[LifecyclePoliciesPart] {
		out.LifecyclePolicies = ib.LifecyclePolicies
		if !needed[LifecycleRulesPart] {
			out.LifecyclePolicies.items = withoutRules(out.LifecyclePolicies.items)
		}
	}
	if needed[DistributionsPart] {
		out.Distributions = ib.Distributions
	}
	if needed[ContainerRecipesPart] {
		out.ContainerRecipes = ib.ContainerRecipes
	}
	if needed[ImagesPart] {
		out.Images = ib.Images
	}
	if needed[PipelinesPart] {
		out.Pipelines = ib.Pipelines
	}
	if needed[ImageRecipesPart] {
		out.ImageRecipes = ib.ImageRecipes
	}
	if needed[SharedImagesPart] {
		out.SharedImages = ib.SharedImages
	}
	if needed[ExecutionsPart] {
		out.LastExecutions = ib.LastExecutions
	}
	return out
}

func withoutDocuments(policies []AttachedPolicy) []AttachedPolicy {
	out := slices.Clone(policies)
	for i := range out {
		out[i].Document = Read[string]{}
	}
	return out
}

func withoutRules(policies []LifecyclePolicy) []LifecyclePolicy {
	out := slices.Clone(policies)
	for i := range out {
		out[i].Rules, out[i].Selection = Read[[]LifecycleRule]{}, Read[Selection]{}
	}
	return out
}
