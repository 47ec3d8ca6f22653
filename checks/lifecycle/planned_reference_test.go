package lifecycle_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
)

// A wrong reference in a planned lifecycle policy is corrected in its file. Existing policies are
// changed only if the input has one that names the role, or the user names the role.
func TestReferenceOfPlannedPolicy(t *testing.T) {
	const owner, region = "111122223333", "eu-west-1"
	// IAM finds a role by its name in any letter case.
	otherCase := account.Present(account.Role{Name: "l", Path: "/", ARN: "arn:aws:iam::111122223333:role/l"})
	live := fmt.Sprintf("live L in [%s]", region)
	file := "file arn:aws:imagebuilder:eu-west-1:111122223333:lifecycle-policy/keep in " + region
	existing := func(name, role string) account.LifecyclePolicy {
		return account.LifecyclePolicy{ARN: "arn:aws:imagebuilder:eu-west-1:111122223333:lifecycle-policy/" + name, Name: name, Status: "ENABLED", ExecutionRole: role, ResourceType: "AMI_IMAGE"}
	}
	for name, test := range map[string]struct {
		existing []account.LifecyclePolicy
		byUser   bool
		want     []string
	}{
		"planned only":                 {nil, false, []string{file}},
		"another names another role":   {[]account.LifecyclePolicy{existing("other", "Other")}, false, []string{file}},
		"it replaces one of this name": {[]account.LifecyclePolicy{existing("keep", "L")}, false, []string{file}},
		"another names the role":       {[]account.LifecyclePolicy{existing("other", "L")}, false, []string{live, file}},
		"the user names the role":      {nil, true, []string{live, file}},
	} {
		t.Run(name, func(t *testing.T) {
			inv := plannedPolicy(t, validPolicy)
			o, a := &inv.Owners[0], inv.Accounts[owner]
			o.Discover = []account.Kind{account.ExecutionRoleKind}
			if test.byUser {
				o.ExecutionRoles = []string{"L"}
			}
			a.ImageBuilder = map[string]*account.ImageBuilder{region: {LifecyclePolicies: account.Complete(test.existing)}}
			a.Roles = map[string]account.Read[account.Role]{"L": otherCase, "Other": account.Absent[account.Role]()}
			for _, check := range []checks.Check{lifecycle.ExecutionRoleExists, lifecycle.ExecutionRoleTrust, lifecycle.ExecutionRolePolicy, lifecycle.ExecutionRolePermissions} {
				var got []string
				for f := range checks.Evaluate(inv, []checks.Check{check}) {
					if f.Subject.Name != "L" {
						continue
					}
					for _, c := range f.Fix().Changes {
						switch {
						case c.Action != checks.ReferToRole || c.NewReference != "arn:aws:iam::111122223333:role/l":
							t.Errorf("%s: %+v", check.ID, c)
						case c.Planned:
							got = append(got, "file "+c.Policy+" in "+c.Region)
						default:
							got = append(got, fmt.Sprintf("live %s in %s", c.References[0], c.Regions))
						}
					}
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("%s: %s", check.ID, diff)
				}
			}
		})
	}

	// The check of the lifecycle policy alone has the same fix.
	inv := plannedPolicy(t, validPolicy)
	inv.Accounts[owner].Roles = map[string]account.Read[account.Role]{"L": otherCase}
	if changes := findingOf(t, inv, lifecycle.LifecyclePolicyRole).Fix().Changes; len(changes) != 1 || !changes[0].Planned {
		t.Errorf("%+v", changes)
	}
}
