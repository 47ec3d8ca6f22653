package lintcmd

import (
	"fmt"
	"io"
	"strings"

	"github.com/fatih/color"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/internal/lazyregexp"
	"github.com/iblint/iblint/internal/source/awsapi"
)

// explain writes the documentation of a check: for a person at a terminal, or as Markdown for
// everything else.
func (s invocation) explain(out io.Writer, c checks.Check) {
	if isTerminal(out) {
		explainText(out, c, widthOf(out), s.colored(out))
		return
	}
	writeCheck(out, c)
}

// statusColors are the colors of verdicts, readable on black and on white.
var statusColors = map[checks.Status]color.Attribute{
	checks.Pass: color.FgGreen, checks.Warn: color.FgYellow, checks.Fail: color.FgRed, checks.Skip: color.Faint, checks.Unknown: color.FgMagenta,
}

var code = lazyregexp.New("`([^`]*)`")

// explainText writes the documentation of a check in lines of the given width.
func explainText(out io.Writer, c checks.Check, width int, colored bool) {
	style := func(text string, attributes ...color.Attribute) string {
		if !colored {
			return text
		}
		s := color.New(attributes...)
		s.EnableColor()
		return s.Sprint(text)
	}
	write := func(first, rest, text string) {
		for _, line := range paragraph(code().ReplaceAllString(text, "$1"), max(width-len(rest), 20)) {
			fmt.Fprintln(out, first+line)
			first = rest
		}
	}
	fmt.Fprintf(out, "%s  severity %s\n", style(c.ID, color.Bold), c.Severity)
	write("", "", c.Title+".")
	for paragraph := range strings.SplitSeq(c.Doc, "\n\n") {
		fmt.Fprintln(out)
		write("", "", paragraph)
	}
	fmt.Fprintf(out, "\n%s\n", style("Verdicts", color.Bold))
	for _, v := range c.Cases {
		write("  "+style(fmt.Sprintf("%-7s", v.Status), statusColors[v.Status])+"  ", strings.Repeat(" ", 11), v.When)
	}
	fmt.Fprintf(out, "\n%s\n", style("Reads", color.Bold))
	for _, n := range c.Needs {
		write("  ", "    ", fmt.Sprintf("%s (%s)", strings.Join(awsapi.Actions(n.Part), ", "), n.Use))
	}
	fmt.Fprintf(out, "\n%s\n", style("Documentation", color.Bold))
	for _, l := range c.Links {
		fmt.Fprintln(out, "  "+l)
	}
}
