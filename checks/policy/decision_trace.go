package policy

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/iblint/iblint/checks/symbol"
)

// A Trace is a decision as data: what decided in the document, and what the request
// has for it. All text is as in the document or the request, so it is untrusted; only symbols
// are ${name}.
// PolicyLine and RequestLine are safe to print.
type Trace struct {
	Outcome   string `json:"outcome"` // allowed, denied or undecidable
	Action    string `json:"action"`  // that was requested
	Principal string `json:"principal"`

	// Statement is the position, from 1, of the statement that decided. It is 0, and
	// the fields below are empty, if no statement came close.
	Statement int    `json:"statement,omitempty"`
	Sid       string `json:"sid,omitempty"`
	Effect    string `json:"effect,omitempty"`
	Line      int    `json:"line,omitempty"` // of the document where the statement begins, from 1

	// Element is the element that decided, as in Decision, and PolicyValues are its
	// values. Operator and Key identify a condition. PolicyTypes has the type of each
	// principal.
	Element      string   `json:"element,omitempty"`
	Operator     string   `json:"operator,omitempty"`
	Key          string   `json:"key,omitempty"`
	PolicyValues []string `json:"policyValues,omitempty"`
	PolicyTypes  []string `json:"policyTypes,omitempty"`

	// RequestValues is what the request has for that element or key. RequestState
	// says how to read them.
	RequestState  State    `json:"requestState,omitempty"`
	RequestValues []string `json:"requestValues,omitempty"`
	RequestType   string   `json:"requestType,omitempty"` // of the principal
	MayBeAbsent   bool     `json:"requestMayBeAbsent,omitempty"`

	// UnknownKey is the condition key whose value must be known to decide.
	UnknownKey string `json:"unknownKey,omitempty"`
}

// State says what is known of a value of the request.
type State string

// The states.
const (
	Present     State = "present" // with exactly these values
	Missing     State = "absent"  // the request does not have the key
	NotKnown    State = "unknown" // the key may be absent or have any value
	OneOfThese  State = "oneOf"   // with one of these values
	OfThisForm  State = "pattern" // with one value that one of these globs matches
	AtOrAfterIt State = "since"   // with this time or a later one

	AtOrAfterRun State = "sinceRun" // with the time of the run or a later one
)

// state returns what is known of a value as data.
func (v Value) state() (State, []string) {
	switch v.kind {
	case absent:
		return Missing, nil
	case known:
		return Present, v.texts
	case oneOf:
		return OneOfThese, v.texts
	case patterned:
		return OfThisForm, v.texts
	case instant:
		if v.ofRun {
			return AtOrAfterRun, nil
		}
		return AtOrAfterIt, []string{time.Unix(v.since, 0).UTC().Format(time.RFC3339)}
	default:
		return NotKnown, nil
	}
}

// Trace returns the decision as data.
func (d Decision) Trace() Trace {
	t := Trace{Outcome: d.Outcome.String(), Element: d.Element, UnknownKey: d.UnknownKey()}
	if d.request == nil {
		return t
	}
	t.Action, t.Principal = d.request.Action, symbol.Text(d.request.Principal.ID)
	s := d.Statement
	if s == nil {
		return t
	}
	t.Statement, t.Sid, t.Effect, t.Line = s.Index+1, s.Sid, s.Effect.String(), s.Line
	var has Value
	switch d.Element {
	case "Principal", "NotPrincipal":
		for _, p := range append(s.Principals, s.NotPrincipals...) { // one of them is nil
			t.PolicyValues, t.PolicyTypes = append(t.PolicyValues, p.ID), append(t.PolicyTypes, p.Type)
		}
		has, t.RequestType = Known(d.request.Principal.ID), d.request.Principal.Type
	case "Action":
		t.PolicyValues, has = s.Actions, Known(d.request.Action)
	case "NotAction":
		t.PolicyValues, has = s.NotActions, Known(d.request.Action)
	case "Resource":
		t.PolicyValues, has = s.Resources, d.request.Resource
	case "NotResource":
		t.PolicyValues, has = s.NotResources, d.request.Resource
	case "Condition":
		t.Operator, t.Key = d.Condition.Operator, d.Condition.Key
		t.PolicyValues = d.Condition.Values
		if t.Key == "" { // a symbol in place of the keys
			return t.withoutSymbols()
		}
		has = d.request.Context.lookup(d.Condition.key)
	case "Statement": // a symbol in place of it
		t.PolicyValues = []string{s.Symbol}
		return t.withoutSymbols()
	default: // Effect: no single value of the request decided
		if s.Effect == UnknownEffect {
			t.PolicyValues = []string{s.effect}
		}
		return t.withoutSymbols()
	}
	t.RequestState, t.RequestValues = has.state()
	t.MayBeAbsent = has.orAbsent
	return t.withoutSymbols()
}

// withoutSymbols writes each symbol in the trace as ${name}.
func (t Trace) withoutSymbols() Trace {
	for _, text := range []*string{&t.Principal, &t.Sid, &t.Operator, &t.Key, &t.RequestType, &t.UnknownKey} {
		*text = symbol.Text(*text)
	}
	for _, texts := range []*[]string{&t.PolicyValues, &t.PolicyTypes, &t.RequestValues} {
		if !slices.ContainsFunc(*texts, inText) {
			continue
		}
		*texts = slices.Clone(*texts)
		for i, text := range *texts {
			(*texts)[i] = symbol.Text(text)
		}
	}
	return t
}

// PolicyLine returns one line of ASCII that says what decided in the document. Text
// from the document is quoted, and shortened if it is long.
func (t Trace) PolicyLine() string {
	if t.Statement == 0 {
		return "no statement allows the request"
	}
	var b strings.Builder
	b.WriteString("statement " + strconv.Itoa(t.Statement))
	if t.Sid != "" {
		b.WriteString(" (" + quote(t.Sid) + ")")
	}
	if t.Line > 1 { // all statements of a document on one line are on line 1
		b.WriteString(" at line " + strconv.Itoa(t.Line))
	}
	b.WriteString(": " + t.Effect)
	switch t.Element {
	case "":
	case "Effect":
		if t.PolicyValues != nil {
			b.WriteString(", Effect " + quoteList(t.PolicyValues))
		}
	case "Condition":
		if t.Key == "" { // a symbol in place of the keys
			b.WriteString(", Condition " + quote(t.Operator))
			break
		}
		b.WriteString(", " + quoteName(t.Operator) + " " + quoteName(t.Key) + " " + quoteList(t.PolicyValues))
	case "Principal", "NotPrincipal":
		b.WriteString(", " + t.Element + " " + quotePrincipals(t.PolicyTypes, t.PolicyValues))
	default:
		b.WriteString(", " + t.Element + " " + quoteList(t.PolicyValues))
	}
	return b.String()
}

// RequestLine returns one line of ASCII that says what the request has for the
// element or key that decided.
func (t Trace) RequestLine() string {
	what := strings.TrimPrefix(t.Element, "Not")
	values := quoteList(t.RequestValues)
	switch t.Element {
	case "", "Effect", "Statement":
		return "Action " + quote(t.Action) + ", Principal " + quote(t.Principal)
	case "Condition":
		if t.Key == "" {
			return "Action " + quote(t.Action) + ", Principal " + quote(t.Principal)
		}
		what = quoteName(t.Key)
	case "Principal", "NotPrincipal":
		values = quotePrincipals([]string{t.RequestType}, t.RequestValues)
	}
	line := what + " " + values
	switch t.RequestState {
	case Missing:
		line = what + " is absent"
	case NotKnown:
		line = what + " is not known"
	case OneOfThese:
		line = what + " is one of " + values
	case OfThisForm:
		line = what + " is any value that matches " + quoteAlternatives(t.RequestValues)
	case AtOrAfterIt:
		line = what + " is " + values + " or any later time"
	case AtOrAfterRun:
		line = what + " is the time of this run or any later time"
	}
	if t.MayBeAbsent {
		line += ", or absent"
	}
	if t.UnknownKey != "" && !strings.EqualFold(t.UnknownKey, t.Key) { // the key of a policy variable
		line += "; " + quoteName(t.UnknownKey) + " is not known"
	}
	return line
}

// quotePrincipals returns principals with their types, because the same ID with
// another type is another principal. It shortens the list as quoteList does.
func quotePrincipals(types, ids []string) string {
	if len(types) != len(ids) || len(ids) == 0 {
		return quoteList(ids)
	}
	// A document groups IDs by type.
	var b strings.Builder
	for from := 0; from < len(ids); {
		to := from + 1
		for to < len(ids) && types[to] == types[from] {
			to++
		}
		if from > 0 {
			b.WriteString("; ")
		}
		if types[from] != everyone.Type {
			b.WriteString(quoteName(types[from]) + " ")
		}
		b.WriteString(quoteList(ids[from:to]))
		from = to
	}
	return b.String()
}
