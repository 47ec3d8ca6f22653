// Package lifecycle holds iblint's own checks: one file each, named as its check. What
// several of them share is in the other files.
package lifecycle

import "github.com/iblint/iblint/checks"

// All are iblint's own checks, in the order in which the guide introduces what they
// are about. A new check is one file and one line here.
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

		LifecyclePolicyRole,
		LifecyclePolicyActions,
		LifecyclePolicySelection,

		OrganizationGuardrails,
	}
}

//go:generate sh -c "go run ../../cmd/iblint rules --markdown > ../../docs/checks.md"
