package declared

import (
	"slices"
	"strings"

	"github.com/iblint/iblint/checks/account"
)

// Guardrail is a service control policy or a resource control policy.
type Guardrail struct {
	Place
	Unsure *account.Unread

	ID       string // as attachments name it; a symbol, because AWS makes it up
	Type     string // account.ServiceControlPolicy or account.ResourceControlPolicy
	Name     string
	Document account.Read[string]
}

// GuardrailAttachment attaches a guardrail to a root, an organizational unit or an account.
type GuardrailAttachment struct {
	Place
	Unsure *account.Unread

	Policy string // the ID of a Guardrail, or of a policy that code does not declare
	Target string // an ID
}

// attachedGuardrail is an attachment with its policy.
type attachedGuardrail struct {
	GuardrailAttachment
	policy Guardrail
}

// attachedGuardrails are the attachments of declared guardrails. What the code does not declare is
// in no document that could be evaluated.
func (c *Code) attachedGuardrails() (all []attachedGuardrail) {
	for _, a := range c.GuardrailAttachments {
		for _, g := range c.Guardrails {
			if g.ID == a.Policy {
				all = append(all, attachedGuardrail{a, g})
			}
		}
	}
	return all
}

// Limit adds the guardrails of the code to organizations that were read: a policy that has the
// name of one that exists replaces it. Code alone does not say which units an account is in, nor
// what else is attached to them, so without what was read its guardrails limit nothing.
func (c *Code) Limit(inv *account.Inventory) {
	for _, g := range inv.Guardrails {
		for _, one := range c.attachedGuardrails() {
			_, known := g.Attached[one.Target]
			if !known {
				continue // it is in no path to an account that was read
			}
			policyID := existing(g, one.policy.Name)
			if policyID == "" {
				policyID = one.policy.Address
			}
			g.Policies[policyID] = guardrail(one)
			if list := g.Attached[one.Target][one.policy.Type]; !slices.Contains(list.Items(), policyID) {
				g.Attached[one.Target][one.policy.Type] = list.With(policyID)
			}
		}
	}
}

// existing is the ID of the policy that has a name.
func existing(g *account.Guardrails, name string) string {
	for id, read := range g.Policies {
		if p, found, _ := read.Get(); found && p.Name == name {
			return id
		}
	}
	return ""
}

// guardrail is what an attachment applies.
func guardrail(one attachedGuardrail) account.Read[account.Guardrail] {
	for _, why := range []*account.Unread{one.Unsure, one.policy.Unsure} {
		if why != nil {
			return account.Unreadable[account.Guardrail](*why)
		}
	}
	document, _, err := one.policy.Document.Get()
	if err != nil {
		return account.Unreadable[account.Guardrail](account.Unread{Reason: account.Unresolved, Detail: err.Error()})
	}
	return account.Present(account.Guardrail{Name: strings.TrimSpace(one.policy.Name), Document: document})
}
