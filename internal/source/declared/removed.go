package declared

import (
	"errors"
	"slices"

	"github.com/iblint/iblint/checks/account"
)

// Removed is what is there until the deployment deletes it.
type Removed struct {
	Roles       []RoleName
	Attachments []Attachment
	Policies    []RolePolicy // inline policies
}

// RoleName names a role.
type RoleName struct{ Account, Name string }

// Remove notes what is in past and no longer in c.
func (c *Code) Remove(past Code) {
	kept := map[any]bool{}
	for _, r := range c.Roles {
		kept[RoleName{r.Account, r.Name}] = true
		for _, arn := range r.Attached {
			kept[attachmentKey{r.Account, r.Name, arn}] = true
		}
		for _, p := range r.Inline {
			kept[inlineKey{r.Account, r.Name, p.Name}] = true
		}
	}
	for _, a := range c.Attachments {
		kept[attachmentKey{a.Account, a.Role, a.Policy}] = true
	}
	for _, p := range c.RolePolicies {
		kept[inlineKey{p.Account, p.Role, p.Name}] = true
	}
	for _, r := range past.Roles {
		if name := (RoleName{r.Account, r.Name}); !kept[name] {
			c.Removed.Roles = append(c.Removed.Roles, name)
		}
	}
	for _, a := range past.Attachments {
		if !kept[attachmentKey{a.Account, a.Role, a.Policy}] {
			c.Removed.Attachments = append(c.Removed.Attachments, a)
		}
	}
	for _, p := range past.RolePolicies {
		if !kept[inlineKey{p.Account, p.Role, p.Name}] {
			c.Removed.Policies = append(c.Removed.Policies, p)
		}
	}
}

type (
	attachmentKey struct{ account, role, policy string }
	inlineKey     struct{ account, role, name string }
)

func (r *Removed) add(other Removed) {
	r.Roles = append(r.Roles, other.Roles...)
	r.Attachments = append(r.Attachments, other.Attachments...)
	r.Policies = append(r.Policies, other.Policies...)
}

// roles marks the roles that are deleted as absent, unless something declares them.
func (r *Removed) roles(inv *account.Inventory) {
	for _, one := range r.Roles {
		if roles := at(inv, one.Account).Roles; roles[one.Name].IsZero() {
			roles[one.Name] = account.Absent[account.Role]()
		}
	}
}

// from takes what is detached from a role that was read.
func (r *Removed) from(id string, role account.Role) account.Role {
	role.Attached = without(role.Attached, func(p account.AttachedPolicy) bool {
		return slices.ContainsFunc(r.Attachments, func(a Attachment) bool {
			return a.Account == id && a.Role == role.Name && a.Policy == p.ARN
		})
	})
	role.Inline = without(role.Inline, func(p account.InlinePolicy) bool {
		return slices.ContainsFunc(r.Policies, func(one RolePolicy) bool {
			return one.Account == id && one.Role == role.Name && one.Name == p.Name
		})
	})
	return role
}

// without is a list without some of its items.
func without[T any](list account.List[T], gone func(T) bool) account.List[T] {
	if !slices.ContainsFunc(list.Items(), gone) {
		return list
	}
	items := slices.DeleteFunc(slices.Clone(list.Items()), gone)
	var why account.Unread
	if errors.As(list.Err(), &why) {
		return account.Partial(items, why)
	}
	return account.Complete(items)
}

// touched are the names of the roles of an account from which something is detached.
func (r *Removed) touched(id string) (names []string) {
	for _, a := range r.Attachments {
		if a.Account == id {
			names = append(names, a.Role)
		}
	}
	for _, p := range r.Policies {
		if p.Account == id {
			names = append(names, p.Role)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
