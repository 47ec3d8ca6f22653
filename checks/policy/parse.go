package policy

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxSize is the size in bytes of the largest text that Parse accepts. IAM stores
// documents of a few thousand characters (IAM User Guide, reference_iam-quotas).
// The bound limits time and memory for any input.
const maxSize = 1 << 20

// Parse parses a policy document in JSON. It refuses documents that IAM refuses to
// store, so that no document is evaluated that AWS interprets differently. The
// error, if any, is a *SyntaxError.
//
// Grammar: IAM User Guide, reference_policies_grammar. Element names are
// case-sensitive. A name that appears twice in one object is an error. Condition
// keys that differ only in letter case are two conditions.
//
// A string may contain symbols (package symbol), which stand for text that is not known. A
// string that is one symbol may also stand for any value, such as the list of all statements.
// No symbol is an error: where it stands, the document is undecidable.
func Parse(kind Kind, text string) (*Document, error) {
	p := newParser(text)
	p.kind = kind
	p.symbols = mayHaveSymbols(text)
	var doc *Document
	err := p.run(func(first token) { doc = p.document(first) })
	if err != nil {
		return nil, err
	}
	return doc, nil
}

// parser is a recursive-descent parser of policy documents. The grammar bounds its
// depth: the parser does not enter a value that the grammar does not allow.
type parser struct {
	scanner
	kind Kind
	path []step

	symbols bool // the text may contain symbols

	counted int // offset up to which line has counted the lines
	lines   int // number of line feeds before counted
}

func newParser(text string) *parser {
	p := &parser{}
	p.scanner = scanner{text: text, fail: p.fail}
	return p
}

// run parses the text. It calls read with the first token of the JSON value. The
// error, if any, is the *SyntaxError of fail.
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

// end requires the text to end after its one value.
func (p *parser) end() {
	if t := p.next(); t.kind != endOfText {
		p.fail(t.start, "unexpected text after the end of the document")
	}
}

// line returns the line number of an offset. Offsets must not decrease, so that the
// lines are counted only once.
func (p *parser) line(offset int) int {
	p.lines += strings.Count(p.text[p.counted:offset], "\n")
	p.counted = offset
	return 1 + p.lines
}

// fail stops the parser. It panics, and run recovers.
func (p *parser) fail(offset int, format string, args ...any) {
	line, column := position(p.text, offset)
	panic(&SyntaxError{Line: line, Column: column, Path: pathString(p.path), Problem: fmt.Sprintf(format, args...)})
}

func (p *parser) document(first token) *Document {
	doc := &Document{Kind: p.kind}
	if p.isSymbol(first) {
		doc.Statements = []Statement{p.openStatement(first, 0)}
		doc.symbolic = true
		p.end()
		return doc
	}
	hasStatement := false
	version := "" // text with a symbol that leaves the version open
	var open []Statement
	p.object(first, func(name token) {
		switch name.text {
		case "Version":
			t := p.next()
			doc.Version = p.str(t)
			if p.hasSymbol(t) {
				version = doc.Version
				break
			}
			p.require(t, versionProblem(doc.Version))
		case "Id":
			doc.ID = p.str(p.next())
		case "Statement":
			hasStatement = true
			doc.Statements = p.statements()
		default:
			if p.hasSymbol(name) { // it may be any element
				version, open = name.text, append(open, p.openStatement(name, 0))
				p.skip()
				break
			}
			p.require(name, unknownElement(name.text))
		}
	})
	p.end()
	if !hasStatement && open == nil {
		p.require(first, noStatement)
	}
	for _, s := range open {
		s.Index = len(doc.Statements)
		doc.Statements = append(doc.Statements, s)
	}
	doc.symbolic = p.symbols
	// Values are compiled at the end: Version, which decides whether they have
	// variables, may come last.
	variables := doc.Version == "2012-10-17"
	compile := compileTemplate
	if p.symbols {
		compile = func(value string, wildcards, takesVariables bool) template {
			if !takesVariables {
				return compileSymbolic(value, wildcards, false, "")
			}
			return compileSymbolic(value, wildcards, variables, version)
		}
		variables = variables || version != ""
	}
	for i := range doc.Statements {
		s := &doc.Statements[i]
		for j := range s.Conditions {
			s.Conditions[j].compile(compile, variables)
		}
		for _, resource := range append(s.Resources, s.NotResources...) { // one of them is nil
			s.resources = append(s.resources, compile(resource, true, variables))
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
	if p.isSymbol(first) {
		return p.openStatement(first, index)
	}
	s := Statement{Index: index, Line: p.line(first.start), symbolic: p.symbols}
	has := map[string]bool{}
	p.object(first, func(name token) {
		has[name.text] = true
		switch name.text {
		case "Sid":
			s.Sid = p.str(p.next())
		case "Effect":
			s.Effect, s.effect = p.effect()
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
			if p.hasSymbol(name) {
				s.Symbol = name.text
				p.skip()
				break
			}
			p.require(name, unknownElement(name.text))
		}
	})
	if s.Symbol != "" { // the element may be any that is missing
		if !has["Effect"] {
			s.Effect, s.effect = UnknownEffect, s.Symbol
		}
		return s
	}
	for _, problem := range missingOrExcess(p.kind, func(element string) bool { return has[element] }) {
		p.require(first, problem)
	}
	for _, action := range append(s.Actions, s.NotActions...) { // one of them is nil
		s.actions = append(s.actions, compileAction(action))
	}
	return s
}

// effect parses the value of Effect. It returns the text of an UnknownEffect.
func (p *parser) effect() (e Effect, text string) {
	t := p.next()
	text = p.str(t)
	if p.hasSymbol(t) {
		return UnknownEffect, text
	}
	p.require(t, effectProblem(text))
	if text == "Allow" {
		return Allow, ""
	}
	return Deny, ""
}

// actions parses the value of Action or NotAction.
func (p *parser) actions() []string {
	return p.list(func(t token) string {
		if text := p.str(t); !p.hasSymbol(t) {
			p.require(t, actionProblem(text))
		}
		return t.text
	})
}

// principals parses the value of Principal or NotPrincipal (IAM User Guide,
// reference_policies_elements_principal).
func (p *parser) principals() []Principal {
	first := p.next()
	if first.kind == stringToken {
		if p.symbols && mayBeBarePrincipal(first.text) {
			return []Principal{{first.text, first.text}}
		}
		p.require(first, barePrincipalProblem(first.text))
		return []Principal{everyone}
	}
	list := []Principal{}
	p.object(first, func(name token) {
		if !p.hasSymbol(name) {
			p.require(name, principalTypeProblem(name.text))
		}
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
	first := p.next()
	if p.isSymbol(first) {
		return []Condition{{Operator: first.text, unknown: first.text}}
	}
	p.object(first, func(name token) {
		op, problem := parseOperator(name.text)
		unknown := ""
		if p.hasSymbol(name) {
			unknown, problem = name.text, ""
		}
		p.require(name, problem)
		keys := p.next()
		if p.isSymbol(keys) {
			list = append(list, Condition{Operator: name.text, unknown: keys.text})
			return
		}
		p.object(keys, func(key token) {
			p.require(key, keyProblem(key.text))
			list = append(list, Condition{
				Operator: name.text,
				Key:      key.text,
				Values:   p.list(p.scalar),
				unknown:  unknown,
				op:       op,
			})
		})
	})
	return list
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
