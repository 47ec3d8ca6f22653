package account

import (
	"slices"
	"sync"
)

// shown is what a View shows of an Inventory: all but the accounts, which are shown
// one at a time.
type shown = Inventory

// View is an inventory as checks look at it: joined once, and with the parts that may
// be seen. A view is not safe for concurrent use, and the inventory that it is of must
// not change any more.
type View struct {
	shown

	byID          func() map[string][]Owner
	destinations  func() destinations
	organizations func() guarded

	whole  map[string]*Account // accounts with all their parts, by ID
	needed map[Part]bool       // parts that may be seen; nil: all
	lastID string              // the account that was looked at last,
	last   *Account            // and what of it may be seen
}

// View is a view of the whole inventory.
func (inv *Inventory) View() *View {
	view := &View{shown: *inv, whole: inv.Accounts}
	view.Accounts = nil
	view.byID = sync.OnceValue(view.joinOwners)
	view.join()
	return view
}

// Only is a view with just the needed parts, everything else as if it had not been
// collected. A check is given such a view, so that a need which it does not declare
// shows at once, as unknown.
func (view *View) Only(needs []Need) *View {
	out := &View{shown: view.shown, byID: view.byID, whole: view.whole, needed: map[Part]bool{}}
	out.join()
	for _, n := range needs {
		if view.needed == nil || view.needed[n.Part] {
			out.needed[n.Part] = true
		}
	}
	if !out.needed[GuardrailsPart] {
		out.Guardrails = nil
	}
	return out
}

// join prepares the joins, which are made when they are first used.
func (view *View) join() {
	view.destinations = sync.OnceValue(view.joinDestinations)
	view.organizations = sync.OnceValue(view.joinOrganizations)
}

// account is what may be seen of an account; nil when nothing was read of it.
func (view *View) account(id string) *Account {
	switch {
	case view.needed == nil || view.whole[id] == nil:
		return view.whole[id]
	case view.lastID != id || view.last == nil:
		view.lastID, view.last = id, view.whole[id].only(view.needed)
	}
	return view.last
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
	if needed[PipelinesPart] {
		out.Pipelines = ib.Pipelines
	}
	if needed[ImageRecipesPart] {
		out.ImageRecipes = ib.ImageRecipes
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

func (view *View) joinOwners() map[string][]Owner {
	all := map[string][]Owner{}
	for _, o := range view.Owners {
		all[o.Account] = append(all[o.Account], o)
	}
	return all
}

// owners are those with this account ID.
func (view *View) owners(id string) []Owner { return view.byID()[id] }
