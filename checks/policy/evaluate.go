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
	// NotAction, Resource, NotResource or Condition; Effect if all others hold
	// and none stands out; "" without a statement.
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
// Requests are decided whose principal is a service or a role; whether another
// principal is covered by a Principal element that is not "*" is undecidable.
// An Identity document is taken to be the principal's own.
//
// Evaluate keeps d and r in the decision, and changes neither.
func Evaluate(d *Document, r *Request) Decision {
	var t tally
	t.add(d, 0, r)
	decision, _ := t.decide(r)
	return decision
}

// A tally is what documents that are decided together say to a request.
type tally struct {
	allow, deny, closest matching // the best of each so far
	denied               bool     // deny matches for certain
}

// add counts the statements of one more document, which is known by index.
func (t *tally) add(d *Document, index int, r *Request) {
	for i := range d.Statements {
		if t.denied {
			return
		}
		m := d.Statements[i].match(r)
		m.index = index
		switch {
		case m.statement.Effect == Deny:
			if m.result == yes {
				t.deny, t.denied = m.settled(), true
			}
			if m.result == maybe && t.deny.statement == nil {
				t.deny = m
			}
		case m.result == no:
			if t.closest.statement == nil || m.passed > t.closest.passed {
				t.closest = m
			}
		case t.allow.statement == nil || m.result > t.allow.result:
			t.allow = m
		}
	}
}

// decide gives the decision, and the document that decided.
func (t *tally) decide(r *Request) (Decision, int) {
	switch {
	case t.denied:
		return t.deny.decide(Denied, true, r), t.deny.index
	case t.allow.statement == nil:
		return t.closest.decide(Denied, false, r), t.closest.index
	case t.deny.statement != nil:
		return t.deny.decide(Undecidable, false, r), t.deny.index
	case t.allow.result == maybe:
		return t.allow.decide(Undecidable, false, r), t.allow.index
	default:
		return t.allow.settled().decide(Allowed, false, r), t.allow.index
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
	index     int // of the document, among those that are decided together
}

// match decides whether the statement applies to the request: three-valued
// AND of principal, action, resource and conditions. The first false ends it.
func (s *Statement) match(r *Request) matching {
	m := matching{result: yes, statement: s}
	if s.Principals != nil || s.NotPrincipals != nil {
		element, t, why := s.matchPrincipal(r)
		if m.and(element, nil, t, why) {
			return m
		}
	}
	element, t := s.matchAction(r.Action)
	if m.and(element, nil, t, cause{}) {
		return m
	}
	if s.Resources != nil || s.NotResources != nil {
		element, t, why := s.matchResource(r)
		if m.and(element, nil, t, why) {
			return m
		}
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
