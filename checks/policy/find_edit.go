package policy

import (
	"slices"
	"strings"
)

const (
	maxSteps = 4        // edits that are combined, one after another
	maxTries = 200      // documents that are evaluated
	maxWork  = 16 << 20 // bytes of the documents that are evaluated, except for the last

	maxConditions = 16 // conditions of a Deny statement whose values are edited, and resources that are left out
)

// Wants is what FindEdit may add to a document. The principal and the action of
// the request come from the decision that blocks it.
type Wants struct {
	// Values are, by condition key in any letter case, the values that a condition
	// must list for the request to match, or must leave out for a Deny not to.
	Values map[string][]string
	// Resources are the values that Resource must list. If it is nil and Actions is not,
	// NotResource of a Deny statement must list the resource of the request.
	Resources []string
	// Actions are the only actions that an edit may allow, where a statement may list
	// others. If it is nil, an edit may allow every action of the statement. A Deny
	// statement that denies no other action may be removed.
	Actions []string
	// Shared reports that the document also limits other principals. A Deny statement
	// in it must go on denying them everything that it denies now.
	Shared bool
	// Statement is a statement, as JSON, that can be appended; "" for none.
	Statement string
	// Exemption is added to a Deny statement that denies a request that must be
	// allowed. Each condition must narrow the requests that the statement matches.
	Exemption []Condition
	// Guard is added to an Allow statement that allows a request that must be denied.
	Guard []Condition
}

// FindEdit returns the text of a document with the smallest edit after which
// evaluate reports it as good. Text that is not edited keeps its bytes, and added
// text has the layout of its siblings. If no edit that FindEdit knows is enough,
// ok is false.
//
// The function evaluate reports whether a document is good and, if it is not, the
// decision that blocks it. It is called for the document itself, then for edited
// documents from the smallest edit to the largest. The size of an edit is the
// number of bytes that it adds and removes. Removing a condition also costs as much
// as all edits of its values, so an edit of a value is tried first.
//
// Each edit answers one decision, so several edits may be combined. An edit adds
// what the request has to Principal, Action, Resource or the values of a condition
// (or removes it from NotAction or the values of a negated condition), replaces an
// operator that compares wildcards as literal text, removes a condition, or appends
// a statement. A Deny statement that denies too much is narrowed in the opposite
// way or by the exemption; an Allow statement that allows too much is narrowed by
// the guard.
//
// No edit gives other principals more or less than before. A statement that also
// names others keeps its actions, resources and conditions, except for condition
// values that only this request has.
func FindEdit(kind Kind, text string, wants Wants, evaluate func(*Document) (obstacle Decision, good bool)) (after string, ok bool) {
	f := editFinder{wants: wants, values: map[string][]string{}}
	for key, values := range wants.Values {
		lower := strings.ToLower(key)
		f.values[lower] = append(f.values[lower], values...)
	}
	for _, values := range f.values {
		slices.Sort(values) // a map has no order for two keys that differ in letter case
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
		if key := obstacleKeyOf(obstacle); d.steps < maxSteps && key != d.answers {
			for _, next := range f.answer(d.text, obstacle) {
				if !seen[next.text] {
					seen[next.text] = true
					waiting = append(waiting, draft{next.text, d.cost + next.cost, d.steps + 1, key})
				}
			}
		}
	}
	return "", false
}

// A draft is an edited text that was not evaluated yet.
type draft struct {
	text    string
	cost    int
	steps   int         // edits so far
	answers obstacleKey // the obstacle that the last of them answers
}

// An obstacleKey identifies what blocks a request and where. If an edit leaves
// the same obstacle, it is not developed further.
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
