package account_test

import (
	"strings"
	"testing"

	"github.com/iblint/iblint/checks/account"
)

// A recording comes from a file that anyone may have edited.
func TestValidateInventory(t *testing.T) {
	const id = "111122223333"
	of := func(a *account.Account) *account.Inventory {
		return &account.Inventory{Accounts: map[string]*account.Account{id: a}}
	}
	guarded := map[string]*account.Guardrails{"": {}}
	for want, inv := range map[string]*account.Inventory{
		"":                                   {},
		"sourceAccountMeans: ":               {SourceAccountMeans: "anyone"},
		"organization: expected account IDs": {Organization: &account.Organization{Account: "o-1"}},
		"organization.members: expected the accounts in": {Organization: &account.Organization{Account: id, Members: account.Complete([]account.Member{{Account: "222233334444"}, {Account: id}})}},
		"guardrails[]: expected the ID":                  {Guardrails: guarded, Accounts: map[string]*account.Account{id: nil}},
		"guardrails[o-1]: expected the ID":               {Guardrails: map[string]*account.Guardrails{"o-1": nil}},
		"accounts[111122223333]: expected an object":     of(nil),
		`accounts[111122223333].otherRoles: expected "a`: of(&account.Account{OtherRoles: account.Present(account.Role{})}),
	} {
		err := inv.Validate()
		if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	// Guardrails of no organization are those that the user gave for an account.
	given := of(&account.Account{Membership: account.Present(account.Membership{})})
	if given.Guardrails = guarded; given.Validate() != nil {
		t.Error(given.Validate())
	}
}

func TestReasonsInWords(t *testing.T) {
	if got := (account.Unread{Reason: "of a later version"}).Error(); !strings.Contains(got, "of a later version") {
		t.Errorf("an unknown reason is not shown: %q", got)
	}
	if parts := account.Kind("of a later version").Parts(); parts != nil {
		t.Errorf("an unknown kind has the parts %v", parts)
	}
}
