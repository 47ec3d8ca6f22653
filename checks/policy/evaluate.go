package policy

// Outcome is the result of evaluating a request.
type Outcome int

// The outcomes.
const (
	Denied Outcome = iota // the zero value: a request that nothing allows is denied
	Allowed
	Undecidable
)

// String returns the outcome in lower case.
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

// A Decision is an outcome with the statement and element that decided it.
type Decision struct {
	Outcome Outcome
	// Explicit reports that a Deny statement denied the request. It is false if no
	// statement allowed the request (an implicit denial).
	Explicit bool
	// Statement is the statement that decided. For an implicit denial it is the
	// Allow statement that came closest to a match. It is nil if there is none.
	Statement *Statement
	// Element is the element of Statement that decided: Principal, NotPrincipal,
	// Action, NotAction, Resource, NotResource or Condition. It is Effect if all
	// elements match and there is no condition, or if the effect is unknown. It is
	// Statement if the statement as a whole is unknown, and "" without a statement.
	Element string
	// Condition is the condition that decided if Element is Condition, else nil. If
	// all conditions hold, it is the first.
	Condition *Condition

	request *Request
	why     cause // of an undecidable outcome
}

// Evaluate evaluates a request against one document. It does not consider other
// policies that limit the role or the caller; see Policies.Authorize.
//
// An explicit Deny wins, and a request without an Allow is denied (IAM User Guide,
// reference_policies_evaluation-logic_policy-eval-denyallow). A statement that may
// match makes the request undecidable, unless other statements settle it: a Deny
// that may match has no effect if no statement may allow the request.
//
// The principal of a request must be a service or a role. Whether a Principal
// element other than "*" covers another principal is undecidable. An Identity
// document is taken as the policy of the request's principal.
//
// The decision refers to d and to r, or to a request that r stands for; Evaluate changes
// neither.
func Evaluate(d *Document, r *Request) Decision {
	decision := evaluate(d, r)
	if decision.Outcome == Undecidable {
		again := func(r *Request) (d2, same Decision) { d2 = evaluate(d, r); return d2, d2 }
		if denied, ok := settleNarrowed(allows(d), r, again); ok {
			return denied
		}
	}
	return decision
}

func evaluate(d *Document, r *Request) Decision {
	var t tally
	t.add(d, 0, r)
	decision, _ := t.decide(r)
	return decision
}

// A tally collects the statements of documents that are evaluated together.
type tally struct {
	allow, deny, closest matching // the strongest match of each kind so far
	denied               bool     // deny certainly matches
}

// add evaluates the statements of one more document, which index identifies.
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
		case m.statement.Effect == UnknownEffect:
			if m.result == no {
				continue
			}
			m.open()
			if t.deny.statement == nil {
				t.deny = m
			}
			if t.allow.statement == nil {
				t.allow = m
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

// decide returns the decision and the index of the document that decided.
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

// A matching is the result of matching a statement with a request.
type matching struct {
	result    truth
	statement *Statement
	element   string // the first that does not match, else the first that may match
	condition *Condition
	why       cause
	passed    int // number of elements before the one that does not match
	index     int // of the document among those that are evaluated together
}

// match decides whether the statement matches the request: the three-valued AND
// of principal, action, resource and conditions. It stops at the first no.
func (s *Statement) match(r *Request) matching {
	m := matching{result: yes, statement: s}
	if s.Symbol != "" {
		m.and("Statement", nil, maybe, cause{symbolInPolicy, s.Symbol})
		return m
	}
	if s.Principals != nil || s.NotPrincipals != nil {
		element, t, why := s.matchPrincipal(r)
		if m.and(element, nil, t, why) {
			return m
		}
	}
	element, t, why := s.matchAction(r.Action)
	if m.and(element, nil, t, why) {
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

// and adds the result of one element. It reports whether the statement certainly
// does not match.
func (m *matching) and(element string, c *Condition, t truth, why cause) bool {
	if t < m.result {
		m.result, m.element, m.condition, m.why = t, element, c, why
	}
	if t != no {
		m.passed++
	}
	return t == no
}

// settled sets the element that decided for a statement whose elements all match.
func (m matching) settled() matching {
	m.element = "Effect"
	if len(m.statement.Conditions) > 0 {
		m.element, m.condition = "Condition", &m.statement.Conditions[0]
	}
	return m
}

// open makes a match of a statement with an UnknownEffect uncertain.
func (m *matching) open() {
	if m.result == yes {
		m.result, m.element, m.why = maybe, "Effect", cause{symbolInPolicy, m.statement.effect}
	}
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
// reference_policies_elements_notaction). "*:*" is not in AWS's grammar of actions,
// which is "*" or SERVICE:NAME, and AWS does not document what it matches.
func (s *Statement) matchAction(action string) (element string, t truth, why cause) {
	listed := no
	for i, pattern := range s.actions {
		switch {
		case s.symbolic && hasSymbol(pattern):
			if listed == no && overlap(pattern, lowerASCII(action)) {
				listed, why = maybe, cause{symbolInPolicy, s.actionText(i)}
			}
			continue
		case !matchFold(pattern, action):
			continue
		case pattern == everyService:
			listed, why = maybe, cause{anyService, "*:*"}
			continue
		}
		listed, why = yes, cause{}
		break
	}
	if s.NotActions != nil {
		return "NotAction", listed.not(), why
	}
	return "Action", listed, why
}

// actionText returns an element of Action or NotAction as written.
func (s *Statement) actionText(i int) string {
	if s.NotActions != nil {
		return s.NotActions[i]
	}
	return s.Actions[i]
}

// everyService is the action "*:*" as a compiled pattern.
var everyService = compileGlob("*:*")
