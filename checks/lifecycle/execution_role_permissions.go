package lifecycle

import (
	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
)

// ExecutionRolePermissions checks that the execution role has every permission that lifecycle rules need.
var ExecutionRolePermissions = checks.On(checks.Check{
	ID:       "execution-role-permissions",
	Title:    "The execution role has every permission that lifecycle rules need",
	Severity: checks.High,
	Kind:     account.ExecutionRoleKind,
	Doc:      permissionsDoc,
	Cases:    permissionsCases,
	Links:    permissionsLinks,
	Needs:    permissionsNeeds(account.ExecutionRoleKind),
}, referringRoles, referring(func(r demand.ExecutionRole) (checks.Verdict, error) {
	role, failure, err := executionRole(r)
	if role == nil {
		failure.Cause = "execution-role-exists"
		return ifUsed(failure, r), err
	}
	v, err := executionActor(r, role).permissions("execution-role-policy")
	return ifUsed(withOwnRole(r, role, v), r), err
}))
