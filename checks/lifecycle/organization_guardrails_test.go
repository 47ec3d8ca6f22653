package lifecycle_test

import (
	"strings"
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/fixtures"
	"github.com/iblint/iblint/internal/source/recorded"
)

// If guardrails of one account could not be read, a guardrail that denies in it, or in
// another account, is still a failure.
func TestUnreadGuardrailsHideNoDenial(t *testing.T) {
	const owner, destination = "111122223333", "222233334444"
	unread := account.Unreadable[string](account.Unread{Reason: account.Throttled, Action: "organizations:ListParents"})
	for _, test := range []struct {
		unreadAt, deniedAt string
		want               checks.Status
	}{
		{owner, "", checks.Unknown},
		{owner, owner, checks.Fail},
		{owner, destination, checks.Fail},
		{destination, owner, checks.Fail},
		{"", "", checks.Pass},
	} {
		inv, err := recorded.Parse("demo", fixtures.Demo)
		if err != nil {
			t.Fatal(err)
		}
		inv.Owners[0].Destinations = inv.Owners[0].Destinations[:1]
		g := &account.Guardrails{
			Enabled: account.Present([]string{account.ServiceControlPolicy}),
			Parents: map[string]account.Read[string]{"r-1": account.Absent[string]()},
			Attached: map[string]map[string]account.List[string]{
				"r-1": {account.ServiceControlPolicy: account.Complete([]string{"p-allow"})},
			},
			Policies: map[string]account.Read[account.Guardrail]{
				"p-allow": account.Present(account.Guardrail{Document: `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`}),
				"p-deny":  account.Present(account.Guardrail{Document: `{"Statement":{"Effect":"Deny","Action":"ec2:DisableImage","Resource":"*"}}`}),
			},
		}
		for _, id := range []string{owner, destination} {
			inv.Accounts[id].Membership = account.Present(account.Membership{Organization: "o-exampleorg", ManagementAccount: "999988887777"})
			g.Parents[id] = account.Present("r-1")
			attached := []string{"p-allow"}
			if id == test.deniedAt {
				attached = append(attached, "p-deny")
			}
			g.Attached[id] = map[string]account.List[string]{account.ServiceControlPolicy: account.Complete(attached)}
		}
		if test.unreadAt != "" {
			g.Parents[test.unreadAt] = unread
		}
		inv.Guardrails = map[string]*account.Guardrails{"o-exampleorg": g}
		for f := range checks.Run(inv, []checks.Check{lifecycle.OrganizationGuardrails}).Findings() {
			if f.Status != test.want {
				t.Errorf("unread at %q, denied at %q: %s, %s", test.unreadAt, test.deniedAt, f.Status, f.Message)
			}
			// The exemption names the role of this account only.
			if arn := "arn:aws:iam::" + test.deniedAt + ":role/"; f.Status == checks.Fail && (f.Fix() == nil || !strings.Contains(f.Fix().Changes[0].After, arn)) {
				t.Errorf("denied at %q: %+v", test.deniedAt, f.Fix())
			} else if f.Status == checks.Fail && !strings.Contains(strings.Join(f.Fix().Cautions, "\n"), "exempts the role from a whole statement") {
				t.Errorf("denied at %q: %q", test.deniedAt, f.Fix().Cautions)
			}
		}
	}
}

// Guardrails that nothing tried to read are not evaluated. Those that AWS refuses are unknown.
func TestUncollectedGuardrailsAreSkipped(t *testing.T) {
	refused := account.Unread{Reason: account.AccessDenied, Action: "organizations:ListRoots"}
	for name, test := range map[string]struct {
		guardrails *account.Guardrails
		want       checks.Status
	}{
		"none":           {nil, checks.Skip},
		"empty":          {&account.Guardrails{}, checks.Skip},
		"refused":        {&account.Guardrails{Enabled: account.Unreadable[[]string](refused)}, checks.Unknown},
		"none in force":  {&account.Guardrails{Enabled: account.Present([]string{})}, checks.Pass},
		"parents absent": {&account.Guardrails{Enabled: account.Present([]string{account.ServiceControlPolicy})}, checks.Unknown},
	} {
		inv, err := recorded.Parse("demo", fixtures.Demo)
		if err != nil {
			t.Fatal(err)
		}
		inv.Guardrails = nil
		if test.guardrails != nil {
			inv.Guardrails = map[string]*account.Guardrails{"o-a1b2c3d4e5": test.guardrails}
		}
		for f := range checks.Run(inv, []checks.Check{lifecycle.OrganizationGuardrails}).Findings() {
			if f.Subject.ARN != "" && f.Status != test.want {
				t.Errorf("%s: %s, expected %s: %s", name, f.Status, test.want, f.Message)
			}
		}
	}
}
