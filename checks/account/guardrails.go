package account

import (
	"maps"
	"slices"
)

// Membership is the organization that an account belongs to, as DescribeOrganization
// returns it to every member.
type Membership struct {
	Organization      string `json:"organization"`      // its ID: o-…; empty: not known, but its guardrails are given
	ManagementAccount string `json:"managementAccount"` // which no guardrail limits

	// ConsolidatedBilling says that the organization shares a bill and nothing else:
	// it has no policies.
	ConsolidatedBilling bool `json:"consolidatedBilling,omitempty"`
}

// MembershipOf is the membership of an account of which perhaps nothing was read.
func MembershipOf(a *Account) Read[Membership] {
	if a == nil {
		return Read[Membership]{}
	}
	return a.Membership
}

// The types of policy that limit accounts, as AWS Organizations names them.
const (
	ServiceControlPolicy  = "SERVICE_CONTROL_POLICY"  // limits what roles of an account may do
	ResourceControlPolicy = "RESOURCE_CONTROL_POLICY" // limits what may be done to its resources
)

// Guardrails are what was read of an organization: the tree from its root to the
// accounts that are checked, and the policies that are attached in it.
type Guardrails struct {
	// Enabled are the types of policy that are in force. A type that is not limits nothing.
	Enabled Read[[]string] `json:"enabled,omitzero"`

	// Parents of accounts and organizational units, by ID. Absent: it is the root.
	Parents map[string]Read[string] `json:"parents,omitempty"`

	// Attached are the IDs of the policies that are attached to a root, a unit or an
	// account, by its ID, then by type.
	Attached map[string]map[string]List[string] `json:"attached,omitempty"`

	// Policies by their ID. Absent: it does not exist, which contradicts Attached (see Reconcile).
	Policies map[string]Read[Guardrail] `json:"policies,omitempty"`

	// Given says that the user gave them as files: the IDs are
	// not AWS's.
	Given bool `json:"-"`

	// Possible are the guardrails of code of which it is not known whether, or to what, they will
	// be attached.
	Possible []PossibleGuardrail `json:"-"`
}

// PossibleGuardrail is a guardrail that may limit accounts.
type PossibleGuardrail struct {
	Type   string
	Target string // ID of a root, a unit or an account; empty: any of them
	Policy Read[Guardrail]
	Why    Unread
}

// Guardrail is a service control policy or a resource control policy.
type Guardrail struct {
	Name     string `json:"name"`
	Document string `json:"document"` // JSON text
}

// FullAccess is what AWS attaches to each root, unit and account when it is created (AWS
// Organizations User Guide, "FullAWSAccess" and "RCPFullAWSAccess").
func FullAccess(policyType string) Guardrail {
	principal := ""
	if policyType == ResourceControlPolicy {
		principal = `"Principal":"*",`
	}
	return Guardrail{Name: "(everything)", Document: `{"Version":"2012-10-17","Statement":{"Effect":"Allow",` + principal + `"Action":"*","Resource":"*"}}`}
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
			Possible: slices.Concat(o.Possible, n.Possible),
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

// givenGuardrails says that guardrails were given for an account whose organization is not known.
func (inv *Inventory) givenGuardrails() bool {
	for _, a := range inv.Accounts {
		if a == nil {
			continue
		}
		if m, found, _ := a.Membership.Get(); found && m.Organization == "" {
			return true
		}
	}
	return false
}

// Level is the guardrails of one type at one place between the root and an account.
type Level struct {
	Target   string // ID of the root, the unit or the account
	Policies []NamedGuardrail
	Unread   error // why there may be more; nil: they are all
}

// NamedGuardrail is a guardrail with its ID.
type NamedGuardrail struct {
	ID string
	Guardrail
}

// Levels are the guardrails of a type that limit an account, from the root down;
// none, when the type is not in force. The error is why they are not all known.
func (g *Guardrails) Levels(account, policyType string) (levels []Level, unread error) {
	if g == nil {
		return nil, Unread{Reason: NotCollected}
	}
	enabled, _, err := g.Enabled.Get()
	if err != nil {
		return nil, err
	}
	if !slices.Contains(enabled, policyType) {
		return nil, nil
	}
	for target, found := account, true; found; {
		l := Level{Target: target}
		list := g.Attached[target][policyType]
		l.Unread = list.Err()
		for _, id := range list.Items() {
			policy, there, err := g.Policies[id].Get()
			switch {
			case err != nil && l.Unread == nil:
				l.Unread = err
			case there:
				l.Policies = append(l.Policies, NamedGuardrail{id, policy})
			}
		}
		levels = append(levels, l)
		if len(levels) > MaxLevels {
			return levels, Unread{Reason: Malformed, Detail: "the tree of the organization is deeper than an organization can be"}
		}
		target, found, unread = g.Parents[target].Get()
	}
	slices.Reverse(levels)
	return levels, unread
}

// PossibleFor are the guardrails of a type that may limit an account with these levels.
func (g *Guardrails) PossibleFor(levels []Level, policyType string) (all []PossibleGuardrail) {
	if g == nil {
		return nil
	}
	for _, p := range g.Possible {
		if p.Type == policyType && (p.Target == "" || slices.ContainsFunc(levels, func(l Level) bool { return l.Target == p.Target })) {
			all = append(all, p)
		}
	}
	return all
}

// MaxLevels bounds the tree of an organization: it is more than the root, five levels of units and an account (AWS
// Organizations User Guide, "Quotas").
const MaxLevels = 16
