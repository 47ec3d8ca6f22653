package checks_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/fixtures"
	"github.com/iblint/iblint/internal/source/recorded"
)

// There is always an account that the policy does not name.
func TestStrangerToManyAccounts(t *testing.T) {
	var ids []string
	for digit := range 10 {
		d := fmt.Sprint(digit)
		ids = append(ids, strings.Repeat(d, 12), "1"+strings.Repeat(d, 10)+"2")
	}
	ids = append(ids, "271828182845")
	for operator, want := range map[string]checks.Status{"StringEquals": checks.Pass, "StringNotEquals": checks.Warn} {
		inv, err := recorded.Parse("demo", fixtures.Demo)
		if err != nil {
			t.Fatal(err)
		}
		inv.Owners[0].Destinations = inv.Owners[0].Destinations[:1]
		named := ids
		if want == checks.Pass {
			named = append([]string{"222233334444", "111122223333"}, ids...)
		}
		roles := inv.Accounts["222233334444"].Roles
		role, _, _ := roles["Ec2ImageBuilderCrossAccountLifecycleAccess"].Get()
		role.Trust = account.Present(`{"Statement":{"Effect":"Allow","Principal":{"Service":"imagebuilder.amazonaws.com"},"Action":"sts:AssumeRole",` +
			`"Condition":{"` + operator + `":{"aws:SourceAccount":["` + strings.Join(named, `","`) + `"]}}}}`)
		roles["Ec2ImageBuilderCrossAccountLifecycleAccess"] = account.Present(role)
		for f := range checks.Judge(inv, []checks.Check{checks.CrossAccountRoleTrust}) {
			if f.Status != want {
				t.Errorf("%s: %s, %s", operator, f.Status, f.Message)
			}
		}
	}
}
