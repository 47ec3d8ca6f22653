package declared

import (
	"cmp"
	"maps"
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

// Limit adds the guardrails of the code to organizations that were read. A policy that exists, by
// its ID or by its name, gets the document of the code wherever it is attached. Code alone does not
// say which units an account is in, nor what else is attached to them, so without what was read its
// guardrails limit nothing.
func (c *Code) Limit(inv *account.Inventory) {
	for _, g := range inv.Guardrails {
		if g.Policies == nil { // a recording need not have any
			g.Policies = map[string]account.Read[account.Guardrail]{}
		}
		for _, a := range c.Removed.GuardrailAttachments {
			for policyType, list := range g.Attached[a.Target] {
				g.Attached[a.Target][policyType] = without(list, func(id string) bool { return id == a.Policy })
			}
		}
		for _, p := range c.Guardrails {
			if id := existing(g, p); id != "" && p.Unsure == nil {
				g.Policies[id] = p.read()
			}
		}
		for _, a := range c.GuardrailAttachments {
			c.attach(g, a)
		}
	}
}

// attach attaches a guardrail. What it is attached to is perhaps in no path to an account that was
// read, and then it limits nothing.
func (c *Code) attach(g *account.Guardrails, a GuardrailAttachment) {
	_, known := g.Attached[a.Target]
	if !known && !symbol.In(a.Target) {
		return
	}
	p, declared := c.guardrail(a.Policy)
	types := []string{p.Type}
	id := existing(g, p)
	if !declared {
		p.Name, id, types = symbol.Text(a.Policy), a.Policy, typesOf(g, a.Policy)
	}
	policy, why := p.read(), cmp.Or(a.Unsure, p.Unsure)
	if _, read := g.Policies[id]; !declared && read {
		policy = g.Policies[id]
	} else if !declared {
		policy = account.Unreadable[account.Guardrail](undeclared)
	}
	target := a.Target
	if symbol.In(target) {
		target, why = "", cmp.Or(why, attachedTo(p.Name, target))
	}
	for _, policyType := range types {
		if why != nil {
			g.Possible = append(g.Possible, account.PossibleGuardrail{Type: policyType, Target: target, Policy: policy, Why: *why})
			continue
		}
		id := cmp.Or(id, p.Address)
		g.Policies[id] = policy
		if list := g.Attached[target][policyType]; !slices.Contains(list.Items(), id) {
			g.Attached[target][policyType] = list.With(id)
		}
	}
}

// attachedTo is why it is not known what a guardrail limits.
func attachedTo(name, target string) *account.Unread {
	s := symbol.First(target)
	return &account.Unread{Reason: account.Unresolved, Detail: "guardrail " + strings.TrimSpace(name) + " is attached to " + symbol.Text(target) + ": " + s.Why}
}

// guardrail is the declared guardrail with an ID.
func (c *Code) guardrail(id string) (Guardrail, bool) {
	i := slices.IndexFunc(c.Guardrails, func(p Guardrail) bool { return p.ID == id })
	if i < 0 {
		return Guardrail{}, false
	}
	return c.Guardrails[i], true
}

// existing is the ID of a declared policy that is there already.
func existing(g *account.Guardrails, p Guardrail) string {
	if _, read := g.Policies[p.ID]; read {
		return p.ID
	}
	for _, id := range slices.Sorted(maps.Keys(g.Policies)) {
		if there, found, _ := g.Policies[id].Get(); found && there.Name == strings.TrimSpace(p.Name) {
			return id
		}
	}
	return ""
}

// typesOf are the types that a policy which the code does not declare can have: that by which it is
// attached somewhere, or else any.
func typesOf(g *account.Guardrails, id string) []string {
	all := []string{account.ServiceControlPolicy, account.ResourceControlPolicy}
	for _, types := range g.Attached {
		for _, policyType := range all {
			if slices.Contains(types[policyType].Items(), id) {
				return []string{policyType}
			}
		}
	}
	return all
}

// read is the guardrail, as inventories have it.
func (p Guardrail) read() account.Read[account.Guardrail] {
	document, _, err := p.Document.Get()
	if err != nil {
		return account.Unreadable[account.Guardrail](account.Unread{Reason: account.Unresolved, Detail: err.Error()})
	}
	return account.Present(account.Guardrail{Name: strings.TrimSpace(p.Name), Document: document})
}
