package lifecycle

import (
	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
)

// ExecutionRolePolicy checks that the managed policy is attached to the execution role.
var ExecutionRolePolicy = checks.On(checks.Check{
	ID:       "execution-role-policy",
	Title:    "EC2ImageBuilderLifecycleExecutionPolicy is attached to the execution role",
	Severity: checks.High,
	Kind:     account.ExecutionRoleKind,
	Doc: `The managed policy EC2ImageBuilderLifecycleExecutionPolicy grants the permissions that lifecycle rules need: to deprecate,
disable and deregister AMIs, to delete their snapshots, and to delete container images. ` + managedPolicyDoc,
	Cases: managedPolicyCases,
	Links: managedPolicyLinks,
	Needs: permissionsNeeds(account.ExecutionRoleKind),
}, referringRoles, referring(func(r demand.ExecutionRole) (checks.Verdict, error) {
	role, failure, err := executionRole(r)
	if role == nil {
		failure.Cause = "execution-role-exists"
		return ifUsed(failure, r), err
	}
	v, err := executionActor(r, role).managedPolicy()
	return ifUsed(withOwnRole(r, role, v), r), err
}))
