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
func Parse(kind Kind, text string) (doc *Document, err error) {
	p := &parser{kind: kind}
	p.scanner = scanner{text: text, fail: p.fail}
	defer func() {
		switch cause := recover().(type) {
		case nil:
		case *SyntaxError: // raised by p.fail
			doc, err = nil, cause
		default:
			panic(cause)
		}
	}()
	return p.document(), nil
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

// line is the number of the line of an offset. Offsets must not go back: so the
// text is counted through once.
func (p *parser) line(offset int) int {
	p.lines += strings.Count(p.text[p.counted:offset], "\n")
	p.counted = offset
	return 1 + p.lines
}

// fail ends the parse. The panic does not leave Parse.
func (p *parser) fail(offset int, format string, args ...any) {
	line, column := place(p.text, offset)
	panic(&SyntaxError{Line: line, Column: column, Path: pathString(p.path), Problem: fmt.Sprintf(format, args...)})
}

func (p *parser) document() *Document {
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
	doc := &Document{Kind: p.kind}
	hasStatement := false
	p.object(first, func(name token) {
		switch name.text {
		case "Version":
			t := p.next()
			doc.Version = p.str(t)
			if doc.Version != "2008-10-17" && doc.Version != "2012-10-17" {
				p.fail(t.start, "version %s does not exist; it is 2012-10-17 or 2008-10-17", quote(doc.Version))
			}
		case "Id":
			doc.ID = p.str(p.next())
		case "Statement":
			hasStatement = true
			doc.Statements = p.statements()
		default:
			p.unknownElement(name)
		}
	})
	if t := p.next(); t.kind != endOfText {
		p.fail(t.start, "there is more text after the end of the document")
	}
	if !hasStatement {
		p.fail(first.start, "the document has no Statement")
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
	hasEffect := false
	p.object(first, func(name token) {
		switch name.text {
		case "Sid":
			s.Sid = p.str(p.next())
		case "Effect":
			hasEffect = true
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
			p.unknownElement(name)
		}
	})
	if !hasEffect {
		p.fail(first.start, "the statement has no Effect")
	}
	p.exactlyOne(first, "Action", s.Actions != nil, s.NotActions != nil)
	hasPrincipal := s.Principals != nil || s.NotPrincipals != nil
	hasResource := s.Resources != nil || s.NotResources != nil
	switch {
	case p.kind == Trust && hasResource:
		p.fail(first.start, "a trust policy takes no Resource or NotResource: the resource is the role")
	case p.kind == Trust:
		p.exactlyOne(first, "Principal", s.Principals != nil, s.NotPrincipals != nil)
	case p.kind == Resource:
		p.exactlyOne(first, "Principal", s.Principals != nil, s.NotPrincipals != nil)
		if hasResource {
			p.exactlyOne(first, "Resource", s.Resources != nil, s.NotResources != nil)
		}
	case hasPrincipal:
		p.fail(first.start, "an identity policy takes no Principal or NotPrincipal: the principal is the identity")
	default:
		p.exactlyOne(first, "Resource", s.Resources != nil, s.NotResources != nil)
	}
	for _, action := range append(s.Actions, s.NotActions...) { // one of them is nil
		s.actions = append(s.actions, compileGlob(lowerASCII(action)))
	}
	return s
}

// exactlyOne holds a statement to one of an element and its Not form.
func (p *parser) exactlyOne(statement token, element string, plain, not bool) {
	switch {
	case plain && not:
		p.fail(statement.start, "the statement has both %s and Not%s", element, element)
	case !plain && !not:
		p.fail(statement.start, "the statement has neither %s nor Not%s", element, element)
	}
}

func (p *parser) effect() Effect {
	t := p.next()
	switch text := p.str(t); text {
	case "Allow":
		return Allow
	case "Deny":
		return Deny
	default:
		p.fail(t.start, "effect %s does not exist; it is Allow or Deny", quote(text))
		return Deny
	}
}

// actions reads the value of Action or NotAction: each is "*" or
// service:name. IAM refuses wildcards in the service ("Action vendors must
// not contain wildcards"); to match them here would grant what it does not.
func (p *parser) actions() []string {
	return p.list(func(t token) string {
		action := p.str(t)
		service, _, hasName := strings.Cut(action, ":")
		if action != "*" && (!hasName || service == "" || strings.ContainsAny(service, "*?")) {
			p.fail(t.start, `action %s is neither "*" nor of the form service:name`, quote(action))
		}
		return action
	})
}

// principals reads the value of Principal or NotPrincipal (IAM User Guide,
// reference_policies_elements_principal).
func (p *parser) principals() []Principal {
	first := p.next()
	if first.kind == stringToken {
		if first.text != "*" {
			p.fail(first.start, `principal %s is neither "*" nor an object`, quote(first.text))
		}
		return []Principal{everyone}
	}
	list := []Principal{}
	p.object(first, func(name token) {
		switch name.text {
		case "AWS", "Service", "Federated", "CanonicalUser":
		default:
			p.fail(name.start, "principal type %s does not exist; it is AWS, Service, Federated or CanonicalUser", quote(name.text))
		}
		p.list(func(t token) string {
			id := p.str(t)
			// "You cannot use a wildcard to match part of a principal name or
			// ARN", nor for all services. Read literally, a Deny with one
			// would silently do nothing.
			if strings.ContainsAny(id, "*?") && !(name.text == "AWS" && id == "*") {
				p.fail(t.start, "principal %s has a wildcard, which IAM does not take here", quote(id))
			}
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
		if problem != "" {
			p.fail(name.start, "%s", problem)
		}
		p.object(p.next(), func(key token) {
			if key.text == "" {
				p.fail(key.start, "the condition key is empty")
			}
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
// calls member, which must read the value.
func (p *parser) object(first token, member func(name token)) {
	if first.kind != '{' {
		p.unexpected(first, "an object")
	}
	seen := map[string]int{}
	name := p.next()
	if name.kind == '}' {
		return
	}
	for {
		if name.kind != stringToken {
			p.unexpected(name, "a member name")
		}
		p.path = append(p.path, step{name: name.text})
		if offset, twice := seen[name.text]; twice {
			line, column := place(p.text, offset)
			p.fail(name.start, "%s is written twice in one object, first at line %d, column %d", quote(name.text), line, column)
		}
		seen[name.text] = name.start
		if colon := p.next(); colon.kind != ':' {
			p.unexpected(colon, `":"`)
		}
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
		p.unexpected(t, "a string, a number or a boolean")
	}
	return t.text
}

func (p *parser) unknownElement(name token) {
	p.fail(name.start, "element %s does not exist here", quote(name.text))
}

func (p *parser) unexpected(t token, want string) {
	got := "the end of the text"
	switch t.kind {
	case endOfText:
	case stringToken:
		got = "the string " + quote(t.text)
	case '{':
		got = "an object"
	case '[':
		got = "an array"
	case numberToken, wordToken:
		got = t.text
	default:
		got = quote(t.text)
	}
	p.fail(t.start, "%s is needed here, not %s", want, clip(got))
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
