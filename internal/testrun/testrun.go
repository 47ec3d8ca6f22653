// Package testrun configures the tests of all packages: their flags, their garbage
// collection and the number of cases.
package testrun

import (
	"cmp"
	"flag"
	"maps"
	"os"
	"runtime/debug"
	"slices"
	"testing"
)

// Tests allocate much memory and keep little of it. Less frequent garbage collection
// saves a fifth of their processor time.
func init() { debug.SetGCPercent(400) }

// Update is the flag -update. Tests then write golden files and the expected outputs of
// scripts.
var Update = flag.Bool("update", false, "write golden files and expected outputs; review the difference before you commit it")

// Thin returns n such that a test with many cases runs every n-th case. It is 1 if the
// environment variable IBLINT_ALL_CASES is set, as by .ci/measure. Otherwise it is a prime
// number, because the parts of a recording repeat: every n-th is another part each time.
func Thin() int {
	switch {
	case testing.Short():
		return 53
	case os.Getenv("IBLINT_ALL_CASES") != "":
		return 1
	}
	return 11
}

// Some is the cases that a test runs, of all it has: every tenth with -short, and otherwise
// all of them.
func Some[C any](cases []C) []C {
	if !testing.Short() {
		return cases
	}
	var some []C
	for i := 1 % max(len(cases), 1); i < len(cases); i += 10 {
		some = append(some, cases[i])
	}
	return some
}

// SomeOf is Some of the cases of a map.
func SomeOf[K cmp.Ordered, C any](cases map[K]C) map[K]C {
	some := map[K]C{}
	for _, name := range Some(slices.Sorted(maps.Keys(cases))) {
		some[name] = cases[name]
	}
	return some
}

// Long marks a test that takes more than half a second of processor time, or that builds a
// program or waits for one. -short skips it.
func Long(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes long, and -short is set")
	}
}
