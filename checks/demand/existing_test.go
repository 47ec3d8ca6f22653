package demand_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/checks/policy"
)

// The images that exist are those that a rule takes the action on: of the selection, in a state that
// it changes, and for AMIs those in the account and the Region.
func TestExisting(t *testing.T) {
	const region, other = "eu-west-1", "222233334444"
	image := func(name, state string, amis ...account.AMI) account.Image {
		return account.Image{ARN: arnOf(region, "image", name), State: state, Type: "AMI", AMIs: amis}
	}
	here, there := account.AMI{ID: "ami-1", Region: region, Account: lawOwner}, account.AMI{ID: "ami-2", Region: region, Account: other}
	named := func(name, role, recipe, version, action string) account.LifecyclePolicy {
		return account.LifecyclePolicy{
			ARN: arnOf(region, "lifecycle-policy", name), Name: name, Status: "ENABLED", ExecutionRole: role, ResourceType: account.AMIImage,
			Rules:     account.Present([]account.LifecycleRule{{Action: action, AMIs: true}}),
			Selection: account.Present(account.Selection{Recipes: []account.Recipe{{Name: recipe, Version: version}}}),
		}
	}
	excluding := named("excluding", "Excluding", "job", "x.x.x", "DELETE") // acts on the image, and on its AMI in the other Region
	excluding.Rules = account.Present([]account.LifecycleRule{{Action: "DELETE", AMIs: true, ExcludedRegions: []string{region}}})
	unread := named("unread", "Unread", "", "", "DELETE")
	unread.Selection = account.Unreadable[account.Selection](account.Unread{Reason: account.AccessDenied, Action: "imagebuilder:GetLifecyclePolicy"})
	inv := &account.Inventory{
		Owners: []account.Owner{{Account: lawOwner, Regions: []string{region}, Discover: []account.Kind{account.ExecutionRoleKind, account.DestinationKind}}},
		Accounts: map[string]*account.Account{lawOwner: {Partition: "aws", ImageBuilder: map[string]*account.ImageBuilder{region: {
			LifecyclePolicies: account.Complete([]account.LifecyclePolicy{
				named("delete", "Role", "web", "1.x.x", "DELETE"), named("deprecate", "Role", "api", "x.x.x", "DEPRECATE"), excluding, unread,
			}),
			Images: account.Complete([]account.Image{
				image("web/1.0.0/1", "AVAILABLE", here), image("web/1.0.0/2", "DISABLED", here, there), image("web/1.1.0/1", "FAILED"), image("web/2.0.0/1", "AVAILABLE", here),
				image("job/1.0.0/1", "AVAILABLE", here, account.AMI{ID: "ami-3", Region: "us-west-2", Account: lawOwner}),
				image("api/1.0.0/1", "AVAILABLE", here, there), image("api/1.0.0/2", "DEPRECATED", here, there),
			}),
		}}}},
	}
	view := demand.New(inv)
	got := map[string][]string{}
	add := func(who string, n demand.Need, images func(func(account.Image) bool)) {
		if n.On != policy.AMI && n.On != policy.BuiltImage || n.Strength != demand.Certain {
			return
		}
		key := who + " " + n.Action
		got[key] = append(got[key], []string{}...)
		for image := range images {
			got[key] = append(got[key], image.ARN[len(arnOf(region, "image", "")):])
		}
	}
	roles, _ := view.ExecutionRoles(lawOwner)
	for _, r := range roles {
		for _, n := range r.Needs() {
			add(r.Reference.Name, n, r.Existing(n))
		}
	}
	destinations, _ := view.Destinations(other)
	for _, d := range destinations {
		for _, n := range d.Needs() {
			add("destination", n, d.Existing(n))
		}
	}
	want := map[string][]string{
		"Role ec2:DeregisterImage":               {"web/1.0.0/1", "web/1.0.0/2"},
		"Role imagebuilder:DeleteImage":          {"web/1.0.0/1", "web/1.0.0/2"},
		"Role ec2:EnableImageDeprecation":        {"api/1.0.0/1"},
		"Role ec2:CreateTags":                    {"api/1.0.0/1"},
		"Excluding ec2:DeregisterImage":          {"job/1.0.0/1"},
		"Excluding imagebuilder:DeleteImage":     {"job/1.0.0/1"},
		"Unread ec2:DeregisterImage":             nil,
		"Unread imagebuilder:DeleteImage":        nil,
		"destination ec2:DeregisterImage":        {"web/1.0.0/2"},
		"destination ec2:EnableImageDeprecation": {"api/1.0.0/1"},
		"destination ec2:CreateTags":             {"api/1.0.0/1"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
