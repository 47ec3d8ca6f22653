package policy

import "strings"

// A layout describes the white space of a JSON text.
type layout struct {
	newline, unit string // line end, and one level of indentation
	colon, comma  string // with the blanks around them, on one line
	pad           string // inside the braces of an object on one line
	lines         bool   // the text has several lines
	listLines     bool   // lists of strings have a line per element
	leafLines     bool   // objects without an object in them have a line per member
}

// Indent returns a JSON text in the layout of the AWS CLI: each member and each
// element is on its own line, indented by four spaces per level. The order of
// members and the spelling of numbers and strings do not change. The error, if
// any, is a *SyntaxError.
func Indent(text string) (string, error) {
	root, err := parseTree(text)
	if err != nil {
		return "", err
	}
	cli := layout{newline: "\n", unit: "    ", colon: ": ", lines: true, listLines: true, leafLines: true}
	return cli.write(text, root, "", true), nil
}

// layoutOf returns the layout of a text. For each property, the first example in
// the text decides.
func layoutOf(text string, root *node) layout {
	l := layout{newline: "\n", lines: strings.Contains(text[root.start:root.end], "\n")}
	if strings.Contains(text, "\r\n") {
		l.newline = "\r\n"
	}
	l.leafLines = l.lines
	var commaKnown, padKnown, listKnown, leafKnown bool
	root.walk(func(n *node) {
		if len(n.entries) == 0 {
			return
		}
		first := &n.entries[0]
		spread := strings.Contains(text[n.start:n.end], "\n")
		if spread && l.unit == "" {
			if unit, ok := strings.CutPrefix(indentAt(text, first.start), indentAt(text, n.start)); ok {
				l.unit = unit
			}
		}
		if gap := text[first.nameEnd:first.value.start]; n.kind == '{' && l.colon == "" && !strings.Contains(gap, "\n") {
			l.colon = gap
		}
		if n.kind == '{' && !spread && !padKnown {
			l.pad, padKnown = text[n.start+1:first.start], true
		}
		if n.kind == '[' && !listKnown && first.value.entries == nil {
			l.listLines, listKnown = spread, true
		}
		for i := range n.entries {
			if e := &n.entries[i]; !leafKnown && n.kind == '{' && len(e.value.entries) > 0 && e.value.isLeaf() {
				l.leafLines, leafKnown = strings.Contains(text[e.value.start:e.value.end], "\n"), true
			}
		}
		if len(n.entries) > 1 && !commaKnown {
			if gap := text[first.value.end:n.entries[1].start]; !strings.Contains(gap, "\n") {
				l.comma, commaKnown = gap, true
			}
		}
	})
	if l.unit == "" {
		l.unit = "    "
	}
	if l.colon == "" {
		l.colon = ": "
	}
	if !commaKnown {
		l.comma = ","
		if strings.HasSuffix(l.colon, " ") {
			l.comma = ", "
		}
	}
	return l
}

// walk calls visit for a value and then for all values in it, in order.
func (n *node) walk(visit func(n *node)) {
	visit(n)
	for i := range n.entries {
		n.entries[i].value.walk(visit)
	}
}

// isLeaf reports whether a value is an object without an object in it.
func (n *node) isLeaf() bool {
	for i := range n.entries {
		if n.entries[i].value.kind == '{' {
			return false
		}
	}
	return n.kind == '{'
}

// indentAt returns the indentation of the line that contains an offset.
func indentAt(text string, offset int) string {
	line := text[strings.LastIndexByte(text[:offset], '\n')+1 : offset]
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}

// write returns a value of text in this layout. If spread is true, it is written
// on several lines. The indent is that of the line on which the value begins.
func (l *layout) write(text string, n *node, indent string, spread bool) string {
	if len(n.entries) == 0 {
		switch n.kind {
		case '{':
			return "{}"
		case '[':
			return "[]"
		}
		return text[n.start:n.end]
	}
	if n.kind == '[' && n.entries[0].value.entries == nil {
		spread = spread && l.listLines
	}
	var b strings.Builder
	b.WriteByte(byte(n.kind))
	pad, separator := "", l.comma
	if n.kind == '{' {
		pad = l.pad
	}
	if spread {
		pad = l.newline + indent
		separator = "," + pad + l.unit
		b.WriteString(pad + l.unit)
	} else {
		b.WriteString(pad)
	}
	for i := range n.entries {
		e := &n.entries[i]
		if i > 0 {
			b.WriteString(separator)
		}
		if n.kind == '{' {
			b.WriteString(text[e.start:e.nameEnd] + l.colon)
		}
		b.WriteString(l.write(text, &e.value, indent+l.unit, spread && (l.leafLines || !e.value.isLeaf())))
	}
	b.WriteString(pad)
	b.WriteByte(byte(n.kind) + 2) // in ASCII, } is { + 2 and ] is [ + 2
	return b.String()
}
