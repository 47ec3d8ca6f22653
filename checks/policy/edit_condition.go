package policy

import (
	"slices"
	"strings"
)

// conditionIndex returns the index, in Statement.Conditions, of the condition that
// decided.
func conditionIndex(d Decision) int {
	return slices.IndexFunc(d.Statement.Conditions, func(c Condition) bool {
		return c.Operator == d.Condition.Operator && c.Key == d.Condition.Key
	})
}

// A conditionPlace locates a condition: one key of one operator.
type conditionPlace struct {
	operators *node // the value of the Condition element
	operator  int   // index in the entries of operators
	key       int   // index in the entries of the operator
}

// findCondition finds a condition by its index in Statement.Conditions.
func findCondition(operators *node, index int) (conditionPlace, bool) {
	for i := range operators.entries {
		value := &operators.entries[i].value
		keys := len(value.entries)
		if value.isSymbol() { // it stands for one condition, which no edit changes
			keys = 1
		}
		if index >= 0 && index < keys {
			return conditionPlace{operators, i, index}, !value.isSymbol()
		}
		index -= keys
	}
	return conditionPlace{}, false
}

func (p conditionPlace) operatorEntry() *entry { return &p.operators.entries[p.operator] }
func (p conditionPlace) keyEntry() *entry      { return &p.operatorEntry().value.entries[p.key] }

// removeCondition removes a condition and the objects that it would leave empty.
func (e *editor) removeCondition(statement *node, p conditionPlace) []splice {
	if list := e.remove(&p.operatorEntry().value, func(k *entry) bool { return k == p.keyEntry() }); list != nil {
		return list
	}
	if list := e.remove(p.operators, func(o *entry) bool { return o == p.operatorEntry() }); list != nil {
		return list
	}
	return e.remove(statement, func(member *entry) bool { return &member.value == p.operators })
}

// setValues edits the values of a condition so that it holds, or does not hold,
// for the wanted values of its key. In a Deny that others share, or that names
// principals, it replaces no operator: the other values would match other requests
// then, and exempt those too.
func (f *editFinder) setValues(e *editor, p conditionPlace, c *Condition, hold bool) []draft {
	if c.unknown != "" {
		return nil
	}
	wanted := f.values[c.key]
	list := &p.keyEntry().value
	var drafts []draft
	switch {
	case c.op.family == null || c.op.family == boolean:
	case c.op.negated != hold:
		drafts = e.draft(e.addTexts(list, wanted))
	default:
		drafts = e.draft(e.remove(list, func(v *entry) bool { return slices.Contains(wanted, v.value.text) }))
	}
	others := !hold && (f.wants.Shared || strings.HasPrefix(c.key, "aws:principal"))
	if !others && c.op.negated != hold && (c.op.family == stringExact || c.op.family == stringFold) && slices.ContainsFunc(slices.Concat(c.Values, wanted), isGlob) {
		drafts = append(drafts, e.draft(e.acceptWildcards(p, c))...)
	}
	return drafts
}

func isGlob(text string) bool { return strings.ContainsAny(knownText(text), "*?") }

// acceptWildcards replaces an operator that compares exactly by one that accepts
// wildcards: ArnLike if all values are ARNs, else StringLike. If the statement
// already has that operator, the key moves there.
func (e *editor) acceptWildcards(p conditionPlace, c *Condition) []splice {
	family := "Arn"
	for _, key := range p.operatorEntry().value.entries {
		key.value.walk(func(n *node) {
			if n.kind != '[' && !isARN(compileSymbols(n.text)) {
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
		if other.value.kind != '{' { // a symbol
			return nil
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

// restrict adds all conditions to a statement. It returns one draft or none.
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

// addCondition adds a condition to a statement. It returns nil if the statement
// has the condition, or if it has a positive condition with the same operator and
// key: one more value would make that condition match more requests.
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
	if operators.kind != '{' {
		return nil
	}
	for i := range operators.entries {
		operator := &operators.entries[i]
		if !strings.EqualFold(operator.name, c.Operator) {
			continue
		}
		if operator.value.kind != '{' {
			return nil
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
