package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/report/escape"
	"github.com/iblint/iblint/report/wording"
)

// maxAnnotations is how many annotations of each kind GitHub shows for a step. It silently
// drops the others (GitHub Actions, "Workflow commands"; the source of the runner).
const maxAnnotations = 10

// maxAnnotationLength is the number of characters at which the runner truncates a message.
const maxAnnotationLength = 4096

// writeGitHub writes workflow commands that annotate the files that name the subjects: an
// error for each failure, a warning for each other problem, and a notice with the totals.
func writeGitHub(out io.Writer, r checks.Result, o Options) error {
	w := bufio.NewWriter(out)
	for _, kind := range []struct {
		command string
		match   func(checks.Finding) bool
	}{
		{"error", func(f checks.Finding) bool { return isProblem(f) && f.Status == checks.Fail }},
		{"warning", func(f checks.Finding) bool { return isProblem(f) && f.Status != checks.Fail }},
	} {
		list, more := mostSevere(r, maxAnnotations, kind.match, func(f checks.Finding) checks.Finding { return f })
		if more > 0 { // the last annotation says how many were omitted
			list, more = list[:maxAnnotations-1], more+1
		}
		for _, f := range list {
			message := f.Message
			if fix := f.Fix(); fix != nil {
				message += ". Fix: " + fix.Summary
			}
			annotate(w, kind.command, string(f.Status)+" "+f.Check.ID, o.inRepository(f), message)
		}
		if more > 0 {
			annotate(w, kind.command, "iblint", Location{}, fmt.Sprintf("%d more findings; see the step summary or another report format", more))
		}
	}
	annotate(w, "notice", "iblint", Location{}, wording.TotalsLine(r.Summary))
	return w.Flush()
}

func annotate(w io.Writer, command, title string, at Location, message string) {
	parameters := "title=" + property(title)
	if at.File != "" {
		parameters = fmt.Sprintf("file=%s,line=%d,%s", property(at.File), at.Line, column(at)) + parameters
	}
	fmt.Fprintf(w, "::%s %s::%s\n", command, parameters, data(message))
}

// column is the parameter for the column; empty where only the line is known.
func column(at Location) string {
	if at.Column == 0 {
		return ""
	}
	return fmt.Sprintf("col=%d,", at.Column)
}

// data is the message of a workflow command, on one line. The runner decodes percent
// escapes, so percent signs are escaped (toolkit, command.ts).
func data(text string) string {
	text = escape.Printable(text)
	if runes := []rune(text); len(runes) > maxAnnotationLength {
		text = string(runes[:maxAnnotationLength-1]) + "…"
	}
	return strings.ReplaceAll(text, "%", "%25")
}

// property is a property of a workflow command. Colons and commas are escaped, because they
// end a property.
func property(text string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(data(text))
}

// stepSummaryLimit is the size in bytes of the largest step summary that GitHub shows.
const stepSummaryLimit = 1 << 20

// StepSummary is the Markdown format of a GitHub step summary that already has used bytes. The
// most severe problems come first; what does not fit is counted.
func StepSummary(used int64) Format {
	return func(out io.Writer, r checks.Result, o Options) error {
		m := markdownReport{size: func(text string) int { return len(text) }, room: stepSummaryLimit - int(used), limit: "a step summary on GitHub has at most 1 MiB"}
		if used > 0 {
			m.lead = "\n" // the existing text may lack a final line feed
		}
		return m.write(out, r, o)
	}
}
