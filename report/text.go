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
}

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

// writeText writes the report for people: by account, what to do behind each
// failure, and a line that sums up.
func writeText(out io.Writer, r checks.Result, o Options) error {
	w := textWriter{bufio.NewWriter(out), o.Color}
	w.line(0, w.paint("EC2 Image Builder lifecycle prerequisites", color.Bold))
	for _, owner := range r.Inventory.Owners {
		text := "owner " + owner.Account
		if len(owner.Regions) > 0 {
			text += ", Regions " + strings.Join(owner.Regions, ", ")
		}
		w.line(0, text)
	}
	if !r.Inventory.ReadAt.IsZero() {
		w.line(0, "read "+r.Inventory.ReadAt.UTC().Format("2006-01-02 15:04:05 UTC"))
	}

	width := 0
	for _, c := range r.Checks {
		width = max(width, len(c.ID))
	}
	commanded := false
	for i, f := range r.Findings {
		if i == 0 || f.Subject.Account != r.Findings[i-1].Subject.Account {
			w.line(0, "")
			w.line(0, w.paint(Printable(accountHeading(r.Inventory, f.Subject.Account)), color.Bold))
		}
		s := styles[f.Status]
		w.line(2, fmt.Sprintf("%s  %-*s  %s", w.paint(fmt.Sprintf("%s %-7s", s.symbol, f.Status), s.color...), width, f.Check.ID, Printable(f.Message)))
		if f.Status == checks.Pass || f.Status == checks.Skip {
			continue
		}
		for _, e := range f.Evidence {
			w.line(6, w.paint("read: "+Printable(e), color.Faint))
		}
		if f.Remediation == nil {
			continue
		}
		w.line(6, w.paint("fix:  ", color.Bold)+Printable(f.Remediation.Summary))
		for _, caution := range f.Remediation.Cautions {
			w.line(12, Printable(caution))
		}
		for _, command := range awsCLI(f.Remediation) {
			attribute := color.FgBlue
			if strings.HasPrefix(command, "#") {
				attribute = color.Faint
			}
			w.line(8, w.paint(Printable(command), attribute))
			commanded = true
		}
		if i+1 < len(r.Findings) && r.Findings[i+1].Subject.Account == f.Subject.Account {
			w.line(0, "")
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
	w.line(0, "")
	if commanded {
		w.line(0, "The commands are for a POSIX shell with jq; in PowerShell, put JSON into a file and give it as file://NAME.")
	}
	w.line(0, summary(w, r))
	return w.Flush()
}

// accountHeading is the account with what it is to whom.
func accountHeading(inv *account.Inventory, id string) string {
	var roles []string
	for _, o := range inv.Owners {
		if o.Account == id {
			roles = append(roles, "owner")
		}
	}
	for _, o := range inv.Owners {
		if slices.ContainsFunc(o.Destinations, func(t account.Target) bool { return t.Account == id }) {
			roles = append(roles, "destination of "+o.Account)
		}
	}
	if len(roles) == 0 {
		return id
	}
	return id + " (" + strings.Join(roles, ", ") + ")"
}

func summary(w textWriter, r checks.Result) string {
	s := r.Summary()
	counts := map[checks.Status]int{checks.Pass: s.Pass, checks.Warn: s.Warn, checks.Fail: s.Fail, checks.Skip: s.Skip, checks.Unknown: s.Unknown}
	var parts []string
	for _, status := range checks.Statuses {
		part := fmt.Sprintf("%d %s", counts[status], status)
		if counts[status] > 0 {
			part = w.paint(part, styles[status].color...)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}
