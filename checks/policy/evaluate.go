package policy

// Outcome is what a document says to a request.
type Outcome int

// The outcomes.
const (
	Denied Outcome = iota // the zero value: what nothing allows is denied
	Allowed
	Undecidable
)

// String returns the outcome as a word in lower case.
func (o Outcome) String() string {
	switch o {
	case Allowed:
		return "allowed"
	case Undecidable:
		return "undecidable"
	default:
		return "denied"
	}
}

// A Decision is an outcome with what decided it.
type Decision struct {
	Outcome Outcome
	// Explicit: denied by a Deny statement, not for want of an Allow.
	Explicit bool
	// Statement decided; for an implicit denial it is the Allow statement that
	// came closest. It is nil if there is none.
	Statement *Statement
	// Element of Statement that decided: Principal, NotPrincipal, Action,
	// NotAction, Condition or Resource; Effect if all others hold and none
	// stands out; "" without a statement.
	Element string
	// Condition that decided, if Element is Condition, else nil. If several
	// hold together, it is the first.
	Condition *Condition

	request *Request
	why     cause // of an undecidable outcome
}

// Evaluate decides a request by a document. Nothing else is looked at: no
// other policy that limits the role or the caller.
//
// An explicit Deny wins, and without an Allow the request is denied (IAM User
// Guide, reference_policies_evaluation-logic_policy-eval-denyallow). A
// statement that may match makes the request undecidable, unless the rest
// settles it: a Deny that may match matters only if something may allow.
//
// Requests are decided whose principal is a service; whether another
// principal is covered by a Principal element that is not "*" is undecidable.
// Resource elements are not evaluated yet, so an Identity document is always
// undecidable.
//
// Evaluate keeps d and r in the decision, and changes neither.
func Evaluate(d *Document, r *Request) Decision {
	if d.Kind == Identity {
		return Decision{Outcome: Undecidable, Element: "Resource", request: r}
	}
	var allow, deny, closest matching // the best of each so far
	for i := range d.Statements {
		m := d.Statements[i].match(r)
		switch {
		case m.statement.Effect == Deny:
			if m.result == yes {
				m = m.settled()
				return m.decide(Denied, true, r)
			}
			if m.result == maybe && deny.statement == nil {
				deny = m
			}
		case m.result == no:
			if closest.statement == nil || m.passed > closest.passed {
				closest = m
			}
		case allow.statement == nil || m.result > allow.result:
			allow = m
		}
	}
	switch {
	case allow.statement == nil:
		return closest.decide(Denied, false, r)
	case deny.statement != nil:
		return deny.decide(Undecidable, false, r)
	case allow.result == maybe:
		return allow.decide(Undecidable, false, r)
	default:
		allow = allow.settled()
		return allow.decide(Allowed, false, r)
	}
}

// A matching is how a statement meets a request.
type matching struct {
	result    truth
	statement *Statement
	element   string // the first that fails, else the first that is maybe
	condition *Condition
	why       cause
	passed    int // how many elements come before the one that fails
}

// match decides whether the statement applies to the request: three-valued
// AND of principal, action and conditions. The first false ends it.
func (s *Statement) match(r *Request) matching {
	m := matching{result: yes, statement: s}
	element, t, why := s.matchPrincipal(r.Principal)
	if m.and(element, nil, t, why) {
		return m
	}
	element, t = s.matchAction(r.Action)
	if m.and(element, nil, t, cause{}) {
		return m
	}
	for i := range s.Conditions {
		c := &s.Conditions[i]
		t, why := c.holds(r.Context)
		if m.and("Condition", c, t, why) {
			return m
		}
	}
	return m
}

// and adds the answer of one element, and reports whether it settles the
// statement as not matching.
func (m *matching) and(element string, c *Condition, t truth, why cause) bool {
	if t < m.result {
		m.result, m.element, m.condition, m.why = t, element, c, why
	}
	if t != no {
		m.passed++
	}
	return t == no
}

// settled names what decided a statement that matches as a whole.
func (m matching) settled() matching {
	m.element = "Effect"
	if len(m.statement.Conditions) > 0 {
		m.element, m.condition = "Condition", &m.statement.Conditions[0]
	}
	return m
}

func (m matching) decide(o Outcome, explicit bool, r *Request) Decision {
	return Decision{
		Outcome:   o,
		Explicit:  explicit,
		Statement: m.statement,
		Element:   m.element,
		Condition: m.condition,
		request:   r,
		why:       m.why,
	}
}

// matchAction compares the action with Action or NotAction, ignoring letter
// case (IAM User Guide, reference_policies_elements_action and
// reference_policies_elements_notaction).
func (s *Statement) matchAction(action string) (element string, t truth) {
	listed := false
	for _, pattern := range s.actions {
		if matchFold(pattern, action) {
			listed = true
			break
		}
	}
	if s.NotActions != nil {
		return "NotAction", truthOf(!listed)
	}
	return "Action", truthOf(listed)
}

// matchPrincipal compares the principal with Principal or NotPrincipal (IAM
// User Guide, reference_policies_elements_principal and
// reference_policies_elements_notprincipal).
func (s *Statement) matchPrincipal(p Principal) (element string, t truth, why cause) {
	if s.NotPrincipals == nil {
		t, why = covers(s.Principals, p)
		// That {"AWS": "*"} covers services is not documented. A denial has to
		// be reckoned with all the same.
		if s.Effect == Deny && why.kind == awsEveryone {
			t, why = yes, cause{}
		}
		return "Principal", t, why
	}
	if s.Effect == Allow {
		// "you can't use [it] with Allow": what AWS makes of one is not
		// documented.
		return "NotPrincipal", maybe, cause{kind: allowNotPrincipal}
	}
	t, why = covers(s.NotPrincipals, p)
	return "NotPrincipal", t.not(), why
}

// covers decides whether a list of principals includes one. Names are
// compared exactly.
func covers(list []Principal, p Principal) (truth, cause) {
	result, why := no, cause{}
	for _, l := range list {
		switch {
		case l == everyone || l == p:
			return yes, cause{}
		case l == Principal{"AWS", "*"}:
			result, why = maybe, cause{kind: awsEveryone}
		case p.Type != "Service" && result == no:
			// An account covers its users and roles, and so on.
			result, why = maybe, cause{kind: otherPrincipal}
		}
	}
	return result, why
}
