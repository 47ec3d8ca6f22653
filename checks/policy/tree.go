package policy

// maxDepth bounds the nesting of values. A policy document has six levels.
const maxDepth = 16

// A node is one value of a JSON text, with its position. The tree answers where
// each name and value of a policy is, so that Lint, Indent and FindEdit can report
// and change parts of the text and keep every other byte. The other JSON readers of
// iblint need other things: package redact reads invalid text as far as it goes,
// report/fix needs decoded values in order, and lintcmd streams large recordings.
type node struct {
	kind       tokenKind // of its first token
	text       string    // value of a string, text of a number or a word
	start, end int       // byte offsets; end is exclusive
	entries    []entry   // of an object or an array, in order
}

// An entry is one member of an object or one element of an array. An element has
// no name. An object may have several members with the same name.
type entry struct {
	name    string
	start   int // of the name of a member, or of the value of an element
	nameEnd int
	value   node
}

// member returns the value of the first member with that name, or nil.
func (n *node) member(name string) *node {
	for i := range n.entries {
		if n.kind == '{' && n.entries[i].name == name {
			return &n.entries[i].value
		}
	}
	return nil
}

// parseTree parses any JSON text, not only policies. The error, if any, is a
// *SyntaxError.
func parseTree(text string) (*node, error) {
	p := newParser(text)
	var root node
	err := p.run(func(first token) {
		root = p.node(first, 1)
		p.end()
	})
	if err != nil {
		return nil, err
	}
	return &root, nil
}

// node reads the value that begins with first.
func (p *parser) node(first token, depth int) node {
	n := node{kind: first.kind, start: first.start}
	switch first.kind {
	case stringToken, numberToken, wordToken:
		n.text = first.text
	case '{', '[':
		if depth > maxDepth {
			p.fail(first.start, "values are nested deeper than %d levels", maxDepth)
		}
		if first.kind == '[' {
			p.array(func(t token) {
				n.entries = append(n.entries, entry{start: t.start, value: p.node(t, depth+1)})
			})
			break
		}
		p.members(first, func(name token) {
			e := entry{name: name.text, start: name.start, nameEnd: p.pos}
			p.colon()
			e.value = p.node(p.next(), depth+1)
			n.entries = append(n.entries, e)
		})
	default:
		p.unexpected(first, "a value")
	}
	n.end = p.pos
	return n
}
