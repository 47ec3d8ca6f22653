package lintcmd

import (
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/internal/edit"
	"github.com/iblint/iblint/report"
	"github.com/iblint/iblint/report/escape"
)

// filesOf are the names of the files that edits change, in order.
func filesOf(edits []edit.Edit) []string {
	names := map[string]bool{}
	for _, e := range edits {
		names[e.File] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// codePatch is one patch for all findings of a result, and what it does not contain.
type codePatch struct {
	fixes *codeFixes
	edits []edit.Edit
	notes []patchNote

	// unchecked says that files that are checked as a whole are checked with all fixes only.
	unchecked bool
}

// patchNote is what a person has to do, for standard error.
type patchNote struct {
	findings []string
	text     string
}

// patchOf collects the fixes of failures, and with warnings also those of warnings, as far as they
// fit together: the first one wins.
func (c *codeFixes) patchOf(r checks.Result, warnings bool) (*codePatch, error) {
	if err := c.load(); err != nil {
		return nil, err
	}
	p := &codePatch{fixes: c, unchecked: true}
	p.addAll(r, warnings)
	for _, name := range filesOf(p.edits) {
		if file := c.files[name]; file.Check != nil && !file.Valid(p.edits, nil) {
			p = &codePatch{fixes: c}
			p.addAll(r, warnings)
			break
		}
	}
	return p, nil
}

func (p *codePatch) addAll(r checks.Result, warnings bool) {
	for f := range r.Findings() {
		if !f.Suppressed() && (f.Status == checks.Fail || f.Status == checks.Warn && warnings) {
			p.add(f)
		}
	}
}

// add adds the fix of a finding.
func (p *codePatch) add(f checks.Finding) {
	proposed := f.Fix()
	if proposed == nil || len(proposed.Changes) == 0 {
		p.note(f, "iblint knows no fix for this: "+f.Message)
		return
	}
	made := p.fixes.of(f)
	if made == nil {
		p.note(f, "the code does not declare what has to change in "+accountsOf(proposed)+": "+proposed.Summary)
		return
	}
	switch why := p.refused(made.Edits); {
	case why != "":
		p.note(f, why)
	default:
		for _, e := range made.Edits {
			if !slices.Contains(p.edits, e) {
				p.edits = append(p.edits, e)
			}
		}
	}
	for _, s := range made.Snippets {
		p.note(f, strings.TrimSuffix(report.Snippet(s).String()+"\n"+s.Text, "\n"))
	}
	for _, i := range made.undeclared {
		c := proposed.Changes[i]
		p.note(f, fmt.Sprintf("the code does not declare what this changes in account %s: %s; see iblint check for the commands", c.Account, c.Action))
	}
}

// accountsOf names the accounts that a fix changes.
func accountsOf(f *checks.Fix) string {
	var ids []string
	for _, c := range f.Changes {
		id := "account " + c.Account
		if c.Account == "" {
			id = "the management account"
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return strings.Join(ids, " and ")
}

// refused is why edits cannot be added to the patch; empty: they can.
func (p *codePatch) refused(edits []edit.Edit) string {
	if len(edits) == 0 {
		return ""
	}
	for _, name := range filesOf(edits) {
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return name + " is outside of the working directory, so no patch can name it; run iblint in a directory that holds it"
		}
	}
	if edit.Conflicts(edits, p.edits) {
		return "another fix edits the same lines of " + strings.Join(filesOf(edits), ", ") + "; apply the patch, then run iblint again"
	}
	for _, name := range filesOf(edits) {
		file := p.fixes.files[name]
		if checked := file.Check == nil || !p.unchecked; checked && !file.Valid(edits, p.edits) {
			return "this fix and another one of " + name + " do not fit together; apply the patch, then run iblint again"
		}
		for line := range strings.Lines(file.Around(edits)) {
			line = strings.TrimRight(line, "\r\n")
			line = strings.TrimPrefix(line, "\uFEFF") // the first line may begin with a byte order mark
			if text := strings.ReplaceAll(line, "\t", " "); escape.Inert(escape.Visible(text)) != text {
				return name + " has characters or commands of CI systems in or near the lines to change, which iblint does not print; change it by hand"
			}
		}
	}
	return ""
}

func (p *codePatch) note(f checks.Finding, text string) {
	finding := f.Check.ID + " of " + strings.TrimSpace(f.Subject.Type+" "+f.Subject.Name)
	i := slices.IndexFunc(p.notes, func(n patchNote) bool { return n.text == text })
	if i < 0 {
		i, p.notes = len(p.notes), append(p.notes, patchNote{text: text})
	}
	if n := &p.notes[i]; !slices.Contains(n.findings, finding) {
		n.findings = append(n.findings, finding)
	}
}

// writeNotes writes what is not in the patch.
func (p *codePatch) writeNotes(out io.Writer) {
	for _, note := range p.notes {
		first, rest, _ := strings.Cut(note.text, "\n")
		fmt.Fprintln(out, "iblint: not in the patch: "+escape.Printable(strings.Join(note.findings, ", ")+": "+first))
		for line := range strings.Lines(rest) {
			fmt.Fprintln(out, "    "+escape.Printable(strings.TrimRight(line, "\r\n")))
		}
	}
}

// text is the patch.
func (p *codePatch) text() (string, error) { return p.fixes.patch(p.edits) }
