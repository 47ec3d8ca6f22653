package authorization

import (
	"errors"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/source"
)

const role = `{"Path":"/","RoleName":"L","Arn":"arn:aws:iam::111122223333:role/L","AssumeRolePolicyDocument":{"Version":"2012-10-17","Statement":[]},"RolePolicyList":[],"AttachedManagedPolicies":[]}`

// Pages of one account are one account, which is whole only if no page says that there is more.
func TestPagesOfOneAccount(t *testing.T) {
	first := strings.Replace(role, `"L"`, `"First"`, 1)
	for name, c := range map[string]struct {
		pages []string
		whole bool
	}{
		"one":               {[]string{`{"RoleDetailList":[` + role + `]}`}, true},
		"first and last":    {[]string{`{"RoleDetailList":[` + first + `],"IsTruncated":true,"Marker":"a"}`, `{"RoleDetailList":[` + role + `]}`}, false},
		"last before first": {[]string{`{"RoleDetailList":[` + role + `]}`, `{"RoleDetailList":[` + first + `],"NextToken":"a"}`}, false},
	} {
		inv := &account.Inventory{Accounts: map[string]*account.Account{}}
		for _, page := range c.pages {
			if err := add(inv, "", name, []byte(page)); err != nil {
				t.Fatal(err)
			}
		}
		a := inv.Accounts["111122223333"]
		if len(a.Roles) != len(c.pages) || len(a.RoleNames.Items()) != len(c.pages) {
			t.Errorf("%s: %d roles", name, len(a.Roles))
		}
		if _, found, err := a.Role("Other").Get(); found || (err == nil) != c.whole {
			t.Errorf("%s: another role: found %v, %v", name, found, err)
		}
		if (a.RoleNames.Err() == nil) != c.whole {
			t.Errorf("%s: the names of all roles: %v", name, a.RoleNames.Err())
		}
	}
}

// Whatever a file holds: it is refused as input, or it is judged.
func FuzzAdd(f *testing.F) {
	f.Add([]byte(`{"RoleDetailList":[` + role + `]}`))
	f.Add([]byte(`{"RoleDetailList":[],"UserDetailList":[{"Arn":"arn:aws:iam::111122223333:user/u"}],"IsTruncated":true}`))
	f.Add([]byte(strings.Replace(role, `{"Version":"2012-10-17","Statement":[]}`, `"%7B%22Statement%22%3A%5B%5D%7D"`, 1)))
	f.Fuzz(func(t *testing.T, data []byte) {
		inv := &account.Inventory{Accounts: map[string]*account.Account{}}
		if err := add(inv, "111122223333", "fuzz", data); err != nil {
			var input *source.InputError
			if !errors.As(err, &input) {
				t.Errorf("error %q is not about the input", err)
			}
			return
		}
		inv.Owners = []account.Owner{{Account: "111122223333", ExecutionRoles: []string{"L"}, Destinations: []account.Target{{Account: "222233334444"}}}}
		for finding := range checks.Run(inv, checks.All()).Findings() {
			if strings.Contains(finding.Message, "fault of iblint") {
				t.Errorf("%s panicked: %s", finding.Check.ID, finding.Message)
			}
		}
	})
}
