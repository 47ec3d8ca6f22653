package checks

import "github.com/iblint/iblint/checks/account"

// ExecutionRolePolicy checks that the execution role may do what lifecycle rules ask.
var ExecutionRolePolicy = register(On(Check{
	ID:       "execution-role-policy",
	Title:    "EC2ImageBuilderLifecycleExecutionPolicy is attached to the execution role",
	Severity: High,
	Kind:     account.ExecutionRoleKind,
	Doc: `The managed policy EC2ImageBuilderLifecycleExecutionPolicy grants what lifecycle rules do: deprecate, disable and
deregister AMIs, delete their snapshots, delete container images. ` + managedPolicyDoc,
	Cases: []Case{
		{Pass, "the managed policy is attached, and the role has neither a permissions boundary nor an inline Deny"},
		{Warn, "the managed policy is attached, but a permissions boundary or a Deny in an inline policy may take permissions away again"},
		{Fail, "the managed policy is not attached, whatever else is"},
		{Skip, "the role does not exist, which execution-role-exists reports"},
		{Unknown, "the role or one of its policies could not be read, and the rest does not decide"},
	},
	Links: managedPolicyLinks,
	Needs: needs(account.ExecutionRoleKind, managedPolicyNeeds...),
}, (*account.Inventory).ExecutionRoles, func(r account.ExecutionRole) (Verdict, error) {
	role, failure, err := executionRole(r)
	if role == nil {
		failure.Cause = "execution-role-exists"
		return failure, err
	}
	return managedPolicyAttached(r.Partition, r.Owner, role)
}))
