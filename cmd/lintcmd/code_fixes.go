package lintcmd

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/symbol"
	"github.com/iblint/iblint/internal/edit"
	"github.com/iblint/iblint/report"
)

// editor finds the edits of code that make changes.
type editor interface {
	// Propose returns the edits, and the indexes of the changes of what the code does not declare.
	Propose([]checks.Change) (p edit.Proposal, undeclared []int)
	// File is a file of the code as it is, under the name that patches give it.
	File(file, name string) *edit.File
}

// codeFixes finds out how the code of a run makes fixes. It evaluates the code again, the first
// time that a fix is needed.
type codeFixes struct {
	code    *codeFlags
	editors []editor
	files   map[string]*edit.File // as they are, by name
}

// codeFix is how code makes a fix.
type codeFix struct {
	edit.Proposal
	undeclared []int // indexes of the changes of what no code declares
}

// of returns how the code makes the fix of a finding; nil: there is no fix, or the code declares
// nothing that the fix changes.
func (c *codeFixes) of(f checks.Finding) *codeFix {
	proposed := f.OriginalFix()
	if proposed == nil || !c.code.any() || c.load() != nil {
		return nil
	}
	out := codeFix{undeclared: indexes(proposed.Changes)}
	for _, e := range c.editors {
		changes := make([]checks.Change, 0, len(out.undeclared))
		for _, i := range out.undeclared {
			changes = append(changes, proposed.Changes[i])
		}
		p, rest := e.Propose(changes)
		for i, one := range rest {
			rest[i] = out.undeclared[one]
		}
		out.undeclared = rest
		for i := range p.Edits {
			p.Edits[i].File = c.name(e, p.Edits[i].File)
		}
		for i := range p.Snippets {
			one := &p.Snippets[i]
			one.File = shortName(one.File)
			one.Note, one.Text = symbol.Text(one.Note), symbol.Text(one.Text) // a person completes it
		}
		out.Edits, out.Snippets = append(out.Edits, p.Edits...), append(out.Snippets, p.Snippets...)
	}
	if len(out.undeclared) == len(proposed.Changes) {
		return nil
	}
	return &out
}

func indexes(changes []checks.Change) []int {
	all := make([]int, len(changes))
	for i := range all {
		all[i] = i
	}
	return all
}

// load evaluates the code.
func (c *codeFixes) load() error {
	if c.files != nil {
		return nil
	}
	c.files = map[string]*edit.File{}
	for _, code := range c.code.code {
		e, err := code.Editor()
		if err != nil {
			return err
		}
		c.editors = append(c.editors, e)
	}
	if len(c.code.templates) > 0 {
		e, err := c.code.deployed.Editor()
		if err != nil {
			return err
		}
		c.editors = append(c.editors, e)
	}
	return nil
}

// name is the name of a file in patches, which is the same for each way to write it.
func (c *codeFixes) name(e editor, file string) string {
	name := shortName(file)
	if _, read := c.files[name]; !read {
		c.files[name] = e.File(file, name)
	}
	return name
}

// shortName is the name of a file relative to the working directory, without symbolic links, which
// git does not follow. A file elsewhere keeps its name.
func shortName(file string) string {
	if file == "" {
		return ""
	}
	directory, err := os.Getwd()
	if err == nil {
		directory, err = filepath.EvalSymlinks(directory)
	}
	real, err2 := filepath.EvalSymlinks(file)
	if err == nil && err2 == nil {
		if real, err = filepath.Abs(real); err == nil {
			if name, err := filepath.Rel(directory, real); err == nil && filepath.IsLocal(name) {
				return filepath.ToSlash(name)
			}
		}
	}
	return filepath.ToSlash(filepath.Clean(file))
}

// patch is the edits of files as one patch.
func (c *codeFixes) patch(edits []edit.Edit) (string, error) {
	var b strings.Builder
	for _, name := range filesOf(edits) {
		diff, err := c.files[name].Diff(edits)
		if err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
		b.WriteString(diff)
	}
	return b.String(), nil
}

// reported is how reports show the fix of a finding.
func (c *codeFixes) reported(f checks.Finding) *report.CodeFix {
	made := c.of(f)
	if made == nil {
		return nil
	}
	patch, err := c.patch(made.Edits)
	if err != nil { // not reached: the edits do not overlap
		return nil
	}
	out := &report.CodeFix{Patch: patch, Undeclared: made.undeclared}
	for _, s := range made.Snippets {
		out.Snippets = append(out.Snippets, report.Snippet(s))
	}
	return out
}
