package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/fatih/color"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/report/escape"
	"github.com/iblint/iblint/report/wording"
	"github.com/iblint/iblint/report/wrap"
)

// colors are the colors of the verdicts, which can be read on black and on white. A word and a
// symbol always stand beside them, so that a report without colors says the same.
var colors = map[string][]color.Attribute{
	string(checks.Pass):    {color.FgGreen},
	string(checks.Warn):    {color.FgYellow},
	string(checks.Fail):    {color.FgRed, color.Bold},
	string(checks.Skip):    {color.Faint},
	string(checks.Unknown): {color.FgMagenta, color.Bold},
	wording.Suppressed:     {color.Faint},
}

// defaultWidth is the number of columns if that of the terminal is not known.
const defaultWidth = 80

// textWriter writes lines for a terminal or a log.
type textWriter struct {
	*bufio.Writer
	color bool
	width int // columns
}

func newTextWriter(out io.Writer, o Options) textWriter {
	return textWriter{bufio.NewWriter(out), o.Color, cmp.Or(o.Width, defaultWidth)}
}

func (w textWriter) paint(text string, attributes ...color.Attribute) string {
	if text == "" || len(attributes) == 0 {
		return text
	}
	c := color.New(attributes...)
	if w.color {
		c.EnableColor()
	} else {
		c.DisableColor()
	}
	return c.Sprint(text)
}

// symbol is the symbol of a word that wording.Word returns, in its color.
func (w textWriter) symbol(word string) string {
	return w.paint(wording.Symbol(word), colors[word]...)
}

func (w textWriter) line(indent int, text string) {
	fmt.Fprintf(w, "%s%s\n", strings.Repeat(" ", indent), text)
}

// heading writes an empty line and a heading.
func (w textWriter) heading(text string) {
	w.line(0, "")
	w.hanging(0, 2, "", escape.Printable(text), color.Bold)
}

// hanging writes a text after a label, wrapped to the width. Its first line is indented by indent, and
// the others by hang. A word that does not fit there begins a line, and is indented less
// if it then fits.
func (w textWriter) hanging(indent, hang int, label, text string, attributes ...color.Attribute) {
	label = strings.ReplaceAll(label, wrap.Glue, " ")
	first, room := w.width-indent-wrap.Columns(label), max(20, w.width-hang)
	if word, _, _ := strings.Cut(text, " "); label != "" && wrap.Columns(word) > first {
		w.line(indent, strings.TrimRight(label, " "))
		indent, first, label = hang, room, ""
	}
	for i, line := range wrap.Lines(text, first, room) {
		line = strings.TrimRight(strings.ReplaceAll(line, wrap.Glue, " "), " ")
		at := indent
		if i > 0 {
			at, label = hang, ""
		}
		if n := wrap.Columns(line); label == "" && n <= w.width {
			at = min(at, w.width-n)
		}
		w.line(at, strings.TrimRight(label+w.paint(line, attributes...), " "))
	}
}

// oneWord is a text, such as the name of a file, that stays on one line.
func oneWord(text string) string { return strings.ReplaceAll(escape.Printable(text), " ", wrap.Glue) }

// diff writes a unified diff.
func (w textWriter) diff(indent int, diff string) {
	for line := range strings.Lines(diff) {
		var attributes []color.Attribute
		switch line[0] {
		case '+':
			attributes = append(attributes, color.FgGreen)
		case '-':
			attributes = append(attributes, color.FgRed)
		}
		w.line(indent, w.paint(escape.Printable(strings.TrimSuffix(line, "\n")), attributes...))
	}
}

// trace writes what decided: the element of the policy and the value in the request.
func (w textWriter) trace(indent int, t checks.Trace) {
	w.hanging(indent, indent+9, "policy:  ", escape.Printable(t.PolicyLine()))
	w.hanging(indent, indent+9, "request: ", escape.Printable(t.RequestLine()))
}
