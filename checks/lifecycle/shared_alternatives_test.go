package lifecycle_test

import (
	"strings"
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
)

// The step that settles a verdict about the permissions of a role does so, whatever the user answers: each
// resource type, or each action of a lifecycle policy.
func TestStepsAboutRulesToComeSettle(t *testing.T) {
	permissions := []checks.Check{lifecycle.ExecutionRolePermissions, lifecycle.ExecutionRolePolicy, lifecycle.CrossAccountRolePermissions, lifecycle.CrossAccountRolePolicy}
	tried := map[string]int{}
	for name := range recordings(t) {
		for f := range checks.Run(recording(t, name), permissions).Findings() {
			var answers []func(*account.Owner)
			switch {
			case f.Settle == "", strings.HasPrefix(f.Settle, "Name "): // a subject
				continue
			case strings.HasSuffix(f.Settle, "--lifecycle-policy or --resource-type"):
				tried["type"]++
				for _, resourceType := range []string{account.AMIImage, account.ContainerImage} {
					answers = append(answers, func(o *account.Owner) { o.ResourceType = resourceType })
				}
				fallthrough
			case strings.HasSuffix(f.Settle, "--lifecycle-policy"):
				tried["policy"]++
				for _, action := range []string{"DEPRECATE", "DISABLE", "DELETE"} {
					answers = append(answers, func(o *account.Owner) { o.Planned = plannedFor(f.Subject.Name, action) })
				}
			case strings.HasSuffix(f.Settle, "--lifecycle-policy and --distribution"):
				tried["distribution"]++
				for _, action := range []string{"DEPRECATE", "DISABLE", "DELETE"} {
					answers = append(answers, func(o *account.Owner) { o.Planned = plannedFor("Planned", action, f.Subject.Account) })
				}
			default:
				t.Fatalf("%s: no answer to %q", name, f.Settle)
			}
			for i, answer := range answers {
				inv := recording(t, name)
				for i := range inv.Owners {
					answer(&inv.Owners[i])
				}
				for after := range checks.Run(inv, permissions).Findings() {
					if after.Check.ID == f.Check.ID && after.Subject == f.Subject && after.Status == checks.Unknown {
						t.Errorf("%s: %s of %s: answer %d to %q leaves it unknown: %s", name, f.Check.ID, f.Subject.ARN, i+1, f.Settle, after.Message)
					}
				}
			}
		}
	}
	if len(tried) != 3 {
		t.Errorf("the fixtures have these steps only: %v", tried)
	}
}

// What the deletion of an image needs is open if it is not known what the image is. No flag says that.
func TestDeletionOfAnImageOfUnknownType(t *testing.T) {
	inv := recording(t, "execution-role-policy")
	inv.Owners[0].Planned = &account.ImageBuilder{Deletions: []account.ImageDeletion{{Image: "web", Role: "InlineDeny"}}}
	for f := range checks.Run(inv, []checks.Check{lifecycle.ExecutionRolePermissions}).Findings() {
		if f.Subject.Name != "InlineDeny" {
			continue
		}
		if want := "it is not known whether the deletion of image web is about AMIs or container images"; f.Status != checks.Unknown || f.Settle != "" || !strings.Contains(f.Message, want) {
			t.Errorf("%s, settled by %q: %s", f.Status, f.Settle, f.Message)
		}
		return
	}
	t.Error("there is no finding about the role")
}

// plannedFor is a lifecycle policy for AMIs, and the distribution of these to accounts.
func plannedFor(role, action string, accounts ...string) *account.ImageBuilder {
	p := account.LifecyclePolicy{
		Name: "planned", Status: "ENABLED", ExecutionRole: role, ResourceType: account.AMIImage,
		Rules:     account.Present([]account.LifecycleRule{{Action: action, AMIs: true, Snapshots: action == "DELETE"}}),
		Selection: account.Present(account.Selection{Recipes: []account.Recipe{{Name: "planned", Version: "x.x.x"}}}),
	}
	d := account.Distribution{Name: "planned", Settings: account.Present([]account.DistributionSettings{{Region: "eu-west-1", TargetAccounts: accounts}})}
	return &account.ImageBuilder{LifecyclePolicies: account.Complete([]account.LifecyclePolicy{p}), Distributions: account.Complete([]account.Distribution{d})}
}
