package policy

import (
	"slices"
	"strings"
)

// A request whose values are not known exactly stands for many requests. An Allow
// statement that names a value, such as the name of an image, matches only some of them.
// Whether a Deny statement matches those is a smaller question than whether it matches
// all, and often has an answer: an Allow for images named web with a Deny for images named
// w* allows nothing.
//
// settleNarrowed answers that question. Each request that can be allowed is matched by one
// of the statements. So if all of them, narrowed to what the statement names, are denied,
// the request is denied. It returns the decision of the narrowed request that an explicit
// Deny settles, or else of the first. It returns false if a narrowed request may be
// allowed.
func settleNarrowed[D any](allows []*Statement, r *Request, decide func(*Request) (D, Decision)) (settled D, ok bool) {
	explicit, decided := false, 0
	for _, s := range allows {
		for _, narrowed := range s.narrow(r) {
			d, decision := decide(narrowed)
			if decided++; decision.Outcome != Denied || decided > maxDecided {
				return settled, false
			}
			if !ok || decision.Explicit && !explicit {
				settled, ok, explicit = d, true, decision.Explicit
			}
		}
	}
	return settled, ok
}

// allows are the statements of the documents that are or may be Allow statements.
func allows(documents ...*Document) (all []*Statement) {
	for _, d := range documents {
		for i := range d.Statements {
			if d.Statements[i].Effect != Deny {
				all = append(all, &d.Statements[i])
			}
		}
	}
	return all
}

// maxDecided limits the narrowed requests of one request, so that a hostile document takes
// a time that is linear in its length.
const maxDecided = 1000

// maxNarrowed limits the requests that one statement is narrowed to. A statement with more
// combinations of values is not narrowed any further.
const maxNarrowed = 64

// narrow returns requests that together stand for all requests of r that the statement
// matches. They may stand for more: what cannot be narrowed stays as it is.
func (s *Statement) narrow(r *Request) []*Request {
	if s.match(r).result == no {
		return nil
	}
	requests := []*Request{r}
	if s.Resources != nil {
		if resources := s.narrowResource(r); len(resources) <= maxNarrowed {
			requests = requests[:0]
			for _, resource := range resources {
				narrowed := *r
				narrowed.Resource = resource
				requests = append(requests, &narrowed)
			}
		}
	}
	for i := range s.Conditions {
		c := &s.Conditions[i]
		var more []*Request
		for _, one := range requests {
			switch t, _ := c.holds(one.Context); t {
			case no: // another condition excludes the values that this one names
				continue
			case yes:
				more = append(more, one)
				continue
			}
			if c.unknown != "" || hasSymbol(c.key) {
				more = append(more, one)
				continue
			}
			for _, v := range c.narrow(one.Context) {
				narrowed := *one
				narrowed.Context = one.Context.With().Set(c.Key, v)
				more = append(more, &narrowed)
			}
		}
		if len(more) <= maxNarrowed {
			requests = more
		}
	}
	return requests
}

// narrowResource returns the resources of the request that the statement's Resource
// matches.
func (s *Statement) narrowResource(r *Request) (all []Value) {
	for i := range s.resources {
		t, _ := s.matchOneResource(i, r)
		if t == no {
			continue
		}
		want, _, ok := s.resources[i].expand(r.Context)
		if t == yes || !ok || r.Resource.kind != patterned || hasSymbol(want) || r.Resource.symbolic() {
			return []Value{r.Resource}
		}
		for _, it := range r.Resource.items() {
			if matchResourceItem(want, it) == no {
				continue
			}
			// Parts correspond if both are ARNs with as many colons (see matchResourceItem).
			all = append(all, meet(want, it, isARN(want) && isARN(it.text) && strings.Count(want, ":") == 5 && strings.Count(it.text, ":") == 5))
		}
	}
	return all
}

// narrow returns values that together stand for all values of the key for which the
// condition may hold.
func (c *Condition) narrow(ctx *Context) []Value {
	v := ctx.lookup(c.key)
	mayBeAbsent := v.orAbsent || v.kind == unknown
	present := v
	if v.kind == unknown {
		present = anything
	}
	present.orAbsent = false

	unchanged := []Value{v}
	var all []Value
	switch {
	case c.op.family == null:
		for _, keyIsNull := range []bool{true, false} {
			if t, _ := c.isNull(truthOf(keyIsNull)); t == no {
				continue
			}
			if keyIsNull && mayBeAbsent {
				all = append(all, Absent())
			} else if !keyIsNull {
				all = append(all, present)
			}
		}
		if !mayBeAbsent { // an empty value may be null
			return unchanged
		}
		return all
	case c.op.negated, c.op.set != noSet && mayBeAbsent:
		return unchanged
	case present.kind == oneOf:
		var texts []string
		for i, text := range present.texts {
			if t, _ := c.holdsForItem(present.item(i), ctx); t != no {
				texts = append(texts, text)
			}
		}
		if len(texts) > 0 {
			all = append(all, OneOf(texts...))
		}
	case present.kind == patterned && c.op.family != stringFold && c.op.takesVariables():
		for i := range c.values {
			want, why, ok := c.values[i].expand(ctx)
			switch {
			case !ok && why.kind == absentVariable:
				continue
			case !ok, hasSymbol(want), present.symbolic():
				return unchanged
			}
			for _, it := range present.items() {
				t, _ := c.op.compare(want, it)
				switch {
				case t == no:
				case t == yes:
					all = append(all, present)
				case c.op.family == stringExact:
					all = append(all, Known(want))
				default:
					corresponds := c.op.family == arnLike || it.inParts && strings.Count(want, ":") == strings.Count(it.text, ":")
					all = append(all, meet(want, it, corresponds && isARN(want) && isARN(it.text)))
				}
			}
		}
	default:
		return unchanged
	}
	if mayBeAbsent {
		if without, _ := c.holdsWithoutKey(); without != no {
			all = append(all, Absent())
		}
	}
	return all
}

// meet returns a value for the texts that both a compiled pattern and a pattern of the
// request match. It stands for more texts if it cannot be exact. If byPart is true, the
// parts of the two ARNs correspond, and the narrower one of each pair is taken.
func meet(want string, it item, byPart bool) Value {
	pattern := want
	if byPart {
		wanted, got := strings.SplitN(want, ":", 6), strings.SplitN(it.text, ":", 6)
		for i := range wanted {
			if match(wanted[i], got[i]) {
				wanted[i] = got[i]
			}
		}
		pattern = strings.Join(wanted, ":")
	}
	// A wildcard in the first parts of an ARN in a Value does not match colons, which one of
	// StringLike does.
	if !byPart && isARN(pattern) && slices.ContainsFunc(strings.SplitN(pattern, ":", 6)[:5], hasWildcard) {
		pattern = it.text
	}
	if !hasWildcard(pattern) {
		return Known(pattern)
	}
	return Value{kind: patterned, texts: []string{globOf(pattern)}, patterns: []string{pattern}, inParts: it.inParts && (byPart || pattern == it.text)}
}

// globOf returns a compiled pattern as a glob.
func globOf(pattern string) string {
	b := []byte(pattern)
	for i, c := range b {
		switch c {
		case anyText:
			b[i] = '*'
		case anyRune:
			b[i] = '?'
		}
	}
	return string(b)
}
