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

// StandIn stands for the subjects of a kind in an account, when nobody looks which
// they are; not ok where there can be none.
func (view *View) StandIn(id string, kind Kind) (s Subject, ok bool) {
	switch kind {
	case DestinationKind:
		all := view.destinations()
		ok = all.byAccount[id] != nil || len(all.gaps[id]) > 0
	case OrganizationKind:
		_, ok = view.organizations().byAccount[id]
	default:
		ok = len(view.owners(id)) > 0
	}
	return Subject{Partition: view.partition(Owner{Account: id}), Account: id, Type: string(kind), Name: "not evaluated"}, ok
}

// partition of an owner: as read, else as its role ARNs or Regions tell.
func (view *View) partition(o Owner) string {
	if a := view.account(o.Account); a != nil && a.Partition != "" {
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
