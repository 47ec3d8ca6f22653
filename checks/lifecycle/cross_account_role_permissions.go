package lifecycle

import (
	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
)

// CrossAccountRolePermissions checks that the cross-account role has every permission that lifecycle rules need.
var CrossAccountRolePermissions = checks.On(checks.Check{
	ID:       "cross-account-role-permissions",
	Title:    "The cross-account role has every permission that lifecycle rules need in the destination account",
	Severity: checks.Medium,
	Kind:     account.DestinationKind,
	Doc:      permissionsDoc,
	Cases:    permissionsCases,
	Links:    permissionsLinks,
	Needs:    permissionsNeeds(account.DestinationKind),
}, (*demand.View).Destinations, func(d demand.Destination) (checks.Verdict, error) {
	role, other, err := crossAccountRole(d)
	if role == nil {
		other.Cause = "cross-account-role-exists"
		return ifNeeded(other, d.Strength, d.Why), err
	}
	return crossAccountActor(d, role).permissions("cross-account-role-policy")
})
