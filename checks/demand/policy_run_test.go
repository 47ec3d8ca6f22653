package demand

import (
	"slices"
	"testing"
	"time"

	"github.com/iblint/iblint/checks/account"
)

// The last run of a policy is evidence about it, and the role of the run is the one that the policy
// names: by its name or its ARN, in its account.
func TestLastRunOfAPolicy(t *testing.T) {
	const ofOther, ofOwner = "arn:aws:iam::" + other + ":role/L", "arn:aws:iam::" + builder + ":role/M"
	roles := map[string]string{"first": "K", "second": ofOther, "third": "L", "fourth": ofOwner, "none": ""}
	var policies []account.LifecyclePolicy
	for _, name := range []string{"first", "second", "third", "fourth", "none"} {
		p := deletingAMIs(name)
		p.ExecutionRole = roles[name]
		policies = append(policies, p)
	}
	ib := allRead(policies...)
	ib.LastExecutions = map[string]account.Read[account.Execution]{
		policies[0].ARN: account.Present(account.Execution{Status: "SUCCESS", Started: time.Date(2026, 11, 1, 2, 0, 0, 0, time.UTC)}),
		policies[1].ARN: account.Absent[account.Execution](),
	}
	runs, err := building(ib, nil).PolicyRuns(builder)
	if err != nil || len(runs) != len(policies) {
		t.Fatalf("%+v, %v", runs, err)
	}
	lines := map[string][]string{
		"first":  {"lifecycle policy first in eu-west-1 last ran 2026-11-01 02:00 UTC: SUCCESS"},
		"second": {"lifecycle policy second in eu-west-1 has not run yet"},
	}
	for _, run := range runs {
		if !slices.Equal(run.From, lines[run.Name]) {
			t.Errorf("%s: %q", run.Name, run.From)
		}
		if role, ok := run.Role(); role.Reference.Text != roles[run.Name] || ok != (run.Name != "none") {
			t.Errorf("%s: role %q, %v", run.Name, role.Reference.Text, ok)
		}
	}
}
