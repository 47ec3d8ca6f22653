// Package report writes the result of a run: one file a format.
package report

import (
	"errors"
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

// Options are what a format may adapt to.
type Options struct {
	Color bool      // the reader's terminal shows colours
	Now   time.Time // when the report is written, for formats that must say when
	Where Where     // nil: nothing names the subjects
}

// Where tells the place in a file of the user's that names a subject.
type Where func(account.Subject) Place

// Place is a line of a file.
type Place struct {
	File string // relative to the working directory, with slashes
	Line int    // from 1
}

// place is where a subject is named; without a file where nothing names it.
func (o Options) place(s account.Subject) Place {
	if o.Where == nil {
		return Place{}
	}
	return o.Where(s)
}

// Format writes a result. It is a pure function: the same result gives the same bytes.
type Format func(io.Writer, checks.Result, Options) error

var formats = map[string]Format{
	"csv":      guarded(writeCSV),
	"github":   writeGitHub, // each line is a command of its own, and holds what Printable leaves
	"html":     guarded(writeHTML),
	"json":     writeJSON, // what writes JSON calls InertJSON itself
	"junit":    guarded(writeJUnit),
	"markdown": guarded(writeMarkdown),
	"ndjson":   writeNDJSON,
	"ocsf":     writeOCSF,
	"sarif":    writeSARIF,
	"text":     guarded(writeText),
}

// Names are the names of all formats, in alphabetical order.
func Names() []string { return slices.Sorted(maps.Keys(formats)) }

// Lookup finds a format by its name; the error lists those that exist.
func Lookup(name string) (Format, error) {
	if f, ok := formats[name]; ok {
		return f, nil
	}
	return nil, fmt.Errorf("unknown format %q: expected one of %s", name, strings.Join(Names(), ", "))
}

// guarded is a format of text behind a guard. Scripts, templates and JSON have none: each
// has escapes of its own, which keep what it means.
func guarded(write Format) Format {
	return func(out io.Writer, r checks.Result, o Options) error {
		return behindGuard(out, func(out io.Writer) error { return write(out, r, o) })
	}
}

func behindGuard(out io.Writer, write func(io.Writer) error) error {
	g := escape.NewGuard(out, escape.Inert)
	return errors.Join(write(g), g.Flush())
}
