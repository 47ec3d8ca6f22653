package awsapi

import (
	"slices"

	"github.com/iblint/iblint/checks/account"
)

// work is what has to be read of one account.
type work struct {
	roles        []string
	repositories []account.Repository
}

// plan turns what the owners need into what to read of each account.
func plan(inv *account.Inventory, parts map[account.Part]bool) map[string]*work {
	plans := map[string]*work{}
	of := func(id string) *work {
		if plans[id] == nil {
			plans[id] = &work{}
		}
		return plans[id]
	}
	role := func(id, name string) {
		if w := of(id); !slices.Contains(w.roles, name) { // references may name one role in several ways
			w.roles = append(w.roles, name)
		}
	}
	if parts[account.RolePart] {
		roles, _ := inv.ExecutionRoles()
		for _, r := range roles {
			if r.Reference.Account == "" || r.Reference.Account == r.Owner {
				role(r.Owner, r.Reference.Name)
			}
		}
		destinations, _ := inv.Destinations()
		for _, d := range destinations {
			if len(d.Owners) > 0 {
				role(d.Account, account.CrossAccountRoleName)
			}
		}
	}
	if parts[account.RepositoryTagsPart] {
		repositories, _ := inv.ContainerRepositories()
		for _, r := range repositories {
			of(r.Owner).repositories = append(of(r.Owner).repositories, r.Repository)
		}
	}
	return plans
}

// refuse fills in what was planned as unread, for one reason.
func (w *work) refuse(out *account.Account, why account.Unread) {
	for _, name := range w.roles {
		setRole(out, name, account.Unreadable[account.Role](why))
	}
	for _, r := range w.repositories {
		setTags(out, r, account.Unreadable[account.Tags](why))
	}
}

func setRole(out *account.Account, name string, r account.Read[account.Role]) {
	if out.Roles == nil {
		out.Roles = map[string]account.Read[account.Role]{}
	}
	out.Roles[name] = r
}

func setTags(out *account.Account, r account.Repository, tags account.Read[account.Tags]) {
	if out.RepositoryTags == nil {
		out.RepositoryTags = map[string]map[string]account.Read[account.Tags]{}
	}
	if out.RepositoryTags[r.Region] == nil {
		out.RepositoryTags[r.Region] = map[string]account.Read[account.Tags]{}
	}
	out.RepositoryTags[r.Region][r.Name] = tags
}
