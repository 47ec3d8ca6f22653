package demand

import (
	"testing"

	"github.com/iblint/iblint/checks/policy"
)

// The managed policy grants every action that lifecycle management uses.
func TestUsedActionsAreGranted(t *testing.T) {
	granted := map[policy.Granted]bool{}
	for _, g := range policy.ManagedPolicyGrants {
		granted[g] = true
	}
	for g := range uses {
		if !granted[g] {
			t.Errorf("%v is used, but the managed policy does not grant it", g)
		}
	}
}

// EnableImage and DisableImageDeprecation undo what rules do: no rule needs them.
func TestActionsThatNoRuleNeeds(t *testing.T) {
	for _, g := range policy.ManagedPolicyGrants {
		if want := g.Action == "ec2:EnableImage" || g.Action == "ec2:DisableImageDeprecation"; NeverNeeded(g) != want {
			t.Errorf("%v is never needed: %v", g, !want)
		}
	}
}
