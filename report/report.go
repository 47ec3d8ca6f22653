// Package report writes the result of a run in several formats, one file for each format.
package report

import (
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/report/escape"
)

// Options are the settings of a report. The zero value is valid.
type Options struct {
	TextOptions

	Color  bool      // whether the output supports ANSI colors
	Now    time.Time // when the report is written, for the formats that require a time
	Locate Locate    // nil: no file names the subjects
	Anchor Location  // where services that show a repository put what is about other files; zero: nowhere

	// CodeFix returns how the user's code makes the fix of a finding; nil: the code declares
	// nothing that the fix changes. A nil function: there is no code.
	CodeFix func(checks.Finding) *CodeFix

	// Source returns the lines of a file of the user's code, by its name in a Location; nil: they are
	// not known. A nil function: there is no code.
	Source func(file string) []string
}

// Locate finds the line of the user's files that a finding is about: where code declares its
// subject, or where a file names it. It returns the zero Location if no line does.
type Locate func(check string, s account.Subject) Location

// Location is a place in a file.
type Location struct {
	File    string `json:"file"` // relative to the working directory, with slashes
	Line    int    `json:"line"` // from 1
	Column  int    `json:"column,omitempty"`
	Address string `json:"address,omitempty"` // as the code's language names what is declared there; empty: the file is no code
}

// String is the place as compilers write it, with the address.
func (l Location) String() string {
	text := fmt.Sprintf("%s:%d", l.File, l.Line)
	if l.Column > 0 {
		text += fmt.Sprintf(":%d", l.Column)
	}
	if l.Address != "" {
		text += " (" + l.Address + ")"
	}
	return text
}

// location is the location of a finding, or the zero Location.
func (o Options) location(f checks.Finding) Location {
	if o.Locate == nil {
		return Location{}
	}
	return o.Locate(f.Check.ID, f.Subject)
}

// inRepository is the location of a finding for a service that shows the repository: it has no files
// outside the working directory.
func (o Options) inRepository(f checks.Finding) Location {
	if at := o.location(f); at.File == "" || filepath.IsLocal(filepath.FromSlash(at.File)) {
		return at
	}
	return o.Anchor
}

// declaredAt is where code declares what a finding is about; nil if no code does.
func (o Options) declaredAt(f checks.Finding) *Location {
	if at := o.location(f); at.Address != "" {
		return &at
	}
	return nil
}

// Format writes a result. It is a pure function: the same result and options give the same
// bytes. Its errors are those of the writer.
type Format func(io.Writer, checks.Result, Options) error

var formats = map[string]Format{
	"codequality": writeCodeQuality,
	"csv":         guarded(writeCSV),
	"github":      writeGitHub, // a guard would disable its commands; it escapes with Printable instead
	"html":        guarded(writeHTML),
	"json":        writeJSON, // the writers of JSON call escape.JSON instead
	"junit":       guarded(writeJUnit),
	"markdown":    writeMarkdown, // it makes its lines inert itself, because it measures them
	"ndjson":      writeNDJSON,
	"ocsf":        writeOCSF,
	"sarif":       writeSARIF,
	"text":        guarded(writeText),
}

// Names returns the names of all formats in alphabetical order.
func Names() []string { return slices.Sorted(maps.Keys(formats)) }

// Lookup returns the format with a name. The error for an unknown name lists all formats.
func Lookup(name string) (Format, error) {
	if f, ok := formats[name]; ok {
		return f, nil
	}
	return nil, fmt.Errorf("unknown format %q: expected one of %s", name, strings.Join(Names(), ", "))
}

// guarded makes the lines of a text format inert for CI systems. Scripts, templates and JSON
// use the escapes of their own syntax instead, which keep the meaning.
func guarded(write Format) Format {
	return func(out io.Writer, r checks.Result, o Options) error {
		return behindGuard(out, func(out io.Writer) error { return write(out, r, o) })
	}
}

func behindGuard(out io.Writer, write func(io.Writer) error) error {
	g := escape.NewGuard(out, escape.Inert)
	if err := write(g); err != nil {
		return err
	}
	return g.Flush()
}

// isProblem reports whether a finding needs action: it failed, warns or is unknown, and is
// not suppressed.
func isProblem(f checks.Finding) bool {
	return !f.Suppressed() && f.Status != checks.Pass && f.Status != checks.Skip
}
