package edit

import (
	"bytes"
	"strings"
)

// Kind says how a value is written out.
type Kind int

// The kinds of nodes.
const (
	Opaque Kind = iota // an expression that is not written out, such as a reference
	Scalar
	List
	Shape // an object
)

// Node is a value in a file, with the bytes that it covers.
type Node struct {
	Kind       Kind
	File       string
	Start, End int
	Members    []Member // of an object or a list
	Text       string   // of a string that is written out as one
	IsText     bool

	source []byte
	syntax syntax

	yaml      *yamlPlace // nil: it is not YAML
	literal   bool       // a literal scalar of YAML
	tag       string     // of a function
	part      *Node      // of a function: the part with its value
	parts     []Member   // what a function consists of
	elsewhere *Node      // the scalar that a function refers to
}

// Member is a member of an object or an item of a list. Its value may be written elsewhere.
type Member struct {
	Key        string // empty for an item of a list
	Start, End int    // with its key
	Value      *Node
}

// syntax is the language that a node is written in.
type syntax interface {
	// value is a value in the language, with its further lines indented.
	value(v any, indent string) string
	// line is a value on one line.
	line(v any) string
	// key is the beginning of a member of an object.
	key(key string) string
	// member is a member of an object.
	member(key string, v any, indent string) string
	// comma reports whether the text between two items or after the last has a comma.
	comma(between []byte) bool
	// commas reports whether members on lines of their own need commas between them.
	commas() bool
	// wrap is a list with the value or the values of an expression and more.
	wrap(expression string, list bool, more []any, indent string) (string, bool)
}

// member returns a member of an object.
func (n *Node) member(key string) (Member, bool) {
	for _, m := range n.Members {
		if m.Key == key {
			return m, true
		}
	}
	return Member{}, false
}

// Member returns the value of a member of an object, or nil.
func (n *Node) Member(key string) *Node {
	if n == nil {
		return nil
	}
	m, _ := n.member(key)
	return m.Value
}

func (n *Node) edit(start, end int, text string) Edit {
	return Edit{File: n.File, Start: start, End: end, Text: text}
}

// Written is the text of the value in the file.
func (n *Node) Written() string { return string(n.source[n.Start:n.End]) }

// Replace replaces the value.
func (n *Node) Replace(v any) Edit {
	if n.yaml != nil && !n.yaml.flow {
		return n.replaceBlock(v)
	}
	if n.Start == n.End && n.yaml != nil { // nothing stands after the colon
		colon := " "
		if n.yaml.bare {
			colon = ": "
		}
		return n.edit(n.yaml.lead, n.End, colon+n.syntax.line(v))
	}
	text := n.syntax.value(v, indentAt(n.source, n.Start))
	if n.yaml != nil && n.Start > 0 && n.source[n.Start-1] == ':' { // as in {"a":[]}
		text = " " + text
	}
	return n.edit(n.Start, n.End, text)
}

// ownLines reports whether the closing bracket of the node stands on a line of its own.
func (n *Node) ownLines() bool {
	return bytes.ContainsRune(n.source[n.Start:n.End], '\n') && strings.TrimSpace(string(n.source[lineStart(n.source, n.End-1):n.End-1])) == ""
}

// Add adds an item to a list or, with a key, a member to an object.
func (n *Node) Add(key string, v any) []Edit {
	text := func(indent string) string {
		if n.Kind == Shape {
			return n.syntax.member(key, v, indent)
		}
		return n.syntax.value(v, indent)
	}
	last := -1 // where the last item ends
	first := n.Start
	if k := len(n.Members); k > 0 {
		last, first = n.Members[k-1].End, n.Members[k-1].Start
	}
	if last < 0 {
		whole := any([]any{v})
		if n.Kind == Shape {
			whole = Object{{key, v}}
		}
		return []Edit{n.Replace(whole)}
	}
	if n.inBlock() {
		return n.addBlock(key, v)
	}
	comma := n.syntax.comma(n.source[last : n.End-1])
	if !n.ownLines() {
		one := text(indentAt(n.source, first))
		if !bytes.ContainsRune(n.source[n.Start:n.End], '\n') {
			one = n.syntax.line(v)
			if n.Kind == Shape {
				one = n.syntax.key(key) + one
			}
		}
		if comma {
			return []Edit{n.edit(n.End-1, n.End-1, one)}
		}
		return []Edit{n.edit(last, last, ", "+one)}
	}
	indent := indentAt(n.source, first)
	if n.syntax.commas() { // and none after the last
		return []Edit{n.edit(last, last, ",\n"+indent+text(indent))}
	}
	var edits []Edit
	line := indent + text(indent)
	if n.Kind == List && !comma {
		edits = append(edits, n.edit(last, last, ","))
	}
	if n.Kind == List || comma { // also after the last, so that another item can follow
		line += ","
	}
	at := lineStart(n.source, n.End-1)
	return append(edits, n.edit(at, at, line+"\n"))
}

// Remove removes a member or an item.
func (n *Node) Remove(i int) []Edit {
	if len(n.Members) == 1 {
		empty := any([]any{})
		if n.Kind == Shape {
			empty = Object{}
		}
		return []Edit{n.Replace(empty)}
	}
	if n.inBlock() {
		return n.removeBlock(i)
	}
	m, last := n.Members[i], i == len(n.Members)-1
	from, to := lineStart(n.source, m.Start), lineEnd(n.source, m.End)
	after := strings.TrimSpace(withoutComment(n.source[m.End:to]))
	ends := after == "" || after == ","
	if n.syntax.commas() && !last {
		ends = after == "," // it may stand on the next line
	}
	alone := strings.TrimSpace(string(n.source[from:m.Start])) == "" && to < n.End && ends
	switch {
	case alone && !(n.syntax.commas() && last):
		return []Edit{n.edit(from, to, "")}
	case i > 0:
		return []Edit{n.edit(n.Members[i-1].End, m.End, "")}
	}
	return []Edit{n.edit(m.Start, n.Members[1].Start, "")}
}

// withoutComment is the rest of a line of HCL up to a comment.
func withoutComment(rest []byte) string {
	text, _, _ := strings.Cut(string(rest), "#")
	text, _, _ = strings.Cut(text, "//")
	return text
}

// Rename replaces a member of an object by another one.
func (n *Node) Rename(key, to string, v any) []Edit {
	for _, m := range n.Members {
		switch {
		case m.Key == key && n.inBlock():
			return []Edit{n.edit(m.Start, m.End, n.yaml.style.entry(to, v, n.yaml.column))}
		case m.Key == key:
			return []Edit{n.edit(m.Start, m.End, n.syntax.member(to, v, indentAt(n.source, m.Start)))}
		}
	}
	return nil
}

// RemoveMember removes a member of an object, if it has it.
func (n *Node) RemoveMember(key string) []Edit {
	for i, m := range n.Members {
		if m.Key == key {
			return n.Remove(i)
		}
	}
	return nil
}

// lineStart is where the line of an offset begins.
func lineStart(source []byte, at int) int { return bytes.LastIndexByte(source[:at], '\n') + 1 }

// lineEnd is where the next line begins, or the file ends.
func lineEnd(source []byte, at int) int {
	if i := bytes.IndexByte(source[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(source)
}

// indentAt is the white space at the beginning of the line of an offset.
func indentAt(source []byte, at int) string {
	line := source[lineStart(source, at):at]
	return string(line[:len(line)-len(bytes.TrimLeft(line, " \t"))])
}
