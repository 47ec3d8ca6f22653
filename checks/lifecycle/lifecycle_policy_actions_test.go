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

// A rule that another one forestalls never acts. Only rules by age forestall others, and only
// those that act on every image.
func TestRulesThatNeverAct(t *testing.T) {
	rule := func(action, filter, more string) string {
		include := `"amis":true`
		if action == "DELETE" {
			include += `,"snapshots":true`
		}
		return `{"action":{"type":"` + action + `","includeResources":{` + include + `}},"filter":{` + filter + `}` + more + `}`
	}
	age := func(action, value, unit string) string {
		return rule(action, `"type":"AGE","value":`+value+`,"unit":"`+unit+`"`, "")
	}
	const month = `"type":"AGE","value":1,"unit":"MONTHS"`
	for _, test := range []struct{ rules, want string }{
		{age("DEPRECATE", "30", "DAYS") + "," + age("DISABLE", "60", "DAYS") + "," + age("DELETE", "90", "DAYS"), ""},
		{age("DELETE", "90", "DAYS") + "," + age("DEPRECATE", "30", "DAYS"), ""},
		{age("DEPRECATE", "30", "DAYS") + "," + age("DELETE", "30", "DAYS"), ""},
		{age("DEPRECATE", "31", "DAYS") + "," + age("DELETE", "30", "DAYS"), "rule 1 (DEPRECATE after 31 DAYS) never acts, because rule 2 (DELETE after 30 DAYS) acts on the same images first"},
		{age("DISABLE", "60", "DAYS") + "," + age("DEPRECATE", "61", "DAYS"), "rule 2 (DEPRECATE after 61 DAYS) never acts, because rule 1 (DISABLE after 60 DAYS)"},
		{age("DEPRECATE", "31", "DAYS") + "," + age("DELETE", "1", "MONTHS"), ""},
		{age("DEPRECATE", "32", "DAYS") + "," + age("DELETE", "1", "MONTHS"), "rule 1 (DEPRECATE after 32 DAYS) never acts"},
		{age("DEPRECATE", "1", "MONTHS") + "," + age("DELETE", "28", "DAYS"), ""},
		{age("DEPRECATE", "1", "MONTHS") + "," + age("DELETE", "27", "DAYS"), "rule 1 (DEPRECATE after 1 MONTHS) never acts"},
		{age("DEPRECATE", "1", "YEARS") + "," + age("DELETE", "52", "WEEKS"), "rule 1 (DEPRECATE after 1 YEARS) never acts"},
		{age("DEPRECATE", "1", "YEARS") + "," + age("DELETE", "53", "WEEKS"), ""},
		{age("DEPRECATE", "60", "DAYS") + "," + rule("DELETE", `"type":"COUNT","value":1`, ""), ""},
		{age("DEPRECATE", "60", "DAYS") + "," + rule("DELETE", month+`,"retainAtLeast":1`, ""), ""},
		{age("DEPRECATE", "60", "DAYS") + "," + rule("DELETE", month, `,"exclusionRules":{"tagMap":{"keep":"yes"}}`), ""},
		{age("DEPRECATE", "60", "DAYS") + "," + rule("DELETE", month, `,"exclusionRules":{"amis":{"lastLaunched":{"unit":"DAYS","value":9}}}`), "rule 1 (DEPRECATE after 60 DAYS) never acts"},
		{age("DEPRECATE", "60", "DAYS") + "," + rule("DISABLE", month+`,"retainAtLeast":1`, ""), "rule 1 (DEPRECATE after 60 DAYS) never acts"},
	} {
		f := findingOf(t, plannedPolicy(t, `{"name":"keep","executionRole":"L","resourceType":"AMI_IMAGE","policyDetails":[`+test.rules+`],"resourceSelection":{"tagMap":{"a":"b"}}}`), lifecycle.LifecyclePolicyActions)
		if want := test.want != ""; (f.Status == checks.Warn) != want || !want && f.Status != checks.Pass || !strings.Contains(f.Message, test.want) {
			t.Errorf("%s: %s %s", test.rules, f.Status, f.Message)
		}
	}
}
