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
	"github.com/iblint/iblint/report/fix"
	"github.com/iblint/iblint/report/wording"
)

// colors are those of the words for verdicts. The word and its symbol are always there,
// so that nothing depends on colour.
var colors = map[string][]color.Attribute{
	string(checks.Pass):    {color.FgGreen},
	string(checks.Warn):    {color.FgYellow},
	string(checks.Fail):    {color.FgRed, color.Bold},
	string(checks.Skip):    {color.FgCyan},
	string(checks.Unknown): {color.FgMagenta, color.Bold},
	wording.Suppressed:     {color.Faint},
}

type textWriter struct {
	*bufio.Writer
	color bool
	first bool // nothing was told of any account yet
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

// writeText writes the report for people: by account, what to do behind each
// failure, and a line that sums up.
func writeText(out io.Writer, r checks.Result, o Options) error {
	w := textWriter{bufio.NewWriter(out), o.Color, true}
	w.line(0, w.paint("EC2 Image Builder lifecycle prerequisites", color.Bold))
	for _, line := range scopeLines(r.Inventory) {
		w.line(0, escape.Printable(line))
	}
	if !r.Inventory.ReadAt.IsZero() {
		w.line(0, wording.ReadAt(r.Inventory.ReadAt))
	}

	width := 0
	for _, c := range r.Checks {
		width = max(width, len(c.ID))
	}
	related := relations(r.Inventory)
	commanded, heading, told := false, "", false
	for f := range r.Findings() {
		if f.Subject.Account != heading || w.first {
			heading, w.first = f.Subject.Account, false
			w.line(0, "")
			w.line(0, w.paint(escape.Printable(accountHeading(r.Inventory, f.Subject.Account, related[f.Subject.Account])), color.Bold))
		} else if told {
			w.line(0, "")
		}
		told = false
		word := wording.Word(f.Status, f.Suppressed())
		w.line(2, fmt.Sprintf("%s  %-*s  %s", w.paint(fmt.Sprintf("%s %-7s", wording.Symbol(word), f.Status), colors[word]...), width, f.Check.ID, escape.Printable(f.Message)))
		for _, n := range f.Notes {
			w.line(6, w.paint("note: "+escape.Printable(n.String()), color.Faint))
		}
		if f.Suppression != nil {
			w.line(6, escape.Printable(wording.Suppression(*f.Suppression)))
		}
		if f.Status == checks.Pass || f.Status == checks.Skip || f.Suppressed() {
			continue
		}
		for _, e := range f.Evidence {
			w.line(6, w.paint(escape.Printable(wording.Evidence(e)), color.Faint))
		}
		if len(f.Trace) > 0 {
			w.trace(6, f.Trace[0])
		}
		remedy := f.Fix()
		if remedy == nil {
			continue
		}
		told = true
		w.line(6, w.paint("fix:  ", color.Bold)+escape.Printable(remedy.Summary))
		for _, caution := range remedy.Cautions {
			w.line(12, escape.Printable(caution))
		}
		for _, diff := range fix.Diffs(remedy) {
			w.diff(8, diff)
		}
		for _, command := range fix.AWSCLI(remedy) {
			attribute := color.FgBlue
			if strings.HasPrefix(command, "#") {
				attribute = color.Faint
			}
			w.line(8, w.paint(escape.Printable(command), attribute))
			commanded = true
		}
	}

	if gaps := r.Inventory.Gaps(); len(gaps) > 0 {
		w.line(0, "")
		w.line(0, w.paint(wording.UnreadHeading, color.Bold))
		for _, g := range gaps {
			where := slices.DeleteFunc([]string{g.Account, g.Region, string(g.Part), g.Name}, func(s string) bool { return s == "" })
			w.line(2, escape.Printable(strings.Join(where, " ")+": "+g.Error()))
		}
	}
	w.suppressions(r)
	w.line(0, "")
	w.ledger(r)
	if commanded {
		w.line(0, "The commands require a POSIX shell, the AWS CLI and jq. In PowerShell, save each JSON argument to a file and pass it as file://NAME.")
	}
	w.line(0, summary(w, r))
	return w.Flush()
}

// trace tells what decided: what the policy says, and under it what the request has there.
func (w textWriter) trace(indent int, t checks.Trace) {
	w.line(indent, "policy:  "+escape.Printable(t.PolicyLine()))
	w.line(indent, "request: "+escape.Printable(t.RequestLine()))
}

// diff shows a unified diff.
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

// scopeLines tell what was looked at; of an organization not each account.
func scopeLines(inv *account.Inventory) (lines []string) {
	var listed []account.Owner
	for _, owner := range inv.Owners {
		if owner.Listed {
			listed = append(listed, owner)
			continue
		}
		lines = append(lines, "owner "+owner.Account+regionsOf(owner))
	}
	if len(listed) > 0 {
		lines = append(lines, fmt.Sprintf("%d accounts of an organization%s", len(listed), regionsOf(listed[0])))
	}
	return lines
}

func regionsOf(o account.Owner) string {
	switch {
	case o.AllRegions:
		return ", all enabled Regions"
	case len(o.Regions) > 0:
		return ", Regions " + strings.Join(o.Regions, ", ")
	}
	return ""
}

// relations are what accounts are to each other, by account.
func relations(inv *account.Inventory) map[string][]string {
	all := map[string][]string{}
	for _, o := range inv.Owners {
		is := "owner"
		if o.Listed {
			is = "in the organization"
		}
		all[o.Account] = append(all[o.Account], is)
	}
	for _, o := range inv.Owners {
		for _, t := range o.Destinations {
			all[t.Account] = append(all[t.Account], "destination of "+o.Account)
		}
	}
	return all
}

// accountHeading is the account with its name and what it is to whom.
func accountHeading(inv *account.Inventory, id string, is []string) string {
	heading := id
	if name := wording.AccountName(inv, id); name != "" {
		heading += " " + name
	}
	if len(is) > 0 {
		heading += " (" + strings.Join(is, ", ") + ")"
	}
	return heading
}

// suppressionsToLookAt tells which of them are of no use any more.
func suppressionsToLookAt(r checks.Result) (lines []string) {
	for _, s := range r.Suppressions {
		if s.Expired {
			lines = append(lines, fmt.Sprintf("%s %s: expired on %s; owner: %s; reason: %s", s.Check, s.Subject, s.Expires, s.Owner, s.Reason))
		} else if s.Findings == 0 {
			lines = append(lines, fmt.Sprintf("%s %s: matches no finding; owner: %s; reason: %s", s.Check, s.Subject, s.Owner, s.Reason))
		}
	}
	return lines
}

func (w textWriter) suppressions(r checks.Result) {
	if lines := suppressionsToLookAt(r); len(lines) > 0 {
		w.line(0, "")
		w.line(0, w.paint(wording.SuppressionsHeading, color.Bold))
		for _, line := range lines {
			w.line(2, escape.Printable(line))
		}
	}
}

// ledger says how many checks were completed, and which were not.
func (w textWriter) ledger(r checks.Result) {
	var short []string // account by account
	last := ""
	for _, e := range r.Ledger {
		if e.Done == e.Planned {
			continue
		}
		if e.Account != last || len(short) == 0 {
			short, last = append(short, e.Account+":"), e.Account
		}
		where := e.Check
		if e.Region != "" {
			where += " in " + e.Region
		}
		short[len(short)-1] += fmt.Sprintf(" %s %d of %d,", where, e.Done, e.Planned)
	}
	if len(short) > 0 {
		w.line(0, w.paint(wording.IncompleteHeading, color.Bold))
		for _, line := range short {
			w.line(2, escape.Printable(strings.TrimSuffix(line, ",")))
		}
	}
	w.line(0, wording.Coverage(r))
	if calls := wording.Calls(r.Inventory.Calls); calls != "" {
		w.line(0, escape.Printable(calls))
	}
}

func summary(w textWriter, r checks.Result) string {
	var parts []string
	for _, c := range wording.Shown(r.Summary) {
		part := fmt.Sprintf("%d %s", c.N, c.Word)
		if c.N > 0 {
			part = w.paint(part, colors[c.Word]...)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}
