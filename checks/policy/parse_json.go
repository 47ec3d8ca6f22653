package policy

// The structure of JSON: objects, arrays, and values of one type.

// object parses the members of the object that begins with first. For each it calls
// member, which must parse the value. A duplicate name is an error.
func (p *parser) object(first token, member func(name token)) {
	seen := map[string]int{}
	p.members(first, func(name token) {
		if offset, twice := seen[name.text]; twice {
			p.require(name, writtenTwice(p.text, name.text, offset))
		}
		seen[name.text] = name.start
		p.colon()
		member(name)
	})
}

// members parses the members of the object that begins with first. For each it
// calls member, which must parse the colon and the value.
func (p *parser) members(first token, member func(name token)) {
	if first.kind != '{' {
		p.unexpected(first, "an object")
	}
	name := p.next()
	if name.kind == '}' {
		return
	}
	for {
		if name.kind != stringToken {
			p.unexpected(name, "a member name")
		}
		p.path = append(p.path, step{name: name.text})
		member(name)
		p.path = p.path[:len(p.path)-1]
		switch t := p.next(); t.kind {
		case ',':
			name = p.next()
		case '}':
			return
		default:
			p.unexpected(t, `"," or "}"`)
		}
	}
}

func (p *parser) colon() {
	if t := p.next(); t.kind != ':' {
		p.unexpected(t, `":"`)
	}
}

// array parses the elements of an array after its opening bracket. For each it calls
// element with the first token; element must parse the rest.
func (p *parser) array(element func(first token)) {
	t := p.next()
	if t.kind == ']' {
		return
	}
	for i := 0; ; i++ {
		p.path = append(p.path, step{index: i, inArray: true})
		element(t)
		p.path = p.path[:len(p.path)-1]
		switch t = p.next(); t.kind {
		case ',':
			t = p.next()
		case ']':
			return
		default:
			p.unexpected(t, `"," or "]"`)
		}
	}
}

// list parses one value or an array of values. The result is never nil.
func (p *parser) list(value func(token) string) []string {
	first := p.next()
	if first.kind != '[' {
		return []string{value(first)}
	}
	list := []string{}
	p.array(func(t token) { list = append(list, value(t)) })
	return list
}

func (p *parser) strings() []string { return p.list(p.str) }

func (p *parser) str(t token) string {
	if t.kind != stringToken {
		p.unexpected(t, "a string")
	}
	return t.text
}

// scalar returns the text of a condition value. Numbers and booleans need no
// quotation marks.
func (p *parser) scalar(t token) string {
	if t.kind != stringToken && t.kind != numberToken && (t.kind != wordToken || t.text == "null") {
		p.unexpected(t, aScalar)
	}
	return t.text
}

// require stops the parser at t if problem is not "".
func (p *parser) require(t token, problem string) {
	if problem != "" {
		p.fail(t.start, "%s", problem)
	}
}

func (p *parser) unexpected(t token, want string) {
	p.fail(t.start, "%s", needed(want, t.kind, t.text))
}
