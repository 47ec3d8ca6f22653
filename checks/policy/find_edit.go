package policy

import (
	"slices"
	"strings"
)

const (
	maxSteps = 4        // edits, one after another, that make one result
	maxTries = 200      // documents that are judged
	maxWork  = 16 << 20 // bytes of documents that are judged, but for the last

	maxConditions = 16 // of a Deny that are looked at for a value to change
)

// Wants is what FindEdit may put into a document. Who asks, and for what, it takes
// from the decision that stands in the way.
type Wants struct {
	// Values by condition key, in any letter case: those that a list of values has
	// to include for the request to match.
	Values map[string][]string
	// Resources that Resource has to include.
	Resources []string
	// Actions are all that is to be let through, where a statement may be about more;
	// nil: the statement may be about whatever it is.
	Actions []string
	// Shared says that the document limits others than who asks: a Deny in it goes on
	// denying them all that it does.
	Shared bool
	// Statement, as JSON, that can be appended as a whole; "" for none.
	Statement string
	// Exemption is added to a Deny statement that denies what must be allowed.
	// Each operator must be such that the statement then applies to less.
	Exemption []Condition
	// Guard is added to an Allow statement that allows what must be denied.
	Guard []Condition
}

// FindEdit returns the smallest edit of a document's text that makes it good. All
// that is not edited stays as it is written, and what is added is written like
// its siblings. When ok is false, no edit that FindEdit knows does.
//
// Judge tells whether a document is good, and, if not, the decision on it that
// stands in the way. It is asked for the document itself, then for edited ones,
// from the smallest edit to the largest. An edit is measured in bytes added and
// removed; to take a condition out counts as that and all ways to mend it.
//
// Each edit answers one decision, so that several may follow one another: it
// adds to Principal, Action, Resource or the values of a condition what the
// request has (takes it out of NotAction, or of the values of a negated
// condition), replaces an operator that takes wildcards for plain text, takes a
// condition out, or appends a statement. A Deny that denies too much is narrowed
// the opposite way, or by the exemption; an Allow that allows too much by the
// guard.
//
// Nobody else gets more by an edit, or less: a statement that is about others, too,
// keeps its actions, resources and conditions, but for values that only who asks has.
func FindEdit(kind Kind, text string, wants Wants, evaluate func(*Document) (obstacle Decision, good bool)) (after string, ok bool) {
	m := editFinder{wants: wants, values: map[string][]string{}}
	for key, values := range wants.Values {
		lower := strings.ToLower(key)
		m.values[lower] = append(m.values[lower], values...)
	}
	for _, values := range m.values {
		slices.Sort(values) // two keys that differ in letter case have no order
	}
	waiting := []draft{{text: text}}
	seen := map[string]bool{text: true}
	work := 0
	for tries := 0; tries < maxTries && work <= maxWork && len(waiting) > 0; tries++ {
		least := 0
		for i := range waiting {
			if waiting[i].cost < waiting[least].cost {
				least = i
			}
		}
		d := waiting[least]
		waiting = slices.Delete(waiting, least, least+1)
		work += len(d.text)
		document, err := Parse(kind, d.text)
		if err != nil {
			continue
		}
		obstacle, good := evaluate(document)
		if good {
			return d.text, true
		}
		if at := obstacleKeyOf(obstacle); d.steps < maxSteps && at != d.answers {
			for _, next := range m.answer(d.text, obstacle) {
				if !seen[next.text] {
					seen[next.text] = true
					waiting = append(waiting, draft{next.text, d.cost + next.cost, d.steps + 1, at})
				}
			}
		}
	}
	return "", false
}

// A draft is a text on the way to a good one.
type draft struct {
	text    string
	cost    int
	steps   int         // edits so far
	answers obstacleKey // what the last of them was made for
}

// A obstacleKey is what stands in the way, and where. An edit that leaves it there is
// no way on.
type obstacleKey struct {
	outcome                Outcome
	statement              int
	element, operator, key string
	action                 string
	principal              Principal
}

func obstacleKeyOf(d Decision) obstacleKey {
	s := obstacleKey{outcome: d.Outcome, statement: -1, element: d.Element}
	if d.Statement != nil {
		s.statement = d.Statement.Index
	}
	if d.Condition != nil {
		s.operator, s.key = d.Condition.Operator, d.Condition.Key
	}
	if d.request != nil {
		s.action, s.principal = d.request.Action, d.request.Principal
	}
	return s
}

// A editFinder knows the edits that answer a decision.
type editFinder struct {
	wants  Wants
	values map[string][]string // by condition key in lower case
}

// answer returns what edits of text may do away with the obstacle. Steps and
// answers of the drafts are not set.
func (m *editFinder) answer(text string, obstacle Decision) []draft {
	e, err := newEditor(text)
	if err != nil || obstacle.request == nil {
		return nil
	}
	var drafts []draft
	s := obstacle.Statement
	if s != nil && s.Effect == Deny {
		return m.exempt(e, s, obstacle.request)
	}
	if s != nil && obstacle.Outcome != Denied {
		if alone(s, obstacle.request) || slices.Contains(s.Principals, everyone) {
			drafts = append(drafts, e.restrict(s, m.wants.Guard)...)
		} else if len(m.wants.Guard) > 0 {
			drafts = append(drafts, e.unname(s, obstacle.request.Principal)...)
		}
	}
	if obstacle.Outcome == Allowed {
		return drafts
	}
	if s != nil {
		drafts = append(drafts, m.widen(e, obstacle)...)
	}
	if m.wants.Statement != "" {
		drafts = append(drafts, e.draft(e.add(e.root.member("Statement"), m.wants.Statement))...)
	}
	return drafts
}

// draft makes a draft of splices, none of none.
func (e *editor) draft(list []splice) []draft {
	if len(list) == 0 {
		return nil
	}
	text, cost := splices(e.text, list)
	return []draft{{text: text, cost: cost}}
}

// widen lets the element of an Allow statement hold that does not.
func (m *editFinder) widen(e *editor, d Decision) []draft {
	n := e.statement(d.Statement.Index)
	element := n.member(d.Element)
	if element == nil {
		return nil
	}
	if d.Element == "Principal" {
		return e.draft(e.name(element, d.request.Principal))
	}
	if d.Element != "Action" && !m.covers(d.Statement.Actions) || !alone(d.Statement, d.request) {
		if d.Element == "Condition" {
			if p, ok := findCondition(element, conditionIndex(d)); ok {
				return m.setValues(e, p, d.Condition, true)
			}
		}
		return nil
	}
	switch d.Element {
	case "Action":
		return e.draft(e.addTexts(element, []string{d.request.Action}))
	case "NotAction":
		return e.draft(e.remove(element, func(listed *entry) bool {
			return matchFold(compileGlob(lowerASCII(listed.value.text)), d.request.Action)
		}))
	case "Resource":
		return e.draft(e.addTexts(element, m.wants.Resources))
	case "Condition":
		p, ok := findCondition(element, conditionIndex(d))
		if !ok {
			return nil
		}
		keep := m.setValues(e, p, d.Condition, true)
		out := e.draft(e.removeCondition(n, p))
		for i := range out {
			for _, k := range keep {
				out[i].cost += k.cost
			}
		}
		return append(keep, out...)
	}
	return nil
}

// alone reports whether a statement names nobody but who asks.
func alone(s *Statement, r *Request) bool {
	return s.NotPrincipals == nil && !slices.ContainsFunc(s.Principals, func(p Principal) bool { return p != r.Principal })
}

// covers reports whether a statement is about nothing else than what is to be let
// through.
func (m *editFinder) covers(actions []string) bool {
	return m.wants.Actions == nil || actions != nil && !slices.ContainsFunc(actions, func(action string) bool {
		return !slices.ContainsFunc(m.wants.Actions, func(wanted string) bool { return strings.EqualFold(wanted, action) })
	})
}

// conditionIndex is the place of the condition that decided.
func conditionIndex(d Decision) int {
	return slices.IndexFunc(d.Statement.Conditions, func(c Condition) bool {
		return c.Operator == d.Condition.Operator && c.Key == d.Condition.Key
	})
}

// exempt lets a Deny statement not apply to a request.
func (m *editFinder) exempt(e *editor, s *Statement, r *Request) []draft {
	n := e.statement(s.Index)
	drafts := e.restrict(s, m.wants.Exemption)
	is := func(text string) func(*entry) bool {
		return func(listed *entry) bool { return strings.EqualFold(listed.value.text, text) }
	}
	own := alone(s, r) && !m.wants.Shared
	if element := n.member("Action"); own && element != nil {
		drafts = append(drafts, e.draft(e.remove(element, is(r.Action)))...)
	}
	if element := n.member("NotAction"); own && element != nil {
		drafts = append(drafts, e.draft(e.addTexts(element, []string{r.Action}))...)
	}
	if element := n.member("Principal"); element != nil {
		if ids := element.member(r.Principal.Type); ids != nil {
			drafts = append(drafts, e.draft(e.remove(ids, is(r.Principal.ID)))...)
		}
	}
	if element := n.member("NotPrincipal"); element != nil {
		drafts = append(drafts, e.draft(e.name(element, r.Principal))...)
	}
	if element := n.member("NotResource"); own && element != nil && m.covers(s.Actions) {
		drafts = append(drafts, e.draft(e.addTexts(element, m.wants.Resources))...)
	}
	for i := range min(len(s.Conditions), maxConditions) {
		if p, ok := findCondition(n.member("Condition"), i); ok {
			drafts = append(drafts, m.setValues(e, p, &s.Conditions[i], false)...)
		}
	}
	return drafts
}

// name adds a principal to a Principal or NotPrincipal element.
func (e *editor) name(element *node, p Principal) []splice {
	if element.kind != '{' {
		return nil
	}
	if ids := element.member(p.Type); ids != nil {
		return e.addTexts(ids, []string{p.ID})
	}
	return []splice{e.insert(element, p.Type, quoteJSON(p.ID))}
}

// unname takes a principal out of a statement that names others, too.
func (e *editor) unname(s *Statement, p Principal) []draft {
	element := e.statement(s.Index).member("Principal")
	if element == nil {
		return nil
	}
	ids := element.member(p.Type)
	if ids == nil {
		return nil
	}
	if list := e.remove(ids, func(listed *entry) bool { return listed.value.text == p.ID }); list != nil {
		return e.draft(list)
	}
	if len(ids.entries) > 1 || !ids.lists(p.ID) {
		return nil
	}
	return e.draft(e.remove(element, func(listed *entry) bool { return &listed.value == ids }))
}

// A conditionPlace is where a condition stands: one key of one operator.
type conditionPlace struct {
	operators     *node // the value of Condition
	operator, key int   // of its entries, of the operator's
}

// findCondition finds a condition by its place in Conditions.
func findCondition(operators *node, index int) (conditionPlace, bool) {
	for i := range operators.entries {
		keys := len(operators.entries[i].value.entries)
		if index >= 0 && index < keys {
			return conditionPlace{operators, i, index}, true
		}
		index -= keys
	}
	return conditionPlace{}, false
}

func (p conditionPlace) operatorEntry() *entry { return &p.operators.entries[p.operator] }
func (p conditionPlace) keyEntry() *entry      { return &p.operatorEntry().value.entries[p.key] }

// removeCondition takes a condition out, and with it what would be left empty.
func (e *editor) removeCondition(statement *node, p conditionPlace) []splice {
	if list := e.remove(&p.operatorEntry().value, func(k *entry) bool { return k == p.keyEntry() }); list != nil {
		return list
	}
	if list := e.remove(p.operators, func(o *entry) bool { return o == p.operatorEntry() }); list != nil {
		return list
	}
	return e.remove(statement, func(member *entry) bool { return &member.value == p.operators })
}

// setValues changes a condition so that it holds, or does not hold, for the
// wanted values of its key.
func (m *editFinder) setValues(e *editor, p conditionPlace, c *Condition, hold bool) []draft {
	wanted := m.values[c.key]
	list := &p.keyEntry().value
	var drafts []draft
	switch {
	case c.op.family == null || c.op.family == boolean:
	case c.op.negated != hold:
		drafts = e.draft(e.addTexts(list, wanted))
	default:
		drafts = e.draft(e.remove(list, func(v *entry) bool { return slices.Contains(wanted, v.value.text) }))
	}
	if c.op.negated != hold && (c.op.family == stringExact || c.op.family == stringFold) && slices.ContainsFunc(slices.Concat(c.Values, wanted), isGlob) {
		drafts = append(drafts, e.draft(e.takeWildcards(p, c))...)
	}
	return drafts
}

func isGlob(text string) bool { return strings.ContainsAny(text, "*?") }

// takeWildcards replaces an operator that compares exactly by one that takes
// wildcards: ArnLike if all it compares with are ARNs, else StringLike. If the
// statement has that operator already, the key moves there.
func (e *editor) takeWildcards(p conditionPlace, c *Condition) []splice {
	family := "Arn"
	for _, key := range p.operatorEntry().value.entries {
		key.value.walk(func(n *node) {
			if n.kind != '[' && !isARN(n.text) {
				family = "String"
			}
		})
	}
	old := p.operatorEntry()
	name := family + "Like"
	if c.op.negated {
		name = family + "NotLike"
	}
	if set, _, found := strings.Cut(old.name, ":"); found {
		name = set + ":" + name
	}
	if c.op.ifExists {
		name += "IfExists"
	}
	for i := range p.operators.entries {
		other := &p.operators.entries[i]
		if !strings.EqualFold(other.name, name) {
			continue
		}
		key := p.keyEntry()
		for _, k := range other.value.entries {
			if strings.EqualFold(k.name, key.name) {
				return nil
			}
		}
		moved := e.insert(&other.value, key.name, e.text[key.value.start:key.value.end])
		list := e.remove(&old.value, func(k *entry) bool { return k == key })
		if list == nil {
			list = e.remove(p.operators, func(o *entry) bool { return o == old })
		}
		return append(list, moved)
	}
	return []splice{{old.start, old.nameEnd, quoteJSON(name)}}
}

// restrict adds conditions to a statement, all of them: one draft, or none.
func (e *editor) restrict(s *Statement, conditions []Condition) []draft {
	var all draft
	all.text = e.text
	for _, c := range conditions {
		var err error
		if e, err = newEditor(all.text); err != nil {
			return nil
		}
		text, cost := splices(e.text, e.addCondition(e.statement(s.Index), c))
		if cost == 0 {
			return nil
		}
		all.text, all.cost = text, all.cost+cost
	}
	return []draft{all}
}

// addCondition adds a condition to a statement. It is nil if the statement has
// it, or a positive one on the same key by the same operator: a value more
// would let that hold for more.
func (e *editor) addCondition(statement *node, c Condition) []splice {
	var quoted []string
	for _, v := range c.Values {
		quoted = append(quoted, quoteJSON(v))
	}
	value := "[" + strings.Join(quoted, ",") + "]"
	if len(quoted) == 1 {
		value = quoted[0]
	}
	test := "{" + quoteJSON(c.Key) + ":" + value + "}"
	operators := statement.member("Condition")
	if operators == nil {
		return []splice{e.insert(statement, "Condition", "{"+quoteJSON(c.Operator)+":"+test+"}")}
	}
	for i := range operators.entries {
		operator := &operators.entries[i]
		if !strings.EqualFold(operator.name, c.Operator) {
			continue
		}
		for j := range operator.value.entries {
			key := &operator.value.entries[j]
			if !strings.EqualFold(key.name, c.Key) {
				continue
			}
			if op, _ := parseOperator(c.Operator); op.negated {
				return e.addTexts(&key.value, c.Values)
			}
			return nil
		}
		return []splice{e.insert(&operator.value, c.Key, value)}
	}
	return []splice{e.insert(operators, c.Operator, test)}
}
