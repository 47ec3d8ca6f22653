// Package symbol writes values that source code does not give into ordinary strings.
//
// A symbol stands for such a value: a variable without a value, an attribute that is known only
// after apply, the ID of an account that nobody named. It may stand anywhere in a string, and it
// passes unharmed through string templates, jsonencode and Fn::Join. Two symbols with the same
// name stand for the same value, so that identity survives not knowing. What a symbol stands for
// may be any text, also none, and also text with wildcards.
//
// A symbol consists of small letters and digits between two noncharacters of Unicode, which no
// name in AWS and no policy contains. So it also survives what takes text apart at colons, slashes
// and dots, or ignores its case.
package symbol

import (
	"encoding/base32"
	"strings"
)

const (
	begin = '\uFDD0'
	end   = '\uFDD1'
)

// Expression matches one symbol in regular expressions, and captures nothing.
const Expression = `\x{FDD0}[a-z2-7]+\x{FDD1}`

const alphabet = "abcdefghijklmnopqrstuvwxyz234567"

var encoding = base32.NewEncoding(alphabet).WithPadding(base32.NoPadding)

// New returns a symbol. The name says which value it stands for and identifies it, such as
// var.role or aws_iam_role.sweeper.unique_id; a name that is no expression, such as
// "this account", contains a space. Why says why the value is not known, such as
// "variable without a value (main.tf:3)".
func New(name, why string) string {
	if name = clean(name); name == "" {
		name = "an unnamed value"
	}
	return string(begin) + encoding.EncodeToString([]byte(name+"\x00"+clean(why))) + string(end)
}

// clean returns text without the separator of name and reason.
func clean(text string) string { return strings.ReplaceAll(text, "\x00", "") }

// Part is a part of a string: text that is known, or a symbol.
type Part struct {
	Text string // empty for a symbol
	Name string // of a symbol
	Why  string // of a symbol
}

// IsSymbol reports whether the part is a symbol.
func (p Part) IsSymbol() bool { return p.Name != "" }

// String is the part as reports show it: ${name} for a symbol.
func (p Part) String() string {
	switch {
	case !p.IsSymbol():
		return p.Text
	case strings.Contains(p.Name, " "):
		return p.Name
	}
	return "${" + p.Name + "}"
}

// decode returns the symbol that a text is. Text of the form of a symbol that New never returns
// is none.
func decode(text string) (Part, bool) {
	data, err := encoding.DecodeString(text[len(string(begin)) : len(text)-len(string(end))])
	name, why, ok := strings.Cut(string(data), "\x00")
	p := Part{Name: name, Why: why}
	return p, err == nil && ok && name != "" && New(name, why) == text
}

// Split returns the parts of a string in order, none of them empty.
func Split(s string) []Part {
	var parts []Part
	at := 0 // what is before it is in parts
	for from := 0; ; {
		next := strings.IndexRune(s[from:], begin)
		if next < 0 {
			break
		}
		start := from + next
		inside := start + len(string(begin))
		stop := inside + len(s[inside:]) - len(strings.TrimLeft(s[inside:], alphabet))
		if from = stop; !strings.HasPrefix(s[stop:], string(end)) {
			continue
		}
		from = stop + len(string(end))
		p, ok := decode(s[start:from])
		if !ok {
			continue
		}
		if start > at {
			parts = append(parts, Part{Text: s[at:start]})
		}
		parts, at = append(parts, p), from
	}
	if at < len(s) {
		parts = append(parts, Part{Text: s[at:]})
	}
	return parts
}

// In reports whether a string contains a symbol.
func In(s string) bool {
	_, found := first(s)
	return found
}

// Is reports whether a string is one symbol and nothing else.
func Is(s string) bool {
	parts := Split(s)
	return len(parts) == 1 && parts[0].IsSymbol()
}

// First returns the first symbol of a string. It returns the zero value if there is none.
func First(s string) Part {
	p, _ := first(s)
	return p
}

func first(s string) (Part, bool) {
	if strings.ContainsRune(s, begin) { // nearly no string does
		for _, p := range Split(s) {
			if p.IsSymbol() {
				return p, true
			}
		}
	}
	return Part{}, false
}

// Text returns a string as reports show it: ${name} in place of each symbol.
func Text(s string) string {
	if !In(s) {
		return s
	}
	var b strings.Builder
	for _, p := range Split(s) {
		b.WriteString(p.String())
	}
	return b.String()
}
