package lifecycle

import (
	"fmt"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/checks/policy"
)

// guardrail is a parsed policy, or the error of parsing it.
type guardrail struct {
	*policy.Document
	err error
}

// placed is the actor with the path of its account in the organization, which only the
// check of the guardrails reads.
func (g *guardrails) placed(a *actor) *actor {
	if path := g.Path(a.account); path != "" {
		a.path = policy.Known(path)
	}
	return a
}

// permissions evaluates the requests that a role makes. Service control policies limit all
// of them. Resource control policies limit those on repositories (AWS Organizations User
// Guide, "Resource control policies": they support ECR and STS, and not EC2).
func (g *guardrails) permissions(a *actor, service, resource guardrailLimits) {
	evaluate := func(limits guardrailLimits, limited func(evaluation) bool) {
		requests := func(all []evaluation) (out []guardedRequest) {
			for _, e := range all {
				if limited(e) {
					out = append(out, guardedRequest{e.Authorization, fmt.Sprintf("%s by role %s of %s", e, a.role.Name, a.account), e.request, a.role, a.account, e.need, a.why(e), false})
				}
			}
			return out
		}
		evaluated := func(layers []policy.Layer) results {
			a.policies = policy.Policies{Identity: everything, Limits: layers}
			return a.sort(a.evaluate())
		}
		r := evaluated(limits.certain)
		for _, p := range limits.possible {
			with := evaluated(append(slices.Clip(limits.certain), p.Layer))
			for _, one := range requests(slices.Concat(with.denied, with.doubtful)) {
				if one.Layer == p.Name {
					one.why, one.perhaps = p.why, true
					g.undecided = append(g.undecided, one)
				}
			}
		}
		g.allowed += len(requests(r.allowed))
		g.denied = append(g.denied, requests(r.denied)...)
		g.deniedHelpful = append(g.deniedHelpful, requests(r.lesser)...)
		g.undecided = append(g.undecided, requests(r.doubtful)...)
	}
	evaluate(service, func(evaluation) bool { return true })
	if len(resource.certain)+len(resource.possible) > 0 {
		evaluate(resource, func(e evaluation) bool { return e.On == policy.Repository })
	}
}

// assume evaluates whether Image Builder can assume a role. Only resource control policies
// apply: service control policies do not limit AWS services.
func (g *guardrails) assume(c caller, role *account.Role, id string, now policy.Value, resource guardrailLimits) guardedRequest {
	source := g.SourceOrganization(c.sourceAccount)
	r := assumeRole(c, role, g.Partition, id, surroundings{source: source, resource: account.Present(g.Membership), time: now})
	r.Resource = policy.Known(role.ARN)
	decision := policy.Policies{Identity: everything, Limits: resource.certain}.Authorize(r)
	what := fmt.Sprintf("%s of role %s of %s", c, role.Name, id)
	for _, p := range resource.possible {
		with := policy.Policies{Identity: everything, Limits: append(slices.Clip(resource.certain), p.Layer)}.Authorize(r)
		if decision.Outcome == policy.Allowed && with.Outcome != policy.Allowed {
			g.undecided = append(g.undecided, guardedRequest{with, what, r, role, id, demand.Certain, p.why, true})
		}
	}
	why := decision.Unread()
	switch strings.ToLower(decision.UnknownKey()) {
	case "aws:sourceorgid", "aws:sourceorgpaths":
		_, _, why = source.Get()
	}
	return guardedRequest{decision, what, r, role, id, demand.Certain, why, false}
}

// guardrailLimits are the guardrails of a type that limit an account, and those that perhaps do.
type guardrailLimits struct {
	certain  []policy.Layer // one for each level
	possible []possibleLayer
}

// possibleLayer is a guardrail of which it is not known whether it limits an account. It allows
// everything that it does not deny.
type possibleLayer struct {
	policy.Layer
	why error
}

func (g *guardrails) limits(id, policyType string, kind policy.Kind, what string) (all guardrailLimits, err error) {
	levels, err := g.Levels(id, policyType)
	if err != nil && len(levels) == 0 {
		return all, fmt.Errorf("guardrails not evaluated: the %s that limit account %s could not be read: %w", what, id, err)
	}
	if len(levels) == 0 { // the type is not in force
		return all, nil
	}
	all.certain = g.layers(levels, err, kind, what)
	for _, p := range g.PossibleFor(levels, policyType) {
		one := possibleLayer{policy.Layer{Name: "a possible " + strings.TrimSuffix(what, "ies") + "y", Policies: everything.Policies}, p.Why}
		declared, _, err := p.Policy.Get()
		var document *policy.Document
		if err == nil {
			one.Name += " " + visible(declared.Name)
			document, err = policy.Parse(kind, declared.Document)
		}
		if err != nil {
			addGap(&one.Layer, err)
		} else {
			one.Policies = append(slices.Clip(one.Policies), policy.Policy{Name: one.Name, Document: document})
		}
		all.possible = append(all.possible, one)
	}
	return all, nil
}

// layers are the guardrails of each level. Unread is why there may be further levels.
func (g *guardrails) layers(levels []account.Level, unread error, kind policy.Kind, what string) []policy.Layer {
	var layers []policy.Layer
	for _, level := range levels {
		l := policy.Layer{Name: fmt.Sprintf("the %s at %s", what, level.Target), Unread: level.Unread}
		for _, p := range level.Policies {
			parsed, known := g.documents[p.ID]
			if !known {
				parsed.Document, parsed.err = policy.Parse(kind, p.Document)
				g.documents[p.ID] = parsed
			}
			name := strings.TrimSuffix(what, "ies") + "y " + visible(p.Name)
			short := name
			if !g.Given {
				name += " (" + p.ID + ")"
			}
			name += " at " + level.Target
			g.named[name] = named{p.ID, short}
			if parsed.err != nil {
				addGap(&l, checks.InShort(short+" cannot be parsed", notParsed(name, parsed.err)))
				continue
			}
			l.Policies = append(l.Policies, policy.Policy{Name: name, Document: parsed.Document})
		}
		layers = append(layers, l)
	}
	if unread != nil { // what was read may still deny a request
		layers = append(layers, policy.Layer{Name: fmt.Sprintf("the %s above %s", what, levels[0].Target), Unread: unread})
	}
	return layers
}
