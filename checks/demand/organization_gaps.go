package demand

import (
	"cmp"
	"errors"
	"slices"

	"github.com/iblint/iblint/checks/account"
)

// OrganizationGaps say, about an account, that the accounts of the organization
// could not all be listed, or that this one of them is not checked.
func (view *View) OrganizationGaps(id string, kind account.Kind) (gaps []error) {
	if view.Organization == nil {
		return nil
	}
	subject := account.Subject{Partition: view.partition(account.Owner{Account: id}), Account: id, Type: string(account.OrganizationKind), Name: "accounts of the organization"}
	var why account.Unread
	if id == view.Organization.Account && errors.As(view.Organization.Members.Err(), &why) {
		s := subject
		s.Type = string(kind)
		gaps = append(gaps, &account.Undiscovered{Subject: s, Message: "the accounts of the organization could not all be listed, so that there may be more", Why: why})
	}
	members := view.Organization.Members.Items()
	i, found := slices.BinarySearchFunc(members, id, func(m account.Member, id string) int { return cmp.Compare(m.Account, id) })
	if found && !members[i].Looked() && len(view.owners(id)) == 0 { // it may be named besides
		subject.Name = "account of the organization"
		message := "the account is " + members[i].State + " in the organization and was not asked what it builds"
		short := "not checked: " + members[i].State + " in the organization"
		if members[i].Excluded {
			message, short = "the account was excluded, and not asked what it builds", "excluded"
		}
		gaps = append(gaps, &account.Undiscovered{Subject: subject, Message: message, Short: short, NotApplicable: true})
	}
	return gaps
}
