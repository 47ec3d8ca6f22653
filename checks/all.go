package checks

// All are iblint's own checks, in the order in which the guide introduces what they
// are about. A new check is one file and one line here.
func All() []Check {
	return []Check{
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
