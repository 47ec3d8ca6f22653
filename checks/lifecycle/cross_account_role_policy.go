package lifecycle

import (
	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
)

// CrossAccountRolePolicy checks that the cross-account role may do what lifecycle rules ask.
var CrossAccountRolePolicy = checks.On(checks.Check{
	ID:       "cross-account-role-policy",
	Title:    "EC2ImageBuilderLifecycleExecutionPolicy is attached to the cross-account role",
	Severity: checks.Medium,
	Kind:     account.DestinationKind,
	Doc: `In a destination account Image Builder acts with the permissions of the cross-account role, which the managed policy
EC2ImageBuilderLifecycleExecutionPolicy grants. ` + managedPolicyDoc,
	Cases: managedPolicyCases,
	Links: managedPolicyLinks,
	Needs: permissionsNeeds(account.DestinationKind),
}, (*account.View).Destinations, func(d account.Destination) (checks.Verdict, error) {
	role, other, err := crossAccountRole(d)
	if role == nil {
		other.Cause = "cross-account-role-exists"
		return other, err
	}
	return crossAccountActor(d, role).managedPolicy()
})
