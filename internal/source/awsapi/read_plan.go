package awsapi

import (
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/checks/symbol"
)

// accountPlan is what to read of one account.
type accountPlan struct {
	roles        []string
	planned      map[string]bool            // the same roles, as a set
	region       string                     // a Region for simulated resources; empty: none is known
	repositories map[string]*repositoryPlan // by Region
}

// plan returns what to read of each account to check what the owners need.
func plan(inv *account.Inventory, parts map[account.Part]bool) map[string]*accountPlan {
	plans := map[string]*accountPlan{}
	of := func(id string) *accountPlan {
		if plans[id] == nil {
			plans[id] = &accountPlan{planned: map[string]bool{}}
		}
		return plans[id]
	}
	role := func(id, name string) {
		if w := of(id); !w.planned[name] { // several references may name the same role
			w.planned[name], w.roles = true, append(w.roles, name)
		}
	}
	near := func(id string, regions []string) {
		if w := of(id); len(regions) > 0 && account.IsRegion(regions[0]) && (w.region == "" || regions[0] < w.region) {
			w.region = regions[0]
		}
	}
	regionOf := func(id, region string) *repositoryPlan {
		w := of(id)
		if w.repositories == nil {
			w.repositories = map[string]*repositoryPlan{}
		}
		if w.repositories[region] == nil {
			w.repositories[region] = &repositoryPlan{}
		}
		return w.repositories[region]
	}
	view := demand.New(inv)
	for _, id := range view.SubjectAccounts() {
		if symbol.In(id) { // code that is to be deployed names an account that is not known
			continue
		}
		if parts[account.RolePart] {
			roles, _ := view.ExecutionRoles(id)
			policies, _ := view.PolicyRoles(id)
			for _, p := range policies {
				roles = append(roles, p.Role)
			}
			for _, r := range roles {
				if r.Reference.Name != "" && !symbol.In(r.Reference.Name) && (r.Reference.Account == "" || r.Reference.Account == r.Owner) {
					role(r.Owner, r.Reference.Name)
					near(r.Owner, r.Regions)
				}
			}
			destinations, _ := view.Destinations(id)
			for _, d := range destinations {
				if len(d.Owners) > 0 {
					role(d.Account, account.CrossAccountRoleName)
					near(d.Account, d.Owners[0].Regions)
				}
				for _, o := range d.Owners {
					if parts[account.MembershipPart] && !symbol.In(o.Account) {
						of(o.Account) // a trust policy may ask for the owner's organization (aws:SourceOrgID)
					}
				}
			}
		}
		if parts[account.RepositoryTagsPart] || parts[account.RepositoryPolicyPart] || parts[account.RegistryPolicyPart] {
			repositories, _ := view.ContainerRepositories(id)
			for _, r := range repositories {
				if symbol.In(r.Name) || symbol.In(r.Region) {
					continue
				}
				s := regionOf(id, r.Region)
				s.names = append(s.names, r.Name)
			}
		}
	}
	for _, o := range inv.Owners {
		if parts[account.MembershipPart] && view.RolesUnread(o.Account) != nil {
			of(o.Account) // guardrails also limit roles that are not known
		}
		if o.AllRepositories && parts[account.RepositoryTagsPart] {
			roles, _ := view.ExecutionRoles(o.Account) // without a known role, no repository policy matters
			mayBeUsed := view.MayHaveExecutionRoles(o.Account)
			for _, region := range view.RegionsLookedAt(o.Account, account.RepositoryKind) {
				s := regionOf(o.Account, region)
				s.all, s.used, s.mayBeUsed = true, len(roles) > 0, mayBeUsed
			}
		}
	}
	return plans
}

// refuse stores everything in the plan as unread, for one reason.
func (w *accountPlan) refuse(out *account.Account, needed map[account.Part]bool, why account.Unread) {
	if needed[account.MembershipPart] {
		out.Membership = account.Unreadable[account.Membership](why)
	}
	for _, name := range w.roles {
		setRole(out, name, account.Unreadable[account.Role](why))
	}
	for region, s := range w.repositories {
		refused := registry{names: account.Partial[string](nil, why), tags: map[string]account.Read[account.Tags]{}, policies: map[string]account.Read[string]{}}
		for _, name := range s.names {
			refused.tags[name] = account.Unreadable[account.Tags](why)
			if needed[account.RepositoryPolicyPart] {
				refused.policies[name] = account.Unreadable[string](why)
			}
		}
		if needed[account.RegistryPolicyPart] && (len(s.names) > 0 || s.mayBeUsed) {
			refused.settings.Policy = account.Unreadable[string](why)
		}
		setRegistry(out, region, s, refused)
	}
}

func setRole(out *account.Account, name string, r account.Read[account.Role]) {
	if out.Roles == nil {
		out.Roles = map[string]account.Read[account.Role]{}
	}
	out.Roles[name] = r
}

func setRegistry(out *account.Account, region string, s *repositoryPlan, read registry) {
	if out.RepositoryTags == nil && read.tags != nil {
		out.RepositoryTags = map[string]map[string]account.Read[account.Tags]{}
	}
	if read.tags != nil {
		out.RepositoryTags[region] = read.tags
	}
	if len(read.policies) > 0 {
		if out.RepositoryPolicies == nil {
			out.RepositoryPolicies = map[string]map[string]account.Read[string]{}
		}
		out.RepositoryPolicies[region] = read.policies
	}
	if !read.settings.Policy.IsZero() {
		if out.Registries == nil {
			out.Registries = map[string]account.Registry{}
		}
		out.Registries[region] = read.settings
	}
	if !s.all {
		return
	}
	if out.RepositoryNames == nil {
		out.RepositoryNames = map[string]account.List[string]{}
	}
	out.RepositoryNames[region] = read.names
}
