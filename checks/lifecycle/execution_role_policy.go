package lifecycle

import (
	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
)

// ExecutionRolePolicy checks that the execution role may do what lifecycle rules ask.
var ExecutionRolePolicy = checks.On(checks.Check{
	ID:       "execution-role-policy",
	Title:    "EC2ImageBuilderLifecycleExecutionPolicy is attached to the execution role",
	Severity: checks.High,
	Kind:     account.ExecutionRoleKind,
	Doc: `The managed policy EC2ImageBuilderLifecycleExecutionPolicy grants what lifecycle rules do: deprecate, disable and
deregister AMIs, delete their snapshots, delete container images. ` + managedPolicyDoc,
	Cases: managedPolicyCases,
	Links: managedPolicyLinks,
	Needs: permissionsNeeds(account.ExecutionRoleKind,
		account.ContainerRecipesPart),
}, (*account.View).ExecutionRoles, func(r account.ExecutionRole) (checks.Verdict, error) {
	role, failure, err := executionRole(r)
	if role == nil {
		failure.Cause = "execution-role-exists"
		return failure, err
	}
	return executionActor(r, role).managedPolicy()
})
