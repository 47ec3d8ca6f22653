package lifecycle

import (
	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
)

// CrossAccountRolePolicy checks that the managed policy is attached to the cross-account role.
var CrossAccountRolePolicy = checks.On(checks.Check{
	ID:       "cross-account-role-policy",
	Title:    "EC2ImageBuilderLifecycleExecutionPolicy is attached to the cross-account role",
	Severity: checks.Medium,
	Kind:     account.DestinationKind,
	Doc: `In a destination account Image Builder has the permissions of the cross-account role. The managed policy
EC2ImageBuilderLifecycleExecutionPolicy grants them. ` + managedPolicyDoc,
	Cases: managedPolicyCases,
	Links: managedPolicyLinks,
	Needs: permissionsNeeds(account.DestinationKind),
}, (*demand.View).Destinations, func(d demand.Destination) (checks.Verdict, error) {
	role, other, err := crossAccountRole(d)
	if role == nil {
		other.Cause = "cross-account-role-exists"
		return ifNeeded(other, d.Strength, d.Why), err
	}
	v, err := crossAccountActor(d, role).managedPolicy()
	return ifNeeded(v, d.Strength, d.Why), err
})
