package lifecycle

import (
	"fmt"
	"maps"
	"slices"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/policy"
)

// fix has one change for each policy that denies a request, and for each level at which no
// policy allows one. The changes are made in the management account.
func (g *guardrails) fix(denied []guardedRequest) *checks.Fix {
	fix := &checks.Fix{
		Summary: "Change the guardrails so that they allow lifecycle management. Make the change in the management account.",
		Cautions: []string{
			"update-policy replaces the whole policy. Save the output of describe-policy first.",
			"A guardrail limits every account below the root or organizational unit that it is attached to. Agree on the change with its author.",
		},
	}
	byPolicy := map[string][]guardedRequest{}
	var first []guardedRequest // of each policy, or of each level where no policy allows it
	for _, b := range denied {
		id := g.policyID(b)
		if byPolicy[id] == nil {
			first = append(first, b)
		}
		byPolicy[id] = append(byPolicy[id], b)
	}
	for _, b := range first {
		c := checks.Change{Action: checks.EditGuardrail, Partition: g.Partition, Account: g.ManagementAccount, Hint: "in " + b.Layer + ", allow " + b.what}
		if b.Explicit {
			c.Policy = g.policyID(b)
			c.Hint = fmt.Sprintf("in %s, change %s so that it does not deny %s", b.Policy, b.Statement, b.what)
			g.exempt(&c, byPolicy[c.Policy])
			fix.AddCautions(cautions(c)...)
			if p, _, _ := g.Policies[c.Policy].Get(); g.Given {
				c.Policy = p.Name
			}
		}
		fix.Changes = append(fix.Changes, c)
	}
	return fix
}

// policyID is the ID of the policy that denies the request, or the level at which no policy
// allows it.
func (g *guardrails) policyID(b guardedRequest) string {
	if !b.Explicit {
		return b.Layer
	}
	return g.ids[b.Policy]
}

// exempt edits a guardrail so that it denies none of the requests.
func (g *guardrails) exempt(c *checks.Change, denied []guardedRequest) {
	var roles []string
	var services bool
	byName := map[string][]string{} // ARNs of roles, by path and name
	for _, b := range denied {
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
	wants := policy.Wants{Shared: true, Exemption: []policy.Condition{{Operator: "ArnNotLike", Key: "aws:PrincipalArn", Values: roles}}}
	if services {
		wants.Exemption = exemption(ServicePrincipal)
	}
	kind := policy.Identity
	text := ""
	if p, found, _ := g.Policies[c.Policy].Get(); found {
		text = p.Document
	}
	if d := g.documents[c.Policy]; d.Document != nil {
		kind = d.Kind
	}
	edit(c, kind, text, wants, func(d *policy.Document) (policy.Decision, bool) {
		for _, b := range denied {
			if decision := policy.Evaluate(d, b.request); decision.Explicit {
				return decision, false
			}
		}
		return policy.Decision{}, true
	})
}
