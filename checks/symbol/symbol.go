// Package symbol writes values that source code does not give into ordinary strings.
//
// A symbol stands for such a value: a variable without a value, an attribute that is known only
// after apply, the ID of an account that nobody named. It may stand anywhere in a string, and it
// passes unharmed through string templates, jsonencode and Fn::Join. Two symbols with the same
// name stand for the same value, so that identity survives not knowing. What a symbol stands for
// may be any text, also none, and also text with wildcards.
//
// Symbols are delimited by noncharacters of Unicode, which no name in AWS and no policy contains.
package symbol

import (
	"regexp"
	"strings"
)

// The delimiters: begin, name, separator, reason, end.
const (
	begin     = '\uFDD0'
	separator = '\uFDD1'
	end       = '\uFDD2'
)

// New returns a symbol. The name says which value it stands for and identifies it, such as
// var.role or aws_iam_role.sweeper.unique_id. Why says why the value is not known, such as
// "variable without a value (main.tf:3)".
func New(name, why string) string {
	return string(begin) + plain(name) + string(separator) + plain(why) + string(end)
}

// plain returns text without delimiters, so that no name can end a symbol.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if begin <= r && r <= end {
			return -1
		}
		return r
	}, text)
}

// Part is a part of a string: text that is known, or a symbol.
type Part struct {
	Text string // empty for a symbol
	Name string // of a symbol
	Why  string // of a symbol
}

// IsSymbol reports whether the part is a symbol.
func (p Part) IsSymbol() bool { return p.Name != "" || p.Why != "" }

// Expression matches one symbol in regular expressions, and captures nothing.
const Expression = `\x{FDD0}[^\x{FDD0}-\x{FDD2}]+\x{FDD1}[^\x{FDD0}-\x{FDD2}]*\x{FDD2}`

var expression = regexp.MustCompile(Expression)

// Split returns the parts of a string in order. Delimiters that delimit no symbol are text.
func Split(s string) []Part {
	var parts []Part
	text := func(t string) {
		if t != "" {
			parts = append(parts, Part{Text: t})
		}
	}
	at := 0
	for _, found := range expression.FindAllStringIndex(s, -1) {
		text(s[at:found[0]])
		inside := s[found[0]+len(string(begin)) : found[1]-len(string(end))]
		name, why, _ := strings.Cut(inside, string(separator))
		parts = append(parts, Part{Name: name, Why: why})
		at = found[1]
	}
	text(s[at:])
	return parts
}

// In reports whether a string contains a symbol.
func In(s string) bool {
	return strings.ContainsRune(s, begin) && expression.MatchString(s) // nearly no string has a delimiter
}

// Is reports whether a string is one symbol and nothing else.
func Is(s string) bool {
	parts := Split(s)
	return len(parts) == 1 && parts[0].IsSymbol()
}

// First returns the first symbol of a string. It returns the zero value if there is none.
func First(s string) Part {
	if strings.ContainsRune(s, begin) {
		for _, p := range Split(s) {
			if p.IsSymbol() {
				return p
			}
		}
	}
	return Part{}
}

// Text returns a string as reports show it: ${name} in place of each symbol.
func Text(s string) string {
	if !In(s) {
		return s
	}
	var b strings.Builder
	for _, p := range Split(s) {
		if p.IsSymbol() {
			b.WriteString("${" + p.Name + "}")
		} else {
			b.WriteString(p.Text)
		}
	}
	return b.String()
}
