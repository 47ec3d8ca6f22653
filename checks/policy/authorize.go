package policy

import "slices"

// A Policy is a document with a name for messages, such as "inline policy
// cleanup".
type Policy struct {
	Name     string
	Document *Document
}

// A Layer is a set of policies that are evaluated as one: a request is denied if
// any of them denies it or none of them allows it.
type Layer struct {
	Name     string // for messages, such as "the permissions boundary"
	Policies []Policy

	// Unread is the reason why other policies of the layer may exist that could not
	// be read. It is nil if Policies is complete.
	Unread error
}

// Policies are all the policies that apply to a request of a role.
type Policies struct {
	// Limits are the service or resource control policies of each level from the
	// root to the account. They grant nothing, and each level must allow.
	Limits []Layer
	// Boundary is the permissions boundary of the role, which is also a limit. It is
	// nil if the role has none.
	Boundary *Layer
	// Identity holds the attached and the inline policies of the role.
	Identity Layer
	// Resource is the policy of the resource. It is nil if the resource has none.
	Resource *Layer
}

// An Authorization is the result of evaluating a request against all policies.
// Decision is the decision of the layer that decided.
type Authorization struct {
	Decision
	Layer  string // name of the layer that decided
	Policy string // name of the policy in it that decided; "" if it has no statement

	unread error          // why policies may exist that decide otherwise
	doubt  *Authorization // set if the layer may deny the request, but not certainly
}

// Reason explains the outcome in one sentence without a full stop.
func (a Authorization) Reason() string {
	switch {
	case a.unread != nil:
		return a.Layer + " could not be read completely: " + a.unread.Error()
	case a.Policy == "":
		return "in " + a.Layer + " " + a.Decision.Reason()
	}
	return a.Policy + ", " + a.Decision.Reason()
}

// Unread returns why policies that would have decided could not be read. It is
// nil if the outcome does not depend on them.
func (a Authorization) Unread() error { return a.unread }

// Authorize evaluates a request of a role in its own account against all policies
// (IAM User Guide, reference_policies_evaluation-logic). An explicit Deny in any
// policy wins, each limit must allow, and the policies of the role or of the
// resource must grant the request. An implicit denial in the boundary does not
// limit what the resource's policy grants to everyone or to the session, only what
// it grants to the role (access_policies_boundaries).
func (p Policies) Authorize(r *Request) Authorization {
	request := *r
	request.HasBoundary = p.Boundary != nil
	a := p.authorize(&request)
	if a.Outcome != Undecidable {
		return a
	}
	again := func(r *Request) (Authorization, Decision) { a := p.authorize(r); return a, a.Decision }
	for _, layers := range p.required() {
		if denied, ok := settleNarrowed(allowsOf(layers), &request, again); ok {
			return denied
		}
	}
	return a
}

// required returns the sets of layers of which each must allow a request: the policies of
// the role and of the resource together, and each limit. A set that could not be read
// completely may allow anything, and is left out.
func (p Policies) required() (sets [][]*Layer) {
	grants := []*Layer{&p.Identity}
	if p.Resource != nil {
		grants = append(grants, p.Resource)
	}
	sets = append(sets, grants)
	for i := range p.Limits {
		sets = append(sets, []*Layer{&p.Limits[i]})
	}
	// What the resource's policy grants may pass the boundary (see Authorize).
	if p.Boundary != nil && p.Resource == nil {
		sets = append(sets, []*Layer{p.Boundary})
	}
	return slices.DeleteFunc(sets, func(layers []*Layer) bool {
		return slices.ContainsFunc(layers, func(l *Layer) bool { return l.Unread != nil })
	})
}

func allowsOf(layers []*Layer) (all []*Statement) {
	for _, l := range layers {
		for _, p := range l.Policies {
			all = append(all, allows(p.Document)...)
		}
	}
	return all
}

func (p Policies) authorize(r *Request) Authorization {
	grant := p.Identity.decide(r)
	all := []Authorization{grant}
	if p.Resource != nil {
		other := p.Resource.decide(r)
		if better(other, grant) {
			grant = other
		}
		all = append(all, other)
	}
	var limits []Authorization
	for i := range p.Limits {
		limits = append(limits, p.Limits[i].decide(r))
	}
	if p.Boundary != nil {
		boundary := p.Boundary.decide(r)
		if p.Resource != nil && !boundary.Explicit {
			if direct := p.Resource.direct(r.Principal).decide(r); better(direct, boundary) {
				direct.doubt = boundary.doubt
				boundary = direct
			}
		}
		limits = append(limits, boundary)
	}
	all = append(limits, all...)

	for _, one := range all {
		if one.Explicit {
			return one
		}
	}
	// A certain denial settles what is undecidable elsewhere.
	worst := grant
	for _, limit := range limits {
		if better(worst, limit) {
			worst = limit
		}
	}
	if worst.Outcome == Allowed {
		for _, one := range all {
			if one.doubt != nil {
				return *one.doubt
			}
		}
	}
	return worst
}

// better reports whether a permits more than b.
func better(a, b Authorization) bool {
	order := [...]int{Denied: 0, Undecidable: 1, Allowed: 2}
	return order[a.Outcome] > order[b.Outcome]
}

// decide evaluates a request against one layer.
func (l *Layer) decide(r *Request) Authorization {
	var t tally
	for i := range l.Policies {
		t.add(l.Policies[i].Document, i, r)
	}
	decision, index := t.decide(r)
	a := Authorization{Decision: decision, Layer: l.Name}
	if decision.Statement != nil {
		a.Policy = l.Policies[index].Name
	}
	if t.deny.statement != nil && !t.denied {
		doubt := Authorization{Decision: t.deny.decide(Undecidable, false, r), Layer: l.Name, Policy: l.Policies[t.deny.index].Name}
		a.doubt = &doubt
	}
	if l.Unread != nil && !a.Explicit {
		a.Outcome, a.unread = Undecidable, l.Unread
		doubt := a
		a.doubt = &doubt
	}
	return a
}

// direct returns the layer with only the grants to a role that a permissions boundary does
// not limit: those to everyone and to the session, without those to the role.
func (l *Layer) direct(role Principal) *Layer {
	out := &Layer{Name: l.Name, Unread: l.Unread}
	for _, p := range l.Policies {
		d := *p.Document
		d.Statements = nil
		for _, s := range p.Document.Statements {
			var kept []Principal
			for _, principal := range s.Principals {
				// A symbol in place of the whole ID may be the session.
				compiled := Principal{principal.Type, compileSymbols(principal.ID)}
				_, _, isRole := roleOf(compiled)
				if !isRole && compiled != (Principal{role.Type, compileSymbols(role.ID)}) {
					kept = append(kept, principal)
				}
			}
			if s.Effect == Allow && s.NotPrincipals == nil {
				s.Principals = append([]Principal{}, kept...)
			}
			d.Statements = append(d.Statements, s)
		}
		out.Policies = append(out.Policies, Policy{p.Name, &d})
	}
	return out
}
