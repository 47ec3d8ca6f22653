package edit

import (
	"bytes"
	"strings"

	"go.yaml.in/yaml/v4"
)

// yamlBuilder finds the bytes of values.
type yamlBuilder struct {
	*YAML
	style     *yamlStyle
	lines     []int // where each begins
	nodes     map[*yaml.Node]*Node
	functions []*yaml.Node
	failed    bool
}

func (b *yamlBuilder) fail() { b.failed = true }

// offset is where a node begins.
func (b *yamlBuilder) offset(n *yaml.Node) int {
	if n.Line < 1 || n.Line > len(b.lines) {
		b.fail()
		return 0
	}
	at := b.lines[n.Line-1] + n.Column - 1
	if n.Column < 1 || at > len(b.Source) {
		b.fail()
		return 0
	}
	return at
}

// column is the column of an offset, from 0.
func (b *yamlBuilder) column(at int) int {
	start := lineStart(b.Source, at)
	if start == 0 {
		start = min(b.Offset, at)
	}
	return at - start
}

// gap reports whether only white space, comments and the given characters stand in a range.
func (b *yamlBuilder) gap(from, to int, allowed string) bool {
	if from > to {
		return false
	}
	for i := from; i < to; i++ {
		switch c := b.Source[i]; {
		case strings.IndexByte(" \t\r\n", c) >= 0 || strings.IndexByte(allowed, c) >= 0:
		case c == '#' && (i == 0 || strings.IndexByte(" \t\n", b.Source[i-1]) >= 0):
			i = lineEnd(b.Source, i) - 1
			if i >= to {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// skip is the first offset that is neither white space nor in a comment.
func (b *yamlBuilder) skip(at int, also string) int {
	for at < len(b.Source) {
		switch c := b.Source[at]; {
		case strings.IndexByte(" \t\r\n", c) >= 0 || strings.IndexByte(also, c) >= 0:
			at++
		case c == '#' && (at == 0 || strings.IndexByte(" \t\n", b.Source[at-1]) >= 0):
			at = lineEnd(b.Source, at)
		default:
			return at
		}
	}
	return at
}

// expect returns the offset after a character.
func (b *yamlBuilder) expect(at int, c byte) int {
	if at >= len(b.Source) || b.Source[at] != c {
		b.fail()
		return at
	}
	return at + 1
}

// value finds the bytes of a value and of its parts.
func (b *yamlBuilder) value(n *yaml.Node, p yamlPlace) *Node {
	out := &Node{File: b.File, source: b.Source, Start: b.offset(n), syntax: yamlFlow{b.style}}
	if b.IsJSON {
		out.syntax = jsonSyntax{style: b.style}
	} else {
		out.yaml = &p
	}
	out.End = out.Start
	if p.flow && !b.IsJSON && b.column(out.Start) <= p.indent {
		b.fail() // parsers do not agree about it
	}
	if b.failed {
		return out
	}
	b.nodes[n] = out
	at := out.Start
	null := n.Kind == yaml.ScalarNode && n.Value == "" && n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
	tagged := n.Style&yaml.TaggedStyle != 0
	for range 2 {
		if (n.Anchor != "" || tagged) && at < len(b.Source) && (b.Source[at] == '&' || b.Source[at] == '!') {
			for at < len(b.Source) && strings.IndexByte(" \t\r\n", b.Source[at]) < 0 && !(p.flow && strings.IndexByte(",[]{}", b.Source[at]) >= 0) {
				at++
			}
			out.End = at
			if !null || at < len(b.Source) && b.Source[at] == ' ' {
				at = b.skip(at, "")
			}
		}
	}
	switch n.Kind {
	case yaml.ScalarNode:
		if !null {
			out.End = b.scalarEnd(n, at, p)
		} else if b.IsJSON && bytes.HasPrefix(b.Source[at:], []byte("null")) {
			out.End = at + len("null")
		} else if out.End < len(b.Source) && strings.IndexByte(" \t\r\n,]}:", b.Source[out.End]) < 0 {
			b.fail() // such as a tag without a name
		}
		out.Kind, out.Text, out.IsText = Scalar, n.Value, n.Tag != "!!null" && n.Tag != "!!bool"
		out.literal = n.Style&yaml.LiteralStyle != 0
		b.style.quoted(n, b.IsJSON)
	case yaml.SequenceNode:
		out.Kind = List
		b.sequence(n, out, at, p)
	case yaml.MappingNode:
		out.Kind = Shape
		b.mapping(n, out, at, p)
	case yaml.AliasNode:
		out.End = at + 1 + len(n.Value)
		if out.End > len(b.Source) || string(b.Source[at:out.End]) != "*"+n.Value {
			b.fail()
		}
	default:
		b.fail()
	}
	function := tagged && !strings.HasPrefix(n.Tag, "!!") || b.Function != nil && b.Function(n)
	if function {
		b.functions = append(b.functions, n)
	}
	if function || n.Anchor != "" || n.Kind == yaml.MappingNode && !distinct(n) {
		out.Kind, out.IsText, out.parts, out.Members = Opaque, false, out.Members, nil
		if tagged && function {
			out.tag = strings.TrimPrefix(n.Tag, "!")
		}
	}
	return out
}

// distinct reports whether the keys of a mapping are its own, and stand once.
func distinct(n *yaml.Node) bool {
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode || key.Value == "<<" || seen[key.Value] {
			return false
		}
		seen[key.Value] = true
	}
	return true
}

func (b *yamlBuilder) sequence(n *yaml.Node, out *Node, at int, p yamlPlace) {
	if at < len(b.Source) && b.Source[at] == '[' {
		end := at + 1
		for _, child := range n.Content {
			v := b.value(child, yamlPlace{style: b.style, lead: end, indent: p.indent, item: true, flow: true})
			if b.failed || !b.gap(end, v.Start, ",") {
				b.fail()
				return
			}
			end = v.End
			out.Members = append(out.Members, Member{"", v.Start, v.End, v})
		}
		b.style.jsonLines(b.Source, out)
		out.End = b.expect(b.skip(end, ","), ']')
		return
	}
	if p.flow || len(n.Content) == 0 {
		b.fail()
		return
	}
	column, end := -1, at
	for i, child := range n.Content {
		dash := b.skip(end, "")
		lead := b.expect(dash, '-')
		if i == 0 {
			column = b.column(dash)
			out.Start = b.first(out.Start, dash, n)
			if !p.item && p.indent >= 0 {
				b.style.sequence(column - p.indent)
			}
		}
		if b.failed || b.column(dash) != column {
			b.fail()
			return
		}
		v := b.value(child, yamlPlace{style: b.style, lead: lead, indent: column, item: true})
		if b.failed || !b.gap(lead, v.Start, "") {
			b.fail()
			return
		}
		end = v.End
		out.Members = append(out.Members, Member{"", dash, v.End, v})
	}
	out.End = end
	b.block(out, column)
}

// first is where a block begins: at its tag or anchor, or else at its first part.
func (b *yamlBuilder) first(start, part int, n *yaml.Node) int {
	if n.Anchor != "" || n.Style&yaml.TaggedStyle != 0 {
		return start
	}
	return part
}

// block notes that a value is a collection in block style. In JSON there is none.
func (b *yamlBuilder) block(out *Node, column int) {
	if out.yaml == nil {
		b.fail()
		return
	}
	out.yaml.block, out.yaml.column = true, column
}

func (b *yamlBuilder) mapping(n *yaml.Node, out *Node, at int, p yamlPlace) {
	flow := at < len(b.Source) && b.Source[at] == '{'
	end, column := at, -1
	inside := yamlPlace{style: b.style, flow: flow, indent: p.indent}
	switch {
	case flow:
		end++
		b.style.braces(b.Source, at)
	case p.flow || len(n.Content) == 0:
		b.fail()
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := b.value(n.Content[i], yamlPlace{style: b.style, lead: end, indent: p.indent, flow: true})
		if b.failed || n.Content[i].Kind != yaml.ScalarNode || !b.gap(end, key.Start, map[bool]string{true: ","}[flow]) {
			b.fail()
			return
		}
		if !flow {
			if i == 0 {
				column = b.column(key.Start)
				out.Start = b.first(out.Start, key.Start, n)
				inside.indent = column
				if !p.item && p.indent >= 0 {
					b.style.mapping(column - p.indent)
				}
			}
			if b.column(key.Start) != column {
				b.fail()
				return
			}
		}
		inside.lead, inside.bare = key.End, true
		colon := b.skip(key.End, "")
		if value := n.Content[i+1]; !flow || value.Tag != "!!null" || colon < len(b.Source) && b.Source[colon] == ':' {
			inside.lead, inside.bare = b.expect(colon, ':'), false
		}
		v := b.value(n.Content[i+1], inside)
		if v.Start < inside.lead && v.Start == v.End { // nothing stands there
			v.Start, v.End = inside.lead, inside.lead
		}
		if b.failed || !b.gap(inside.lead, v.Start, "") {
			b.fail()
			return
		}
		end = v.End
		out.Members = append(out.Members, Member{n.Content[i].Value, key.Start, v.End, v})
	}
	if !flow {
		out.End = end
		b.block(out, column)
		return
	}
	b.style.jsonLines(b.Source, out)
	out.End = b.expect(b.skip(end, ","), '}')
}

// follow finds what a function stands for.
func (b *yamlBuilder) follow(n *yaml.Node) {
	if b.Follow == nil {
		return
	}
	from, to := b.nodes[n], b.nodes[b.Follow(n)]
	switch {
	case to == nil || to == from || from.Kind != Opaque || n.Anchor != "":
	case from.Start <= to.Start && to.End <= from.End:
		from.part = to
	case to.Kind == Scalar:
		from.elsewhere = to
	}
}
