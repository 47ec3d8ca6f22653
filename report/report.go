// Package report writes the result of a run: one file a format.
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

// count is how many findings have a verdict.
type count struct {
	Word string // a checks.Status, or suppressed
	N    int
}

// counts are the totals as all formats tell them, in their order.
func counts(s checks.Summary) []count {
	return []count{
		{string(checks.Pass), s.Pass}, {string(checks.Warn), s.Warn}, {string(checks.Fail), s.Fail},
		{string(checks.Skip), s.Skip}, {string(checks.Unknown), s.Unknown}, {suppressedWord, s.Suppressed},
	}
}

// shown are the totals as people are told them: of what is suppressed only where
// there is some.
func shown(s checks.Summary) []count {
	return slices.DeleteFunc(counts(s), func(c count) bool { return c.Word == suppressedWord && c.N == 0 })
}

// instant is a time as people are told it.
func instant(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// suppression tells a suppression of a finding in one sentence.
func suppression(s checks.Suppression) string {
	if s.Expired {
		return fmt.Sprintf("was suppressed until %s, which is over, for %s: %s", s.Expires, s.Owner, s.Reason)
	}
	return fmt.Sprintf("suppressed until %s, for %s: %s", s.Expires, s.Owner, s.Reason)
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
	return nil, fmt.Errorf("unknown format %q; there are %s", name, strings.Join(Names(), ", "))
}
