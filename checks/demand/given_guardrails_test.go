package demand_test

import (
	"slices"
	"testing"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
)

// Guardrails of one account alone are all that limits it: above them is nothing. Those for all
// accounts are above.
func TestGivenGuardrailsOfOneAccount(t *testing.T) {
	given := func(target string) demand.GivenLevel {
		return demand.GivenLevel{Type: account.ServiceControlPolicy, Target: target, Policies: []account.Guardrail{{Name: "p"}}}
	}
	for name, test := range map[string]struct {
		given  []demand.GivenLevel
		levels int
		idle   []string
	}{
		"the account's":                  {[]demand.GivenLevel{given(lawOwner)}, 1, nil},
		"all accounts'":                  {[]demand.GivenLevel{given("root")}, 2, nil},
		"both":                           {[]demand.GivenLevel{given("root"), given("unit"), given(lawOwner)}, 3, nil},
		"of an account without subjects": {[]demand.GivenLevel{given(lawDestination), given(lawDestination)}, 1, []string{lawDestination}},
	} {
		inv := &account.Inventory{Owners: []account.Owner{{Account: lawOwner, ExecutionRoles: []string{"L"}}}, Accounts: map[string]*account.Account{}}
		idle := demand.LimitBy(inv, test.given)
		levels, err := inv.Guardrails[""].Levels(lawOwner, account.ServiceControlPolicy)
		if err != nil || len(levels) != test.levels || !slices.Equal(idle, test.idle) {
			t.Errorf("%s: %+v, idle %q, %v", name, levels, idle, err)
		}
	}
}
