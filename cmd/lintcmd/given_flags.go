package lintcmd

import (
	"strings"

	"github.com/spf13/pflag"
)

// words are flags and arguments of the command line that an error names.
type words []string

// givenOf are those of the flags with these names that the user gave.
func givenOf(flags *pflag.FlagSet, names ...string) (given words) {
	for _, name := range names {
		if f := flags.Lookup(name); f != nil && f.Changed && (f.Value.Type() != "bool" || f.Value.String() == "true") {
			given = append(given, "--"+name)
		}
	}
	return given
}

// String lists the words: a, b and c.
func (w words) String() string {
	if last := len(w) - 1; last > 0 {
		return strings.Join(w[:last], ", ") + " and " + w[last]
	}
	return strings.Join(w, "")
}

// with is the beginning of a sentence: the words, and the verb in the number that fits.
func (w words) with(singular, plural string) string {
	if len(w) == 1 {
		return w[0] + " " + singular
	}
	return w.String() + " " + plural
}
