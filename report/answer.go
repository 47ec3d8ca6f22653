package report

import (
	"io"

	"github.com/fatih/color"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/policy"
	"github.com/iblint/iblint/report/escape"
	"github.com/iblint/iblint/report/fix"
	"github.com/iblint/iblint/report/wording"
)

// AnswerVersion is the version of the JSON of an Answer, with the rules of SchemaVersion.
const AnswerVersion = "1.0"

// Answer is the evaluation of one trust policy for one request.
type Answer struct {
	Version string // of iblint
	Reason  string // in one sentence
	Trace   checks.Trace
	Notes   []policy.Note // peculiarities of the policy text

	// Before is the policy document. After is its smallest edit that does not deny the request;
	// it is empty if the request is not denied or no edit is known.
	Before, After string
}

func (a Answer) diff() string {
	if a.After == "" {
		return ""
	}
	return fix.Unified("trust policy", a.Before, a.After)
}

// outcomes are the statuses whose symbols and colors the outcomes use.
var outcomes = map[string]checks.Status{"allowed": checks.Pass, "denied": checks.Fail, "undecidable": checks.Unknown}

// WriteAnswer writes an answer for people.
func WriteAnswer(out io.Writer, a Answer, o Options) error {
	return behindGuard(out, func(out io.Writer) error { return writeAnswer(out, a, o) })
}

func writeAnswer(out io.Writer, a Answer, o Options) error {
	w := newTextWriter(out, o)
	word := string(outcomes[a.Trace.Outcome])
	w.hanging(0, 2, w.paint(wording.Symbol(word)+" "+a.Trace.Outcome, colors[word]...)+": ", escape.Printable(a.Reason), color.Bold)
	w.trace(2, a.Trace)
	for _, n := range a.Notes {
		w.hanging(2, 11, "note:    ", escape.Printable(n.String()))
	}
	if diff := a.diff(); diff != "" {
		w.line(0, "")
		w.hanging(0, 2, "", "The smallest edit after which the policy does not deny the request:", color.Bold)
		w.diff(2, diff)
	}
	return w.Flush()
}

// WriteAnswerJSON writes an answer for tools.
func WriteAnswerJSON(out io.Writer, a Answer, _ Options) error {
	w := newJSONWriter(out)
	w.text("{")
	w.member("schemaVersion", AnswerVersion)
	w.member("tool", tool{"iblint", a.Version})
	w.member("outcome", a.Trace.Outcome)
	w.member("reason", a.Reason)
	w.member("request", a.Trace.Request)
	w.member("trace", a.Trace)
	w.member("notes", append([]policy.Note{}, a.Notes...))
	if diff := a.diff(); diff != "" {
		w.member("after", a.After)
		w.member("diff", diff)
	}
	w.text("\n}\n")
	if w.err != nil {
		return w.err
	}
	return w.out.Flush()
}
