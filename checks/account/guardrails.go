package account

import "maps"

// Membership is the organization that an account belongs to, as DescribeOrganization
// tells every member of it.
type Membership struct {
	Organization      string `json:"organization"`      // its ID: o-…
	ManagementAccount string `json:"managementAccount"` // which no guardrail limits

	// ConsolidatedBilling says that the organization shares a bill and nothing else:
	// it has no policies.
	ConsolidatedBilling bool `json:"consolidatedBilling,omitempty"`
}

// The types of policy that limit accounts, as AWS Organizations names them.
const (
	ServiceControlPolicy  = "SERVICE_CONTROL_POLICY"  // limits what roles of an account may do
	ResourceControlPolicy = "RESOURCE_CONTROL_POLICY" // limits what may be done to its resources
)

// Guardrails are what was read of an organization: the tree from its root to the
// accounts that are looked at, and the policies that are attached in it.
type Guardrails struct {
	// Enabled are the types of policy that are in force. A type that is not limits nothing.
	Enabled Read[[]string] `json:"enabled,omitzero"`

	// Parents of accounts and organizational units, by ID. Absent: it is the root.
	Parents map[string]Read[string] `json:"parents,omitempty"`

	// Attached are the IDs of the policies that are attached to a root, a unit or an
	// account, by its ID, then by type.
	Attached map[string]map[string]List[string] `json:"attached,omitempty"`

	// Policies by their ID. Absent: it was deleted since it was listed.
	Policies map[string]Read[Guardrail] `json:"policies,omitempty"`
}

// Guardrail is a service control policy or a resource control policy.
type Guardrail struct {
	Name     string `json:"name"`
	Document string `json:"document"` // JSON text
}

// mergeGuardrails joins what was read of organizations.
func mergeGuardrails(older, newer map[string]*Guardrails) map[string]*Guardrails {
	out := maps.Clone(older)
	if out == nil && newer != nil {
		out = map[string]*Guardrails{}
	}
	for id, n := range newer {
		o := out[id]
		if o == nil {
			o = &Guardrails{}
		}
		merged := &Guardrails{
			Enabled:  mergeRead(o.Enabled, n.Enabled),
			Parents:  mergeReads(o.Parents, n.Parents),
			Attached: maps.Clone(o.Attached),
			Policies: mergeReads(o.Policies, n.Policies),
		}
		for target, types := range n.Attached {
			if merged.Attached == nil {
				merged.Attached = map[string]map[string]List[string]{}
			}
			merged.Attached[target] = maps.Clone(merged.Attached[target])
			if merged.Attached[target] == nil {
				merged.Attached[target] = map[string]List[string]{}
			}
			for policyType, policies := range types {
				merged.Attached[target][policyType] = mergeList(merged.Attached[target][policyType], policies)
			}
		}
		out[id] = merged
	}
	return out
}
