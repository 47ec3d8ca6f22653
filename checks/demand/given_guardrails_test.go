package demand_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
)

// Guardrails of one account alone are all that limits it: above them is nothing. Those for all
// accounts are above.
func TestGivenGuardrailsOfOneAccount(t *testing.T) {
	given := func(target string) demand.GivenLevel {
		return demand.GivenLevel{Type: account.ServiceControlPolicy, Target: target, Policies: []account.Guardrail{{Name: "p"}, {Name: "q"}}}
	}
	for name, test := range map[string]struct {
		given []demand.GivenLevel
		want  string // the policies, from the root down
		idle  []string
	}{
		"the account's":                  {[]demand.GivenLevel{given(lawOwner)}, "[[" + lawOwner + "/1.1 " + lawOwner + "/1.2]]", nil},
		"all accounts'":                  {[]demand.GivenLevel{given("root")}, "[[root/1.1 root/1.2] [(everything)SERVICE_CONTROL_POLICY]]", nil},
		"both":                           {[]demand.GivenLevel{given("root"), given("unit"), given(lawOwner)}, "[[root/1.1 root/1.2] [unit/2.1 unit/2.2] [" + lawOwner + "/3.1 " + lawOwner + "/3.2]]", nil},
		"of an account without subjects": {[]demand.GivenLevel{given(lawDestination), given(lawDestination)}, "[[(everything)SERVICE_CONTROL_POLICY]]", []string{lawDestination}},
	} {
		inv := &account.Inventory{Owners: []account.Owner{{Account: lawOwner, ExecutionRoles: []string{"L"}}}, Accounts: map[string]*account.Account{}}
		idle := demand.LimitBy(inv, test.given)
		levels, err := inv.Guardrails[""].Levels(lawOwner, account.ServiceControlPolicy)
		var got [][]string
		for _, l := range levels {
			var ids []string
			for _, p := range l.Policies {
				ids = append(ids, p.ID)
			}
			got = append(got, ids)
		}
		if err != nil || fmt.Sprint(got) != test.want || !slices.Equal(idle, test.idle) {
			t.Errorf("%s: %v, idle %q, %v", name, got, idle, err)
		}
	}
}
