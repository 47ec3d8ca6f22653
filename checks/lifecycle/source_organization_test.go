package lifecycle_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
)

// A resource control policy that keeps other organizations out asks whose account
// aws:SourceAccount is: the guide's reading decides, and the sample's is told.
func TestGuardrailsUnderEachReading(t *testing.T) {
	for meaning, want := range map[account.SourceAccountMeaning]checks.Status{
		account.Unsettled: checks.Pass, account.MeansDestination: checks.Pass, account.MeansOwner: checks.Fail, account.MeansEither: checks.Pass,
	} {
		inv := copyOf(t, recordings(t)["resource-control-policies"])
		inv.SourceAccountMeans = meaning
		inv.Owners = slices.DeleteFunc(inv.Owners, func(o account.Owner) bool { return o.Account != "100000000001" })
		inv.Accounts["100000000001"].Membership = account.Present(account.Membership{Organization: "o-other", ManagementAccount: "100000000001"})
		judged, told := false, false
		for f := range checks.Evaluate(inv, []checks.Check{lifecycle.OrganizationGuardrails}) {
			if f.Subject.Name != "o-open" {
				continue
			}
			judged = true
			if f.Status != want {
				t.Errorf("%q: %s: %s", meaning, f.Status, f.Message)
			}
			told = slices.ContainsFunc(f.Evidence, func(e string) bool {
				return strings.HasPrefix(e, "were aws:SourceAccount the owner, as AWS's sample reads it: ") && strings.Contains(e, "denied")
			})
		}
		if !judged || told != (meaning == account.Unsettled) {
			t.Errorf("%q: judged %v, the other reading told %v", meaning, judged, told)
		}
	}
}
