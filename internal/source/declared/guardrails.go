package declared

import (
	"regexp"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/symbol"
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

var rootID = regexp.MustCompile(`^r-[0-9a-z]{4,32}$`)

// guardrails limits the accounts of the code by the guardrails that it declares. Those of the
// account and of the root can deny. Whether those of a unit apply, and what else is attached, is
// not declared: code does not say which units an account is in.
func (c *Code) guardrails(inv *account.Inventory) {
	types := []string{account.ServiceControlPolicy, account.ResourceControlPolicy}
	g := &account.Guardrails{
		Given:   true,
		Enabled: account.Present(types),
		Parents: map[string]account.Read[string]{}, Attached: map[string]map[string]account.List[string]{}, Policies: map[string]account.Read[account.Guardrail]{},
	}
	for _, policyType := range types {
		g.Policies[policyType] = account.Present(account.FullAccess(policyType))
	}
	all := c.attachedGuardrails()
	for id, a := range inv.Accounts {
		root, elsewhere := "", ""
		concerned := false
		for _, one := range all {
			switch {
			case one.Target == id:
				concerned = true
			case rootID.MatchString(one.Target):
				concerned, root = true, one.Target
			case !account.IsAccountID(one.Target) || !account.IsAccountID(id): // it may be a unit that the account is in
				concerned, elsewhere = true, symbol.Text(one.Target)
			}
		}
		if !concerned {
			continue
		}
		why := account.Unread{Reason: account.Undeclared, Detail: "which other policies of the organization apply to the account"}
		if elsewhere != "" {
			why.Detail = "whether the account is in " + elsewhere + ", to which a policy is attached"
		}
		for _, target := range slices.Compact([]string{id, root}) {
			if target == "" {
				continue
			}
			g.Parents[target] = account.Unreadable[string](why)
			g.Attached[target] = map[string]account.List[string]{}
			for _, policyType := range types {
				ids := []string{policyType}
				for _, one := range all {
					if one.Target == target && one.policy.Type == policyType {
						ids = append(ids, one.policy.Address)
						g.Policies[one.policy.Address] = guardrail(one)
					}
				}
				g.Attached[target][policyType] = account.Complete(ids)
			}
		}
		if root != "" {
			g.Parents[id] = account.Present(root)
		}
		a.Membership = account.Present(account.Membership{})
	}
	if len(g.Parents) > 0 {
		inv.Guardrails = map[string]*account.Guardrails{"": g}
	}
}

// Limit adds the guardrails of the code to organizations that were read: a policy that has the
// name of one that exists replaces it.
func (c *Code) Limit(inv *account.Inventory) {
	for id, g := range inv.Guardrails {
		if id == "" {
			continue
		}
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
