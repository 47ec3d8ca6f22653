package cloudformation

import (
	"strings"
	"unicode"
)

// scope are the variables of the Fn::ForEach loops around a value, the innermost first. A nil
// scope has none.
type scope struct {
	name, text string
	outer      *scope
}

// value is the value of a variable.
func (sc *scope) value(name string) (string, bool) {
	for ; sc != nil; sc = sc.outer {
		if sc.name == name {
			return sc.text, true
		}
	}
	return "", false
}

// replace puts the variables of loops into a text: ${Name}, and &{Name} without what a logical ID
// cannot hold (CloudFormation User Guide, Fn::ForEach).
func (sc *scope) replace(text string) string {
	for ; sc != nil && strings.Contains(text, "{"); sc = sc.outer {
		text = replaceAll(text, "${"+sc.name+"}", sc.text)
		text = replaceAll(text, "&{"+sc.name+"}", alphanumeric(sc.text))
	}
	return text
}

// replaceAll leaves a text alone that would become too long.
func replaceAll(text, old, replacement string) string {
	if n := strings.Count(text, old); n == 0 || len(text)+n*len(replacement) > maxText {
		return text
	}
	return strings.ReplaceAll(text, old, replacement)
}

func alphanumeric(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '\uFDD0' || r == '\uFDD1' {
			return r
		}
		return -1
	}, text)
}

// names are the values of all variables, which distinguish what one place of a template makes.
func (sc *scope) names() string {
	var b strings.Builder
	for ; sc != nil; sc = sc.outer {
		b.WriteString(" for " + sc.name + " " + sc.text)
	}
	return b.String()
}
