// Package wrap lays out text in the columns of a terminal.
package wrap

import (
	"strings"

	"github.com/mattn/go-runewidth"

	"github.com/iblint/iblint/internal/lazyregexp"
)

var colorSequence = lazyregexp.New("\x1b\\[[0-9;]*m")

// terminal measures characters. It does not depend on the locale, as the functions of runewidth do: the
// same input gives the same bytes everywhere.
var terminal = &runewidth.Condition{}

// Columns is how many columns of a terminal a text takes.
func Columns(text string) int {
	return terminal.StringWidth(colorSequence().ReplaceAllString(text, ""))
}

// Pad fills a text with spaces up to a number of columns.
func Pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-Columns(text)))
}

// Glue is a space at which Lines breaks no line. Printable text has none.
const Glue = "\u00a0"

// Lines returns the words of a text on lines: the first one of at most first columns, and the others of
// at most width. A longer word has a line of its own and stays whole: places in files, names and URLs
// are copied.
func Lines(text string, first, width int) []string {
	var lines []string
	line, used, room := "", 0, first
	for word := range strings.SplitSeq(text, " ") { // keeps spaces that follow each other, such as in a tag's value
		n := Columns(word)
		if used > 0 && used+1+n > room {
			lines, line, used, room = append(lines, line), "", 0, width
		}
		if used > 0 {
			line, used = line+" ", used+1
		}
		line, used = line+word, used+n
	}
	return append(lines, line)
}

// Longest is how many columns the longest word of a text takes.
func Longest(text string) (most int) {
	for word := range strings.SplitSeq(text, " ") {
		most = max(most, Columns(word))
	}
	return most
}
