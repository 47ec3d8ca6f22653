// Package lifecycle holds iblint's own checks.
//
// Each check has a file of its own, named after the check's ID: execution_role_trust.go
// holds execution-role-trust. Files whose names begin with shared_ hold no check, only code
// that checks use.
package lifecycle

import "github.com/iblint/iblint/checks"

// All returns iblint's own checks, in the order in which AWS's guide introduces their
// subjects. A new check needs one file and one line here.
func All() []checks.Check {
	return []checks.Check{
		ExecutionRoleExists,
		ExecutionRoleTrust,
		ExecutionRolePolicy,
		ExecutionRolePermissions,

		CrossAccountRoleExists,
		CrossAccountRoleTrust,
		CrossAccountRolePolicy,
		CrossAccountRolePermissions,

		ECRRepositoryExists,
		ECRRepositoryTag,
		ECRRepositoryPolicy,
		ECRRegistryPolicy,

		LifecyclePolicyValid,
		LifecyclePolicyRole,
		LifecyclePolicyActions,
		LifecyclePolicySelection,
		LifecyclePolicyRetention,
		LifecyclePolicyOverlap,
		LifecyclePolicyLastRun,
		ImageDependencies,

		OrganizationGuardrails,
	}
}

//go:generate sh -c "go run ../../cmd/iblint rules --markdown > ../../docs/checks.md"
