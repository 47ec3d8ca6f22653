// Package escape makes input text safe to write: for terminals, for the logs of CI systems, and for
// the languages in which it is quoted. Input text is everything that comes from the checked
// accounts and files.
package escape

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Printable returns input text for one line of a terminal or a log. It escapes everything that
// Visible escapes, and the commands of CI systems.
func Printable(s string) string { return Markers(Visible(s), textEscape) }

// Visible escapes control characters, terminal escape sequences, direction overrides, zero-width
// characters and bytes that are not UTF-8.
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

// Unprintable reports whether a character can control a terminal or is invisible. The GitHub runner
// compares text by the rules of a locale, which ignore zero-width characters: it reads
// "#\u034f#[" as "##[".
func Unprintable(r rune) bool {
	return r == utf8.RuneError || !unicode.IsPrint(r) || unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

func textEscape(c byte) string { return `\x` + strconv.FormatUint(uint64(c), 16) }
