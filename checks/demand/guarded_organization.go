package demand

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks/account"
)

// GuardedOrganization is an organization and those of its accounts in which
// lifecycle management uses roles.
type GuardedOrganization struct {
	Partition string
	account.Membership
	*account.Guardrails
	Members []GuardedAccount

	// MembersUnread is why there may be more of its accounts, or of the roles in them;
	// nil: these are all.
	MembersUnread error

	view *View
}

// GuardedAccount is an account of an organization in which roles are used, or may be. The roles are
// found when they are asked for: an organization has thousands of accounts.
type GuardedAccount struct {
	Account string

	view *View
}

// ExecutionRoles are the execution roles that lifecycle management uses in the account.
func (a GuardedAccount) ExecutionRoles() []ExecutionRole {
	roles, _ := a.view.ExecutionRoles(a.Account)
	return slices.DeleteFunc(roles, func(r ExecutionRole) bool { return r.Unneeded != "" })
}

// Destinations are the account as a destination, if AMIs of owners are in it.
func (a GuardedAccount) Destinations() []Destination {
	destinations, _ := a.view.Destinations(a.Account)
	return slices.DeleteFunc(destinations, func(d Destination) bool { return len(d.Owners) == 0 })
}

// Subject names the organization. Its account is the management account, which alone
// can change the guardrails. If that is not known, it is the first of the members.
func (o GuardedOrganization) Subject() account.Subject {
	s := account.Subject{Partition: o.Partition, Account: o.reportedFor(), Type: string(account.OrganizationKind), Name: cmp.Or(o.Organization, "guardrails")}
	if o.Organization != "" {
		s.ARN = "arn:" + o.Partition + ":organizations::" + o.ManagementAccount + ":organization/" + o.Organization
	}
	return s
}

// reportedFor is the account that a report lists the organization under.
func (o GuardedOrganization) reportedFor() string {
	return cmp.Or(o.ManagementAccount, o.Members[0].Account)
}

// NamedBy returns the accounts that are in it.
func (o GuardedOrganization) NamedBy() []string {
	var ids []string
	for _, m := range o.Members {
		ids = append(ids, m.Account)
	}
	return []string{"accounts of the organization: " + strings.Join(ids, ", ")}
}

// Path is the path of an account in the organization, such as
// o-exampleorg/r-exam/ou-exam-workload/, as condition keys have it (IAM User Guide, "View
// last accessed information for Organizations"). It is empty if it is not known.
func (o GuardedOrganization) Path(id string) string {
	if o.Guardrails == nil || o.Given || o.Organization == "" {
		return ""
	}
	path := ""
	for target, n := id, 0; n <= account.MaxLevels; n++ {
		parent, found, err := o.Parents[target].Get()
		switch {
		case err != nil:
			return ""
		case !found && target == id: // an account is not the root
			return ""
		case !found:
			return o.Organization + "/" + path
		}
		target, path = parent, parent+"/"+path
	}
	return ""
}

// SourceOrganization is the organization of another account, as far as it is known.
func (o GuardedOrganization) SourceOrganization(id string) account.Read[account.Membership] {
	return account.MembershipOf(o.view.account(id))
}

// GuardedOrganizations are the organizations of which this is the management
// account. The error joins why the organizations of accounts are not known.
func (view *View) GuardedOrganizations(id string) ([]GuardedOrganization, error) {
	all := view.organizations()
	return all.byAccount[id], errors.Join(all.gaps[id]...)
}

// RolesUnread is why an owner may have roles, or destinations with roles, that are
// not known; nil: all are.
func (view *View) RolesUnread(id string) error {
	if len(view.owners(id)) == 0 {
		return nil
	}
	_, roles := view.ExecutionRoles(id)
	_, destinations := view.Destinations(id)
	for _, gap := range append(account.Gaps(roles), account.Gaps(destinations)...) {
		if _, ok := applicable(gap); !ok {
			continue
		}
		if why, ok := unreadIn(gap); ok {
			return why
		}
	}
	return nil
}

type guarded struct {
	byAccount map[string][]GuardedOrganization
	gaps      map[string][]error
}

// joinOrganizations joins the accounts in which roles are used by organization.
func (view *View) joinOrganizations() guarded {
	all := guarded{map[string][]GuardedOrganization{}, map[string][]error{}}
	byID := map[string]*GuardedOrganization{}
	unknown := map[account.Unread][]string{}     // accounts by why their organization is not known, in short
	whole := map[account.Unread]account.Unread{} // that of the first of them
	for _, id := range view.accountsWithSubjects() {
		member := GuardedAccount{id, view}
		used, unread := len(member.ExecutionRoles())+len(member.Destinations()) > 0, view.RolesUnread(id)
		if !used && unread == nil {
			continue
		}
		m, found, err := account.MembershipOf(view.account(id)).Get()
		var why account.Unread
		isWhy := errors.As(err, &why)
		switch {
		case !used && !found && (err == nil || why.Reason == account.NotCollected):
			continue // other findings say which roles there may be
		case isWhy:
			short := why
			short.Detail = "" // AWS names the account in it
			if unknown[short] == nil {
				whole[short] = why
			}
			unknown[short] = append(unknown[short], id)
			continue
		case !found:
			all.gaps[id] = append(all.gaps[id], &account.Undiscovered{
				Subject: view.aboutGuardrails(id), NotApplicable: true,
				Message: "account " + id + " is in no organization, so no guardrail limits it",
				Short:   "in no organization, so without guardrails",
			})
			continue
		}
		o := byID[m.Organization]
		if o == nil {
			o = &GuardedOrganization{Partition: view.partition(account.Owner{Account: id}), Membership: m, Guardrails: view.Guardrails[m.Organization], view: view}
			byID[m.Organization] = o
		}
		o.Members = append(o.Members, member)
		if unread != nil && o.MembersUnread == nil {
			o.MembersUnread = unread
		}
	}
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		o := byID[id]
		for _, why := range whole {
			if why.Reason != account.NotCollected && (o.MembersUnread == nil || why.Error() < o.MembersUnread.Error()) {
				o.MembersUnread = why
			}
		}
		all.byAccount[o.reportedFor()] = append(all.byAccount[o.reportedFor()], *o)
	}
	for short, ids := range unknown { // each reason is reported once
		why := whole[short]
		gap := &account.Undiscovered{
			Subject: view.aboutGuardrails(ids[0]), Why: why, NotApplicable: why.Reason == account.NotCollected,
			Message: "guardrails not evaluated: the organization of " + strings.Join(ids, ", ") + " is not known",
		}
		all.gaps[ids[0]] = append(all.gaps[ids[0]], gap)
	}
	return all
}

// aboutGuardrails is the subject where the organization of an account is not known.
func (view *View) aboutGuardrails(id string) account.Subject {
	return account.Subject{Partition: view.partition(account.Owner{Account: id}), Account: id, Type: string(account.OrganizationKind), Name: "guardrails"}
}
