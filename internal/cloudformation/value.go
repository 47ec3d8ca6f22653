package cloudformation

import (
	"bytes"
	"encoding/json"

	"github.com/iblint/iblint/checks/symbol"
)

// Kind is what a value is. CloudFormation converts between texts, numbers and bools.
type Kind int

// The kinds of values.
const (
	None   Kind = iota // AWS::NoValue, or not given
	Text               // perhaps with symbols
	Number             // as it is written
	Bool               // true or false
	List
	Map
	Unknown // any of these: its Text is a symbol
)

// Value is an evaluated value.
type Value struct {
	Kind    Kind
	Text    string // of texts, numbers and bools, perhaps with symbols; of an unknown value, one symbol
	Items   []*Value
	Members []Member // in the order of the template; a name that is a symbol stands for any further members
	At      Position

	optional bool // an unknown value that may be AWS::NoValue
}

// Member is a member of a map.
type Member struct {
	Name  string
	At    Position
	Value *Value
}

var none = &Value{}

// Given reports whether the value is there, perhaps unknown.
func (v *Value) Given() bool { return v != nil && v.Kind != None }

// IsText reports whether the value is a text, a number or a bool.
func (v *Value) IsText() bool {
	return v != nil && (v.Kind == Text || v.Kind == Number || v.Kind == Bool)
}

// Symbol is the symbol that the value is. The result is false if the value is known, or a text
// that is known in part.
func (v *Value) Symbol() (symbol.Part, bool) {
	if v == nil || v.Kind != Unknown && (v.Kind != Text || !symbol.Is(v.Text)) {
		return symbol.Part{}, false
	}
	return symbol.First(v.Text), true
}

// Member is a member of a map. It is not given if the map does not have it, and unknown if it is
// not known whether the map has it.
func (v *Value) Member(name string) *Value {
	switch {
	case v == nil || v.Kind != Map && v.Kind != Unknown:
		return none
	case v.Kind == Unknown:
		s := symbol.First(v.Text)
		return &Value{Kind: Unknown, Text: symbol.New(s.Name+"."+name, s.Why), At: v.At, optional: true}
	}
	var open *Member
	for i, m := range v.Members {
		switch {
		case m.Name == name:
			return m.Value
		case symbol.In(m.Name) && symbol.MayEqual(m.Name, name):
			open = &v.Members[i]
		}
	}
	if open == nil {
		return none
	}
	s := symbol.First(open.Name)
	return &Value{Kind: Unknown, Text: symbol.New(s.Name+"."+name, s.Why), At: open.At, optional: true}
}

// JSON is the value as JSON, in which the members of maps keep their order. Unknown values are
// strings that are symbols.
func (v *Value) JSON() string {
	var b bytes.Buffer
	v.encode(&b)
	return b.String()
}

func (v *Value) encode(b *bytes.Buffer) {
	if b.Len() > maxText {
		return
	}
	switch v.Kind {
	case None:
		b.WriteString("null")
	case Number, Bool:
		if json.Valid([]byte(v.Text)) && !symbol.In(v.Text) {
			b.WriteString(v.Text)
			return
		}
		encodeText(b, v.Text)
	case List:
		b.WriteByte('[')
		for i, item := range v.Items {
			if i > 0 {
				b.WriteByte(',')
			}
			item.encode(b)
		}
		b.WriteByte(']')
	case Map:
		b.WriteByte('{')
		for i, m := range v.Members {
			if i > 0 {
				b.WriteByte(',')
			}
			encodeText(b, m.Name)
			b.WriteByte(':')
			m.Value.encode(b)
		}
		b.WriteByte('}')
	default:
		encodeText(b, v.Text)
	}
}

// encodeText writes a text as JSON, without escapes that only HTML needs.
func encodeText(b *bytes.Buffer, text string) {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	_ = e.Encode(text)      // a text is always valid
	b.Truncate(b.Len() - 1) // Encode ends the line
}

type answer int

const (
	undecided answer = iota
	yes
	no
)

func answered(is bool) answer {
	if is {
		return yes
	}
	return no
}

// equal reports whether two values are equal whatever their symbols stand for. Texts, numbers and
// bools are compared as texts, as Fn::Equals does.
func equal(a, b *Value) answer {
	switch {
	case a.Kind == Unknown || b.Kind == Unknown:
		if a.Kind == b.Kind && a.Text == b.Text {
			return yes
		}
		return undecided
	case a.IsText() && b.IsText():
		switch {
		case a.Text == b.Text:
			return yes
		case symbol.MayEqual(a.Text, b.Text):
			return undecided
		}
		return no
	case a.Kind != b.Kind:
		return no
	case a.Kind == List:
		return equalLists(a, b)
	case a.Kind == Map:
		return equalMaps(a, b)
	}
	return yes
}

func equalLists(a, b *Value) answer {
	for _, item := range append(append([]*Value{}, a.Items...), b.Items...) {
		if item.optional {
			return undecided
		}
	}
	if len(a.Items) != len(b.Items) {
		return no
	}
	result := yes
	for i := range a.Items {
		switch equal(a.Items[i], b.Items[i]) {
		case no:
			return no
		case undecided:
			result = undecided
		}
	}
	return result
}

func equalMaps(a, b *Value) answer {
	const most = 1000 // members, which are looked up one by one
	if len(a.Members)+len(b.Members) > most {
		return undecided
	}
	result := yes
	for _, m := range append(append([]Member{}, a.Members...), b.Members...) {
		x, y := a.Member(m.Name), b.Member(m.Name)
		switch {
		case symbol.In(m.Name) || x.optional || y.optional:
			result = undecided
		case equal(x, y) == no:
			return no
		case equal(x, y) == undecided:
			result = undecided
		}
	}
	return result
}

// same reports whether two values are the same, symbols included.
func same(a, b *Value) bool {
	if a.Kind != b.Kind || a.Text != b.Text || a.optional != b.optional || len(a.Items) != len(b.Items) || len(a.Members) != len(b.Members) {
		return false
	}
	for i := range a.Items {
		if !same(a.Items[i], b.Items[i]) {
			return false
		}
	}
	for i := range a.Members {
		if a.Members[i].Name != b.Members[i].Name || !same(a.Members[i].Value, b.Members[i].Value) {
			return false
		}
	}
	return true
}
