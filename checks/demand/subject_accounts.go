package demand

import (
	"maps"
	"slices"

	"github.com/iblint/iblint/checks/account"
)

// SubjectAccounts are the accounts that something may be said about, sorted.
func (view *View) SubjectAccounts() []string {
	ids := view.accountsWithSubjects()
	ids = append(ids, slices.Collect(maps.Keys(view.organizations().byAccount))...)
	slices.Sort(ids)
	return slices.Compact(ids)
}

// accountsWithSubjects are those that have roles and repositories of their own, or
// may have some.
func (view *View) accountsWithSubjects() []string {
	ids := map[string]bool{}
	for _, o := range view.Owners {
		ids[o.Account] = true
	}
	if view.Organization != nil {
		ids[view.Organization.Account] = true
		for _, m := range view.Organization.Members.Items() {
			ids[m.Account] = true
		}
	}
	all := view.destinations()
	for id := range all.byAccount {
		ids[id] = true
	}
	for id := range all.gaps {
		ids[id] = true
	}
	return slices.Sorted(maps.Keys(ids))
}

// StandIn stands for the subjects of a kind in an account if the check was not evaluated.
// It is not ok if there can be none.
func (view *View) StandIn(id string, kind account.Kind) (s account.Subject, ok bool) {
	switch kind {
	case account.DestinationKind:
		all := view.destinations()
		ok = all.byAccount[id] != nil || len(all.gaps[id]) > 0
	case account.OrganizationKind:
		_, ok = view.organizations().byAccount[id]
	default:
		ok = len(view.owners(id)) > 0
	}
	return account.Subject{Partition: view.partition(account.Owner{Account: id}), Account: id, Type: string(kind), Name: "not evaluated"}, ok
}

// partition of an owner: as read, or else from its role ARNs or Regions.
func (view *View) partition(o account.Owner) string {
	if a := view.account(o.Account); a != nil && a.Partition != "" {
		return a.Partition
	}
	for _, ref := range o.ExecutionRoles {
		if r, ok := account.ParseRoleReference(ref); ok && r.Account == o.Account {
			return r.Partition
		}
	}
	for _, region := range o.Regions {
		return account.PartitionOf(region)
	}
	for _, r := range o.Repositories {
		return account.PartitionOf(r.Region)
	}
	return "aws"
}
