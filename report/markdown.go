package report

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/report/escape"
	"github.com/iblint/iblint/report/wording"
)

// writeMarkdown writes the report in GitHub Flavored Markdown (github.github.com/gfm): the
// totals, the problems with their fixes, and a table of all findings.
func writeMarkdown(out io.Writer, r checks.Result, o Options) error {
	w := bufio.NewWriter(out)
	fmt.Fprint(w, markdownHead(r))
	heading := "\n## Problems\n"
	for f := range r.Findings() {
		if isProblem(f) {
			fmt.Fprint(w, heading+markdownFinding(f, o))
			heading = ""
		}
	}
	heading = "\n## All findings\n\n| verdict | check | account | Region | subject | message |\n| --- | --- | --- | --- | --- | --- |\n"
	for f := range r.Findings() {
		cells := []string{string(f.Status), f.Check.ID, f.Subject.Account, f.Subject.Region, f.Subject.Type + " " + f.Subject.Name, f.Message}
		if f.Suppression != nil {
			cells[5] += "; " + wording.Suppression(*f.Suppression)
		}
		for i := range cells {
			cells[i] = markdown(cells[i])
		}
		if f.Suppressed() {
			cells[0] = wording.Suppressed + " " + cells[0]
		}
		fmt.Fprint(w, heading+"| "+strings.Join(cells, " | ")+" |\n")
		heading = ""
	}
	return w.Flush() // a bufio.Writer keeps its first error for Flush
}

// markdownHead is the title, the scope and the totals.
func markdownHead(r checks.Result) string {
	var b strings.Builder
	b.WriteString("# EC2 Image Builder lifecycle prerequisites\n\n")
	lines := wording.Scope(r.Inventory)
	if !r.Inventory.ReadAt.IsZero() {
		lines = append(lines, wording.ReadAt(r.Inventory.ReadAt))
	}
	for _, line := range lines {
		b.WriteString("- " + markdown(line) + "\n")
	}
	b.WriteString("\n**" + wording.TotalsLine(r.Summary) + "**\n")
	return b.String()
}

// markdownFinding is the section of one problem: message, evidence and fix.
func markdownFinding(f checks.Finding, o Options) string {
	at := o.location(f)
	var b strings.Builder
	where := "account " + f.Subject.Account
	if f.Subject.Region != "" {
		where += ", " + f.Subject.Region
	}
	fmt.Fprintf(&b, "\n### %s: %s, %s\n\n**Problem:** %s\n\n", f.Status, f.Check.ID, markdown(where), markdown(f.Message))
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
	proposed := o.remedy(f)
	if proposed == nil {
		return b.String()
	}
	b.WriteString("\n**Fix:** " + markdown(proposed.Summary) + "\n")
	if len(proposed.Cautions) > 0 {
		b.WriteString("\n")
	}
	for _, caution := range proposed.Cautions {
		item("note: " + markdown(caution))
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

// markdownEscapes matches the characters that have a meaning inside a line of GFM, and the
// start of automatic links. Input text never begins a line, so block markers need no escape.
var markdownEscapes = regexp.MustCompile("[\\\\`*_{}\\[\\]<>#|~!&@$^]|:(//)|(?i:www)(\\.)")

// markdown escapes text so that GFM renders it literally (section 6.1, "Backslash escapes").
func markdown(text string) string {
	return markdownEscapes.ReplaceAllStringFunc(escape.Printable(text), func(s string) string {
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
