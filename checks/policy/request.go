package policy

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/iblint/iblint/checks/symbol"
)

// A Request is a request to AWS: Principal calls Action on Resource in Context. The ID of the
// principal and the values may contain symbols.
type Request struct {
	// Principal is a service, or {AWS, ARN of a role} for a session of that role.
	Principal Principal
	// HasBoundary reports that the role has a permissions boundary.
	HasBoundary bool
	Action      string // service:Name, without wildcards
	// Resource is what is known of the ARN of the resource, or "*" for an action
	// without resource. Trust documents have no Resource element and ignore it.
	Resource Value
	Context  *Context // nil: every key is Unknown
}

// A Context holds what is known of the condition keys of a request. Names of keys
// are case-insensitive (IAM User Guide, reference_policies_elements_condition). A
// key that was never set is Unknown. Several goroutines may read a Context, but not
// while it is set.
type Context struct {
	exact    map[string]Value
	prefixes []prefixValue // longest first
	symbolic []string      // the keys in exact that contain symbols
	base     *Context      // for keys that are not set here; nil: none
}

type prefixValue struct {
	prefix string
	value  Value
}

// NewContext returns a context in which every key is Unknown.
func NewContext() *Context { return &Context{exact: map[string]Value{}} }

// With returns a context with the same values that can be set independently. After
// that, c must not be set.
func (c *Context) With() *Context { return &Context{exact: map[string]Value{}, base: c} }

// Set sets what is known of one key, replaces an earlier value, and returns the
// context.
func (c *Context) Set(key string, v Value) *Context {
	key = lowerKey(key)
	c.exact[key] = v
	if hasSymbol(key) {
		c.symbolic = append(c.symbolic, key)
	}
	return c
}

// SetPrefix sets what is known of all keys that begin with prefix and are not set
// themselves, and returns the context. The longest prefix wins.
func (c *Context) SetPrefix(prefix string, v Value) *Context {
	p := prefixValue{strings.ToLower(prefix), v}
	c.prefixes = slices.DeleteFunc(c.prefixes, func(old prefixValue) bool { return old.prefix == p.prefix })
	c.prefixes = append(c.prefixes, p)
	slices.SortStableFunc(c.prefixes, func(a, b prefixValue) int { return cmp.Compare(len(b.prefix), len(a.prefix)) })
	return c
}

// lookup returns what is known of a key as lowerKey returns it. A key that may be another one,
// because one of them contains a symbol, is Unknown.
func (c *Context) lookup(key string) Value {
	for at := c; at != nil; at = at.base {
		for _, other := range at.symbolic {
			if other != key && overlap(other, key) {
				return Value{}
			}
		}
	}
	for at := c; at != nil; at = at.base {
		if v, ok := at.exact[key]; ok {
			return v
		}
	}
	if hasSymbol(key) {
		return Value{}
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
// Unknown. Text in it that is not valid UTF-8 is replaced by U+FFFD. A text may contain
// symbols, each of which stands for one text that is not known.
type Value struct {
	kind     valueKind
	orAbsent bool  // or the request does not have the key
	inParts  bool  // of kind patterned: no wildcard matches a colon or a slash
	ofRun    bool  // of kind instant: since is when iblint runs
	since    int64 // of kind instant: seconds since 1970
	texts    []string
	patterns []string // of kind patterned, or if a text has a symbol: texts compiled
	name     string   // of kind patterned: values with the same name are equal
}

type valueKind uint8

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
	return Value{kind: known}.withTexts(values)
}

// OneOf is the value of a key that is present with one of the candidates. A
// condition on it is decided only if the result is the same for all candidates.
// Without candidates it is Unknown.
func OneOf(candidates ...string) Value {
	switch len(candidates) {
	case 0:
		return Unknown()
	case 1:
		return Known(candidates...)
	}
	return Value{kind: oneOf}.withTexts(candidates)
}

// OrAbsent returns v for a key that may also be absent. It returns Unknown and
// Absent unchanged.
func (v Value) OrAbsent() Value {
	v.orAbsent = v.kind != unknown && v.kind != absent
	return v
}

// Since is the value of a key that is present with the time of the request: t or
// any later time.
func Since(t time.Time) Value { return Value{kind: instant, since: t.Unix()} }

// SinceRun is Since for the time at which iblint runs. Reasons and traces do not
// contain that time, so that they are the same in the next run.
func SinceRun(t time.Time) Value { return Value{kind: instant, since: t.Unix(), ofRun: true} }

// Pattern is the value of a key that is present with one value: any text that one of
// the globs matches. A * matches any text, including none, and a ? matches one
// character. In a glob with the form of an ARN (arn: and at least five colons),
// wildcards in the first five parts do not match colons. Without globs it is Unknown.
func Pattern(globs ...string) Value {
	v := Value{kind: patterned, texts: validTexts(globs)}
	wildcards := false
	for _, text := range v.texts {
		pattern := compileGlob(compileSymbols(text))
		v.patterns, wildcards = append(v.patterns, pattern), wildcards || hasWildcard(pattern)
	}
	if !wildcards {
		return OneOf(globs...)
	}
	return v
}

// ARNPattern is Pattern for ARNs with exactly the colons and slashes of the globs, such as the
// ARN of an image: wildcards match neither.
func ARNPattern(globs ...string) Value {
	v := Pattern(globs...)
	v.inParts = true
	return v
}

// Named returns v, which must be a Pattern, with a name. Values with the same name are
// equal in a request, whatever they are.
func (v Value) Named(name string) Value {
	v.name = name
	return v
}

// withTexts returns v with texts that have no wildcards.
func (v Value) withTexts(texts []string) Value {
	v.texts = validTexts(texts)
	for i, text := range v.texts {
		if compiled := compileSymbols(text); v.patterns == nil && compiled != text {
			v.patterns = append([]string{}, v.texts...)
			v.patterns[i] = compiled
		} else if v.patterns != nil {
			v.patterns[i] = compiled
		}
	}
	return v
}

// items are the values that a key may have, as conditions compare them.
func (v *Value) items() []item {
	items := make([]item, len(v.texts))
	for i := range items {
		items[i] = v.item(i)
	}
	return items
}

// item is one of the texts as conditions compare it.
func (v *Value) item(i int) item {
	if v.patterns == nil {
		return item{text: v.texts[i]}
	}
	p := v.patterns[i]
	return item{text: p, pattern: v.kind == patterned || hasSymbol(p), inParts: v.inParts, name: v.name}
}

// compiled is one of the texts as a policy variable inserts it.
func (v *Value) compiled(i int) string {
	if v.patterns == nil {
		return v.texts[i]
	}
	return v.patterns[i]
}

// symbolic reports whether the value contains a symbol.
func (v *Value) symbolic() bool { return v.firstSymbol().IsSymbol() }

// firstSymbol returns the first symbol in the value. It returns the zero Part if there is none.
func (v *Value) firstSymbol() symbol.Part {
	for _, text := range v.texts {
		if inText(text) {
			return symbol.First(text)
		}
	}
	return symbol.Part{}
}

func validTexts(texts []string) []string {
	valid := make([]string, len(texts))
	for i, t := range texts {
		valid[i] = strings.ToValidUTF8(t, "\uFFFD")
	}
	return valid
}

// anything is the value of a key that is present with an unknown value.
var anything = Pattern("*")

// An item is one value of a request as a condition compares it: a text, a compiled
// pattern that may be any text it matches, or any time from a given one on.
type item struct {
	text    string
	pattern bool
	inParts bool // of a pattern: no wildcard matches a colon or a slash
	name    string
	instant bool
	since   int64
}

// mayBeEmpty reports whether the item is or may be the empty text.
func (it item) mayBeEmpty() bool {
	return !it.instant && (it.text == "" || it.pattern && canBeEmpty(it.text))
}
