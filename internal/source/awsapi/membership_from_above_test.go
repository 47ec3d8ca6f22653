package awsapi

import (
	"testing"
	"testing/synctest"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/fakeaws"
)

// A destination whose role may not call Organizations gets the verdicts of one whose role may, if the
// run's credentials belong to the organization.
func TestDestinationsNeedNoOrganizations(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inv := smallOrganization()
		inv.Accounts[auditor] = &account.Account{Partition: "aws", Membership: inv.Accounts[owner].Membership}
		want := inv.Accounts[destinationA].Membership
		server := start(t, inv, fakeaws.Options{Fault: func(c fakeaws.Call) fakeaws.Fault {
			if c.Account == destinationA && c.Service == "Organizations" {
				return fakeaws.Deny
			}
			return fakeaws.None
		}})
		read := load(t, t.Context(), reading(server, inv), inv)
		m, found, err := read.Accounts[destinationA].Membership.Get()
		if w, _, _ := want.Get(); err != nil || !found || m != w {
			t.Errorf("the membership is %+v (%v), expected %+v", m, err, w)
		}
	})
}
