package report

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	_ "embed" // the page is part of the program
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

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
)

// page parses the template when a report needs it: most runs write none in HTML.
var page = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("page").Funcs(template.FuncMap{
		"show":        func(text any) string { return escape.Printable(fmt.Sprint(text)) },
		"suppression": func(s *checks.Suppression) string { return wording.Suppression(*s) },
		"comment":     func(command string) bool { return strings.HasPrefix(command, "#") },
		"lines":       diffLines,
		"instant":     wording.Instant,
		"datetime":    func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	}).Parse(pageHTML))
})

// pagePolicy allows the style and the script of the page, and prevents it from loading or
// sending anything.
func pagePolicy() string {
	return fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'", integrity(pageCSS), integrity(pageJS))
}

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
	ReadAt        *time.Time // nil: not known
	First, Later  []htmlStep // of "Fix first": at a glance, and on demand
	MoreSteps     int        // that are in neither
	Headline      string
	HeadlineState string // its CSS class
	Counts        []htmlCount
	Checks        []htmlCheck
	Code          bool // some findings are about code
	Findings      iter.Seq[htmlFinding]
	Empty         []htmlAccount // owners without findings
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
	Group, Name string
	position    int // of the column
}

// htmlStep is a step of "Fix first".
type htmlStep struct {
	N                   int // from 1
	Text, Where, Clears string
	Note                string // what to know before
	Risk                Risk
}

type htmlFinding struct {
	finding
	Thing   string // the subject, for the short message; empty: the account
	Step    int    // of "Fix first" that clears it; 0: none
	Source  []sourceLine
	Word    string // the verdict, or suppressed
	Symbol  string
	Open    bool         // whether it is expanded without JavaScript
	Heading *htmlAccount // only for the first finding of an account
}

type htmlAccount struct {
	ID, Name, Text string
	Owner          bool // named as an owner, or found to be one
}

// How many steps the card shows, and how many the page has.
const (
	firstSteps = 5
	allSteps   = 100
)

// writeHTML writes a self-contained page with a matrix, filters and all findings. Without
// JavaScript, the page shows all findings in order.
func writeHTML(out io.Writer, r checks.Result, o Options) error {
	plan := planOf(r, o)
	p := htmlPage{
		Policy: pagePolicy(), Style: template.CSS(pageCSS), Script: template.JS(pageJS), Version: r.Version,
		Scope: wording.Scope(r.Inventory), Checks: htmlChecks(r.Checks), Findings: htmlFindings(r, o, plan), Code: plan.code, Empty: plan.empty,
		Calls: wording.Calls(r.Inventory.Calls), Gaps: r.Inventory.Gaps(), Suppressions: wording.UnusedSuppressions(r),
		UnreadHeading: wording.UnreadHeading, IncompleteHeading: wording.IncompleteHeading, SuppressionsHeading: wording.SuppressionsHeading,
	}
	if at := r.Inventory.ReadAt; !at.IsZero() {
		p.ReadAt = &at
	}
	p.First = plan.list[:min(firstSteps, len(plan.list))]
	p.Later = plan.list[len(p.First):]
	p.MoreSteps = plan.more
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
	if err := page().Execute(w, p); err != nil {
		return err
	}
	return w.Flush()
}

// headline is the result of the run in one sentence, and the state whose color it has.
func headline(r checks.Result) (sentence, state string) {
	s := r.Summary
	switch {
	case s.Fail > 0 && s.Unknown > 0:
		return fmt.Sprintf("%s, and %s could not be decided", wording.Count(s.Fail, "prerequisite fails", "prerequisites fail"), wording.Count(s.Unknown, "other", "others")), string(checks.Fail)
	case s.Fail > 0:
		return wording.Count(s.Fail, "prerequisite fails", "prerequisites fail"), string(checks.Fail)
	case s.Unknown > 0:
		return "No failures, but " + wording.Count(s.Unknown, "prerequisite", "prerequisites") + " could not be decided", string(checks.Unknown)
	case r.Evaluations() == 0:
		return "There was nothing to check", string(checks.Unknown)
	case r.FellShort():
		return "No failures, but some checks did not run", string(checks.Unknown)
	case s.Suppressed > 0:
		return "No failures except suppressed ones", string(checks.Pass)
	}
	return "No failures; every check reached a verdict", string(checks.Pass)
}

// htmlPlan is what the top of the page says about the findings below it.
type htmlPlan struct {
	list  []htmlStep
	more  int            // steps that are not in the list
	steps map[string]int // by the ID of the cause: N of the step that clears it
	code  bool
	empty []htmlAccount
}

// planOf evaluates the findings once more, so that the page needs to hold none of them.
func planOf(r checks.Result, o Options) htmlPlan {
	p := htmlPlan{steps: map[string]int{}}
	var why causes
	seen := map[string]bool{}
	for f := range r.Findings() {
		why.add(f)
		seen[f.Subject.Account] = true
		p.code = p.code || o.declaredAt(f) != nil
	}
	number := map[wording.Step]int{}
	for i, t := range why.firstSteps() {
		if i >= allSteps {
			p.more++
			continue
		}
		number[t.step] = i + 1
		p.list = append(p.list, htmlStep{i + 1, t.text(), t.inAccounts(), t.clears(), t.note(), t.Risk})
	}
	for _, c := range why.list {
		if n := number[c.step]; n > 0 {
			p.steps[c.ID] = n
		}
	}
	relations := wording.AccountRelations(r.Inventory)
	for _, owner := range r.Inventory.Owners {
		if id := owner.Account; !owner.Listed && !seen[id] {
			seen[id] = true
			p.empty = append(p.empty, htmlAccount{id, wording.AccountName(r.Inventory, id), wording.AccountHeading(r.Inventory, id, relations[id]), true})
		}
	}
	return p
}

// htmlGroup is a group of columns: the checks of one kind of subjects.
type htmlGroup struct {
	kind     account.Kind
	heading  string
	prefixes []string // of the IDs of its checks, which the names of the columns leave out
}

// htmlGroups are in the order in which the guide introduces the subjects.
var htmlGroups = []htmlGroup{
	{account.ExecutionRoleKind, "execution role", []string{"execution-role-"}},
	{account.DestinationKind, "cross-account role", []string{"cross-account-role-"}},
	{account.RepositoryKind, "repository", []string{"ecr-repository-", "ecr-"}},
	{account.LifecyclePolicyKind, "lifecycle policy", []string{"lifecycle-policy-"}},
	{account.OrganizationKind, "organization", []string{"organization-"}},
}

// htmlChecks are the columns of the matrix, in the guide's order. In a group, the checks that have
// its name come first. Those of other subjects follow.
func htmlChecks(all []checks.Check) (columns []htmlCheck) {
	for i := range all {
		c := &all[i]
		column := htmlCheck{Check: c, Group: "other", Name: c.ID, position: 2 * len(htmlGroups)}
		for j, g := range htmlGroups {
			if g.kind != c.Kind {
				continue
			}
			column.Group, column.position = g.heading, 2*j+1
			if strings.HasPrefix(c.ID, g.prefixes[0]) {
				column.position--
			}
			for _, prefix := range g.prefixes {
				column.Name = strings.TrimPrefix(column.Name, prefix)
			}
		}
		columns = append(columns, column)
	}
	slices.SortStableFunc(columns, func(a, b htmlCheck) int { return cmp.Compare(a.position, b.position) })
	return columns
}

func htmlFindings(r checks.Result, o Options, plan htmlPlan) iter.Seq[htmlFinding] {
	owners := map[string]bool{}
	for _, owner := range r.Inventory.Owners {
		owners[owner.Account] = owners[owner.Account] || !owner.Listed
	}
	return func(yield func(htmlFinding) bool) {
		relations := wording.AccountRelations(r.Inventory)
		last, first := "", true
		for f := range r.Findings() {
			h := htmlFinding{finding: findingOf(r, f, o), Word: wording.Word(f.Status, f.Suppressed())}
			h.Symbol = wording.Symbol(h.Word)
			if !ofAccount(f.Subject) {
				h.Thing = f.Subject.Name
			}
			if h.Cause != nil && !f.Suppressed() {
				h.Step = plan.steps[h.Cause.ID]
			}
			if h.Location != nil {
				h.Source = o.excerpt(*h.Location)
			}
			h.Open = h.Word == string(checks.Fail) || h.Word == string(checks.Warn) || h.Word == string(checks.Unknown)
			if id := f.Subject.Account; first || id != last {
				h.Heading = &htmlAccount{id, h.AccountName, wording.AccountHeading(r.Inventory, id, relations[id]), owners[id]}
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
