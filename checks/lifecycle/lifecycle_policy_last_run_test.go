package lifecycle_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
)

// lastRuns are the findings about last runs in the check's fixture, by policy.
func lastRuns(inv *account.Inventory) map[string]checks.Finding {
	all := map[string]checks.Finding{}
	for f := range checks.Evaluate(inv, []checks.Check{lifecycle.LifecyclePolicyLastRun}) {
		all[f.Subject.Name] = f
	}
	return all
}

// The evidence has the reasons of Image Builder word for word, and what is denied in each
// account and Region now. It also lists what was skipped in a run that succeeded.
func TestEvidenceOfLastRuns(t *testing.T) {
	all := lastRuns(recording(t, "lifecycle-policy-last-run"))
	const image = "arn:aws:imagebuilder:eu-west-1:111122223333:image/base/1.0.0/"
	for name, want := range map[string][]string{
		"nightly": {
			"lifecycle policy nightly in eu-west-1 last ran 2026-10-31 02:00 UTC: SUCCESS",
			"status of the run: SUCCESS",
			"SKIPPED: image " + image + "2 and 1 more in account 111122223333 in eu-west-1: The image has an excluded tag.",
		},
		"all-at-once": {
			"lifecycle policy all-at-once in eu-west-1 last ran 2026-10-31 02:00 UTC: FAILED, Some resources failed.",
			"status of the run: FAILED",
			"FAILED: image " + image + "1 in account 111122223333 in eu-west-1: Some resources could not be deleted.",
			"FAILED: AMI ami-11 and 1 more in account 222233334444 in eu-west-1: You are not authorized to perform this operation.",
			"FAILED: snapshot snap-13 in account 111122223333 in eu-west-1: You are not authorized to perform this operation: ec2:DeleteSnapshot.",
			"FAILED: AMI ami-15 in account 333344445555 in eu-west-1: Access denied.",
			"SKIPPED: AMI ami-14 in account 111122223333 in eu-west-2: The AMI was launched in the last 2 weeks.",
			"in account 111122223333 in eu-west-1, the policies of role L2 do not permit now: ec2:DeleteSnapshot on snapshots (no policy grants it)",
			`in account 222233334444 in eu-west-1, the policies of role Ec2ImageBuilderCrossAccountLifecycleAccess do not permit now: ec2:DeregisterImage on AMIs (denied by inline policy KeepImages, statement 1 ("Keep"))`,
			"no lifecycle rule acts on AMIs in account 333344445555 now, as far as iblint knows",
		},
	} {
		if diff := cmp.Diff(want, all[name].Evidence); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// A run, and an enabled policy without one, become a warning after two days, and never
// without a time to compare with.
func TestLastRunsThatTakeTooLong(t *testing.T) {
	at := func(text string) time.Time {
		parsed, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	for _, test := range []struct {
		readAt, evaluatedAt time.Time
		stuck, neverRan     checks.Status
	}{
		{at("2026-10-30T02:00:00Z"), time.Time{}, checks.Pass, checks.Skip},
		{at("2026-10-30T02:00:01Z"), at("2026-12-01T00:00:00Z"), checks.Warn, checks.Skip},
		{at("2026-10-31T05:59:59Z"), time.Time{}, checks.Warn, checks.Skip},
		{at("2026-10-31T06:00:00Z"), time.Time{}, checks.Warn, checks.Warn},
		{time.Time{}, at("2026-10-31T06:00:00Z"), checks.Warn, checks.Warn}, // a file without a time
		{time.Time{}, time.Time{}, checks.Unknown, checks.Skip},
	} {
		inv := recording(t, "lifecycle-policy-last-run")
		inv.ReadAt, inv.EvaluatedAt = test.readAt, test.evaluatedAt
		all := lastRuns(inv)
		if stuck, neverRan := all["stuck"].Status, all["never-ran"].Status; stuck != test.stuck || neverRan != test.neverRan {
			t.Errorf("read at %v, evaluated at %v: stuck is %s, want %s; never-ran is %s, want %s", test.readAt, test.evaluatedAt, stuck, test.stuck, neverRan, test.neverRan)
		}
	}
}

// A policy that ran according to the list of policies, and has no executions, contradicts itself.
func TestRunThatIsNotListed(t *testing.T) {
	inv := recording(t, "lifecycle-policy-last-run")
	policies := inv.Accounts["111122223333"].ImageBuilder["eu-west-1"].LifecyclePolicies.Items()
	i := slices.IndexFunc(policies, func(p account.LifecyclePolicy) bool { return p.Name == "never-ran" })
	policies[i].LastRun = inv.ReadAt
	inv.Reconcile()
	if f := lastRuns(inv)["never-ran"]; f.Status != checks.Unknown || !strings.Contains(f.Message, "imagebuilder:ListLifecyclePolicies shows when it last ran") {
		t.Errorf("%s: %s", f.Status, f.Message)
	}
}
