package lifecycle_test

import (
	"slices"
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/lifecycle"
)

// The result of IAM's simulator is evidence and does not change the verdict.
func TestSimulationIsEvidence(t *testing.T) {
	want := map[string][]string{
		"Managed":        {"pass", "for comparison, iam:SimulatePrincipalPolicy: allowed in all 16 cases"},
		"InlineDeny":     {"fail", "for comparison, iam:SimulatePrincipalPolicy: ec2:DeregisterImage on arn:aws:ec2:eu-west-1::image/ami-00000000000000000: explicitDeny"},
		"BeyondBoundary": {"fail", "for comparison, iam:SimulatePrincipalPolicy: ec2:DeleteSnapshot on arn:aws:ec2:eu-west-1::snapshot/snap-00000000000000000: implicitDeny by the permissions boundary"},
		"WithinBoundary": {"pass", "for comparison, iam:SimulatePrincipalPolicy: ec2:DisableImage on arn:aws:ec2:eu-west-1::image/ami-00000000000000000: implicitDeny by the organization"},
	}
	inv := recordings(t)["execution-role-permissions"]
	for f := range checks.Evaluate(inv, []checks.Check{lifecycle.ExecutionRolePermissions}) {
		if w := want[f.Subject.Name]; w != nil {
			delete(want, f.Subject.Name)
			if string(f.Status) != w[0] || !slices.Contains(f.Evidence, w[1]) {
				t.Errorf("%s: %s with %q", f.Subject.Name, f.Status, f.Evidence)
			}
		}
	}
	if len(want) > 0 {
		t.Errorf("not evaluated: %v", want)
	}
}
