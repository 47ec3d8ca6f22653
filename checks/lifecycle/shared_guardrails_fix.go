package lifecycle

import (
	"fmt"
	"maps"
	"slices"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/checks/policy"
)

// fix has one change for each policy that denies a request, and for each level at which no
// policy allows one. The changes are made in the management account. Each edit is evaluated for
// all requests of the accounts in which one was denied. If another policy denies a request too,
// it has a change of its own.
func (g *guardrails) fix(denied []guardedRequest) *checks.Fix {
	fix := &checks.Fix{
		Summary: "Change the guardrails so that they allow lifecycle management. Make the change in the management account.",
		Cautions: []string{
			"update-policy replaces the whole policy. Save the output of describe-policy first.",
			"A guardrail limits every account below the root or organizational unit that it is attached to. Agree on the change with its author.",
		},
	}
	edited := g.again(denied)
	changed := map[string]bool{} // policies, and levels where no policy allows a request
	for {
		i := slices.IndexFunc(denied, func(b guardedRequest) bool { return !changed[g.policyID(b)] })
		if i < 0 {
			return fix
		}
		b := denied[i]
		id := g.policyID(b)
		changed[id] = true
		c := checks.Change{Action: checks.EditGuardrail, Partition: g.Partition, Account: g.ManagementAccount, Hint: "in " + b.Layer + ", allow " + b.what}
		if b.Explicit {
			c.Policy = id
			c.Hint = fmt.Sprintf("in %s, change %s so that it does not deny %s", b.Policy, b.Statement, b.what)
			edited.exempt(&c, b.need)
			fix.AddCautions(cautions(c)...)
			if p, _, _ := g.Policies[c.Policy].Get(); g.Given {
				c.Policy = p.Name
			} else {
				c.PolicyName = p.Name
			}
			if after := documentOf(c.After); after != nil { // what it hid is found now
				edited.documents[id] = guardrail{Document: after}
				denied = append(denied, edited.denials(b.need)...)
			}
		}
		fix.Changes = append(fix.Changes, c)
	}
}

// policyID is the ID of the policy that denies the request, or the level at which no policy
// allows it.
func (g *guardrails) policyID(b guardedRequest) string {
	if !b.Explicit {
		return b.Layer
	}
	return g.named[b.Policy].id
}

// again are the guardrails, to evaluate the requests in the accounts of the denied ones again.
func (g *guardrails) again(denied []guardedRequest) *guardrails {
	edited := &guardrails{GuardedOrganization: g.GuardedOrganization, documents: maps.Clone(g.documents), named: g.named}
	edited.Members = slices.DeleteFunc(slices.Clone(g.Members), func(m demand.GuardedAccount) bool {
		return !slices.ContainsFunc(denied, func(b guardedRequest) bool { return b.member == m.Account })
	})
	return edited
}

// denials evaluates all requests, and returns those that are denied and needed at least so surely.
func (g *guardrails) denials(least demand.Strength) []guardedRequest {
	now := &guardrails{GuardedOrganization: g.GuardedOrganization, documents: g.documents, named: g.named}
	for _, m := range g.Members {
		if err := now.evaluate(m); err != nil {
			return nil // it was evaluated before
		}
	}
	if least == demand.Certain {
		return now.denied
	}
	return slices.Concat(now.denied, now.deniedHelpful)
}

// exempt edits a guardrail so that it denies none of the requests that are needed at least so surely.
func (g *guardrails) exempt(c *checks.Change, least demand.Strength) {
	id := c.Policy
	denies := func(all []guardedRequest) []guardedRequest {
		return slices.DeleteFunc(all, func(b guardedRequest) bool { return !b.Explicit || g.policyID(b) != id })
	}
	var roles []string
	var services bool
	byName := map[string][]string{} // ARNs of roles, by path and name
	for _, b := range denies(g.denials(least)) {
		name := b.role.Path + b.role.Name
		if b.request.Principal.Type == "Service" {
			services = true
		} else if !slices.Contains(byName[name], b.role.ARN) {
			byName[name] = append(byName[name], b.role.ARN)
		}
	}
	// An exemption by name holds for everyone who can create a role with that name. So the
	// exemption lists the accounts, unless they are many.
	const most = 5
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		arns := byName[name]
		if len(arns) > most {
			arns = []string{"arn:" + g.Partition + ":iam::*:role" + name}
		}
		roles = append(roles, arns...)
	}
	wants := policy.Wants{
		Shared:    true,
		Values:    map[string][]string{"aws:PrincipalArn": roles},
		Exemption: []policy.Condition{{Operator: "ArnNotLike", Key: "aws:PrincipalArn", Values: roles}},
	}
	if services {
		wants.Exemption = exemption(ServicePrincipal)
		wants.Values["aws:PrincipalServiceName"] = []string{ServicePrincipal}
	}
	kind := policy.Identity
	text := ""
	if p, found, _ := g.Policies[id].Get(); found {
		text = p.Document
	}
	before := g.documents[id]
	if before.Document != nil {
		kind = before.Kind
	}
	edit(c, kind, text, wants, func(d *policy.Document) (policy.Decision, bool) {
		g.documents[id] = guardrail{Document: d}
		defer func() { g.documents[id] = before }()
		for _, m := range g.Members {
			one := &guardrails{GuardedOrganization: g.GuardedOrganization, documents: g.documents, named: g.named}
			one.Members = []demand.GuardedAccount{m}
			if still := denies(one.denials(least)); len(still) > 0 {
				return still[0].Decision, false
			}
		}
		return policy.Decision{}, true
	})
}
