// Package report writes the result of a run: one file a format.
package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks"
)

// Options are what a format may adapt to.
type Options struct {
	Color bool // the reader's terminal shows colours
}

// Format writes a result. It is a pure function: the same result gives the same bytes.
type Format func(io.Writer, checks.Result, Options) error

var formats = map[string]Format{
	"json": writeJSON,
	"text": writeText,
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
