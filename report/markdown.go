package report

import (
	"bufio"
	"cmp"
	"fmt"
	"html"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/lazyregexp"
	"github.com/iblint/iblint/report/escape"
	"github.com/iblint/iblint/report/wording"
)

// commentLimit is the number of characters of the longest comment that GitHub accepts.
const commentLimit = 65_536

// writeMarkdown writes the report in GitHub Flavored Markdown (github.github.com/gfm), for a comment.
func writeMarkdown(out io.Writer, r checks.Result, o Options) error {
	m := markdownReport{size: utf8.RuneCountInString, room: commentLimit, limit: "a comment on GitHub has at most 65,536 characters"}
	return m.write(out, r, o)
}

// markdownReport is a report that is never larger than its room: the totals, "Fix first", the
// problems, the most severe first, what was not looked at, and the other findings. What has no room is counted.
type markdownReport struct {
	size  func(string) int // of text, in the unit of the limit
	room  int
	limit string // in words
	lead  string // before the report

	w *bufio.Writer
}

// These many findings never have room: a problem takes at least a hundred characters.
const (
	maxMarkdownProblems = 4_000
	maxMarkdownRows     = 10_000
)

func (m *markdownReport) write(out io.Writer, r checks.Result, o Options) error {
	m.w = bufio.NewWriter(out)
	var why causes
	count := newTotals(r.Checks)
	var rows []string
	others := 0
	// All in one pass, because each pass evaluates the checks again.
	problems, more := mostSevere(r, maxMarkdownProblems, func(f checks.Finding) bool {
		why.add(f)
		count.add(f, wording.AccountName(r.Inventory, f.Subject.Account))
		if isProblem(f) {
			return true
		}
		if others++; len(rows) < maxMarkdownRows {
			rows = append(rows, markdownRow(f))
		}
		return false
	}, func(f checks.Finding) markdownProblem {
		return markdownProblem{markdownFinding(f, o), markdownLine(f)}
	})

	const note = 300 // of what is left out
	m.room -= note
	head := m.lead + markdownHead(r)
	if !m.add(head) {
		return nil
	}
	m.add(markdownTotals(r, count))
	m.add(markdownFirst(&why))
	if len(problems) > 0 {
		m.add("\n## Problems\n")
	}
	tables, heading := coverage(r), markdownCoverage(r)
	kept := m.sizeOf(heading, tables[:1], m.room/8) // what was not read is named before details of problems
	m.room -= kept
	reserved := m.room / 4 // for a line each of those whose details have no room
	for i, p := range problems {
		if m.size(inert(p.details)) <= m.room-reserved && m.add(p.details) || m.add(p.line) {
			continue
		}
		more += len(problems) - i
		break
	}
	m.room += kept
	m.add(heading)
	hidden := 0
	for _, t := range tables {
		hidden += t.rows - m.addTable(t)
	}
	left := others - m.addTable(markdownTable{
		wording.Count(others, "finding that needs no action", "findings that need no action"),
		[]string{"verdict", "check", "account", "Region", "subject", "message"}, len(rows), func(i int) string { return rows[i] },
	})
	if more+hidden+left > 0 {
		m.room += note
		m.add(fmt.Sprintf("\n*Not shown, because %s: %s, %s and %s. The HTML and JSON reports have all of them, for example `iblint check --format html --output report.html`.*\n",
			m.limit, wording.Count(more, "problem", "problems"), wording.Count(hidden, "line of the coverage", "lines of the coverage"), wording.Count(left, "other finding", "other findings")))
	}
	return m.w.Flush() // a bufio.Writer keeps its first error for Flush
}

// add writes lines of the report, and returns false if there is no room for them. It measures what
// it writes, which CI systems do not run: that can be longer.
func (m *markdownReport) add(text string) bool {
	text = inert(text)
	n := m.size(text)
	if n > m.room {
		return false
	}
	m.room -= n
	fmt.Fprint(m.w, text)
	return true
}

// inert makes lines inert for CI systems.
func inert(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = escape.Inert(lines[i])
	}
	return strings.Join(lines, "\n")
}

// markdownHead is the title, the scope and the totals.
func markdownHead(r checks.Result) string {
	var b strings.Builder
	b.WriteString("# EC2 Image Builder lifecycle prerequisites\n\n")
	lines := wording.Scope(r.Inventory)
	if n := len(lines); n > maxMarkdownAccounts {
		lines = []string{fmt.Sprintf("%d owners", n)}
	}
	if !r.Inventory.ReadAt.IsZero() {
		lines = append(lines, wording.ReadAt(r.Inventory.ReadAt))
	}
	for _, line := range lines {
		b.WriteString("- " + markdown(line) + "\n")
	}
	b.WriteString("\n**" + wording.TotalsLine(r.Summary) + "**\n")
	return b.String()
}

// maxMarkdownAccounts and maxMarkdownSteps are how many lines a reader takes in at a glance.
const (
	maxMarkdownAccounts = 20
	maxMarkdownSteps    = 10
)

// markdownTotals is the table of the accounts with problems, the worst first. The others share a row.
func markdownTotals(r checks.Result, count *totals) string {
	if len(count.Accounts) < 2 {
		return ""
	}
	accounts := slices.Clone(count.Accounts)
	slices.SortStableFunc(accounts, func(a, b *accountTotals) int {
		return -cmp.Or(cmp.Compare(a.Fail, b.Fail), cmp.Compare(a.Unknown, b.Unknown), cmp.Compare(a.Warn, b.Warn))
	})
	var b strings.Builder
	columns := wording.WorstFirst(r.Summary)
	b.WriteString("\n| account |")
	for _, c := range columns {
		b.WriteString(" " + markdown(wording.Symbol(c.Word)) + " " + c.Word + " |")
	}
	b.WriteString("\n| --- |" + strings.Repeat(" ---: |", len(columns)) + "\n")
	row := func(name string, s checks.Summary) {
		b.WriteString("| " + name + " |")
		n := map[string]int{}
		for _, t := range wording.Totals(s) {
			n[t.Word] = t.N
		}
		for _, c := range columns {
			number := ""
			if n[c.Word] > 0 {
				number = strconv.Itoa(n[c.Word])
			}
			b.WriteString(" " + number + " |")
		}
		b.WriteString("\n")
	}
	var rest checks.Summary
	others := 0
	for i, a := range accounts {
		if i >= maxMarkdownAccounts || a.Fail+a.Unknown+a.Warn == 0 {
			rest, others = sum(rest, a.Summary), others+1
			continue
		}
		row(markdown(cmp.Or(strings.TrimSpace(a.Account+" "+a.Name), "all accounts")), a.Summary)
	}
	if others > 0 {
		if others < len(accounts) {
			row(wording.Count(others, "other account", "other accounts"), rest)
		} else {
			row(wording.Count(others, "account", "accounts"), rest)
		}
	}
	return b.String()
}

func sum(a, b checks.Summary) checks.Summary {
	return checks.Summary{
		Pass: a.Pass + b.Pass, Warn: a.Warn + b.Warn, Fail: a.Fail + b.Fail,
		Skip: a.Skip + b.Skip, Unknown: a.Unknown + b.Unknown, Suppressed: a.Suppressed + b.Suppressed,
	}
}

// markdownFirst is the list of what to do first.
func markdownFirst(why *causes) string {
	steps := why.firstSteps()
	if len(steps) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("\n## Fix first\n\n")
	for i, t := range steps {
		if i == maxMarkdownSteps {
			fmt.Fprintf(&b, "\n%s.\n", wording.Count(len(steps)-i, "more step", "more steps"))
			break
		}
		fmt.Fprintf(&b, "%d. **%s** in %s: %s", i+1, markdown(t.text()), markdown(t.inAccounts()), t.clears())
		if note := t.note(); note != "" {
			b.WriteString(" (" + note + ")")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// markdownProblem is a problem in two sizes.
type markdownProblem struct{ details, line string }

// markdownLine is a problem on one line.
func markdownLine(f checks.Finding) string {
	return fmt.Sprintf("\n- %s **%s** %s, %s: %s\n", markdown(wording.Symbol(string(f.Status))), f.Status, f.Check.ID, markdown(placeOf(f.Subject)), markdown(f.Short))
}

// placeOf is the account of a subject, its Region and its name.
func placeOf(s account.Subject) string {
	return strings.Join(slices.DeleteFunc([]string{s.Account, s.Region, s.Name}, func(part string) bool { return part == "" }), " ")
}

// markdownRow is a row of the table of the findings that need no action.
func markdownRow(f checks.Finding) string {
	cells := []string{string(f.Status), f.Check.ID, f.Subject.Account, f.Subject.Region, f.Subject.Type + " " + f.Subject.Name, f.Message}
	if f.Suppression != nil {
		cells[5] += "; " + wording.Suppression(*f.Suppression)
	}
	row := markdownCells(cells...)
	if f.Suppressed() {
		row = "| " + wording.Suppressed + " " + strings.TrimPrefix(row, "| ")
	}
	return row
}

// markdownFinding is the section of one problem: message, evidence and fix.
func markdownFinding(f checks.Finding, o Options) string {
	at := o.location(f)
	var b strings.Builder
	fmt.Fprintf(&b, "\n<details><summary>%s <b>%s</b> %s, %s: %s</summary>\n\n**Problem:** %s\n\n", wording.Symbol(string(f.Status)), f.Status, f.Check.ID,
		markdownHTML(placeOf(f.Subject)), markdownHTML(f.Short), markdown(f.Message))
	item := func(text string) { b.WriteString("- " + text + "\n") }
	if at.File != "" {
		if at.Address != "" {
			item("declared at " + markdown(at.String()))
		} else {
			item("named in " + markdown(fmt.Sprintf("%s, line %d", at.File, at.Line)))
		}
	}
	if f.Suppression != nil {
		item(markdown(wording.Suppression(*f.Suppression)))
	}
	for _, e := range f.Evidence {
		item(markdown(wording.Evidence(e)))
	}
	for _, link := range f.Check.Links {
		item("<" + link + ">")
	}
	if proposed := o.remedy(f); proposed != nil {
		b.WriteString(markdownFix(proposed))
	}
	b.WriteString("\n</details>\n")
	return b.String()
}

func markdownFix(proposed *remedy) string {
	var b strings.Builder
	b.WriteString("\n**Fix:** " + markdown(proposed.Summary) + "\n")
	if len(proposed.Cautions) > 0 {
		b.WriteString("\n")
	}
	for _, caution := range proposed.Cautions {
		b.WriteString("- note: " + markdown(caution) + "\n")
	}
	diffs := proposed.diffs
	if proposed.code.Patch != "" {
		diffs = append([]string{proposed.code.Patch}, diffs...)
	}
	for _, diff := range diffs {
		b.WriteString("\n" + codeBlock("diff", strings.Split(strings.TrimSuffix(diff, "\n"), "\n")))
	}
	for _, s := range proposed.code.Snippets {
		b.WriteString("\n" + markdown(s.String()) + "\n")
		if s.Text != "" {
			b.WriteString("\n" + codeBlock("hcl", strings.Split(s.Text, "\n")))
		}
	}
	if len(proposed.commands) > 0 {
		b.WriteString("\n" + codeBlock("sh", proposed.commands))
	}
	return b.String()
}

// markdownHTML escapes text inside an HTML element, where backslashes escape nothing. In <code>,
// GitHub makes no links of addresses and numbers, and mentions nobody.
func markdownHTML(text string) string {
	escaped := html.EscapeString(escape.Printable(text))
	if strings.ContainsAny(text, "@#") || strings.Contains(text, "://") || strings.Contains(strings.ToLower(text), "www.") {
		return "<code>" + escaped + "</code>"
	}
	return escaped
}

// markdownEscapes matches the characters that have a meaning inside a line of GFM, and the
// start of automatic links. Input text never begins a line, so block markers need no escape.
var markdownEscapes = lazyregexp.New("[\\\\`*_{}\\[\\]<>#|~!&@$^]|:(//)|(?i:www)(\\.)")

// markdown escapes text so that GFM renders it literally (section 6.1, "Backslash escapes").
func markdown(text string) string {
	return markdownEscapes().ReplaceAllStringFunc(escape.Printable(text), func(s string) string {
		switch {
		case len(s) == 1:
			return `\` + s
		case s[0] == ':':
			return `\` + s
		}
		return s[:3] + `\` + s[3:]
	})
}

// codeBlock is a fenced code block. The fence is longer than any sequence of backticks in the
// lines, so that no line closes it (section 4.5, "Fenced code blocks").
func codeBlock(language string, lines []string) string {
	fence := "```"
	var b strings.Builder
	for _, line := range lines {
		line = escape.Printable(line)
		for strings.Contains(line, fence) {
			fence += "`"
		}
		b.WriteString(line + "\n")
	}
	return fence + language + "\n" + b.String() + fence + "\n"
}
