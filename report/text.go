package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/fatih/color"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/report/escape"
	"github.com/iblint/iblint/report/wording"
	"github.com/iblint/iblint/report/wrap"
)

// TextOptions are the settings of the text report.
type TextOptions struct {
	Width    int             // columns of the terminal; 0: 80
	Details  bool            // the whole of each problem, instead of a line
	Quiet    bool            // the totals only
	Show     []checks.Status // the findings with a line of their own; nil: problems
	ExitCode *int            // of the run; nil: it is not shown
	Next     []string        // what the user may run next, such as "Details: iblint check -v"
}

// shows reports whether findings with a status have a line of their own.
func (o Options) shows(s checks.Status) bool {
	if o.Show == nil {
		return s != checks.Pass && s != checks.Skip
	}
	return slices.Contains(o.Show, s)
}

func (o Options) showsFinding(f checks.Finding) bool {
	if f.Suppressed() {
		return o.Show != nil && o.shows(f.Status)
	}
	return o.shows(f.Status) || f.Comparison == checks.Fixed && o.Show == nil
}

// writeText writes the report for people: a line for each problem, by account; what to do first; and
// the totals.
func writeText(out io.Writer, r checks.Result, o Options) error {
	switch {
	case o.Quiet:
		w := newTextWriter(out, o)
		w.end(r, Options{TextOptions: TextOptions{ExitCode: o.ExitCode, Quiet: true}})
		return w.Flush()
	case o.Details:
		return writeDetails(out, r, o)
	}
	w := newTextWriter(out, o)
	w.scope(r)
	var why causes
	var blocks []*block
	relations := wording.AccountRelations(r.Inventory)
	regions := len(regionsOf(r.Inventory))
	for id, findings := range byAccount(r.Findings()) {
		for _, f := range findings {
			why.add(f)
		}
		b := newBlock(r, o, id, relations[id], findings)
		b.arrange(o, regions)
		blocks = append(blocks, b)
	}
	steps := why.numbered()
	for _, b := range blocks {
		b.number(steps)
	}
	w.line(0, "")
	for _, group := range fold(blocks) {
		w.block(group)
	}
	w.unread(r.Inventory.Gaps(), &why)
	w.suppressions(r)
	w.firstSteps(steps, 10)
	w.end(r, o)
	return w.Flush()
}

// scope writes what was checked.
func (w textWriter) scope(r checks.Result) {
	title := "EC2 Image Builder lifecycle"
	facts := wording.ScopeFacts(r.Inventory)
	if !r.Inventory.ReadAt.IsZero() {
		facts = append(facts, "read "+r.Inventory.ReadAt.UTC().Format("2006-01-02 15:04 UTC"))
	}
	hang := wrap.Columns(title) + 3
	if w.width-hang < 24 {
		hang = 2
	}
	w.hanging(0, hang, w.paint(title, color.Bold)+"   ", escape.Printable(strings.Join(facts, " · ")))
}

func regionsOf(inv *account.Inventory) []string {
	all := map[string]bool{}
	for _, o := range inv.Owners {
		for _, region := range o.Regions {
			all[region] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// block writes an account, or several that share a line.
func (w textWriter) block(group []*block) {
	b := group[0]
	if len(group) > 1 {
		w.shared(group)
		return
	}
	label := escape.Printable(wrap.Pad(strings.TrimSpace(cmp.Or(b.id, "all accounts")+" "+b.name), 12))
	text := b.summary()
	if text != "" {
		text = wrap.Pad(b.relation(), len("destination")) + "  " + text
	} else {
		text = b.relation()
	}
	w.hanging(0, 4, w.paint(strings.TrimSpace(label), color.Bold)+strings.Repeat(" ", wrap.Columns(label)-wrap.Columns(strings.TrimSpace(label))+2), escape.Printable(text), color.Faint)
	w.problems(b.lines)
}

// shared writes several accounts that say the same.
func (w textWriter) shared(group []*block) {
	b := group[0]
	what := b.relation()
	switch what {
	case wording.Owner, "destination", "organization":
		what += "s"
	case "", wording.Listed:
		what = "accounts " + what
	default:
		what = "accounts, each " + what
	}
	title := strings.TrimSpace(fmt.Sprintf("%d %s", len(group), what))
	if len(b.lines) == 0 {
		text := "all ok"
		if b.notNeeded() {
			text = cmp.Or(b.skip, "nothing to check")
		}
		text += " (" + total(group).counts() + ")"
		w.hanging(0, 4, w.paint(title+":", color.Bold)+" ", escape.Printable(text), color.Faint)
		return
	}
	var ids []string
	for _, one := range group[:3] {
		ids = append(ids, one.id)
	}
	text := strings.Join(ids, ", ")
	if more := len(group) - len(ids); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	if counts := total(group).counts(); counts != "" {
		text += " · " + counts
	}
	w.hanging(0, 4, w.paint(title+":", color.Bold)+" ", escape.Printable(text), color.Faint)
	w.problems(b.lines)
}

// problems writes the lines of an account in columns: the check, the thing, and what is wrong.
func (w textWriter) problems(lines []line) {
	checkWidth, thingWidth, longest, word := 0, 0, 0, 0
	for _, l := range lines {
		checkWidth, thingWidth = max(checkWidth, wrap.Columns(l.check)), max(thingWidth, wrap.Columns(l.thing))
		word = max(word, wrap.Longest(escape.Printable(l.short)))
		longest = max(longest, word, wrap.Longest(l.thing+":"))
	}
	at := 4 + checkWidth + 2
	inColumns := thingWidth <= 28 && w.width-at-thingWidth-2 >= max(36, word)
	for _, l := range lines {
		thing, text := l.thing, escape.Printable(l.short)
		hang := at
		switch {
		case inColumns && thingWidth > 0:
			thing, hang = wrap.Pad(thing, thingWidth)+"  ", at+thingWidth+2
		case thing != "":
			thing, text = "", thing+": "+text
		}
		if l.step > 0 {
			text += fmt.Sprintf("%s[%d]", wrap.Glue, l.step)
		}
		if w.width-hang < 32 || !inColumns && w.width-hang < longest {
			hang = 6
		}
		label := w.symbol(l.word) + " " + w.paint(l.check, colors[l.word]...) + strings.Repeat(" ", checkWidth-wrap.Columns(l.check)+2) + thing
		used := at + wrap.Columns(thing)
		if used > hang { // the check has a line of its own
			w.line(2, strings.TrimRight(label, " "))
			w.hanging(hang, hang, "", text)
			continue
		}
		w.hanging(2, hang, label, text)
	}
}

// end writes the totals, the exit code and how to go on.
func (w textWriter) end(r checks.Result, o Options) {
	var parts []string
	if !o.Quiet {
		w.line(0, "")
	}
	if d := r.Differences; d != nil {
		w.hanging(0, 2, "", fmt.Sprintf("Deploying the code: %d new failed, %s, %d new unknown, %d fixed", d.Fail, wording.Count(d.Warn, "new warning", "new warnings"), d.Unknown, d.Fixed))
	}
	for _, t := range wording.Results(r.Summary) {
		part := fmt.Sprintf("%s %d %s", wording.Symbol(t.Word), t.N, t.Text)
		if t.N > 0 {
			part = w.paint(part, colors[t.Word]...)
		}
		parts = append(parts, part)
	}
	if o.ExitCode != nil {
		parts = append(parts, fmt.Sprintf("exit code %d", *o.ExitCode))
	}
	text := ""
	for i, part := range parts {
		if i > 0 && wrap.Columns(text)+2+wrap.Columns(part) > w.width {
			w.line(0, text)
			text = ""
		}
		if text != "" {
			text += "  "
		}
		text += part
	}
	w.line(0, text)
	for _, next := range o.Next {
		w.line(0, escape.Printable(next))
	}
}
