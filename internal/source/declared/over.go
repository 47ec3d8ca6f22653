package declared

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks/account"
)

// Over is what was read of accounts, with the code deployed over it. Code adds to what others
// manage: policies that are attached elsewhere stay attached, except to roles whose code lists all
// attachments, and so does the policy of a repository for which the code declares none. What plans
// delete is gone.
func (c *Code) Over(read *account.Inventory) *account.Inventory {
	declared := c.Inventory()
	before := *read
	before.Accounts = make(map[string]*account.Account, len(read.Accounts))
	for id, have := range read.Accounts {
		a := *have
		before.Accounts[id] = &a
		a.ImageBuilder = c.Removed.imageBuilderWithout(a.ImageBuilder)
		a.Roles = maps.Clone(a.Roles)
		for name, role := range c.changedRoles(id, have) {
			if roles := at(declared, id).Roles; roles[name].IsZero() {
				roles[name] = account.Present(role)
			}
		}
		if after := declared.Accounts[id]; after != nil {
			c.overAccount(id, &a, after)
		}
	}
	merged := account.Merge(&before, declared)
	c.Limit(merged)
	return merged
}

// overAccount deploys the declared part of an account over what was read of it. Both are changed.
func (c *Code) overAccount(id string, have, after *account.Account) {
	if !have.RoleNames.IsZero() {
		after.RoleNames = account.List[account.RoleName]{}
	}
	for name, role := range after.Roles {
		after.Roles[name] = c.overRole(id, have.Roles[name], role)
		if before, found, _ := have.Roles[name].Get(); found {
			before.Simulated = account.List[account.SimulatedAction]{} // of the policies that it had
			have.Roles[name] = account.Present(before)
		}
	}
	for _, r := range c.Repositories {
		removed := slices.Contains(c.Removed.RepositoryPolicies, RepositoryName{r.Account, r.Region, r.Name})
		if _, known := have.RepositoryPolicies[r.Region][r.Name]; known && !removed && r.Account == id && c.repositoryPolicy(r) == account.Absent[string]() {
			delete(after.RepositoryPolicies[r.Region], r.Name)
		}
	}
	have.RepositoryNames = maps.Clone(have.RepositoryNames)
	for region, names := range have.RepositoryNames {
		have.RepositoryNames[region] = repositoryNames(names, after.RepositoryTags[region])
	}
}

// repositoryNames is a list of repositories with those that are created, and without those that are
// deleted.
func repositoryNames(names account.List[string], after map[string]account.Read[account.Tags]) account.List[string] {
	for _, name := range slices.Sorted(maps.Keys(after)) {
		_, found, err := after[name].Get()
		switch listed := slices.Contains(names.Items(), name); {
		case err == nil && !found:
			names = without(names, func(one string) bool { return one == name })
		case found && !listed:
			names = names.With(name)
		}
	}
	return names
}

// overRole is a role of the code with the policies that it has already.
func (c *Code) overRole(id string, have, declared account.Read[account.Role]) account.Read[account.Role] {
	before, existed, _ := have.Get()
	after, exists, _ := declared.Get()
	if !existed || !exists || !strings.EqualFold(before.ARN, after.ARN) {
		return declared
	}
	before = c.Removed.from(id, before)
	if !c.listsAll(id, after.Name) {
		after.Attached = with(after.Attached, before.Attached, func(p account.AttachedPolicy) string { return p.ARN })
	}
	after.Inline = with(after.Inline, before.Inline, func(p account.InlinePolicy) string { return p.Name })
	after.ID, after.LastUsed = before.ID, before.LastUsed
	return account.Present(after)
}

// changedRoles are the roles that were read and that the code does not declare, as far as it
// attaches policies to them or a plan detaches some.
func (c *Code) changedRoles(id string, have *account.Account) map[string]account.Role {
	elsewhere := Code{Policies: c.Policies} // what the code adds to other roles than its own
	own := map[RoleName]bool{}
	for _, r := range c.Roles {
		own[RoleName{r.Account, r.Name}] = true
	}
	for _, a := range c.Attachments {
		if a.Account == id && !own[RoleName{id, a.Role}] {
			elsewhere.Attachments = append(elsewhere.Attachments, a)
		}
	}
	for _, p := range c.RolePolicies {
		if p.Account == id && !own[RoleName{id, p.Role}] {
			elsewhere.RolePolicies = append(elsewhere.RolePolicies, p)
		}
	}
	removed, apart := c.Removed.touched(id), elsewhere.apart()
	changed := map[string]account.Role{}
	for name, read := range have.Roles {
		role, found, _ := read.Get()
		if !found || own[RoleName{id, name}] {
			continue
		}
		added, _, _ := apart.role(Role{Account: id, Name: name}).Get()
		exclusive := c.listsAll(id, name)
		if len(added.Attached.Items())+len(added.Inline.Items()) == 0 && added.Attached.Err() == nil && added.Inline.Err() == nil && !exclusive && !slices.Contains(removed, name) {
			continue
		}
		before := c.Removed.from(id, role)
		role.Simulated = account.List[account.SimulatedAction]{} // of the policies that it had
		role.Attached, role.Inline = added.Attached, with(added.Inline, before.Inline, func(p account.InlinePolicy) string { return p.Name })
		if !exclusive {
			role.Attached = with(role.Attached, before.Attached, func(p account.AttachedPolicy) string { return p.ARN })
		}
		changed[name] = role
	}
	return changed
}

// listsAll reports whether code lists all managed policies of a role, so that others are detached.
func (c *Code) listsAll(id, role string) bool {
	return slices.ContainsFunc(c.Exclusive, func(e Exclusive) bool { return e.Account == id && e.Role == role })
}

// with adds the items of another list that a list lacks.
func with[T any](list, other account.List[T], name func(T) string) account.List[T] {
	for _, item := range other.Items() {
		if !slices.ContainsFunc(list.Items(), func(have T) bool { return name(have) == name(item) }) {
			list = list.With(item)
		}
	}
	if list.Err() == nil && other.Err() != nil {
		var why account.Unread
		errors.As(other.Err(), &why)
		return account.Partial(list.Items(), why)
	}
	return list
}
