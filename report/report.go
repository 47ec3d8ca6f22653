// Package report writes the result of a run in several formats, one file for each format.
package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/report/escape"
)

// Options are the settings of a report. The zero value is valid.
type Options struct {
	Color  bool      // whether the output supports ANSI colors
	Now    time.Time // when the report is written, for the formats that require a time
	Locate Locate    // nil: no file names the subjects
}

// Locate finds the line of the user's files that names a subject. It returns the zero Location
// if no line does.
type Locate func(account.Subject) Location

// Location is a line of a file.
type Location struct {
	File string // relative to the working directory, with slashes
	Line int    // from 1
}

// location is the location that names a subject, or the zero Location.
func (o Options) location(s account.Subject) Location {
	if o.Locate == nil {
		return Location{}
	}
	return o.Locate(s)
}

// Format writes a result. It is a pure function: the same result and options give the same
// bytes. Its errors are those of the writer.
type Format func(io.Writer, checks.Result, Options) error

var formats = map[string]Format{
	"csv":      guarded(writeCSV),
	"github":   writeGitHub, // a guard would disable its commands; it escapes with Printable instead
	"html":     guarded(writeHTML),
	"json":     writeJSON, // the writers of JSON call escape.JSON instead
	"junit":    guarded(writeJUnit),
	"markdown": guarded(writeMarkdown),
	"ndjson":   writeNDJSON,
	"ocsf":     writeOCSF,
	"sarif":    writeSARIF,
	"text":     guarded(writeText),
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
