package declared

import (
	"errors"
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
	for id, have := range read.Accounts {
		for _, name := range c.Removed.touched(id) {
			role, found, _ := have.Roles[name].Get()
			if roles := at(declared, id).Roles; found && roles[name].IsZero() {
				roles[name] = account.Present(c.Removed.from(id, role))
			}
		}
	}
	for id, a := range declared.Accounts {
		have := read.Accounts[id]
		if have == nil {
			continue
		}
		if !have.RoleNames.IsZero() {
			a.RoleNames = account.List[account.RoleName]{}
		}
		for name, role := range a.Roles {
			a.Roles[name] = c.overRole(id, have.Roles[name], role)
		}
		for _, r := range c.Repositories {
			if _, known := have.RepositoryPolicies[r.Region][r.Name]; known && r.Account == id && c.repositoryPolicy(r) == account.Absent[string]() {
				delete(a.RepositoryPolicies[r.Region], r.Name)
			}
		}
	}
	merged := account.Merge(read, declared)
	c.Limit(merged)
	return merged
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
	return account.Present(after)
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
