package lifecycle_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
)

// Of many images that exist, one that is denied is found. If there are too many to evaluate, the
// evidence says so, and the verdict is unknown.
func TestOneOfManyImagesIsDenied(t *testing.T) {
	const left = "not all were evaluated"
	for _, test := range []struct {
		role   string
		images int // besides those of the recording
		want   checks.Status
		cut    bool
	}{
		{"DeniedForAnAMI", 198, checks.Fail, false},
		{"DeniedForAnAMI", 199, checks.Unknown, true},
		{"DeniedForAnotherAMI", 198, checks.Unknown, false},
		{"DeniedForAnotherAMI", 199, checks.Unknown, true},
	} {
		inv := recording(t, "known-resources")
		ib := inv.Accounts["111122223333"].ImageBuilder["eu-west-1"]
		var images []account.Image
		for i := range test.images {
			images = append(images, account.Image{
				ARN: fmt.Sprintf("arn:aws:imagebuilder:eu-west-1:111122223333:image/web/2.0.%d/1", i), State: "AVAILABLE", Type: "AMI",
				AMIs: []account.AMI{{ID: fmt.Sprintf("ami-%d", i), Region: "eu-west-1", Account: "111122223333"}},
			})
		}
		ib.Images = account.Complete(slices.Concat(images, ib.Images.Items()))
		found := false
		for f := range checks.Run(inv, []checks.Check{lifecycle.ExecutionRolePermissions}).Findings() {
			if f.Subject.Name != test.role {
				continue
			}
			found = true
			if cut := strings.Contains(strings.Join(f.Evidence, "\n"), left); f.Status != test.want || cut != test.cut {
				t.Errorf("%s with %d more images: %s, evidence that some are left out: %v: %s", test.role, test.images, f.Status, cut, f.Message)
			}
		}
		if !found {
			t.Errorf("no finding about %s", test.role)
		}
	}
}

// A Deny for an AMI fails the cross-account role only in the account that has the AMI.
func TestDeniedAMIInTheDestination(t *testing.T) {
	const owner, destination = "111122223333", "444455556666"
	for ami, want := range map[string]checks.Status{"ami-there": checks.Fail, "ami-here": checks.Unknown} {
		inv := recording(t, "known-resources")
		inv.Owners[0].Discover = append(inv.Owners[0].Discover, account.DestinationKind)
		ib := inv.Accounts[owner].ImageBuilder["eu-west-1"]
		ib.Images = account.Complete([]account.Image{{
			ARN: "arn:aws:imagebuilder:eu-west-1:" + owner + ":image/web/1.0.0/1", State: "AVAILABLE", Type: "AMI",
			AMIs: []account.AMI{{ID: "ami-here", Region: "eu-west-1", Account: owner}, {ID: "ami-there", Region: "eu-west-1", Account: destination}},
		}})
		ib.LifecyclePolicies = account.Complete(slices.DeleteFunc(slices.Clone(ib.LifecyclePolicies.Items()), func(p account.LifecyclePolicy) bool { return p.Name != "deniedforanotherami" }))
		role, _, _ := inv.Accounts[owner].Roles["DeniedForAnotherAMI"].Get()
		role.Name, role.ARN = account.CrossAccountRoleName, account.RoleARN("aws", destination, "/", account.CrossAccountRoleName)
		role.Inline = account.Complete([]account.InlinePolicy{{Name: "own", Document: account.Present(
			`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"ec2:DeregisterImage","Resource":"arn:aws:ec2:*::image/` + ami + `"}}`)}})
		inv.Accounts[destination] = &account.Account{Partition: "aws", Roles: map[string]account.Read[account.Role]{role.Name: account.Present(role)}}
		found := false
		for f := range checks.Run(inv, []checks.Check{lifecycle.CrossAccountRolePermissions}).Findings() {
			found = found || f.Subject.Account == destination
			if f.Subject.Account == destination && f.Status != want {
				t.Errorf("%s: %s: %s", ami, f.Status, f.Message)
			}
		}
		if !found {
			t.Errorf("%s: no finding about %s", ami, destination)
		}
	}
}
