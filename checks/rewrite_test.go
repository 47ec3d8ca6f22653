package checks_test

import (
	"strings"
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
)

// After Rewrite a suppression matches the same findings, although its pattern does not match
// the new names. The finding has the rewritten suppression.
func TestSuppressionsMatchAfterRewrite(t *testing.T) {
	inv := &account.Inventory{
		Owners: []account.Owner{{Account: "111122223333", Regions: []string{"eu-west-1"}, ExecutionRoles: []string{"Lifecycle"}}},
		Accounts: map[string]*account.Account{"111122223333": {Partition: "aws", Roles: map[string]account.Read[account.Role]{
			"Lifecycle": account.Absent[account.Role](),
		}}},
	}
	suppression := checks.Suppression{Check: "execution-role-exists", Subject: "*role/Life*", Owner: "Lifecycle team", Expires: "2099-01-31"}
	result := checks.Run(inv, lifecycle.All(), suppression).Rewrite(inv, func(text string) string { return strings.ReplaceAll(text, "Life", "name-1") })
	suppressed := 0
	for f := range result.Findings() {
		if f.Suppressed() {
			suppressed++
			if f.Suppression.Owner != "name-1cycle team" {
				t.Errorf("the finding shows the owner %q", f.Suppression.Owner)
			}
		}
	}
	if suppressed != result.Summary.Suppressed || suppressed != 1 {
		t.Errorf("%d findings are suppressed, the summary says %d", suppressed, result.Summary.Suppressed)
	}
}

// Each Rewrite applies to the texts of the one before. The fix as it was found stays.
func TestRewriteTwice(t *testing.T) {
	inv := &account.Inventory{
		Owners:   []account.Owner{{Account: "111122223333", Regions: []string{"eu-west-1"}, ExecutionRoles: []string{"Lifecycle"}}},
		Accounts: map[string]*account.Account{"111122223333": {Partition: "aws", Roles: map[string]account.Read[account.Role]{"Lifecycle": account.Absent[account.Role]()}}},
	}
	result := checks.Run(inv, []checks.Check{lifecycle.ExecutionRoleExists})
	for f := range result.Findings() {
		if f.OriginalFix() == nil || f.OriginalFix().Changes[0].Role != f.Fix().Changes[0].Role {
			t.Errorf("without Rewrite: %+v", f.OriginalFix())
		}
	}
	replace := func(from, to string) func(string) string {
		return func(text string) string { return strings.ReplaceAll(text, from, to) }
	}
	for f := range result.Rewrite(inv, replace("Lifecycle", "first")).Rewrite(inv, replace("first", "second")).Findings() {
		if !strings.Contains(f.Message, "second") || f.Fix().Changes[0].Role != "second" || f.OriginalFix().Changes[0].Role != "Lifecycle" {
			t.Errorf("%s: %+v, found as %+v", f.Message, f.Fix(), f.OriginalFix())
		}
	}
}
