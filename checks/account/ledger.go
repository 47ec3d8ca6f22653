package account

import (
	"errors"
	"maps"
	"slices"
)

// Gap is a part that somebody tried to read and could not.
type Gap struct {
	Account string `json:"account"`
	Region  string `json:"region,omitempty"`
	Part    Part   `json:"part"`
	Name    string `json:"name,omitempty"` // of the role or repository, or the ID of something in an organization
	Unread
}

// Gaps are all parts that could not be read, whether or not a verdict depends on them.
func (inv *Inventory) Gaps() []Gap {
	var gaps []Gap
	if o := inv.Organization; o != nil {
		var why Unread
		if errors.As(o.Members.Err(), &why) {
			gaps = append(gaps, Gap{Account: o.Account, Part: MembersPart, Unread: why})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(inv.Accounts)) {
		a := inv.Accounts[id]
		add := func(part Part, region, name string, tried bool, err error) {
			var why Unread
			if tried && errors.As(err, &why) {
				gaps = append(gaps, Gap{id, region, part, name, why})
			}
		}
		_, _, err := a.Membership.Get()
		add(MembershipPart, "", "", !a.Membership.IsZero(), err)
		add(RegionsPart, "", "", !a.Regions.IsZero(), a.Regions.Err())
		_, _, err = a.OtherRoles.Get()
		add(RolePart, "", "", !a.OtherRoles.IsZero(), err)
		for _, name := range slices.Sorted(maps.Keys(a.Roles)) {
			role, found, err := a.Roles[name].Get()
			add(RolePart, "", name, true, err)
			if !found {
				continue
			}
			_, _, err = role.Trust.Get()
			add(RolePart, "", name, !role.Trust.IsZero(), err)
			add(AttachedPoliciesPart, "", name, !role.Attached.IsZero(), role.Attached.Err())
			addDocument := func(document Read[string]) {
				var why Unread
				_, _, err := document.Get()
				errors.As(err, &why)
				add(PolicyDocumentsPart, "", name, why.Reason != NotCollected, err) // files may hold none, and all roles
			}
			for _, p := range role.Attached.Items() {
				addDocument(p.Document)
			}
			addDocument(role.BoundaryDocument)
			add(SimulationPart, "", name, !role.Simulated.IsZero(), role.Simulated.Err())
			add(InlinePoliciesPart, "", name, !role.Inline.IsZero(), role.Inline.Err())
			for _, p := range role.Inline.Items() {
				_, _, err := p.Document.Get()
				add(InlinePoliciesPart, "", name, !p.Document.IsZero(), err)
			}
		}
		add(RoleNamesPart, "", "", !a.RoleNames.IsZero(), a.RoleNames.Err())
		for _, region := range slices.Sorted(maps.Keys(a.ImageBuilder)) {
			ib := a.ImageBuilder[region]
			add(LifecyclePoliciesPart, region, "", !ib.LifecyclePolicies.IsZero(), ib.LifecyclePolicies.Err())
			for _, p := range ib.LifecyclePolicies.Items() {
				_, _, err := p.Rules.Get()
				add(LifecycleRulesPart, region, p.Name, !p.Rules.IsZero(), err)
			}
			for _, arn := range slices.Sorted(maps.Keys(ib.LastExecutions)) {
				execution, _, err := ib.LastExecutions[arn].Get()
				add(ExecutionsPart, region, lastOf(arn), true, err)
				add(ExecutionsPart, region, lastOf(arn), err == nil && !execution.Resources.IsZero(), execution.Resources.Err())
			}
			add(DistributionsPart, region, "", !ib.Distributions.IsZero(), ib.Distributions.Err())
			for _, d := range ib.Distributions.Items() {
				_, _, err := d.Settings.Get()
				add(DistributionsPart, region, d.Name, !d.Settings.IsZero(), err)
			}
			add(ContainerRecipesPart, region, "", !ib.ContainerRecipes.IsZero(), ib.ContainerRecipes.Err())
			for _, r := range ib.ContainerRecipes.Items() {
				_, _, err := r.Repository.Get()
				add(ContainerRecipesPart, region, r.Name, !r.Repository.IsZero(), err)
			}
			add(ImagesPart, region, "", !ib.Images.IsZero(), ib.Images.Err())
		}
		for _, region := range slices.Sorted(maps.Keys(a.RepositoryNames)) {
			add(RepositoryNamesPart, region, "", true, a.RepositoryNames[region].Err())
		}
		for _, region := range slices.Sorted(maps.Keys(a.RepositoryTags)) {
			for _, name := range slices.Sorted(maps.Keys(a.RepositoryTags[region])) {
				_, _, err := a.RepositoryTags[region][name].Get()
				add(RepositoryTagsPart, region, name, true, err)
			}
		}
		for _, region := range slices.Sorted(maps.Keys(a.RepositoryPolicies)) {
			for _, name := range slices.Sorted(maps.Keys(a.RepositoryPolicies[region])) {
				_, _, err := a.RepositoryPolicies[region][name].Get()
				add(RepositoryPolicyPart, region, name, true, err)
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(inv.Guardrails)) {
		gaps = append(gaps, inv.guardrailGaps(id)...)
	}
	return gaps
}

// guardrailGaps are what could not be read of an organization: they are told of its
// management account, where that is known.
func (inv *Inventory) guardrailGaps(organization string) (gaps []Gap) {
	management := ""
	for _, id := range slices.Sorted(maps.Keys(inv.Accounts)) {
		if m, _, _ := inv.Accounts[id].Membership.Get(); m.Organization == organization {
			management = m.ManagementAccount
			break
		}
	}
	add := func(name string, err error) {
		var why Unread
		if errors.As(err, &why) {
			gaps = append(gaps, Gap{Account: management, Part: GuardrailsPart, Name: name, Unread: why})
		}
	}
	g := inv.Guardrails[organization]
	_, _, err := g.Enabled.Get()
	add(organization, err)
	for _, id := range slices.Sorted(maps.Keys(g.Parents)) {
		_, _, err := g.Parents[id].Get()
		add(id, err)
	}
	for _, id := range slices.Sorted(maps.Keys(g.Attached)) {
		for _, policyType := range slices.Sorted(maps.Keys(g.Attached[id])) {
			add(id, g.Attached[id][policyType].Err())
		}
	}
	for _, id := range slices.Sorted(maps.Keys(g.Policies)) {
		_, _, err := g.Policies[id].Get()
		add(id, err)
	}
	return gaps
}

// RegionsLookedAt are the Regions in which subjects of a kind are looked for in an
// account; the empty one stands for the account as a whole.
func (view *View) RegionsLookedAt(id string, kind Kind) []string {
	for _, o := range view.owners(id) {
		switch kind {
		case ExecutionRoleKind:
			return []string{""}
		case LifecyclePolicyKind:
			if o.discovers(kind) {
				return view.regionsOffering(o)
			}
		case RepositoryKind:
			if o.AllRepositories { // ECR is there where Image Builder is not
				return view.regionsRead(o)
			}
			if o.discovers(kind) {
				return view.regionsOffering(o)
			}
		}
	}
	return nil
}

// regionsOffering are the Regions of an owner that have Image Builder.
func (view *View) regionsOffering(o Owner) []string {
	return slices.DeleteFunc(view.regionsRead(o), func(region string) bool { return view.imageBuilder(o.Account, region).Unavailable })
}
