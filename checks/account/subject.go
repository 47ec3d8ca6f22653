package account

import (
	"maps"
	"slices"
)

// Kind is a kind of subject.
type Kind string

// The kinds of subjects, as findings name them.
const (
	ExecutionRoleKind   Kind = "execution-role"
	DestinationKind     Kind = "destination-account"
	RepositoryKind      Kind = "ecr-repository"
	LifecyclePolicyKind Kind = "lifecycle-policy" // asked for together with the execution roles

	RegionKind       Kind = "region"       // where a whole Region, or Image Builder in it, is what is told of
	OrganizationKind Kind = "organization" // where its list of accounts is
)

// Subject is the thing one would change, as a finding names it.
type Subject struct {
	Partition string `json:"partition"`
	Account   string `json:"account"`
	Region    string `json:"region,omitempty"` // empty for global services
	Type      string `json:"type"`             // a Kind
	Name      string `json:"name"`
	ARN       string `json:"arn"`
}

// SubjectAccounts are the accounts that something may be said about, sorted.
func (inv *Inventory) SubjectAccounts() []string {
	ids := inv.accountsWithSubjects()
	ids = append(ids, slices.Collect(maps.Keys(inv.allOrganizations().byAccount))...)
	slices.Sort(ids)
	return slices.Compact(ids)
}

// accountsWithSubjects are those that have roles and repositories of their own, or
// may have some.
func (inv *Inventory) accountsWithSubjects() []string {
	ids := map[string]bool{}
	for _, o := range inv.Owners {
		ids[o.Account] = true
	}
	if inv.Organization != nil {
		ids[inv.Organization.Account] = true
		for _, m := range inv.Organization.Members.Items() {
			ids[m.Account] = true
		}
	}
	all := inv.allDestinations()
	for id := range all.byAccount {
		ids[id] = true
	}
	for id := range all.gaps {
		ids[id] = true
	}
	return slices.Sorted(maps.Keys(ids))
}

// StandIn stands for the subjects of a kind in an account, when nobody looks which
// they are; not ok where there can be none.
func (inv *Inventory) StandIn(id string, kind Kind) (s Subject, ok bool) {
	switch kind {
	case DestinationKind:
		all := inv.allDestinations()
		ok = all.byAccount[id] != nil || len(all.gaps[id]) > 0
	case OrganizationKind:
		_, ok = inv.allOrganizations().byAccount[id]
	default:
		ok = len(inv.owners(id)) > 0
	}
	return Subject{Partition: inv.partition(Owner{Account: id}), Account: id, Type: string(kind), Name: "not evaluated"}, ok
}

// partition of an owner: as read, else as its role ARNs or Regions tell.
func (inv *Inventory) partition(o Owner) string {
	if a := inv.account(o.Account); a != nil && a.Partition != "" {
		return a.Partition
	}
	for _, ref := range o.ExecutionRoles {
		if r, ok := ParseRoleReference(ref); ok && r.Account == o.Account {
			return r.Partition
		}
	}
	for _, region := range o.Regions {
		return PartitionOf(region)
	}
	for _, r := range o.Repositories {
		return PartitionOf(r.Region)
	}
	return "aws"
}
