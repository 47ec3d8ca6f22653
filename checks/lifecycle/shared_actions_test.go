package lifecycle

import (
	"testing"

	"github.com/iblint/iblint/checks/policy"
)

// Every action that lifecycle management takes is one that the managed policy grants.
func TestActionsTakenAreGranted(t *testing.T) {
	granted := map[policy.Granted]bool{}
	for _, g := range policy.ManagedPolicyGrants {
		granted[g] = true
	}
	for g := range whenTaken {
		if !granted[g] {
			t.Errorf("%v is taken and not granted", g)
		}
	}
}
