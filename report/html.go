package report

import (
	"bufio"
	"crypto/sha256"
	_ "embed" // the page is part of the program
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"iter"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/report/escape"
	"github.com/iblint/iblint/report/wording"
)

var (
	//go:embed html/page.html
	pageHTML string
	//go:embed html/page.css
	pageCSS string
	//go:embed html/page.js
	pageJS string

	page = template.Must(template.New("page").Funcs(template.FuncMap{
		"show":        func(text any) string { return escape.Printable(fmt.Sprint(text)) },
		"suppression": func(s *checks.Suppression) string { return wording.Suppression(*s) },
		"comment":     func(command string) bool { return strings.HasPrefix(command, "#") },
		"lines":       diffLines,
	}).Parse(pageHTML))

	// pagePolicy lets the page's own style and script run, and nothing be loaded or sent.
	pagePolicy = fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'", integrity(pageCSS), integrity(pageJS))
)

// integrity is how a content security policy names a text.
func integrity(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// htmlPage is what page.html shows. All that came from outside goes through show there.
type htmlPage struct {
	Policy       string
	Style        template.CSS
	Script       template.JS
	Version      string
	Scope        []string
	ReadAt       string
	Verdict      string
	Worst        string // the state that the verdict is about
	Counts       []htmlCount
	Checks       []htmlCheck
	Findings     iter.Seq[htmlFinding]
	Ledger       string
	Calls        string
	Gaps         []account.Gap
	Short        []checks.Entry // of the ledger, what was not judged whole
	Suppressions []string

	UnreadHeading, IncompleteHeading, SuppressionsHeading string
}

type htmlCount struct {
	wording.Total
	Symbol string
}

// htmlCheck is a column of the matrix. Checks with the same Group stand under one heading.
type htmlCheck struct {
	*checks.Check
	Group, Name string // the ID in two
}

type htmlFinding struct {
	finding
	Word    string // the verdict, or suppressed
	Symbol  string
	Open    bool         // without scripts
	Heading *htmlAccount // for the first finding of an account
}

type htmlAccount struct {
	ID, Name, Text string
}

// writeHTML writes one file that needs no other: a matrix, filters, and every
// finding, which a browser without scripts shows in order.
func writeHTML(out io.Writer, r checks.Result, _ Options) error {
	p := htmlPage{
		Policy: pagePolicy, Style: template.CSS(pageCSS), Script: template.JS(pageJS), Version: r.Version,
		Scope: scopeLines(r.Inventory), Checks: htmlChecks(r.Checks), Findings: htmlFindings(r),
		Calls: wording.Calls(r.Inventory.Calls), Gaps: r.Inventory.Gaps(), Suppressions: suppressionsToLookAt(r),
		UnreadHeading: wording.UnreadHeading, IncompleteHeading: wording.IncompleteHeading, SuppressionsHeading: wording.SuppressionsHeading,
	}
	if at := r.Inventory.ReadAt; !at.IsZero() {
		p.ReadAt = wording.ReadAt(at)
	}
	for _, c := range wording.Shown(r.Summary) {
		p.Counts = append(p.Counts, htmlCount{c, wording.Symbol(c.Word)})
	}
	p.Verdict, p.Worst = verdict(r)
	for _, e := range r.Ledger {
		if e.Done < e.Planned {
			p.Short = append(p.Short, e)
		}
	}
	p.Ledger = wording.Coverage(r)

	w := bufio.NewWriter(out)
	if err := page.Execute(w, p); err != nil {
		return err
	}
	return w.Flush()
}

// verdict sums up in one sentence, and says which state it is about.
func verdict(r checks.Result) (sentence, worst string) {
	s := r.Summary
	switch {
	case s.Fail > 0 && s.Unknown > 0:
		return fmt.Sprintf("%s, and %s could not be decided", plural(s.Fail, "prerequisite fails", "prerequisites fail"), plural(s.Unknown, "other", "others")), string(checks.Fail)
	case s.Fail > 0:
		return plural(s.Fail, "prerequisite fails", "prerequisites fail"), string(checks.Fail)
	case s.Unknown > 0:
		return "No failures, but " + plural(s.Unknown, "prerequisite", "prerequisites") + " could not be decided", string(checks.Unknown)
	case r.Planned() == 0:
		return "There was nothing to check", string(checks.Unknown)
	case r.FellShort():
		return "No failures, but some checks did not run", string(checks.Unknown)
	case s.Suppressed > 0:
		return "No failures except suppressed ones", string(checks.Pass)
	}
	return "No failures; every check reached a verdict", string(checks.Pass)
}

func plural(n int, one, many string) string {
	if n == 1 {
		many = one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// htmlChecks are the columns. Their IDs begin with what they are about; it is
// told once for neighbours.
func htmlChecks(all []checks.Check) (columns []htmlCheck) {
	for i := range all {
		c := &all[i]
		group, name := "", c.ID
		if at := strings.LastIndexByte(c.ID, '-'); at > 0 {
			group, name = c.ID[:at], c.ID[at+1:]
		}
		columns = append(columns, htmlCheck{c, group, name})
	}
	return columns
}

func htmlFindings(r checks.Result) iter.Seq[htmlFinding] {
	return func(yield func(htmlFinding) bool) {
		related := relations(r.Inventory)
		last, first := "", true
		for f := range r.Findings() {
			h := htmlFinding{finding: findingOf(r, f), Word: wording.Word(f.Status, f.Suppressed())}
			h.Symbol = wording.Symbol(h.Word)
			h.Open = h.Word == string(checks.Fail) || h.Word == string(checks.Warn) || h.Word == string(checks.Unknown)
			if id := f.Subject.Account; first || id != last {
				h.Heading = &htmlAccount{id, h.AccountName, accountHeading(r.Inventory, id, related[id])}
				last, first = id, false
			}
			if !yield(h) {
				return
			}
		}
	}
}

type diffLine struct{ Kind, Text string }

// diffLines are the lines of a unified diff, and what each is.
func diffLines(diff string) (lines []diffLine) {
	for line := range strings.Lines(diff) {
		kind := "same"
		switch line[0] {
		case '+':
			kind = "added"
		case '-':
			kind = "removed"
		}
		lines = append(lines, diffLine{kind, escape.Printable(strings.TrimSuffix(line, "\n"))})
	}
	return lines
}
