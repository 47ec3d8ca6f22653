package awsapi

import "github.com/iblint/iblint/checks/account"

// AccountKind says what iblint reads in an account.
type AccountKind string

// The kinds of accounts. An account may be of several.
const (
	OwnerAccount       AccountKind = "owner"       // builds images and has lifecycle policies
	DestinationAccount AccountKind = "destination" // AMIs are copied to it
	ManagementAccount  AccountKind = "management"  // the management account or a delegated administrator, of which the run has credentials
)

// Reads reports whether iblint reads a part in an account of this kind. A destination has roles
// only. Only the management account and delegated administrators may list the accounts and the
// guardrails of an organization (Organizations API Reference). A run over the organization reads
// the management account as an owner, too.
func (k AccountKind) Reads(part account.Part) bool {
	switch part {
	case account.MembersPart, account.GuardrailsPart:
		return k == ManagementAccount
	case account.RolePart, account.AttachedPoliciesPart, account.InlinePoliciesPart, account.PolicyDocumentsPart, account.SimulationPart, account.RoleNamesPart:
		return true
	}
	return k != DestinationAccount
}
