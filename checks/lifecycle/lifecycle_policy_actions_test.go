package lifecycle_test

import (
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/fixtures"
	"github.com/iblint/iblint/internal/source/recorded"
)

// A rule with an action that iblint does not know is unknown, and so are the permissions
// that it needs.
func TestUnknownRuleAction(t *testing.T) {
	for _, test := range []struct {
		action, deny         string
		actions, permissions checks.Status
	}{
		{"DISABLE", "ec2:DeregisterImage", checks.Pass, checks.Pass},
		{"ARCHIVE", "ec2:DeregisterImage", checks.Unknown, checks.Unknown},
		{"ARCHIVE", "ec2:TerminateInstances", checks.Unknown, checks.Pass},
	} {
		inv, err := recorded.Parse("demo", fixtures.Demo)
		if err != nil {
			t.Fatal(err)
		}
		inv.Owners[0].Destinations = nil
		role, _, _ := inv.Accounts["111122223333"].Roles["ImageBuilderLifecycle"].Get()
		role.Inline = account.Complete([]account.InlinePolicy{{Name: "x", Document: account.Present(`{"Statement":{"Effect":"Deny","Action":"` + test.deny + `","Resource":"*"}}`)}})
		inv.Accounts["111122223333"].Roles["ImageBuilderLifecycle"] = account.Present(role)
		inv.Accounts["111122223333"].ImageBuilder = map[string]*account.ImageBuilder{"eu-west-1": {
			LifecyclePolicies: account.Complete([]account.LifecyclePolicy{{
				Name: "p", Status: "ENABLED", ExecutionRole: "ImageBuilderLifecycle", ResourceType: account.AMIImage,
				Rules:     account.Present([]account.LifecycleRule{{Action: test.action, AMIs: true}}),
				Selection: account.Present(account.Selection{}),
			}}),
		}}
		for f := range checks.Evaluate(inv, []checks.Check{lifecycle.LifecyclePolicyActions, lifecycle.ExecutionRolePermissions}) {
			want := test.actions
			if f.Check.ID == lifecycle.ExecutionRolePermissions.ID {
				want = test.permissions
			}
			if f.Status != want {
				t.Errorf("%s, %s denied: %s, %s", test.action, test.deny, f.Status, f.Message)
			}
		}
	}
}
