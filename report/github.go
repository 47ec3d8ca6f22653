package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/report/escape"
)

// GitHub shows at most so many annotations of each kind for a step and drops the
// rest without a word (GitHub Actions, "Workflow commands"; the runner's source).
const annotationsOfAKind = 10

// The runner cuts messages behind so many characters.
const annotationLength = 4096

// writeGitHub writes workflow commands, which annotate the files that name the
// subjects: an error for what fails, a warning for what is unknown or fragile, and
// the totals as a notice.
func writeGitHub(out io.Writer, r checks.Result, o Options) error {
	w := bufio.NewWriter(out)
	for _, kind := range []struct {
		command string
		match   func(checks.Finding) bool
	}{
		{"error", func(f checks.Finding) bool { return toLookAt(f) && f.Status == checks.Fail }},
		{"warning", func(f checks.Finding) bool { return toLookAt(f) && f.Status != checks.Fail }},
	} {
		list, more := worst(r, annotationsOfAKind, kind.match, func(f checks.Finding) checks.Finding { return f })
		if more > 0 { // the last place tells how many there are
			list, more = list[:annotationsOfAKind-1], more+1
		}
		for _, f := range list {
			message := f.Message
			if fix := f.Fix(); fix != nil {
				message += ". Fix: " + fix.Summary
			}
			annotate(w, kind.command, string(f.Status)+" "+f.Check.ID, o.place(f.Subject), message)
		}
		if more > 0 {
			annotate(w, kind.command, "iblint", Place{}, fmt.Sprintf("%d more findings; see the step summary or another report format", more))
		}
	}
	annotate(w, "notice", "iblint", Place{}, totals(r.Summary))
	return w.Flush()
}

func annotate(w io.Writer, command, title string, at Place, message string) {
	parameters := "title=" + property(title)
	if at.File != "" {
		parameters = fmt.Sprintf("file=%s,line=%d,", property(at.File), at.Line) + parameters
	}
	fmt.Fprintf(w, "::%s %s::%s\n", command, parameters, data(message))
}

// data is the message of a workflow command: on one line, whatever stands in it,
// and without escapes that the runner would take back (toolkit, command.ts).
func data(text string) string {
	text = escape.Printable(text)
	if runes := []rune(text); len(runes) > annotationLength {
		text = string(runes[:annotationLength-1]) + "…"
	}
	return strings.ReplaceAll(text, "%", "%25")
}

// property is a property of a workflow command, which a colon or a comma would end.
func property(text string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(data(text))
}

// stepSummaryLimit is what GitHub takes of one step's summary; of a larger one it
// shows nothing.
const stepSummaryLimit = 1 << 20

// StepSummary is the format of what is appended to a step's summary, which has so
// many bytes already: Markdown, worst first, as far as there is room.
func StepSummary(have int64) Format {
	return func(out io.Writer, r checks.Result, o Options) error {
		const last = "\n%d more findings do not fit here. The other report formats list all findings.\n"
		room := stepSummaryLimit - int(have) - len(last) - 20
		text := markdownHead(r)
		if have > 0 {
			text = "\n" + text // what was there may not end its line
		}
		if len(text) > room {
			return nil
		}
		room -= len(text)
		w := bufio.NewWriter(out)
		fmt.Fprint(w, text)
		// A finding takes some hundred bytes: there is no room for more than these.
		list, more := worst(r, 4_000, toLookAt, func(f checks.Finding) string { return markdownFinding(f, o.place(f.Subject)) })
		for i, text := range list {
			if len(text) > room {
				more += len(list) - i
				break
			}
			room -= len(text)
			fmt.Fprint(w, text)
		}
		if more > 0 {
			fmt.Fprintf(w, last, more)
		}
		return w.Flush()
	}
}
