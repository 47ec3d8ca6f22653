package report

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/fatih/color"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/internal/lazyregexp"
	"github.com/iblint/iblint/report/escape"
	"github.com/iblint/iblint/report/wording"
	"github.com/iblint/iblint/report/wrap"
)

// detail writes all that is known of a finding: its message, evidence, trace and fix. It reports
// whether the fix has commands.
func (w textWriter) detail(f finding, step int) (hasCommands bool) {
	word := wording.Word(f.Status, f.Suppression != nil && !f.Suppression.Expired)
	status := w.paint(fmt.Sprintf("%s %-7s", wording.Symbol(word), f.Status), colors[word]...)
	message := f.Message
	if f.Change == checks.New || f.Change == checks.Fixed {
		message = string(f.Change) + ": " + message
	}
	w.hanging(2, 6, status+"  ", w.paint(escape.Printable(f.Check), color.Bold)+"  "+escape.Printable(message))
	if f.Location != nil {
		place := *f.Location
		place.Address = ""
		text := "at" + wrap.Glue + oneWord(place.String())
		if f.Location.Address != "" {
			text += " (" + escape.Printable(f.Location.Address) + ")"
		}
		w.hanging(6, 8, "", text)
	}
	for _, n := range f.Notes {
		w.hanging(6, 8, "", escape.Printable("note: "+n.String()), color.Faint)
	}
	if f.Suppression != nil {
		w.hanging(6, 8, "", escape.Printable(wording.Suppression(*f.Suppression)))
	}
	for _, e := range f.Evidence {
		w.hanging(6, 8, "", escape.Printable(wording.Evidence(e)), color.Faint)
	}
	if len(f.Trace) > 0 {
		w.trace(6, f.Trace[0])
	}
	if f.Remediation != nil {
		w.fix(f.Remediation)
		hasCommands = len(f.Remediation.Commands) > 0
	}
	if f.Status != checks.Pass && f.Status != checks.Skip {
		id := "finding " + f.Fingerprint
		if step > 0 {
			id += fmt.Sprintf(" [%d]", step)
		}
		w.hanging(6, 8, "", id, color.Faint)
	}
	return hasCommands
}

// fix writes a fix. Commands, code and URLs stay whole.
func (w textWriter) fix(f *remediation) {
	w.hanging(6, 12, w.paint("fix:  ", color.Bold), escape.Printable(f.Summary))
	for _, caution := range f.Cautions {
		w.hanging(12, 12, "", escape.Printable(caution))
	}
	w.diff(8, f.Patch)
	for _, s := range f.Snippets {
		for _, line := range s.lines() {
			w.line(8, escape.Printable(line))
		}
	}
	for _, diff := range f.Diffs {
		w.diff(8, diff)
	}
	for _, command := range f.Commands {
		var attributes []color.Attribute
		if strings.HasPrefix(command, "#") {
			attribute := color.Faint
			if strings.HasPrefix(command, "# DESTRUCTIVE") {
				attribute = color.FgRed
			}
			attributes = append(attributes, attribute)
		}
		w.line(8, w.paint(escape.Printable(command), attributes...))
	}
}

const shellNote = "The commands require a POSIX shell, the AWS CLI and jq. In PowerShell, save each JSON argument to a file and pass it as file://NAME."

// writeDetails writes the report with the whole of each problem, one finding at a time.
func writeDetails(out io.Writer, r checks.Result, o Options) error {
	w := newTextWriter(out, o)
	w.scope(r)
	var why causes
	for f := range r.Findings() {
		why.add(f)
	}
	steps := why.numbered()
	relations := wording.AccountRelations(r.Inventory)
	hasCommands := false
	accounts := byAccount(r.Findings())
	for id, findings := range accounts {
		b := newBlock(r, o, id, relations[id], findings)
		if len(b.shown) == 0 && b.onlyPasses() && !o.shows(checks.Pass) {
			continue // the totals count it
		}
		w.heading(b.heading())
		if text := b.summary(); text != "" {
			w.hanging(2, 2, "", escape.Printable(text), color.Faint)
		}
		for i, f := range b.shown {
			if i > 0 && (isProblem(f) || isProblem(b.shown[i-1])) {
				w.line(0, "")
			}
			hasCommands = w.detail(findingOf(r, f, o), steps.of(f)) || hasCommands
		}
	}
	w.unread(r.Inventory.Gaps(), nil)
	w.suppressions(r)
	w.incomplete(r)
	w.firstSteps(steps, len(steps.list))
	if hasCommands {
		w.line(0, "")
		w.hanging(0, 0, "", shellNote)
	}
	w.end(r, o)
	return w.Flush()
}

// ReportedFinding is a finding of a JSON report.
type ReportedFinding struct{ finding }

// FindingsOf returns the findings of a result whose fingerprints begin with a text.
func FindingsOf(r checks.Result, fingerprint string) (found []ReportedFinding) {
	for f := range r.Findings() {
		if strings.HasPrefix(f.Fingerprint(), fingerprint) {
			found = append(found, ReportedFinding{findingOf(r, f, Options{})})
		}
	}
	return found
}

// Identified is what a suppression of the finding needs.
func (f ReportedFinding) Identified() Identified {
	return Identified{Fingerprint: f.Fingerprint, Check: f.Check, Subject: f.Subject, Status: f.Status, Message: f.Message}
}

// Write writes the whole of the finding for people.
func (f ReportedFinding) Write(out io.Writer, o Options) error {
	return behindGuard(out, func(out io.Writer) error {
		w := newTextWriter(out, o)
		subject := f.Subject.Account
		if f.AccountName != "" {
			subject += " " + f.AccountName
		}
		w.hanging(0, 2, "", escape.Printable(strings.TrimSpace(subject+"  "+f.Subject.Type+" "+f.Subject.Name)), color.Bold)
		w.detail(f.finding, 0)
		w.hanging(6, 8, "", "why:  "+escape.Printable(f.Title)+"; iblint explain "+escape.Printable(f.Check))
		for _, link := range f.Links {
			w.hanging(6, 6, "", escape.Printable(link))
		}
		return w.Flush()
	})
}

// WriteProblems writes the problems of a result as a part of the JSON report, for FindFinding.
func WriteProblems(out io.Writer, r checks.Result, o Options) error {
	w := newJSONWriter(out)
	w.text("{")
	w.member("schemaVersion", SchemaVersion)
	problems := func(yield func(checks.Finding) bool) {
		for f := range r.Findings() {
			if isProblem(f) && !yield(f) {
				return
			}
		}
	}
	list(w, "findings", problems, func(f checks.Finding) any { return findingOf(r, f, o) })
	w.text("\n}\n")
	if w.err != nil {
		return w.err
	}
	return w.out.Flush()
}

// isFingerprint matches the fingerprint of a finding.
var isFingerprint = lazyregexp.New(`^[0-9a-f]{32}$`)

// FindFinding returns the findings of a JSON report whose fingerprints begin with a text. It returns an
// error if one of them is not what iblint writes.
func FindFinding(data []byte, fingerprint string) (found []ReportedFinding, err error) {
	var d struct {
		SchemaVersion string    `json:"schemaVersion"`
		Findings      []finding `json:"findings"`
	}
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, err
	}
	if err := sameMajor(d.SchemaVersion); err != nil {
		return nil, err
	}
	for i, f := range d.Findings {
		switch {
		case !strings.HasPrefix(f.Fingerprint, fingerprint):
			continue
		case !isFingerprint().MatchString(f.Fingerprint), f.Check == "", !slices.Contains(checks.Statuses, f.Status):
			return nil, fmt.Errorf("findings[%d] has no check, no valid fingerprint or no valid status", i)
		case f.Remediation != nil && f.Remediation.Fix == nil:
			return nil, fmt.Errorf("findings[%d] has a remediation without a summary and changes", i)
		}
		found = append(found, ReportedFinding{f})
	}
	return found, nil
}
