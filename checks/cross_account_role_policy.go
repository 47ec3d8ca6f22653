package checks

import "github.com/iblint/iblint/checks/account"

// CrossAccountRolePolicy checks that the cross-account role may do what lifecycle rules ask.
var CrossAccountRolePolicy = register(On(Check{
	ID:       "cross-account-role-policy",
	Title:    "EC2ImageBuilderLifecycleExecutionPolicy is attached to the cross-account role",
	Severity: Medium,
	Kind:     account.DestinationKind,
	Doc: `In a destination account Image Builder acts with the permissions of the cross-account role, which the managed policy
EC2ImageBuilderLifecycleExecutionPolicy grants. ` + managedPolicyDoc,
	Cases: []Case{
		{Pass, "the managed policy is attached, and the role has neither a permissions boundary nor an inline Deny"},
		{Warn, "the managed policy is attached, but a permissions boundary or a Deny in an inline policy may take permissions away again"},
		{Fail, "the managed policy is not attached, whatever else is"},
		{Skip, "the account only received launch permission; or the role does not exist, which cross-account-role-exists reports"},
		{Unknown, "the role or one of its policies could not be read, and the rest does not decide"},
	},
	Links: managedPolicyLinks,
	Needs: needs(account.DestinationKind, managedPolicyNeeds...),
}, (*account.Inventory).Destinations, func(d account.Destination) (Verdict, error) {
	role, other, err := crossAccountRole(d)
	if role == nil {
		other.Cause = "cross-account-role-exists"
		return other, err
	}
	return managedPolicyAttached(d.Partition, d.Account, role)
}))
