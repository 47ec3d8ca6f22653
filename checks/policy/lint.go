package policy

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// maxNotes is the number of problems that Lint reports for one text.
const maxNotes = 200

// A Note is a problem in the text of a document, with its position: an error, or
// valid text that probably does not mean what its author intended.
type Note struct {
	Line   int    `json:"line"`   // from 1
	Column int    `json:"column"` // from 1, counted in characters
	Path   string `json:"path"`   // as in SyntaxError
	// Problem is one sentence without a full stop. Text from the document is quoted
	// in ASCII.
	Problem string `json:"problem"`
}

// String returns position, path and problem in one line.
func (n Note) String() string {
	return (&SyntaxError{Line: n.Line, Column: n.Column, Path: n.Path, Problem: n.Problem}).Error()
}

// Lint returns the problems of a text, sorted by position: all errors of Parse, not
// only the first, and valid text that cannot be intended, such as a condition that
// never holds. For a text that is not JSON it returns the JSON error and the error
// of Parse. It returns at most 200 problems. It says nothing about a value with symbols.
func Lint(kind Kind, text string) []Note {
	root, err := parseTree(text)
	if err != nil {
		notes := []Note{noteOf(err)}
		if _, refused := Parse(kind, text); refused != nil {
			notes = append([]Note{noteOf(refused)}, notes...)
		}
		// For the same position, the error of Parse is more precise.
		return slices.CompactFunc(notes, func(a, b Note) bool { return a.Line == b.Line && a.Column == b.Column })
	}
	version := root.member("Version")
	l := &linter{kind: kind, text: text, variables: version != nil && version.text == "2012-10-17"}
	l.document(root)
	slices.SortStableFunc(l.found, func(a, b finding) int { return cmp.Compare(a.offset, b.offset) })
	notes := []Note{}
	for _, f := range l.found {
		line, column := position(text, f.offset)
		notes = append(notes, Note{line, column, f.path, f.problem})
	}
	return notes
}

func noteOf(err error) Note {
	var e *SyntaxError
	errors.As(err, &e) // Parse returns no other type
	return Note{e.Line, e.Column, e.Path, e.Problem}
}

// A linter checks the tree of a document.
type linter struct {
	kind      Kind
	text      string
	variables bool // ${...} is a policy variable
	path      []step
	found     []finding
}

type finding struct {
	offset        int
	path, problem string
}

func (l *linter) note(offset int, format string, args ...any) {
	if len(l.found) < maxNotes {
		l.found = append(l.found, finding{offset, pathString(l.path), fmt.Sprintf(format, args...)})
	}
}

// require notes the problem unless it is "". It reports whether it is "".
func (l *linter) require(offset int, problem string) bool {
	if problem != "" {
		l.note(offset, "%s", problem)
	}
	return problem == ""
}

// A member is one member of an object.
type member struct {
	name  string
	start int // of the name
	value *node
}

// object calls each for the members of an object. It notes a value that is not an
// object, and duplicate names.
func (l *linter) object(n *node, each func(m member)) {
	if n.kind != '{' {
		if !n.isSymbol() {
			l.note(n.start, "%s", needed("an object", n.kind, n.text))
		}
		return
	}
	seen := map[string]int{}
	for i := range n.entries {
		e := &n.entries[i]
		l.path = append(l.path, step{name: e.name})
		if offset, twice := seen[e.name]; twice {
			l.require(e.start, writtenTwice(l.text, e.name, offset))
		} else {
			seen[e.name] = e.start
		}
		each(member{e.name, e.start, &e.value})
		l.path = l.path[:len(l.path)-1]
		if len(l.found) == maxNotes {
			return
		}
	}
}

// list calls each for the elements of an array, or for a single value.
func (l *linter) list(n *node, each func(value *node)) {
	if n.kind != '[' {
		each(n)
		return
	}
	for i := range n.entries {
		l.path = append(l.path, step{index: i, inArray: true})
		each(&n.entries[i].value)
		l.path = l.path[:len(l.path)-1]
		if len(l.found) == maxNotes {
			return
		}
	}
}

// isString notes a value that is not a string.
func (l *linter) isString(n *node) bool {
	return n.kind == stringToken || l.require(n.start, needed("a string", n.kind, n.text))
}

func (l *linter) document(root *node) {
	hasStatement := false
	l.object(root, func(m member) {
		switch m.name {
		case "Version":
			if l.isString(m.value) && !m.value.hasSymbol() {
				l.require(m.value.start, versionProblem(m.value.text))
			}
		case "Id":
			l.isString(m.value)
		case "Statement":
			hasStatement = true
			l.statements(m.value)
		default:
			if !inText(m.name) {
				l.require(m.start, orNearest(unknownElement(m.name), m.name, []string{"Version", "Id", "Statement"}))
			}
		}
	})
	if root.kind == '{' && !hasStatement && !root.hasSymbolicName() {
		l.note(root.start, noStatement)
	}
}

// statements also notes duplicate Sids: "the Sid value must be unique within a JSON
// policy" (IAM User Guide, reference_policies_elements_sid).
func (l *linter) statements(n *node) {
	sids := map[string]int{}
	l.list(n, func(n *node) {
		l.statement(n)
		sid := n.member("Sid")
		if sid == nil || sid.kind != stringToken || sid.text == "" || sid.hasSymbol() {
			return
		}
		if offset, twice := sids[sid.text]; twice {
			line, _ := position(l.text, offset)
			l.path = append(l.path, step{name: "Sid"})
			l.note(sid.start, "Sid %s is already used by the statement at line %d; a Sid must be unique in the policy", quote(sid.text), line)
			l.path = l.path[:len(l.path)-1]
			return
		}
		sids[sid.text] = sid.start
	})
}

var elements = []string{"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}

func (l *linter) statement(n *node) {
	effect := ""
	if e := n.member("Effect"); e != nil {
		effect = e.text
	}
	open := n.hasSymbolicName() // it may have any other element
	l.object(n, func(m member) {
		switch m.name {
		case "Sid":
			l.isString(m.value)
		case "Effect":
			if l.isString(m.value) && !m.value.hasSymbol() {
				l.require(m.value.start, effectProblem(m.value.text))
			}
		case "Principal":
			l.principals(m.value)
			if effect == "Allow" && n.member("Condition") == nil && !open && l.kind == Trust && namesEveryone(m.value) {
				l.note(m.start, "the statement allows every principal without a condition")
			}
		case "NotPrincipal":
			if effect == "Allow" {
				l.note(m.start, "IAM does not support NotPrincipal with Allow; it may allow every principal that is not listed")
			}
			l.principals(m.value)
		case "Action":
			l.actions(m.value)
		case "NotAction":
			if effect == "Allow" && l.kind == Trust {
				l.note(m.start, "NotAction with Allow allows every action that is not listed")
			}
			l.actions(m.value)
		case "Resource", "NotResource":
			l.resources(m.value)
		case "Condition":
			l.conditions(m.value)
		default:
			if !inText(m.name) {
				l.require(m.start, orNearest(unknownElement(m.name), m.name, elements))
			}
		}
	})
	if n.kind != '{' || open {
		return
	}
	for _, problem := range missingOrExcess(l.kind, func(element string) bool { return n.member(element) != nil }) {
		l.note(n.start, "%s", problem)
	}
}

func (l *linter) resources(n *node) {
	l.notEmpty(n)
	l.list(n, func(n *node) {
		if !l.isString(n) || n.hasSymbol() {
			return
		}
		l.variable(n)
		// The ARNs of AMIs and snapshots contain no account ID (Service Authorization
		// Reference, list_amazonec2).
		if p := strings.SplitN(n.text, ":", 6); len(p) == 6 && p[2] == "ec2" && allDigits(p[4]) &&
			(strings.HasPrefix(p[5], "image/") || strings.HasPrefix(p[5], "snapshot/")) {
			l.note(n.start, "%s matches no resource: the ARN of an AMI or a snapshot contains no account ID", quote(n.text))
		}
	})
}

// notEmpty notes an empty list.
func (l *linter) notEmpty(n *node) {
	if n.kind == '[' && len(n.entries) == 0 {
		l.note(n.start, "the list is empty")
	}
}

// variable notes a ${ that is not a policy variable (IAM User Guide,
// reference_policies_variables and reference_policies_elements_version).
func (l *linter) variable(n *node) {
	switch {
	case !strings.Contains(n.text, "${"):
	case !l.variables:
		l.note(n.start, "%s is literal text here: policy variables require Version 2012-10-17", quote(n.text))
	case compileTemplate(n.text, false, true).malformed:
		l.note(n.start, "%s contains a ${ that does not start a valid policy variable", quote(n.text))
	}
}
