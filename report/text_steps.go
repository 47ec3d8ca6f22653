package report

import (
	"fmt"
	"strings"

	"github.com/fatih/color"

	"github.com/iblint/iblint/report/escape"
	"github.com/iblint/iblint/report/wording"
	"github.com/iblint/iblint/report/wrap"
)

// firstSteps writes what to do first, at most this many steps.
func (w textWriter) firstSteps(steps numbered, most int) {
	if len(steps.list) == 0 {
		return
	}
	failures := 0
	for _, t := range steps.list {
		failures += t.Clears.Fail
	}
	of := wording.Count(len(steps.list), "step", "steps")
	if failures > 0 {
		of = wording.Count(failures, "failure", "failures") + ", " + of
	}
	w.line(0, "")
	w.line(0, w.paint("Fix first", color.Bold)+w.paint(" ("+of+")", color.Faint))
	list := steps.list[:min(most, len(steps.list))]
	number := wrap.Columns(fmt.Sprintf("[%d]", len(list)))
	hang := 2 + number + 1
	text, longest, account, risk := 0, 24, 0, 0
	for _, t := range list {
		what := escape.Printable(t.text())
		text, longest = max(text, wrap.Columns(what)), max(longest, wrap.Longest(what))
		account, risk = max(account, wrap.Columns(t.inAccounts())), max(risk, wrap.Columns(t.note()))
	}
	text = max(longest, min(text, w.width-hang-2-account-2-risk))
	narrow := hang+text+2+account+2+risk > w.width
	for i, t := range list {
		if narrow {
			w.hanging(2, hang, wrap.Pad(fmt.Sprintf("[%d]", i+1), number)+" ", escape.Printable(t.text()))
			where := escape.Printable(t.inAccounts())
			if where != "" {
				where += "  "
			}
			w.hanging(hang, hang, where, t.note(), riskColors[t.Risk]...)
			continue
		}
		lines := wrap.Lines(escape.Printable(t.text()), text, text)
		for j, part := range lines {
			label := strings.Repeat(" ", number)
			if j == 0 {
				label = wrap.Pad(fmt.Sprintf("[%d]", i+1), number)
			}
			if j < len(lines)-1 {
				w.line(2, label+" "+part)
				continue
			}
			words := w.paint(t.note(), riskColors[t.Risk]...)
			w.line(2, strings.TrimRight(label+" "+wrap.Pad(part, text)+"  "+wrap.Pad(escape.Printable(t.inAccounts()), account)+"  "+words, " "))
		}
	}
	if more := len(steps.list) - len(list); more > 0 {
		w.line(2, fmt.Sprintf("and %d more; -v lists them", more))
	}
}

var riskColors = map[Risk][]color.Attribute{
	Reversible: {color.Faint}, OwnerFirst: {color.FgYellow}, Decide: {color.FgYellow}, Destructive: {color.FgRed, color.Bold},
}
