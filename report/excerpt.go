package report

import (
	"strings"

	"github.com/iblint/iblint/report/escape"
)

// sourceLine is a line of code as the page shows it.
type sourceLine struct {
	N    int // from 1
	Text string
	Here bool // whether the finding points at it
}

// The size of an excerpt. A subject is declared in its first line, so that more follow than precede.
const (
	linesBefore   = 1
	linesAfter    = 6
	maxLineLength = 160 // characters
)

// excerpt is the code at a place; empty: it is not known.
func (o Options) excerpt(at Location) (excerpt []sourceLine) {
	if o.Source == nil {
		return nil
	}
	lines := o.Source(at.File)
	if at.Line < 1 || at.Line > len(lines) {
		return nil
	}
	first := max(1, at.Line-linesBefore)
	for n := first; n <= min(len(lines), at.Line+linesAfter); n++ {
		text := []rune(strings.ReplaceAll(strings.TrimSuffix(lines[n-1], "\r"), "\t", "    "))
		if len(text) > maxLineLength {
			text = append(text[:maxLineLength-1], '…')
		}
		excerpt = append(excerpt, sourceLine{n, escape.Printable(string(text)), n == at.Line})
	}
	return excerpt
}
