package policy

import (
	"slices"
	"strings"
)

// compile prepares the condition for evaluation. Policy variables work only in
// documents of Version 2012-10-17 (IAM User Guide,
// reference_policies_elements_version).
func (c *Condition) compile(compile func(value string, wildcards, variables bool) template, variables bool) {
	c.key = lowerKey(c.Key)
	c.values = make([]template, len(c.Values))
	for i, v := range c.Values {
		c.values[i] = compile(v, c.op.takesWildcards(), variables && c.op.takesVariables())
	}
}

// holds decides the condition for a request.
func (c *Condition) holds(ctx *Context) (truth, cause) {
	if c.unknown != "" {
		return maybe, cause{symbolInPolicy, c.unknown}
	}
	switch v := ctx.lookup(c.key); v.kind {
	case unknown:
		without, _ := c.holdsWithoutKey()
		with, _ := c.holdsFor(anything, ctx)
		if with == without && with != maybe {
			return with, cause{}
		}
		if hasSymbol(c.key) {
			return maybe, cause{symbolInPolicy, c.Key}
		}
		return maybe, cause{unknownKey, c.Key}
	case absent:
		return c.holdsWithoutKey()
	default:
		with, why := c.holdsFor(v, ctx)
		if !v.orAbsent {
			return with, why
		}
		without, whyNot := c.holdsWithoutKey()
		switch {
		case with == without:
			return with, why
		case with == maybe:
			return maybe, why
		case without == maybe:
			return maybe, whyNot
		}
		return maybe, cause{someCandidates, c.Key}
	}
}

// holdsWithoutKey decides the condition for a request that does not have the key.
// It is true with IfExists or ForAllValues and false with ForAnyValue; for
// ForAnyValue with IfExists the guide says both. Without any of them it is true if
// the operator is negated (IAM User Guide, reference_policies_elements_condition_operators and
// reference_policies_condition-single-vs-multi-valued-context-keys).
func (c *Condition) holdsWithoutKey() (truth, cause) {
	switch {
	case c.op.family == null:
		return c.isNull(yes)
	case c.op.ifExists && c.op.set == forAnyValue:
		return maybe, cause{missingKey, c.Key}
	case c.op.ifExists || c.op.set == forAllValues:
		return yes, cause{}
	case c.op.set == forAnyValue:
		return no, cause{}
	}
	return truthOf(c.op.negated), cause{}
}

// holdsFor decides the condition for a key that is present.
func (c *Condition) holdsFor(v Value, ctx *Context) (truth, cause) {
	switch {
	case c.op.family == null:
		return c.isNullFor(v)
	case v.kind == patterned:
		return c.holdsForOneOf(v.items(), ctx)
	case v.kind == instant:
		return c.holdsForItem(item{instant: true, since: v.since}, ctx)
	case v.kind == oneOf:
		return c.holdsForOneOf(v.items(), ctx)
	case len(v.texts) == 1:
		return c.holdsForItem(v.item(0), ctx)
	case c.op.set == noSet:
		// "Multivalued context keys require a condition set operator". AWS does
		// not document the result without one.
		return maybe, cause{manyValues, c.Key}
	}
	// All values must match, or any of them; the first that decides is enough.
	decides := no
	if c.op.set == forAnyValue {
		decides = yes
	}
	result, why := decides.not(), cause{}
	for i := range v.texts {
		t, w := c.holdsForItem(v.item(i), ctx)
		if t == decides {
			return t, w
		}
		if t == maybe && result != maybe {
			result, why = maybe, w
		}
	}
	return result, why
}

// holdsForOneOf decides the condition for a request with one of several values.
func (c *Condition) holdsForOneOf(items []item, ctx *Context) (truth, cause) {
	first, why := c.holdsForItem(items[0], ctx)
	for _, it := range items[1:] {
		if t, _ := c.holdsForItem(it, ctx); t != first {
			return maybe, cause{someCandidates, c.Key}.orSymbol(items...)
		}
	}
	return first, why
}

// holdsForItem decides the condition for one value of the request. The value must
// match one of the policy's values, or none of them if the operator is negated.
func (c *Condition) holdsForItem(it item, ctx *Context) (truth, cause) {
	result, why := no, cause{}
	for i := range c.values {
		t, w := c.matches(i, it, ctx)
		if t == yes {
			result, why = yes, cause{}
			break
		}
		if t == maybe && result == no {
			result, why = maybe, w
		}
	}
	if c.op.negated {
		result = result.not()
	}
	// ForAllValues is also true "if the context key value resolves to a null
	// dataset, such as an empty string". AWS does not document which empty values
	// do.
	if c.op.set == forAllValues && result == no && it.mayBeEmpty() {
		return maybe, cause{emptyValue, c.Key}.orSymbol(it)
	}
	return result, why
}

// matches compares one value of the policy with one value of the request.
func (c *Condition) matches(i int, it item, ctx *Context) (truth, cause) {
	want, why, ok := c.values[i].expand(ctx)
	if !ok {
		// The value of the variable is not known, but it is that of the request.
		if it.name != "" && c.op.family <= stringLike && c.values[i].isVariable(ctx, it.name) {
			return yes, cause{}
		}
		if why.kind == malformedVariable {
			why.text = c.Values[i]
		}
		// A variable without a value matches nothing, and "inverted condition
		// operators like StringNotEquals or StringNotLike do match against a
		// null value" (reference_policies_variables).
		if why.kind == absentVariable {
			return no, cause{}
		}
		return maybe, why
	}
	literal := !it.pattern || hasSymbol(it.text)
	it.pattern = it.pattern || c.values[i].mayContainSymbol() && hasSymbol(want)
	t, kind := c.op.compare(want, it)
	// A value that is not an ARN matches no ARN. AWS does not document whether a
	// negated operator then holds.
	if c.op.family == arnLike && c.op.negated && t == no {
		switch {
		case strings.Count(want, ":") < 5:
			t, kind = maybe, policyValue
		case literal && strings.Count(it.text, ":") < 5:
			t, kind = maybe, requestValue
		}
	}
	switch {
	case t != maybe:
		return t, cause{}
	case c.values[i].symbolic:
		return t, cause{symbolInPolicy, c.Values[i]}
	case hasSymbol(it.text):
		return t, cause{symbolInRequest, c.Key}
	case it.pattern && hasSymbol(want):
		return t, cause{symbolInRequest, c.values[i].symbolicVariable(ctx)}
	}
	switch kind {
	case policyValue:
		return t, cause{kind, c.Values[i]}
	case requestValue:
		return t, cause{kind, it.text}
	default:
		return t, cause{kind, c.Key}
	}
}

// isNull decides a Null condition, given whether the key is null. The value true
// requires the key to be null, and false requires it not to be.
func (c *Condition) isNull(keyIsNull truth) (truth, cause) {
	result, why := no, cause{}
	for _, value := range c.Values {
		want, ok := parseBool(value)
		t, w := keyIsNull, cause{emptyValue, c.Key}
		switch {
		case !ok && inText(value):
			t, w = maybe, cause{symbolInPolicy, value}
		case !ok:
			t, w = maybe, cause{policyValue, value}
		case !want:
			t = t.not()
		}
		if t == yes {
			return yes, cause{}
		}
		if t == maybe && result == no {
			result, why = maybe, w
		}
	}
	return result, why
}

// isNullFor decides a Null condition for a key that is present. An empty value may
// be null: the guide recommends Null against "context keys with empty values" and
// does not say which values these are.
func (c *Condition) isNullFor(v Value) (truth, cause) {
	empty := slices.ContainsFunc(v.patterns, canBeEmpty)
	for _, text := range v.texts {
		empty = empty || text == ""
	}
	if !empty {
		return c.isNull(no)
	}
	t, why := c.isNull(maybe)
	if why.kind == emptyValue && v.symbolic() {
		why.kind = symbolInRequest
	}
	return t, why
}

// orSymbol returns the cause, or that the value of the key contains a symbol if one of the items
// does.
func (c cause) orSymbol(items ...item) cause {
	for i := range items {
		if hasSymbol(items[i].text) {
			c.kind = symbolInRequest
		}
	}
	return c
}
