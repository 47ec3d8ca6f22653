package lintcmd

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/fatih/color"
	"golang.org/x/term"

	"github.com/iblint/iblint/report"
	"github.com/iblint/iblint/report/wrap"
)

// colorings are the values of --color.
var colorings = []string{"auto", "always", "never"}

// colorFlag is the value of --color: auto, always or never.
type colorFlag string

func (c *colorFlag) String() string { return string(*c) }
func (c *colorFlag) Type() string   { return "WHEN" }
func (c *colorFlag) Set(when string) error {
	if !slices.Contains(colorings, when) {
		return fmt.Errorf("expected auto, always or never%s", didYouMean(when, colorings))
	}
	*c = colorFlag(when)
	return nil
}

// colored reports whether output to out has colors: auto means on a terminal, unless the environment
// has NO_COLOR (https://no-color.org) or TERM=dumb.
func (s invocation) colored(out io.Writer) bool {
	switch *s.color {
	case "always":
		return true
	case "never":
		return false
	}
	return unchecked(out) == os.Stdout && !color.NoColor
}

// terminalWidth is the number of columns of the terminal that out is; 0: it is none, or does not say.
func terminalWidth(out io.Writer) int {
	f, ok := unchecked(out).(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd())) //nolint:gosec // a file descriptor fits
	if err != nil {
		return 0
	}
	return width
}

const narrowest = 40 // columns; less has no room for most names

// textWidth is the number of columns for text: of the terminal; or else COLUMNS, as POSIX defines it; 0:
// neither is known.
func textWidth(out io.Writer) int {
	width := terminalWidth(out)
	if width == 0 {
		var err error
		if width, err = strconv.Atoi(os.Getenv("COLUMNS")); err != nil || width < 1 || width > 10_000 {
			return 0
		}
	}
	return max(width, narrowest)
}

// Prose has at most this many columns, because longer lines are hard to read, and this many if the
// width is not known.
const (
	widestLine   = 100
	defaultWidth = 80
)

// widthOf is the width of prose for a stream.
func widthOf(out io.Writer) int {
	if width := textWidth(out); width > 0 {
		return min(width, widestLine)
	}
	return defaultWidth
}

// isTerminal reports whether a person at a terminal reads a stream.
func isTerminal(out io.Writer) bool {
	f, ok := unchecked(out).(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) //nolint:gosec // a file descriptor fits
}

// unchecked is the stream behind a checkedWriter.
func unchecked(out io.Writer) io.Writer {
	if w, ok := out.(*checkedWriter); ok {
		return w.Writer
	}
	return out
}

// paragraph breaks text between words into lines of at most width columns.
func paragraph(text string, width int) []string {
	return wrap.Lines(strings.Join(strings.Fields(text), " "), width, width)
}

// forPeople are the options of text on standard output.
func (s invocation) forPeople() report.Options {
	return report.Options{Color: s.colored(s.out), TextOptions: report.TextOptions{Width: textWidth(s.out)}}
}
