package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/fatih/color"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/report/escape"
	"github.com/iblint/iblint/report/wording"
)

// colors are the colors of the verdicts. A word and a symbol always stand beside them, so
// that a report without colors says the same.
var colors = map[string][]color.Attribute{
	string(checks.Pass):    {color.FgGreen},
	string(checks.Warn):    {color.FgYellow},
	string(checks.Fail):    {color.FgRed, color.Bold},
	string(checks.Skip):    {color.FgCyan},
	string(checks.Unknown): {color.FgMagenta, color.Bold},
	wording.Suppressed:     {color.Faint},
}

// textWriter writes lines for a terminal or a log.
type textWriter struct {
	*bufio.Writer
	color bool
}

func (w textWriter) paint(text string, attributes ...color.Attribute) string {
	c := color.New(attributes...)
	if w.color {
		c.EnableColor()
	} else {
		c.DisableColor()
	}
	return c.Sprint(text)
}

func (w textWriter) line(indent int, text string) {
	fmt.Fprintf(w, "%s%s\n", strings.Repeat(" ", indent), text)
}

// heading writes an empty line and a heading.
func (w textWriter) heading(text string) {
	w.line(0, "")
	w.line(0, w.paint(escape.Printable(text), color.Bold))
}

// writeText writes the report for people: the findings by account, each problem with its
// evidence and fix, and the totals.
func writeText(out io.Writer, r checks.Result, o Options) error {
	w := textWriter{bufio.NewWriter(out), o.Color}
	w.line(0, w.paint("EC2 Image Builder lifecycle prerequisites", color.Bold))
	for _, line := range wording.Scope(r.Inventory) {
		w.line(0, escape.Printable(line))
	}
	if !r.Inventory.ReadAt.IsZero() {
		w.line(0, wording.ReadAt(r.Inventory.ReadAt))
	}
	hasCommands := w.findings(r, o)
	w.gaps(r.Inventory.Gaps())
	w.suppressions(r)
	w.line(0, "")
	w.coverage(r)
	if hasCommands {
		w.line(0, "The commands require a POSIX shell, the AWS CLI and jq. In PowerShell, save each JSON argument to a file and pass it as file://NAME.")
	}
	w.line(0, w.totals(r.Summary))
	if c := r.Differences; c != nil {
		w.line(0, fmt.Sprintf("deploying the code: %d new fail, %d new warn, %d new unknown, %d fixed", c.Fail, c.Warn, c.Unknown, c.Fixed))
	}
	return w.Flush()
}

// findings writes all findings by account and reports whether one of them has commands.
func (w textWriter) findings(r checks.Result, o Options) (hasCommands bool) {
	width := 0
	for _, c := range r.Checks {
		width = max(width, len(c.ID))
	}
	relations := wording.AccountRelations(r.Inventory)
	account, first, afterFix := "", true, false
	for f := range r.Findings() {
		if first || f.Subject.Account != account {
			account, first = f.Subject.Account, false
			w.heading(wording.AccountHeading(r.Inventory, account, relations[account]))
		} else if afterFix {
			w.line(0, "")
		}
		w.verdict(f, width)
		afterFix = false
		if !isProblem(f) {
			continue
		}
		if at := o.declaredAt(f); at != nil {
			w.line(6, w.paint("at "+escape.Printable(at.String()), color.Faint))
		}
		for _, e := range f.Evidence {
			w.line(6, w.paint(escape.Printable(wording.Evidence(e)), color.Faint))
		}
		if len(f.Trace) > 0 {
			w.trace(6, f.Trace[0])
		}
		if proposed := o.remedy(f); proposed != nil {
			afterFix = true
			hasCommands = w.fix(proposed) || hasCommands
		}
	}
	return hasCommands
}

// verdict writes the line of a finding with its notes and suppression. Check IDs are padded
// to width.
func (w textWriter) verdict(f checks.Finding, width int) {
	word := wording.Word(f.Status, f.Suppressed())
	status := w.paint(fmt.Sprintf("%s %-7s", wording.Symbol(word), f.Status), colors[word]...)
	change := ""
	if f.Comparison == checks.New || f.Comparison == checks.Fixed {
		change = string(f.Comparison) + ": "
	}
	w.line(2, fmt.Sprintf("%s  %-*s  %s%s", status, width, f.Check.ID, change, escape.Printable(f.Message)))
	for _, n := range f.Notes {
		w.line(6, w.paint("note: "+escape.Printable(n.String()), color.Faint))
	}
	if f.Suppression != nil {
		w.line(6, escape.Printable(wording.Suppression(*f.Suppression)))
	}
}

// fix writes a fix and reports whether it has commands.
func (w textWriter) fix(f *remedy) (hasCommands bool) {
	w.line(6, w.paint("fix:  ", color.Bold)+escape.Printable(f.Summary))
	for _, caution := range f.Cautions {
		w.line(12, escape.Printable(caution))
	}
	w.diff(8, f.code.Patch)
	for _, s := range f.code.Snippets {
		for _, line := range s.lines() {
			w.line(8, escape.Printable(line))
		}
	}
	for _, diff := range f.diffs {
		w.diff(8, diff)
	}
	for _, command := range f.commands {
		attribute := color.FgBlue
		if strings.HasPrefix(command, "#") {
			attribute = color.Faint
		}
		w.line(8, w.paint(escape.Printable(command), attribute))
	}
	return len(f.commands) > 0
}

// trace writes what decided: the element of the policy and the value in the request.
func (w textWriter) trace(indent int, t checks.Trace) {
	w.line(indent, "policy:  "+escape.Printable(t.PolicyLine()))
	w.line(indent, "request: "+escape.Printable(t.RequestLine()))
}

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

// gaps writes the parts that could not be read.
func (w textWriter) gaps(gaps []account.Gap) {
	if len(gaps) == 0 {
		return
	}
	w.heading(wording.UnreadHeading)
	for _, g := range gaps {
		part := slices.DeleteFunc([]string{g.Account, g.Region, string(g.Part), g.Name}, func(s string) bool { return s == "" })
		w.line(2, escape.Printable(strings.Join(part, " ")+": "+g.Error()))
	}
}

func (w textWriter) suppressions(r checks.Result) {
	lines := wording.UnusedSuppressions(r)
	if len(lines) == 0 {
		return
	}
	w.heading(wording.SuppressionsHeading)
	for _, line := range lines {
		w.line(2, escape.Printable(line))
	}
}

// coverage writes how many checks were completed, and by account which were not.
func (w textWriter) coverage(r checks.Result) {
	var lines []string // one for each account
	last := ""
	for _, e := range r.Ledger {
		if e.Done == e.Expected {
			continue
		}
		if e.Account != last || len(lines) == 0 {
			lines, last = append(lines, e.Account+":"), e.Account
		}
		check := e.Check
		if e.Region != "" {
			check += " in " + e.Region
		}
		lines[len(lines)-1] += fmt.Sprintf(" %s %d of %d,", check, e.Done, e.Expected)
	}
	if len(lines) > 0 {
		w.line(0, w.paint(wording.IncompleteHeading, color.Bold))
		for _, line := range lines {
			w.line(2, escape.Printable(strings.TrimSuffix(line, ",")))
		}
	}
	w.line(0, wording.Coverage(r))
	if calls := wording.Calls(r.Inventory.Calls); calls != "" {
		w.line(0, escape.Printable(calls))
	}
}

func (w textWriter) totals(s checks.Summary) string {
	var parts []string
	for _, c := range wording.Shown(s) {
		part := fmt.Sprintf("%d %s", c.N, c.Word)
		if c.N > 0 {
			part = w.paint(part, colors[c.Word]...)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}
