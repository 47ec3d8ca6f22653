package report

import (
	"fmt"
	"io"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/report/escape"
)

// violation is an entry of a report for GitLab (GitLab documentation, "Code Quality report format").
// GitLab drops an entry that lacks a member, and all that follow it.
type violation struct {
	Description string         `json:"description"`
	CheckName   string         `json:"check_name"`
	Fingerprint string         `json:"fingerprint"`
	Severity    string         `json:"severity"`
	Location    violationPlace `json:"location"`
}

type violationPlace struct {
	Path  string `json:"path"`
	Lines struct {
		Begin int `json:"begin"`
	} `json:"lines"`
}

// violationSeverities are GitLab's severities. A failed check of high severity has the first, and
// each step down, in the severity or in the verdict, leads to the next.
var violationSeverities = []string{"blocker", "critical", "major", "minor", "info"}

// writeCodeQuality writes the problems as a GitLab Code Quality report. GitLab knows neither passes
// nor suppressions, so a suppressed finding is not in it.
func writeCodeQuality(out io.Writer, r checks.Result, o Options) error {
	w := newJSONWriter(out)
	w.text("[")
	seen := map[string]int{}
	for f := range r.Findings() {
		if !isProblem(f) {
			continue
		}
		if len(seen) > 0 {
			w.text(",")
		}
		v := violationOf(f, o.inRepository(f))
		// GitLab keeps the last violation with a fingerprint. A number distinguishes them.
		seen[v.Fingerprint]++
		if n := seen[v.Fingerprint]; n > 1 {
			v.Fingerprint = fmt.Sprintf("%s:%d", v.Fingerprint, n)
		}
		w.text("\n  ")
		w.value(v, "  ")
	}
	if len(seen) > 0 {
		w.text("\n")
	}
	w.text("]\n")
	if w.err != nil {
		return w.err
	}
	return w.out.Flush()
}

func violationOf(f checks.Finding, at Location) violation {
	// A merge request shows the violations whose fingerprints are not in the report of the target branch.
	// With the verdict, one that becomes worse is new.
	v := violation{Description: string(f.Status) + ": " + escape.Visible(f.Message), CheckName: f.Check.ID, Fingerprint: f.Fingerprint() + ":" + string(f.Status)}
	if fix := f.Fix(); fix != nil {
		v.Description += ". Fix: " + escape.Visible(fix.Summary)
	}
	step := max(0, rank(severities, f.Check.Severity)) + max(0, rank([]checks.Status{checks.Fail, checks.Unknown, checks.Warn}, f.Status))
	v.Severity = violationSeverities[step]
	v.Location.Path, v.Location.Lines.Begin = at.File, max(1, at.Line)
	return v
}
