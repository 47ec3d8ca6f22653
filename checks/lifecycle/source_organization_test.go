package lifecycle_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
)

// A resource control policy that denies other organizations depends on which account
// aws:SourceAccount is. The guide's reading decides, and the evidence has the sample's.
func TestGuardrailsUnderEachReading(t *testing.T) {
	for meaning, want := range map[account.SourceAccountMeaning]checks.Status{
		account.Unsettled: checks.Pass, account.MeansDestination: checks.Pass, account.MeansOwner: checks.Fail, account.MeansEither: checks.Pass,
	} {
		inv := recording(t, "resource-control-policies")
		inv.SourceAccountMeans = meaning
		inv.Owners = slices.DeleteFunc(inv.Owners, func(o account.Owner) bool { return o.Account != "100000000001" })
		inv.Accounts["100000000001"].Membership = account.Present(account.Membership{Organization: "o-other", ManagementAccount: "100000000001"})
		evaluated, reported := false, false
		for f := range checks.Evaluate(inv, []checks.Check{lifecycle.OrganizationGuardrails}) {
			if f.Subject.Name != "o-open" {
				continue
			}
			evaluated = true
			if f.Status != want {
				t.Errorf("%q: %s: %s", meaning, f.Status, f.Message)
			}
			reported = slices.ContainsFunc(f.Evidence, func(e string) bool {
				return strings.HasPrefix(e, "with the owner as aws:SourceAccount, as in AWS's sample: ") && strings.Contains(e, "denied")
			})
		}
		if !evaluated || reported != (meaning == account.Unsettled) {
			t.Errorf("%q: evaluated %v, other reading reported %v", meaning, evaluated, reported)
		}
	}
}
