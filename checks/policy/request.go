package policy

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// A Request is what is decided: may Principal do Action to Resource in this Context?
type Request struct {
	// Principal is a service, or {AWS, ARN of a role}: then a session of that role asks.
	Principal Principal
	// HasBoundary says that the role has a permissions boundary.
	HasBoundary bool
	Action      string // service:Name, without wildcards
	// Resource is an ARN, or what is known of it; the text * for an action that is
	// about no resource. Trust documents have no Resource element and ignore it.
	Resource Value
	Context  *Context // nil: nothing is known of any key
}

// A Context holds what is known of the condition keys of a request. Names of
// keys are case-insensitive (IAM User Guide,
// reference_policies_elements_condition). A key never set is Unknown.
// It may be read by many goroutines, not while it is being set.
type Context struct {
	exact    map[string]Value
	prefixes []prefixValue // longest first
	base     *Context      // what holds where nothing is said here; nil: nothing
}

type prefixValue struct {
	prefix string
	value  Value
}

// NewContext returns a context in which every key is Unknown.
func NewContext() *Context { return &Context{exact: make(map[string]Value, 32)} }

// With returns a context that holds the same and can be set on its own; c must not
// be set any more.
func (c *Context) With() *Context { return &Context{exact: map[string]Value{}, base: c} }

// Set says what is known of one key, instead of what was said before, and
// returns the context.
func (c *Context) Set(key string, v Value) *Context {
	c.exact[strings.ToLower(key)] = v
	return c
}

// SetPrefix says what is known of all keys that begin with prefix and are not
// set themselves, and returns the context. The longest prefix wins.
func (c *Context) SetPrefix(prefix string, v Value) *Context {
	p := prefixValue{strings.ToLower(prefix), v}
	c.prefixes = slices.DeleteFunc(c.prefixes, func(old prefixValue) bool { return old.prefix == p.prefix })
	c.prefixes = append(c.prefixes, p)
	slices.SortStableFunc(c.prefixes, func(a, b prefixValue) int { return cmp.Compare(len(b.prefix), len(a.prefix)) })
	return c
}

// lookup returns what is known of a key, given in lower case.
func (c *Context) lookup(key string) Value {
	for at := c; at != nil; at = at.base {
		if v, ok := at.exact[key]; ok {
			return v
		}
	}
	for at := c; at != nil; at = at.base {
		for i := range at.prefixes {
			if strings.HasPrefix(key, at.prefixes[i].prefix) {
				return at.prefixes[i].value
			}
		}
	}
	return Value{}
}

// A Value is what is known of the value of a condition key. The zero Value is
// Unknown. Text in it that is not valid UTF-8 is replaced by U+FFFD.
type Value struct {
	kind     valueKind
	orAbsent bool // or the request does not have the key
	texts    []string
	pattern  string // of kind patterned: texts[0] compiled
	inParts  bool   // of kind patterned: no wildcard stands for a colon
	since    int64  // of kind instant: seconds since 1970
}

type valueKind int

const (
	unknown valueKind = iota
	absent
	known
	oneOf
	patterned
	instant
)

// Unknown is the value of a key that may be absent, or present with any value.
func Unknown() Value { return Value{} }

// Absent is the value of a key that the request does not have.
func Absent() Value { return Value{kind: absent} }

// Known is the value of a key that is present with exactly these values.
// With none it is Absent.
func Known(values ...string) Value {
	if len(values) == 0 {
		return Absent()
	}
	return Value{kind: known, texts: validTexts(values)}
}

// OneOf is the value of a key that is present with one value, which is one of
// the candidates. A condition on it is decided only if it is for all of them
// alike. With no candidate it is Unknown.
func OneOf(candidates ...string) Value {
	switch len(candidates) {
	case 0:
		return Unknown()
	case 1:
		return Known(candidates...)
	}
	return Value{kind: oneOf, texts: validTexts(candidates)}
}

// OrAbsent is v, or the key may be absent; of Unknown and Absent it is the same.
func (v Value) OrAbsent() Value {
	v.orAbsent = v.kind != unknown && v.kind != absent
	return v
}

// Since is the value of a key that is present with the time of a request: t or
// any time after it.
func Since(t time.Time) Value { return Value{kind: instant, since: t.Unix()} }

// Pattern is the value of a key that is present with one value, which may be
// any text that the glob matches: * stands for any text, also none, and ? for
// one character. In a glob of the form of an ARN (arn: and five colons or
// more), wildcards in the first five parts stand for text without a colon.
func Pattern(glob string) Value {
	texts := validTexts([]string{glob})
	pattern := compileGlob(texts[0])
	if !hasWildcard(pattern) {
		return Known(glob)
	}
	return Value{kind: patterned, texts: texts, pattern: pattern}
}

// ARNPattern is Pattern of an ARN that has no more colons than the glob, such as
// that of an image: wildcards in the last part stand for text without a colon, too.
func ARNPattern(glob string) Value {
	v := Pattern(glob)
	v.inParts = true
	return v
}

func validTexts(texts []string) []string {
	valid := make([]string, len(texts))
	for i, t := range texts {
		valid[i] = strings.ToValidUTF8(t, "\uFFFD")
	}
	return valid
}

// anything is the value of a key that is present, and all that is known.
var anything = Pattern("*")

// An item is one value of a request as a condition compares it: a text, a
// compiled pattern that stands for all it matches, or all times from one on.
type item struct {
	text    string
	pattern bool
	inParts bool // of a pattern: no wildcard stands for a colon
	instant bool
	since   int64
}

// mayBeEmpty reports whether the item is, or may stand for, the empty text.
func (it item) mayBeEmpty() bool {
	return !it.instant && (it.text == "" || it.pattern && match(it.text, ""))
}
