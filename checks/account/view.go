package account

import (
	"slices"
	"sync"
)

// view is what makes an inventory one to look at: joins are made once, and only
// the needed parts are seen. Nobody changes such an inventory any more, and one at
// a time looks at it.
type view struct {
	owners        func() map[string][]Owner
	destinations  func() destinations
	organizations func() guarded

	accounts map[string]*Account // whole
	needed   map[Part]bool       // nil: everything
	id       string              // the account that was looked at last,
	seen     *Account            // and what of it can be seen
}

// Joined is a view of the whole inventory.
func (inv *Inventory) Joined() *Inventory {
	out := *inv
	out.view = &view{accounts: inv.Accounts}
	out.view.owners = sync.OnceValue(out.joinOwners)
	out.view.destinations = sync.OnceValue(out.joinDestinations)
	out.view.organizations = sync.OnceValue(out.joinOrganizations)
	return &out
}

// Only is a view of a view that shows just the needed parts, everything else as if
// nobody had collected it. A check is given such a view, so that a need it does
// not declare shows at once, as unknown.
func (inv *Inventory) Only(needs []Need) *Inventory {
	out := *inv
	out.Accounts = nil // they hold more than may be seen
	out.view = &view{owners: inv.view.owners, accounts: inv.view.accounts, needed: map[Part]bool{}}
	out.view.destinations = sync.OnceValue(out.joinDestinations)
	out.view.organizations = sync.OnceValue(out.joinOrganizations)
	for _, n := range needs {
		out.view.needed[n.Part] = true
	}
	if !out.view.needed[GuardrailsPart] {
		out.Guardrails = nil
	}
	return &out
}

// account is what may be seen of an account; nil when nothing was read of it.
func (inv *Inventory) account(id string) *Account {
	v := inv.view
	switch {
	case v == nil:
		return inv.Accounts[id]
	case v.needed == nil || v.accounts[id] == nil:
		return v.accounts[id]
	case v.id != id || v.seen == nil:
		v.id, v.seen = id, v.accounts[id].only(v.needed)
	}
	return v.seen
}

func (a *Account) only(needed map[Part]bool) *Account {
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
	if needed[RepositoryTagsPart] {
		b.RepositoryTags = a.RepositoryTags
	}
	if needed[RepositoryPolicyPart] {
		b.RepositoryPolicies = a.RepositoryPolicies
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

// onlyOf is what may be seen of a role. Roles are cut when somebody looks at them:
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

func (inv *Inventory) allDestinations() destinations {
	if inv.view != nil {
		return inv.view.destinations()
	}
	return inv.joinDestinations()
}

func (inv *Inventory) joinOwners() map[string][]Owner {
	all := map[string][]Owner{}
	for _, o := range inv.Owners {
		all[o.Account] = append(all[o.Account], o)
	}
	return all
}

// owners are those with this account ID.
func (inv *Inventory) owners(id string) []Owner {
	if inv.view != nil {
		return inv.view.owners()[id]
	}
	return inv.joinOwners()[id]
}
