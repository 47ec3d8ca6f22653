package report

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/fatih/color"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
)

// style is how the text report shows a verdict. The word is always there, so
// that nothing depends on colour or on the symbol.
type style struct {
	symbol string
	color  []color.Attribute
}

var styles = map[checks.Status]style{
	checks.Pass:    {"✓", []color.Attribute{color.FgGreen}},
	checks.Warn:    {"!", []color.Attribute{color.FgYellow}},
	checks.Fail:    {"✗", []color.Attribute{color.FgRed, color.Bold}},
	checks.Skip:    {"-", []color.Attribute{color.FgCyan}},
	checks.Unknown: {"?", []color.Attribute{color.FgMagenta, color.Bold}},
	suppressedWord: {"~", []color.Attribute{color.Faint}},
}

// suppressedWord is told where there are suppressed findings, whose verdict stands.
const suppressedWord = "suppressed"

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
		w.line(0, Printable(line))
	}
	if !r.Inventory.ReadAt.IsZero() {
		w.line(0, "read "+instant(r.Inventory.ReadAt))
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
			w.line(0, w.paint(Printable(accountHeading(r.Inventory, f.Subject.Account, related[f.Subject.Account])), color.Bold))
		} else if told {
			w.line(0, "")
		}
		told = false
		s := styles[f.Status]
		if f.Suppressed() {
			s = styles[suppressedWord]
		}
		w.line(2, fmt.Sprintf("%s  %-*s  %s", w.paint(fmt.Sprintf("%s %-7s", s.symbol, f.Status), s.color...), width, f.Check.ID, Printable(f.Message)))
		for _, n := range f.Notes {
			w.line(6, w.paint("note: "+Printable(n.String()), color.Faint))
		}
		if f.Suppression != nil {
			w.line(6, Printable(suppression(*f.Suppression)))
		}
		if f.Status == checks.Pass || f.Status == checks.Skip || f.Suppressed() {
			continue
		}
		for _, e := range f.Evidence {
			w.line(6, w.paint("read: "+Printable(e), color.Faint))
		}
		if len(f.Trace) > 0 {
			w.trace(6, f.Trace[0])
		}
		fix := f.Fix()
		if fix == nil {
			continue
		}
		told = true
		w.line(6, w.paint("fix:  ", color.Bold)+Printable(fix.Summary))
		for _, caution := range fix.Cautions {
			w.line(12, Printable(caution))
		}
		for _, diff := range diffs(fix) {
			w.diff(8, diff)
		}
		for _, command := range awsCLI(fix) {
			attribute := color.FgBlue
			if strings.HasPrefix(command, "#") {
				attribute = color.Faint
			}
			w.line(8, w.paint(Printable(command), attribute))
			commanded = true
		}
	}

	if gaps := r.Inventory.Gaps(); len(gaps) > 0 {
		w.line(0, "")
		w.line(0, w.paint("Could not be read", color.Bold))
		for _, g := range gaps {
			where := slices.DeleteFunc([]string{g.Account, g.Region, string(g.Part), g.Name}, func(s string) bool { return s == "" })
			w.line(2, Printable(strings.Join(where, " ")+": "+g.Error()))
		}
	}
	w.suppressions(r)
	w.line(0, "")
	w.ledger(r)
	if commanded {
		w.line(0, "The commands are for a POSIX shell with jq; in PowerShell, put JSON into a file and give it as file://NAME.")
	}
	w.line(0, summary(w, r))
	return w.Flush()
}

// trace tells what decided: what the policy says, and under it what the request has there.
func (w textWriter) trace(indent int, t checks.Trace) {
	w.line(indent, "policy:  "+Printable(t.PolicyLine()))
	w.line(indent, "request: "+Printable(t.RequestLine()))
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
		w.line(indent, w.paint(Printable(strings.TrimSuffix(line, "\n")), attributes...))
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
		return ", all Regions that are enabled"
	case len(o.Regions) > 0:
		return ", Regions " + strings.Join(o.Regions, ", ")
	}
	return ""
}

func accountName(inv *account.Inventory, id string) string {
	if a := inv.Accounts[id]; a != nil {
		return a.Name
	}
	return ""
}

// relations are what accounts are to each other, by account.
func relations(inv *account.Inventory) map[string][]string {
	all := map[string][]string{}
	for _, o := range inv.Owners {
		is := "owner"
		if o.Listed {
			is = "of the organization"
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
	if name := accountName(inv, id); name != "" {
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
			lines = append(lines, fmt.Sprintf("%s %s: expired on %s, for %s: %s", s.Check, s.Subject, s.Expires, s.Owner, s.Reason))
		} else if s.Findings == 0 {
			lines = append(lines, fmt.Sprintf("%s %s: meets nothing that it could suppress, for %s: %s", s.Check, s.Subject, s.Owner, s.Reason))
		}
	}
	return lines
}

func (w textWriter) suppressions(r checks.Result) {
	if lines := suppressionsToLookAt(r); len(lines) > 0 {
		w.line(0, "")
		w.line(0, w.paint("Suppressions to look at", color.Bold))
		for _, line := range lines {
			w.line(2, Printable(line))
		}
	}
}

// ledger tells how much of what was planned could be done, and where it could not.
func (w textWriter) ledger(r checks.Result) {
	planned, done := 0, 0
	var short []string // account by account
	last := ""
	for _, e := range r.Ledger {
		planned, done = planned+e.Planned, done+e.Done
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
	if done < planned {
		w.line(0, w.paint("Judged less than planned", color.Bold))
		for _, line := range short {
			w.line(2, Printable(strings.TrimSuffix(line, ",")))
		}
	}
	w.line(0, fmt.Sprintf("ledger: %d of %d planned judged, over %d × account, Region and check", done, planned, len(r.Ledger)))
	if calls := callsLine(r.Inventory.Calls); calls != "" {
		w.line(0, Printable(calls))
	}
}

// callsLine tells the calls by service.
func callsLine(calls map[string]account.Calls) string {
	var parts []string
	for _, service := range slices.Sorted(maps.Keys(calls)) {
		c := calls[service]
		part := fmt.Sprintf("%s %d", service, c.Calls)
		if c.Retries > 0 {
			part += fmt.Sprintf(" (%d retries, %d throttled)", c.Retries, c.Throttled)
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return ""
	}
	return "calls: " + strings.Join(parts, ", ")
}

func summary(w textWriter, r checks.Result) string {
	var parts []string
	for _, c := range shown(r.Summary) {
		part := fmt.Sprintf("%d %s", c.N, c.Word)
		if c.N > 0 {
			part = w.paint(part, styles[checks.Status(c.Word)].color...)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}
