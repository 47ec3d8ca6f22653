package account

import (
	"cmp"
	"errors"
	"slices"
)

// Organization is what was read of an organization in AWS Organizations.
type Organization struct {
	Account string       `json:"account"` // whose credentials listed it
	Members List[Member] `json:"members,omitzero"`
}

// Member is an account of an organization, as ListAccounts shows it.
type Member struct {
	Account string `json:"account"`
	Name    string `json:"name"`
	State   string `json:"state"` // ACTIVE, SUSPENDED, …

	Excluded bool `json:"excluded,omitempty"` // by whoever asked
}

// activeState is the State of an account that can be used (Organizations API Reference, Account).
const activeState = "ACTIVE"

// Looked says whether the account is looked at.
func (m Member) Looked() bool { return m.State == activeState && !m.Excluded }

// OrganizationGaps say, about an account, that the accounts of the organization
// could not all be listed, or that this one of them is not looked at.
func (view *View) OrganizationGaps(id string, kind Kind) (gaps []error) {
	if view.Organization == nil {
		return nil
	}
	subject := Subject{Partition: view.partition(Owner{Account: id}), Account: id, Type: string(OrganizationKind), Name: "accounts of the organization"}
	var why Unread
	if id == view.Organization.Account && errors.As(view.Organization.Members.Err(), &why) {
		s := subject
		s.Type = string(kind)
		gaps = append(gaps, &Undiscovered{Subject: s, Message: "the accounts of the organization could not all be listed, so that there may be more", Why: why})
	}
	members := view.Organization.Members.Items()
	i, found := slices.BinarySearchFunc(members, id, func(m Member, id string) int { return cmp.Compare(m.Account, id) })
	if found && !members[i].Looked() && len(view.owners(id)) == 0 { // it may be named besides
		subject.Name = "account of the organization"
		message := "the account is " + members[i].State + " in the organization and was not asked what it builds"
		if members[i].Excluded {
			message = "the account was excluded, and not asked what it builds"
		}
		gaps = append(gaps, &Undiscovered{Subject: subject, Message: message, NotApplicable: true})
	}
	return gaps
}
