package policy

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxSize bounds what Parse reads. IAM stores documents of a few thousand
// characters (IAM User Guide, reference_iam-quotas), so a larger text is not
// one, and the bound keeps work and memory small whatever the input.
const maxSize = 1 << 20

// Parse reads a policy document written in JSON. It refuses what IAM refuses
// to store, so that nothing is evaluated that means something else to AWS.
// The error, if any, is a *SyntaxError.
//
// Grammar: IAM User Guide, reference_policies_grammar. Element names are
// case-sensitive. A key written twice in one object is an error; condition
// keys that differ only in letter case are two conditions.
func Parse(kind Kind, text string) (*Document, error) {
	p := newParser(text)
	p.kind = kind
	var doc *Document
	err := p.run(func(first token) { doc = p.document(first) })
	if err != nil {
		return nil, err
	}
	return doc, nil
}

// parser reads a document by recursive descent. The grammar bounds its depth:
// a value that may not be nested at its place is refused, not entered.
type parser struct {
	scanner
	kind Kind
	path []step

	counted int // how much of the text line has counted
	lines   int // in it
}

func newParser(text string) *parser {
	p := &parser{}
	p.scanner = scanner{text: text, fail: p.fail}
	return p
}

// run reads the text: one JSON value, which read is given the first token of.
// The error, if any, is the *SyntaxError that fail raised.
func (p *parser) run(read func(first token)) (err error) {
	defer func() {
		switch cause := recover().(type) {
		case nil:
		case *SyntaxError:
			err = cause
		default:
			panic(cause)
		}
	}()
	if len(p.text) > maxSize {
		p.fail(0, "the text is longer than %d bytes", maxSize)
	}
	if !utf8.ValidString(p.text) {
		p.fail(invalidUTF8(p.text), "the text is not valid UTF-8")
	}
	first := p.next()
	if first.kind == endOfText {
		p.fail(first.start, "the text is empty")
	}
	read(first)
	return nil
}

// end holds the text to its one value.
func (p *parser) end() {
	if t := p.next(); t.kind != endOfText {
		p.fail(t.start, "unexpected text after the end of the document")
	}
}

// line is the number of the line of an offset. Offsets must not go back: so the
// text is counted through once.
func (p *parser) line(offset int) int {
	p.lines += strings.Count(p.text[p.counted:offset], "\n")
	p.counted = offset
	return 1 + p.lines
}

// fail ends the parse. The panic does not leave run.
func (p *parser) fail(offset int, format string, args ...any) {
	line, column := place(p.text, offset)
	panic(&SyntaxError{Line: line, Column: column, Path: pathString(p.path), Problem: fmt.Sprintf(format, args...)})
}

func (p *parser) document(first token) *Document {
	doc := &Document{Kind: p.kind}
	hasStatement := false
	p.object(first, func(name token) {
		switch name.text {
		case "Version":
			t := p.next()
			doc.Version = p.str(t)
			p.require(t, versionProblem(doc.Version))
		case "Id":
			doc.ID = p.str(p.next())
		case "Statement":
			hasStatement = true
			doc.Statements = p.statements()
		default:
			p.require(name, unknownElement(name.text))
		}
	})
	p.end()
	if !hasStatement {
		p.require(first, noStatement)
	}
	// Only now: Version, which decides what a value means, may come last.
	variables := doc.Version == "2012-10-17"
	for i := range doc.Statements {
		s := &doc.Statements[i]
		for j := range s.Conditions {
			s.Conditions[j].compile(variables)
		}
		for _, resource := range append(s.Resources, s.NotResources...) { // one of them is nil
			s.resources = append(s.resources, compileTemplate(resource, true, variables))
		}
	}
	return doc
}

func (p *parser) statements() []Statement {
	first := p.next()
	if first.kind != '[' {
		return []Statement{p.statement(first, 0)}
	}
	list := []Statement{}
	p.array(func(t token) { list = append(list, p.statement(t, len(list))) })
	return list
}

func (p *parser) statement(first token, index int) Statement {
	s := Statement{Index: index, Line: p.line(first.start)}
	has := map[string]bool{}
	p.object(first, func(name token) {
		has[name.text] = true
		switch name.text {
		case "Sid":
			s.Sid = p.str(p.next())
		case "Effect":
			s.Effect = p.effect()
		case "Principal":
			s.Principals = p.principals()
		case "NotPrincipal":
			s.NotPrincipals = p.principals()
		case "Action":
			s.Actions = p.actions()
		case "NotAction":
			s.NotActions = p.actions()
		case "Resource":
			s.Resources = p.strings()
		case "NotResource":
			s.NotResources = p.strings()
		case "Condition":
			s.Conditions = p.conditions()
		default:
			p.require(name, unknownElement(name.text))
		}
	})
	for _, problem := range missingOrExcess(p.kind, func(element string) bool { return has[element] }) {
		p.require(first, problem)
	}
	for _, action := range append(s.Actions, s.NotActions...) { // one of them is nil
		s.actions = append(s.actions, compileGlob(lowerASCII(action)))
	}
	return s
}

func (p *parser) effect() Effect {
	t := p.next()
	text := p.str(t)
	p.require(t, effectProblem(text))
	if text == "Allow" {
		return Allow
	}
	return Deny
}

// actions reads the value of Action or NotAction.
func (p *parser) actions() []string {
	return p.list(func(t token) string {
		p.require(t, actionProblem(p.str(t)))
		return t.text
	})
}

// principals reads the value of Principal or NotPrincipal (IAM User Guide,
// reference_policies_elements_principal).
func (p *parser) principals() []Principal {
	first := p.next()
	if first.kind == stringToken {
		p.require(first, barePrincipalProblem(first.text))
		return []Principal{everyone}
	}
	list := []Principal{}
	p.object(first, func(name token) {
		p.require(name, principalTypeProblem(name.text))
		p.list(func(t token) string {
			id := p.str(t)
			p.require(t, principalProblem(name.text, id))
			list = append(list, Principal{Type: name.text, ID: id})
			return id
		})
	})
	return list
}

func (p *parser) conditions() []Condition {
	list := []Condition{}
	p.object(p.next(), func(name token) {
		op, problem := parseOperator(name.text)
		p.require(name, problem)
		p.object(p.next(), func(key token) {
			p.require(key, keyProblem(key.text))
			list = append(list, Condition{
				Operator: name.text,
				Key:      key.text,
				Values:   p.list(p.scalar),
				op:       op,
			})
		})
	})
	return list
}

// object reads the members of the object that begins with first. For each it
// calls member, which must read the value. No name may be there twice.
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

// members reads the members of the object that begins with first. For each it
// calls member, which must read the colon and the value.
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

// array reads the elements of an array, after its opening bracket. For each it
// calls element with the first token of it; element must read the rest.
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

// list reads one value, or an array of them; never nil.
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

// scalar takes a condition value: quotation marks are optional for numbers and
// booleans.
func (p *parser) scalar(t token) string {
	if t.kind != stringToken && t.kind != numberToken && (t.kind != wordToken || t.text == "null") {
		p.unexpected(t, aScalar)
	}
	return t.text
}

// require ends the parse at t if there is a problem with it.
func (p *parser) require(t token, problem string) {
	if problem != "" {
		p.fail(t.start, "%s", problem)
	}
}

func (p *parser) unexpected(t token, want string) {
	p.fail(t.start, "%s", needed(want, t.kind, t.text))
}

// invalidUTF8 returns the offset of the first byte that is not UTF-8.
func invalidUTF8(text string) int {
	for i, r := range text {
		if r == utf8.RuneError && !strings.HasPrefix(text[i:], "\uFFFD") {
			return i
		}
	}
	return len(text)
}
