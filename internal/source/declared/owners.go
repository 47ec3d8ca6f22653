package declared

import (
	"maps"
	"slices"

	"github.com/iblint/iblint/checks/account"
)

// owners are the accounts in which code declares what lifecycle management is about, in
// ascending order: each with what is to be created in Image Builder, by Region.
func (c *Code) owners() []account.Owner {
	at := map[string]map[string]*account.ImageBuilder{}
	in := func(a At) *account.ImageBuilder {
		if at[a.Account] == nil {
			at[a.Account] = map[string]*account.ImageBuilder{}
		}
		if at[a.Account][a.Region] == nil {
			at[a.Account][a.Region] = &account.ImageBuilder{}
		}
		return at[a.Account][a.Region]
	}
	for _, p := range c.LifecyclePolicies {
		ib := in(p.At)
		ib.LifecyclePolicies = account.Complete(append(ib.LifecyclePolicies.Items(), p.LifecyclePolicy))
	}
	for _, d := range c.Distributions {
		ib := in(d.At)
		ib.Distributions = account.Complete(append(ib.Distributions.Items(), d.Value))
	}
	for _, r := range c.ContainerRecipes {
		ib := in(r.At)
		ib.ContainerRecipes = account.Complete(append(ib.ContainerRecipes.Items(), r.Value))
	}
	for _, r := range c.ImageRecipes {
		ib := in(r.At)
		ib.ImageRecipes = account.Complete(append(ib.ImageRecipes.Items(), r.Value))
	}
	for _, p := range c.Pipelines {
		ib := in(p.At)
		ib.Pipelines = account.Complete(append(ib.Pipelines.Items(), p.Value))
	}
	roles := map[string][]string{}
	for _, d := range c.Deletions {
		ib := in(d.At)
		ib.Deletions = append(ib.Deletions, d.Value)
		if !slices.Contains(roles[d.Account], d.Value.Role) {
			roles[d.Account] = append(roles[d.Account], d.Value.Role)
		}
	}
	for _, p := range c.Possible {
		ib, why := in(p.At), p.Why
		switch p.Kind {
		case "lifecycle policy":
			ib.LifecyclePolicies = account.Partial(ib.LifecyclePolicies.Items(), why)
		case "distribution configuration":
			ib.Distributions = account.Partial(ib.Distributions.Items(), why)
		case "container recipe":
			ib.ContainerRecipes = account.Partial(ib.ContainerRecipes.Items(), why)
		}
	}
	var owners []account.Owner
	for _, id := range slices.Sorted(maps.Keys(at)) {
		concerned := len(roles[id]) > 0
		for _, ib := range at[id] {
			concerned = concerned || concerns(id, ib)
			complete(ib)
		}
		if !concerned {
			continue
		}
		owners = append(owners, account.Owner{Account: id, Regions: regions(at[id]), ExecutionRoles: roles[id], PlannedIn: at[id]})
	}
	return owners
}

// AboutLifecycle reports whether the code declares something that lifecycle management is about.
func (c *Code) AboutLifecycle() bool { return len(c.owners()) > 0 }

// concerns reports whether lifecycle management is about what an account declares: a lifecycle
// policy, a distribution to other accounts or to a repository, or the target of a container recipe.
// Images alone, and permission to launch them, concern nobody else.
func concerns(id string, ib *account.ImageBuilder) bool {
	return !ib.LifecyclePolicies.IsZero() ||
		slices.ContainsFunc(ib.Distributions.Items(), func(d account.Distribution) bool {
			settings, _, err := d.Settings.Get()
			return err != nil || slices.ContainsFunc(settings, func(s account.DistributionSettings) bool {
				return s.Repository != "" || slices.ContainsFunc(s.TargetAccounts, func(target string) bool { return target != id })
			})
		}) ||
		slices.ContainsFunc(ib.ContainerRecipes.Items(), func(r account.ContainerRecipe) bool {
			_, found, err := r.Repository.Get()
			return found || err != nil
		})
}

// complete marks the lists to which code adds nothing as read: code declares nothing more.
func complete(ib *account.ImageBuilder) {
	if ib.LifecyclePolicies.IsZero() {
		ib.LifecyclePolicies = account.Complete([]account.LifecyclePolicy{})
	}
	if ib.Distributions.IsZero() {
		ib.Distributions = account.Complete([]account.Distribution{})
	}
	if ib.ContainerRecipes.IsZero() {
		ib.ContainerRecipes = account.Complete([]account.ContainerRecipe{})
	}
	if ib.ImageRecipes.IsZero() {
		ib.ImageRecipes = account.Complete([]account.ImageRecipe{})
	}
	if ib.Pipelines.IsZero() {
		ib.Pipelines = account.Complete([]account.Pipeline{})
	}
	if ib.Images.IsZero() {
		ib.Images = account.Complete([]account.Image{})
	}
}

// regions are the Regions that are known.
func regions(at map[string]*account.ImageBuilder) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(at)), func(region string) bool { return !account.IsRegion(region) })
}
