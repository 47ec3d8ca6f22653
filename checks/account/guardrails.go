package account

import (
	"maps"
	"slices"
	"strconv"
)

// Membership is the organization that an account belongs to, as DescribeOrganization
// tells every member of it.
type Membership struct {
	Organization      string `json:"organization"`      // its ID: o-…; empty: not known, but its guardrails are given
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

	// Policies by their ID. Absent: it does not exist, which contradicts Attached (see Reconcile).
	Policies map[string]Read[Guardrail] `json:"policies,omitempty"`

	// Given says that somebody gave them instead of letting them be read: the IDs are
	// not AWS's.
	Given bool `json:"-"`
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

// GivenLevel is guardrails that somebody gave instead of letting them be read: one
// or more of one type at one level.
type GivenLevel struct {
	Type     string // ServiceControlPolicy or ResourceControlPolicy
	Target   string // an account ID, for that account alone; any other word, for all
	Policies []Guardrail
}

// LimitBy puts given guardrails in the place of what was read: the levels that are
// for all accounts, from the root down, then the account's own. Where no service
// control policy is given, everything is allowed, as by the FullAWSAccess that AWS
// attaches; by resource control policies it is at every level, since nobody can detach
// RCPFullAWSAccess (AWS Organizations User Guide, "RCP evaluation"). It returns the
// accounts for which some are given and in which nothing is judged.
func (inv *Inventory) LimitBy(given []GivenLevel) (idle []string) {
	if len(given) == 0 {
		return nil
	}
	const everything = "(everything)"
	g := &Guardrails{
		Given:   true,
		Enabled: Present([]string{ServiceControlPolicy, ResourceControlPolicy}),
		Parents: map[string]Read[string]{}, Attached: map[string]map[string]List[string]{}, Policies: map[string]Read[Guardrail]{},
	}
	for policyType, document := range map[string]string{
		ServiceControlPolicy:  `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`,
		ResourceControlPolicy: `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}`,
	} {
		g.Policies[everything+policyType] = Present(Guardrail{Name: everything, Document: document})
	}
	attach := func(target, policyType string, ids ...string) {
		if g.Attached[target] == nil {
			g.Attached[target] = map[string]List[string]{}
		}
		g.Attached[target][policyType] = Complete(slices.Concat(g.Attached[target][policyType].Items(), ids))
	}
	var chain []string // from the root down
	for i, level := range given {
		if !IsAccountID(level.Target) && !slices.Contains(chain, level.Target) {
			chain = append(chain, level.Target)
		}
		for n, p := range level.Policies {
			id := level.Target + "/" + strconv.Itoa(i+1) + "." + strconv.Itoa(n+1)
			g.Policies[id] = Present(p)
			attach(level.Target, level.Type, id)
		}
	}
	for i, target := range chain {
		g.Parents[target] = Absent[string]()
		if i > 0 {
			g.Parents[target] = Present(chain[i-1])
		}
	}
	guardrails := map[string]*Guardrails{}
	subjects := inv.View().accountsWithSubjects()
	for _, level := range given {
		if IsAccountID(level.Target) && !slices.Contains(subjects, level.Target) && !slices.Contains(idle, level.Target) {
			idle = append(idle, level.Target)
		}
	}
	for _, id := range subjects {
		if inv.Accounts[id] == nil {
			inv.Accounts[id] = &Account{}
		}
		m, _, _ := inv.Accounts[id].Membership.Get()
		m.ConsolidatedBilling = false
		inv.Accounts[id].Membership = Present(m)
		guardrails[m.Organization] = g
		g.Parents[id] = Absent[string]()
		if len(chain) > 0 {
			g.Parents[id] = Present(chain[len(chain)-1])
		}
	}
	for target := range g.Parents {
		if len(g.Attached[target][ServiceControlPolicy].Items()) == 0 {
			attach(target, ServiceControlPolicy, everything+ServiceControlPolicy)
		}
		attach(target, ResourceControlPolicy, everything+ResourceControlPolicy)
	}
	inv.Guardrails = guardrails
	return idle
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

// MaxLevels bounds the tree of an organization: it is more than the root, five levels of units and an account (AWS
// Organizations User Guide, "Quotas").
const MaxLevels = 16
