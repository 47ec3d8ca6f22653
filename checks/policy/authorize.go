package policy

// A Policy is a document, and where it comes from, for people: "inline policy
// cleanup".
type Policy struct {
	Name     string
	Document *Document
}

// A Layer is policies that count as one: what any of them denies is denied, and
// what none of them allows is, too.
type Layer struct {
	Name     string // for people, such as "the permissions boundary"
	Policies []Policy

	// Unread is why there may be more than these policies; nil: they are all.
	Unread error
}

// Policies are all that applies to a request of a role.
type Policies struct {
	// Limits grant nothing, and each must allow: the service or resource control
	// policies of each level from the root to the account.
	Limits []Layer
	// Boundary is the role's permissions boundary, a limit, too; nil: it has none.
	Boundary *Layer
	// Identity are the policies attached to the role and its inline policies.
	Identity Layer
	// Resource is the policy of the resource; nil: it has none.
	Resource *Layer
}

// An Authorization is what all policies together say to a request. Decision is
// the one that decided.
type Authorization struct {
	Decision
	Layer  string // the one that decided
	Policy string // in it; "" when none came close

	unread error          // why there may be policies that decide otherwise
	doubt  *Authorization // why the layer may deny, although it does not for certain
}

// Reason says in one sentence, without its full stop, why the outcome is what
// it is.
func (a Authorization) Reason() string {
	switch {
	case a.unread != nil:
		return a.Layer + " could not be read completely: " + a.unread.Error()
	case a.Policy == "":
		return "in " + a.Layer + " " + a.Decision.Reason()
	}
	return a.Policy + ", " + a.Decision.Reason()
}

// Unread is what could not be read and would have decided; nil when the outcome
// does not hang on that.
func (a Authorization) Unread() error { return a.unread }

// Authorize decides a request of a role in its own account by all policies (IAM
// User Guide, reference_policies_evaluation-logic): an explicit Deny in any of
// them wins; each limit must allow; and the role's own policies or the
// resource's must grant it. An implicit denial in the boundary does not limit
// what the resource's policy grants to everyone or to the session, as opposed to
// the role (access_policies_boundaries).
func (p Policies) Authorize(r *Request) Authorization {
	asked := *r
	asked.HasBoundary = p.Boundary != nil
	r = &asked

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
			if direct := p.Resource.direct().decide(r); better(direct, boundary) {
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
	// What denies for certain settles what is undecidable elsewhere.
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

// better reports whether a lets more through than b.
func better(a, b Authorization) bool {
	order := [...]int{Denied: 0, Undecidable: 1, Allowed: 2}
	return order[a.Outcome] > order[b.Outcome]
}

// decide decides by one layer.
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

// direct is the layer without what it grants to the role as such: what it grants
// to everyone, or to the session.
func (l *Layer) direct() *Layer {
	out := &Layer{Name: l.Name, Unread: l.Unread}
	for _, p := range l.Policies {
		d := *p.Document
		d.Statements = nil
		for _, s := range p.Document.Statements {
			var kept []Principal
			for _, principal := range s.Principals {
				if _, _, isRole := roleOf(principal); !isRole {
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
