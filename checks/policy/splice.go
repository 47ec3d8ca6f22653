package policy

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// A splice replaces the bytes of a text from start to end. Bytes that no splice
// covers do not change.
type splice struct {
	start, end int
	text       string
}

// splices applies splices that do not overlap, in any order. The cost is the number
// of bytes that they add and remove.
func splices(text string, list []splice) (after string, cost int) {
	slices.SortStableFunc(list, func(a, b splice) int { return a.start - b.start })
	var b strings.Builder
	from := 0
	for _, s := range list {
		b.WriteString(text[from:s.start] + s.text)
		from = s.end
		cost += s.end - s.start + len(s.text)
	}
	b.WriteString(text[from:])
	return b.String(), cost
}

// An editor creates splices for one text in the layout of that text.
type editor struct {
	text   string
	root   *node
	layout layout
}

// newEditor returns an editor for a JSON text.
func newEditor(text string) (*editor, error) {
	root, err := parseTree(text)
	if err != nil {
		return nil, err
	}
	return &editor{text, root, layoutOf(text, root)}, nil
}

// statement returns the statement with this index. It is no object if a symbol is in its place.
func (e *editor) statement(index int) *node {
	switch s := e.root.member("Statement"); {
	case s == nil:
		return &node{}
	case s.kind != '[':
		return s
	case index < len(s.entries):
		return &s.entries[index].value
	}
	return &node{}
}

// insert appends a member to an object, or an element to an array if name is "". It
// has the layout of the entries before it. The value is a JSON text.
func (e *editor) insert(into *node, name, value string) splice {
	if len(into.entries) == 0 {
		return e.insertFirst(into, name, value)
	}
	last := &into.entries[len(into.entries)-1]
	separator := e.layout.comma
	if before := e.text[into.start+1 : into.entries[0].start]; strings.Contains(before, "\n") {
		separator = "," + before
	}
	if len(into.entries) > 1 {
		separator = e.text[into.entries[len(into.entries)-2].value.end:last.start]
	}
	at := last.value.end
	return splice{at, at, separator + e.entry(name, value, indentAt(e.text, last.start), e.spread(into, value, separator))}
}

// spread reports whether an inserted value is written on several lines: like the
// last similar sibling, or else like the separator. Two members of an object are
// similar if both contain objects or neither does.
func (e *editor) spread(into *node, value, separator string) bool {
	v, err := parseTree(value)
	for i := len(into.entries) - 1; i >= 0 && err == nil; i-- {
		if like := &into.entries[i].value; len(like.entries) > 0 && like.kind == v.kind && (into.kind == '[' || like.isLeaf() == v.isLeaf()) {
			return strings.Contains(e.text[like.start:like.end], "\n")
		}
	}
	return strings.Contains(separator, "\n")
}

// insertFirst is insert for an empty object or array.
func (e *editor) insertFirst(into *node, name, value string) splice {
	indent := indentAt(e.text, into.start)
	pad := ""
	if into.kind == '{' {
		pad = e.layout.pad
	}
	text := pad + e.entry(name, value, indent, false) + pad
	if e.layout.lines {
		inside := e.layout.newline + indent + e.layout.unit
		text = inside + e.entry(name, value, indent+e.layout.unit, true) + e.layout.newline + indent
	}
	return splice{into.start + 1, into.end - 1, text}
}

// entry returns the text of a member, or of an element if name is "".
func (e *editor) entry(name, value, indent string, spread bool) string {
	if v, err := parseTree(value); err == nil {
		value = e.layout.write(value, v, indent, spread)
	}
	if name != "" {
		return quoteJSON(name) + e.layout.colon + value
	}
	return value
}

// add appends values to a list, or turns a single value into a list. The values
// are JSON texts.
//
// It returns nil for a symbol, which may be a list already.
func (e *editor) add(to *node, values ...string) []splice {
	if to.isSymbol() {
		return nil
	}
	if to.kind == '[' {
		if len(to.entries) == 0 {
			list := "[" + strings.Join(values, ",") + "]"
			return []splice{{to.start, to.end, e.entry("", list, indentAt(e.text, to.start), e.layout.lines)}}
		}
		var list []splice
		for _, v := range values {
			list = append(list, e.insert(to, "", v))
		}
		return list
	}
	indent := indentAt(e.text, to.start)
	opening, separator, closing := "[", e.layout.comma, "]"
	if e.layout.listLines && to.kind != '{' {
		inside := e.layout.newline + indent + e.layout.unit
		opening, separator, closing = "["+inside, ","+inside, e.layout.newline+indent+"]"
	}
	spread := strings.Contains(e.text[to.start:to.end], "\n")
	after := ""
	for _, v := range values {
		after += separator + e.entry("", v, indent, spread)
	}
	return []splice{{to.start, to.start, opening}, {to.end, to.end, after + closing}}
}

// addTexts adds the texts that a list of strings does not contain. It returns nil
// if the list contains all of them.
func (e *editor) addTexts(to *node, texts []string) []splice {
	var missing []string
	for _, text := range texts {
		if q := quoteJSON(text); !to.lists(text) && !slices.Contains(missing, q) {
			missing = append(missing, q)
		}
	}
	if missing == nil {
		return nil
	}
	return e.add(to, missing...)
}

// lists reports whether a string is equal to text, or an array contains text.
func (n *node) lists(text string) bool {
	if n.kind != '[' {
		return n.text == text
	}
	return slices.ContainsFunc(n.entries, func(e entry) bool { return e.value.text == text })
}

// remove removes entries of an object or an array. It returns nil if no entry or
// every entry is to be removed.
func (e *editor) remove(from *node, which func(e *entry) bool) []splice {
	var list []splice
	kept := 0
	for i := range from.entries {
		switch this := &from.entries[i]; {
		case !which(this):
			if kept == 0 && i > 0 {
				list = []splice{{from.entries[0].start, this.start, ""}}
			}
			kept++
		case kept > 0:
			list = append(list, splice{from.entries[i-1].value.end, this.value.end, ""})
		}
	}
	return list
}

// quoteJSON returns text as a JSON string.
func quoteJSON(text string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(text); err != nil { // a string can always be encoded
		panic(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
