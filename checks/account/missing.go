package account

import (
	"cmp"
	"slices"
)

// AddMissing adds each account of the organization that was to be read and is in no recording to
// the owners, and marks what it builds as unread. It returns their IDs.
func (inv *Inventory) AddMissing() []string {
	if inv.Organization == nil {
		return nil
	}
	have := map[string]bool{}
	like := Owner{Listed: true, Discover: []Kind{ExecutionRoleKind, LifecyclePolicyKind, DestinationKind, RepositoryKind}}
	for _, o := range inv.Owners {
		have[o.Account] = true
		if o.Listed {
			like = o
		}
	}
	why := Unread{Reason: Unrecorded}
	var missing []string
	for _, m := range inv.Organization.Members.Items() {
		if !m.Looked() || have[m.Account] {
			continue
		}
		missing = append(missing, m.Account)
		o := like
		o.Account = m.Account
		o.Destinations = slices.DeleteFunc(slices.Clone(like.Destinations), func(t Target) bool { return t.Account == m.Account })
		inv.Owners = append(inv.Owners, o)
		a := inv.Accounts[m.Account].Unfold()
		if a == nil {
			a = &Account{Name: m.Name}
		}
		inv.Accounts[m.Account] = a
		if o.AllRegions {
			a.Regions = Partial[string](nil, why)
		}
		a.ImageBuilder = map[string]*ImageBuilder{}
		for _, region := range o.Regions {
			a.ImageBuilder[region] = &ImageBuilder{
				LifecyclePolicies: Partial[LifecyclePolicy](nil, why), Distributions: Partial[Distribution](nil, why), ContainerRecipes: Partial[ContainerRecipe](nil, why),
				Images: Partial[Image](nil, why), Pipelines: Partial[Pipeline](nil, why), ImageRecipes: Partial[ImageRecipe](nil, why), SharedImages: Partial[SharedImage](nil, why),
			}
		}
	}
	slices.SortFunc(inv.Owners, func(a, b Owner) int { return cmp.Compare(a.Account, b.Account) })
	return missing
}
