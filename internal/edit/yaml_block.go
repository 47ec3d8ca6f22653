package edit

import (
	"bytes"
	"strings"
)

// yamlPlace is where a value stands in YAML.
type yamlPlace struct {
	style  *yamlStyle
	lead   int  // where it may begin: after the colon or the dash
	indent int  // column of the key or the dash that it belongs to; -1: it is the whole file
	item   bool // of a list
	flow   bool // it is in brackets or braces
	bare   bool // a key without a colon stands before it
	block  bool // it is a collection in block style itself
	column int  // of the keys or the dashes of it
}

// inBlock reports whether members of the node stand on lines of their own, without brackets.
func (n *Node) inBlock() bool { return n.yaml != nil && n.yaml.block }

// replaceBlock replaces a value that does not stand in brackets.
func (n *Node) replaceBlock(v any) Edit {
	p := n.yaml
	_, isList := v.([]any)
	switch {
	case !lines(v) && (p.block || n.Start == n.End || n.Start-lineStart(n.source, n.Start) <= p.indent):
		return n.edit(p.lead, n.End, " "+p.style.flow(v))
	case !lines(v):
		return n.edit(n.Start, n.End, p.style.flow(v))
	case p.block && n.Kind == map[bool]Kind{true: List, false: Shape}[isList]:
		return n.edit(n.Start, n.End, p.style.block(v, p.column))
	case p.item:
		return n.edit(p.lead, n.End, " "+p.style.block(v, p.indent+2))
	}
	// A comment after the value stays in the line of the key.
	rest := bytes.TrimRight(n.source[n.End:lineEnd(n.source, n.End)], " \t\r\n")
	return n.edit(p.lead, n.End+len(rest), string(rest)+p.style.afterKey(v, max(p.indent, 0)))
}

// addBlock adds an item or a member to a collection in block style, on lines of its own.
func (n *Node) addBlock(key string, v any) []Edit {
	p := n.yaml
	text := p.style.item(v, p.column)
	switch last := n.Members[len(n.Members)-1].Value; {
	case n.Kind == Shape:
		text = p.style.entry(key, v, p.column)
	case last.Kind == Shape && !last.inBlock() && last.yaml != nil:
		text = "- " + p.style.like(last).flow(v)
	}
	return []Edit{n.insertLine(n.Members[len(n.Members)-1].End, text)}
}

// insertLine inserts lines of the collection after the line of an offset.
func (n *Node) insertLine(after int, text string) Edit {
	at := lineEnd(n.source, after)
	text = strings.Repeat(" ", n.yaml.column) + text
	if at > 0 && n.source[at-1] == '\n' {
		text += "\n"
	} else {
		text = "\n" + text
	}
	e := n.edit(at, at, text)
	e.Depth = n.yaml.column + 1
	if n.Kind == List {
		e.Depth++ // a list may stand at the column of the key that it belongs to
	}
	return e
}

// removeBlock removes a member or an item of a collection in block style with its lines.
func (n *Node) removeBlock(i int) []Edit {
	m := n.Members[i]
	from, to := lineStart(n.source, m.Start), lineEnd(n.source, m.End)
	if strings.TrimSpace(strings.TrimPrefix(string(n.source[from:m.Start]), mark)) == "" && from != 0 {
		return []Edit{n.edit(from, to, "")}
	}
	if i+1 < len(n.Members) { // after a dash
		return []Edit{n.edit(m.Start, n.Members[i+1].Start, "")}
	}
	return []Edit{n.edit(n.Members[i-1].End, m.End, "")}
}

// wrapBlock makes a value that does not stand in brackets the first item of a list. A comment after
// the value stays with it.
func (n *Node) wrapBlock(more []any) []Edit {
	p := n.yaml
	column, shift := p.column, 2
	start, head := n.Start, ""
	switch {
	case p.block && n.Start-lineStart(n.source, n.Start) == p.column:
	case p.item:
		column, shift = p.indent+2, 2
		start, head = p.lead, " "
	default:
		column, shift = max(p.indent, 0)+p.style.dash, p.style.dash
		start, head = p.lead, "\n"+strings.Repeat(" ", column)
	}
	if p.block && start != n.Start { // after a tag
		shift += 2
	}
	written := strings.ReplaceAll(n.Written(), "\r\n", "\n")
	first, rest, _ := strings.Cut(written, "\n")
	text := head + "- " + first
	if rest != "" {
		for line := range strings.Lines("\n" + rest) {
			if line != "\n" {
				line = strings.Repeat(" ", shift) + line
			}
			text += strings.TrimSuffix(line, "\n")
			if strings.HasSuffix(line, "\n") {
				text += "\n"
			}
		}
	}
	var items []string
	for _, v := range more {
		items = append(items, p.style.item(v, column))
	}
	list := *n
	list.Kind, list.yaml = List, &yamlPlace{column: column}
	return []Edit{n.edit(start, n.End, text), list.insertLine(n.End, strings.Join(items, "\n"+strings.Repeat(" ", column)))}
}

// AddEntry adds a member to an object, apart from what other edits add to it. An empty line stands
// before it if one stands between the last two members.
func (n *Node) AddEntry(key string, v any) []Edit {
	edits := n.Add(key, v)
	if len(edits) != 1 || edits[0].Start != edits[0].End {
		return edits
	}
	edits[0].Apart = true
	if n.inBlock() && len(n.Members) > 1 {
		from, to := n.Members[len(n.Members)-2].End, n.Members[len(n.Members)-1].Start
		between := strings.ReplaceAll(string(n.source[from:to]), "\r\n", "\n")
		if strings.Contains(between, "\n\n") {
			edits[0].Text = "\n" + edits[0].Text
		}
	}
	return edits
}
