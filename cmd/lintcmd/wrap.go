package lintcmd

import (
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// The widths of what people read: where it is unknown, and the widest lines that are easy to read.
const (
	defaultWidth = 80
	widestLine   = 100
)

// widthOf is the width of lines for a stream: that of the terminal, or 80.
func widthOf(out io.Writer) int {
	if f, ok := unchecked(out).(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			return min(width, widestLine)
		}
	}
	return defaultWidth
}

// isTerminal reports whether a person at a terminal reads a stream.
func isTerminal(out io.Writer) bool {
	f, ok := unchecked(out).(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// unchecked is the stream behind a checkedWriter.
func unchecked(out io.Writer) io.Writer {
	if w, ok := out.(*checkedWriter); ok {
		return w.Writer
	}
	return out
}

// wrap breaks text between words into lines of at most width characters. A longer word has a line
// of its own.
func wrap(text string, width int) (lines []string) {
	line, length := "", 0
	for _, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		if line != "" && length+1+n > width {
			lines = append(lines, line)
			line, length = "", 0
		}
		if line != "" {
			line, length = line+" ", length+1
		}
		line, length = line+word, length+n
	}
	return append(lines, line)
}
