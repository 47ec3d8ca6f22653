// Package escape makes text from outside harmless: to the terminal that shows it, to the
// CI system whose log it is written to, and to the languages it is quoted in.
package escape

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Printable shows text that came from outside on one line of a terminal or a log:
// what Visible escapes, and the commands of CI systems, are written as escapes,
// everything else stays as it is.
func Printable(s string) string { return Markers(Visible(s), textEscape) }

// Visible writes control characters, terminal escapes, direction overrides, characters
// that take no space and bytes that are no UTF-8 as escapes.
func Visible(s string) string {
	if !strings.ContainsFunc(s, Unprintable) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)):
			b.WriteString(textEscape(s[i]))
		case Unprintable(r):
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Unprintable characters could steer a terminal or hide. The GitHub runner compares
// text by the rules of a language, which skip characters that take no space: "#\u034f#["
// is "##[" to it.
func Unprintable(r rune) bool {
	return r == utf8.RuneError || !unicode.IsPrint(r) || unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

func textEscape(c byte) string { return `\x` + strconv.FormatUint(uint64(c), 16) }
