package report

import (
	"slices"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/report/fix"
)

// CodeFix is how the user's code makes a fix.
type CodeFix struct {
	Patch    string    `json:"patch,omitempty"`    // a unified diff that git apply accepts
	Snippets []Snippet `json:"snippets,omitempty"` // what no patch can make

	// Undeclared are the indexes of the changes of the fix of which the code declares nothing.
	Undeclared []int `json:"-"`
}

// Snippet is code to add or to change by hand.
type Snippet struct {
	File    string `json:"file,omitempty"` // relative to the working directory, with slashes
	Line    int    `json:"line,omitempty"` // from 1
	Address string `json:"address,omitempty"`
	Note    string `json:"note"` // what to do
	Text    string `json:"text,omitempty"`
}

// String is the place of the snippet and what to do there.
func (s Snippet) String() string {
	if s.File == "" {
		return s.Note
	}
	return Location{File: s.File, Line: s.Line, Address: s.Address}.String() + ": " + s.Note
}

// lines are the snippet as lines of text.
func (s Snippet) lines() []string {
	lines := []string{s.String()}
	for line := range strings.Lines(s.Text) {
		lines = append(lines, "  "+strings.TrimSuffix(line, "\n"))
	}
	return lines
}

// lines are the patch and the snippets as lines of text.
func (c CodeFix) lines() (lines []string) {
	for line := range strings.Lines(c.Patch) {
		lines = append(lines, strings.TrimSuffix(line, "\n"))
	}
	for _, s := range c.Snippets {
		lines = append(lines, s.lines()...)
	}
	return lines
}

// remedy is a fix as reports show it: what code makes of it, and commands for the rest.
type remedy struct {
	*checks.Fix
	code     CodeFix
	commands []string
	diffs    []string // of the documents that commands edit
}

// remedy returns the fix of a finding; nil: there is none.
func (o Options) remedy(f checks.Finding) *remedy {
	proposed := f.Fix()
	if proposed == nil {
		return nil
	}
	r := &remedy{Fix: proposed}
	rest := proposed
	if o.CodeFix != nil {
		if code := o.CodeFix(f); code != nil {
			r.code = *code
			rest = &checks.Fix{Summary: proposed.Summary, Cautions: proposed.Cautions}
			for _, i := range code.Undeclared {
				rest.Changes = append(rest.Changes, proposed.Changes[i])
			}
			if len(rest.Changes) == 0 { // there are no commands
				proposed.Cautions = slices.DeleteFunc(slices.Clone(proposed.Cautions), func(text string) bool { return strings.Contains(text, "The commands ") })
			}
		}
	}
	r.commands, r.diffs = append([]string{}, fix.AWSCLI(rest)...), fix.Diffs(rest) // an empty list in JSON
	return r
}
