// Package policy implements the IAM policy language. It parses policy documents,
// evaluates requests against them, explains each decision, reports problems in
// the text of a document (Lint) and finds edits of it (FindEdit).
//
// A request is allowed, denied or undecidable. The rules are those of the IAM
// User Guide; comments name the page that a rule comes from. What no page
// documents is undecidable, never a guess.
//
// Documents and requests may be partly known: their strings may contain symbols (package
// symbol), each of which stands for one text that is not known. A decision about them holds for
// all texts of the symbols; otherwise it is undecidable, and Decision.Symbol says which symbol
// leaves it open.
//
// The package has its own JSON parser because it needs the position of every
// token, for errors and for edits that keep the rest of the text, and because it
// refuses what encoding/json accepts or replaces: duplicate names and unpaired
// surrogates.
package policy

import "strconv"

// Kind says which grammar a document follows.
type Kind int

const (
	// Trust is a role's trust policy: each statement has a Principal or a
	// NotPrincipal, and no Resource.
	Trust Kind = iota
	// Identity is a policy attached to an identity, its permissions boundary, or a
	// service control policy: each statement has a Resource or a NotResource, and
	// no Principal.
	Identity
	// Resource is a policy attached to a resource, or a resource control policy:
	// each statement has a Principal or a NotPrincipal. A statement without
	// Resource and NotResource applies to the resource that has the policy.
	Resource
)

// A Document is a parsed policy document. It is read-only: any number of
// goroutines may evaluate it at once.
type Document struct {
	Kind       Kind
	Version    string // "2012-10-17", "2008-10-17", or "" when absent
	ID         string
	Statements []Statement

	symbolic bool // its text may contain symbols
}

// HasSymbols reports whether texts of the document may contain symbols (package symbol). If
// it is false, none does.
func (d *Document) HasSymbols() bool { return d.symbolic }

// HasDeny returns the first statement whose effect is or may be Deny, and whether there
// is one.
func (d *Document) HasDeny() (stmt *Statement, ok bool) {
	for i := range d.Statements {
		if d.Statements[i].Effect != Allow {
			return &d.Statements[i], true
		}
	}
	return nil, false
}

// Effect is what a statement does to the requests it matches.
type Effect int

// The effects.
const (
	Allow Effect = iota
	Deny
	// UnknownEffect is the effect of a statement whose Effect contains a symbol, or which is
	// a symbol itself. It is Allow or Deny.
	UnknownEffect
)

// String returns the effect as a policy writes it, or both effects if it is unknown.
func (e Effect) String() string {
	switch e {
	case Deny:
		return "Deny"
	case UnknownEffect:
		return "Allow or Deny"
	}
	return "Allow"
}

// A Statement is one statement of a document. A list is nil when its element
// is absent, and empty but not nil when the element is an empty list. All text
// is as the author of the document wrote it: untrusted.
//
// Text may contain symbols (package symbol). A symbol in place of a list is the only element
// of that list. A symbol in place of the object of Principal or NotPrincipal is one principal
// that has the symbol as its type and as its ID. A symbol in place of conditions is one
// condition with an empty key.
type Statement struct {
	Index         int // place in the document, from 0
	Line          int // where it begins in the text, from 1
	Sid           string
	Effect        Effect
	Principals    []Principal
	NotPrincipals []Principal
	Actions       []string
	NotActions    []string
	Resources     []string
	NotResources  []string
	Conditions    []Condition // all must hold

	// Symbol is a text with a symbol that leaves the statement open: in place of the
	// statement, of all statements or of the document, or as the name of an element. Such a
	// statement may match every request.
	Symbol string

	effect    string     // the text of Effect, of UnknownEffect
	symbolic  bool       // its text may contain symbols
	actions   []string   // Actions or NotActions, compiled to patterns
	resources []template // Resources or NotResources
}

// String returns a name for messages: the position of the statement, from 1, and
// its Sid, if it has one, quoted in ASCII.
func (s *Statement) String() string {
	name := "statement " + strconv.Itoa(s.Index+1)
	if s.Sid != "" {
		name += " (" + quote(s.Sid) + ")"
	}
	return name
}

// A Principal is the principal of a request or of a statement. Type is AWS, Service, Federated or CanonicalUser. The bare "*" of
// `"Principal": "*"` is {Type: "*", ID: "*"}. The ID, and in a document also the type, may contain symbols.
type Principal struct{ Type, ID string }

// everyone is the bare "*", which names every principal.
var everyone = Principal{Type: "*", ID: "*"}

// A Condition is one operator applied to one key. Operator, Key and Values are
// as written in the document; bare booleans and numbers among the values keep
// their literal text.
type Condition struct {
	Operator string
	Key      string
	Values   []string

	unknown string // text with a symbol that leaves the condition open: its operator, or in place of keys
	op      operator
	key     string // as lowerKey returns it
	values  []template
}
