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

	// pagePolicy allows the style and the script of the page, and prevents it from loading or
	// sending anything.
	pagePolicy = fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'", integrity(pageCSS), integrity(pageJS))
)

// integrity is the hash by which a content security policy identifies a style or a script.
func integrity(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// htmlPage is the data of page.html. The template passes all input text through show.
type htmlPage struct {
	Policy        string
	Style         template.CSS
	Script        template.JS
	Version       string
	Scope         []string
	ReadAt        string
	Headline      string
	HeadlineState string // its CSS class
	Counts        []htmlCount
	Checks        []htmlCheck
	Findings      iter.Seq[htmlFinding]
	Coverage      string
	Calls         string
	Gaps          []account.Gap
	Incomplete    []checks.Entry
	Suppressions  []string

	UnreadHeading, IncompleteHeading, SuppressionsHeading string
}

type htmlCount struct {
	wording.Total
	Symbol string
}

// htmlCheck is a column of the matrix. Adjacent checks of the same Group share a heading.
type htmlCheck struct {
	*checks.Check
	Group, Name string // the two parts of the ID
}

type htmlFinding struct {
	finding
	Word    string // the verdict, or suppressed
	Symbol  string
	Open    bool         // whether it is expanded without JavaScript
	Heading *htmlAccount // only for the first finding of an account
}

type htmlAccount struct {
	ID, Name, Text string
}

// writeHTML writes a self-contained page with a matrix, filters and all findings. Without
// JavaScript, the page shows all findings in order.
func writeHTML(out io.Writer, r checks.Result, o Options) error {
	p := htmlPage{
		Policy: pagePolicy, Style: template.CSS(pageCSS), Script: template.JS(pageJS), Version: r.Version,
		Scope: wording.Scope(r.Inventory), Checks: htmlChecks(r.Checks), Findings: htmlFindings(r, o),
		Calls: wording.Calls(r.Inventory.Calls), Gaps: r.Inventory.Gaps(), Suppressions: wording.UnusedSuppressions(r),
		UnreadHeading: wording.UnreadHeading, IncompleteHeading: wording.IncompleteHeading, SuppressionsHeading: wording.SuppressionsHeading,
	}
	if at := r.Inventory.ReadAt; !at.IsZero() {
		p.ReadAt = wording.ReadAt(at)
	}
	for _, c := range wording.Shown(r.Summary) {
		p.Counts = append(p.Counts, htmlCount{c, wording.Symbol(c.Word)})
	}
	p.Headline, p.HeadlineState = headline(r)
	for _, e := range r.Ledger {
		if e.Done < e.Expected {
			p.Incomplete = append(p.Incomplete, e)
		}
	}
	p.Coverage = wording.Coverage(r)

	w := bufio.NewWriter(out)
	if err := page.Execute(w, p); err != nil {
		return err
	}
	return w.Flush()
}

// headline is the result of the run in one sentence, and the state whose color it has.
func headline(r checks.Result) (sentence, state string) {
	s := r.Summary
	switch {
	case s.Fail > 0 && s.Unknown > 0:
		return fmt.Sprintf("%s, and %s could not be decided", plural(s.Fail, "prerequisite fails", "prerequisites fail"), plural(s.Unknown, "other", "others")), string(checks.Fail)
	case s.Fail > 0:
		return plural(s.Fail, "prerequisite fails", "prerequisites fail"), string(checks.Fail)
	case s.Unknown > 0:
		return "No failures, but " + plural(s.Unknown, "prerequisite", "prerequisites") + " could not be decided", string(checks.Unknown)
	case r.Evaluations() == 0:
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

// htmlChecks are the columns of the matrix. The last word of a check ID is its name, and the
// words before it are its group.
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

func htmlFindings(r checks.Result, o Options) iter.Seq[htmlFinding] {
	return func(yield func(htmlFinding) bool) {
		relations := wording.AccountRelations(r.Inventory)
		last, first := "", true
		for f := range r.Findings() {
			h := htmlFinding{finding: findingOf(r, f, o), Word: wording.Word(f.Status, f.Suppressed())}
			h.Symbol = wording.Symbol(h.Word)
			h.Open = h.Word == string(checks.Fail) || h.Word == string(checks.Warn) || h.Word == string(checks.Unknown)
			if id := f.Subject.Account; first || id != last {
				h.Heading = &htmlAccount{id, h.AccountName, wording.AccountHeading(r.Inventory, id, relations[id])}
				last, first = id, false
			}
			if !yield(h) {
				return
			}
		}
	}
}

type diffLine struct{ Class, Text string }

// diffLines are the lines of a unified diff with their CSS classes.
func diffLines(diff string) (lines []diffLine) {
	for line := range strings.Lines(diff) {
		class := "same"
		switch line[0] {
		case '+':
			class = "added"
		case '-':
			class = "removed"
		}
		lines = append(lines, diffLine{class, escape.Printable(strings.TrimSuffix(line, "\n"))})
	}
	return lines
}
