package edit

import (
	"bytes"
	"strings"

	"go.yaml.in/yaml/v4"
)

// YAML is a file in YAML or JSON, as a parser of YAML found its values. Columns of nodes are bytes.
type YAML struct {
	File   string
	Source []byte
	Offset int // of the first byte that was parsed: 3 after a byte order mark
	Root   *yaml.Node
	IsJSON bool // values are written as JSON

	// Function reports whether a node stands for another value, other than by a tag. Nil: none does.
	Function func(*yaml.Node) bool
	// Follow returns the node with the value of a function: a part of it, or a value elsewhere in
	// the file. Nil: there is none.
	Follow func(*yaml.Node) *yaml.Node

	nodes map[*yaml.Node]*Node
	built bool
}

// Node returns the value that a node writes out; nil if the file is written in a way that is not
// edited.
func (y *YAML) Node(n *yaml.Node) *Node {
	if !y.built {
		y.built = true
		y.build()
	}
	node := y.nodes[n]
	for node != nil && node.part != nil {
		node = node.part
	}
	return node
}

// build finds the bytes of all values. No value is edited if those of one are not found.
func (y *YAML) build() {
	b := yamlBuilder{YAML: y, style: &yamlStyle{}, nodes: map[*yaml.Node]*Node{}}
	text := y.Source[min(y.Offset, len(y.Source)):]
	if y.Root == nil || oddLines(text) {
		return
	}
	b.lines = append(b.lines, y.Offset)
	for i, c := range text {
		if c == '\n' {
			b.lines = append(b.lines, y.Offset+i+1)
		}
	}
	b.value(y.Root, yamlPlace{style: b.style, lead: y.Offset, indent: -1, flow: y.IsJSON})
	if b.failed {
		return
	}
	b.style.decide()
	for _, n := range b.functions {
		b.follow(n)
	}
	for _, n := range b.nodes {
		for i, m := range n.Members {
			for m.Value.part != nil {
				m.Value = m.Value.part
			}
			n.Members[i] = m
		}
	}
	y.nodes = b.nodes
}

// oddLines reports whether lines end in another way than with a line feed, or a byte order mark stands
// inside: parsers of YAML do not agree about them.
func oddLines(text []byte) bool {
	return bytes.Count(text, []byte("\r")) != bytes.Count(text, []byte("\r\n")) || bytes.ContainsAny(text, "\u0085\u2028\u2029\ufeff")
}

// Function is the function that a node calls, without Fn::, and its argument; empty: it calls none.
func (n *Node) Function() (name string, argument *Node) {
	switch {
	case n == nil || n.Kind != Opaque:
	case n.tag != "":
		arg := *n
		arg.Kind, arg.IsText, arg.Members, arg.tag = Scalar, true, n.parts, ""
		for _, m := range n.parts {
			arg.Kind, arg.IsText = List, false
			if m.Key != "" {
				arg.Kind = Shape
			}
		}
		return strings.TrimPrefix(n.tag, "Fn::"), &arg
	case len(n.parts) == 1 && (n.parts[0].Key == "Ref" || strings.HasPrefix(n.parts[0].Key, "Fn::")):
		return strings.TrimPrefix(n.parts[0].Key, "Fn::"), n.parts[0].Value
	}
	return "", nil
}

// ReplaceText replaces a part of how the value is written, which stands once in it.
func (n *Node) ReplaceText(old, replacement string) ([]Edit, bool) {
	written := n.Written()
	i := strings.Index(written, old)
	if old == "" || i < 0 || i != strings.LastIndex(written, old) {
		return nil, false
	}
	return []Edit{n.edit(n.Start+i, n.Start+i+len(old), replacement)}, true
}
