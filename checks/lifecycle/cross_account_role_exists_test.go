package lifecycle_test

import (
	"os"
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/internal/source/recorded"
)

// unusable returns destinations of which some cannot be used.
func unusable(t *testing.T) *account.Inventory {
	t.Helper()
	data, err := os.ReadFile("testdata/unusable-accounts.json")
	if err != nil {
		t.Fatal(err)
	}
	inv, err := recorded.Parse("unusable-accounts", data)
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

// An account that is suspended or closed fails once, and the checks of its role refer to that.
// A Region that is not enabled fails, and is unknown if the list of Regions is not complete.
func TestUnusableAccounts(t *testing.T) {
	for id, want := range map[string]map[string]checks.Status{
		"200000000001": {"cross-account-role-exists": checks.Fail, "cross-account-role-trust": checks.Skip, "cross-account-role-policy": checks.Skip, "cross-account-role-permissions": checks.Skip}, // suspended
		"200000000002": {"cross-account-role-exists": checks.Fail, "cross-account-role-trust": checks.Skip, "cross-account-role-policy": checks.Skip, "cross-account-role-permissions": checks.Skip}, // closed
		"200000000003": {"cross-account-role-exists": checks.Fail, "cross-account-role-trust": checks.Pass},                                                                                          // without af-south-1
		"200000000004": {"cross-account-role-exists": checks.Pass, "cross-account-role-trust": checks.Pass},                                                                                          // with it
		"200000000005": {"cross-account-role-exists": checks.Unknown, "cross-account-role-trust": checks.Pass},                                                                                       // not known
	} {
		seen := 0
		for f := range checks.Run(unusable(t), lifecycle.All()).Findings() {
			status, ok := want[f.Check.ID]
			if f.Subject.Account != id || f.Subject.Type != string(account.DestinationKind) || !ok {
				continue
			}
			if seen++; f.Status != status {
				t.Errorf("%s: %s is %s, want %s: %s", id, f.Check.ID, f.Status, status, f.Message)
			}
			if has := f.Fix() != nil; has != (f.Status == checks.Fail) {
				t.Errorf("%s: %s has a fix: %v", id, f.Check.ID, has)
			}
		}
		if seen != len(want) {
			t.Errorf("%s: %d findings, want %d", id, seen, len(want))
		}
	}
}

// What is hidden makes these verdicts unknown, and nothing else.
func TestHidingPartsOfUnusableAccounts(t *testing.T) {
	inv := unusable(t)
	before := statuses(checks.Run(inv, lifecycle.All()))
	changed := 0
	hide(t, inv, func(part string, mutilated *account.Inventory) {
		for k, after := range statusesOf(checks.Evaluate(mutilated, []checks.Check{lifecycle.CrossAccountRoleExists})) {
			if after == before[k] || k.subject.Type != string(account.DestinationKind) {
				continue
			}
			if changed++; after != checks.Unknown {
				t.Errorf("without %s: %s was %s and became %s", part, k.subject.Account, before[k], after)
			}
		}
	})
	if !testing.Short() && changed == 0 {
		t.Error("no verdict changed: the test checks nothing")
	}
}
