// Package testrun configures the tests of all packages: their flags, their garbage
// collection and the number of cases.
package testrun

import (
	"flag"
	"runtime/debug"
	"testing"
)

// Tests allocate much memory and keep little of it. Less frequent garbage collection
// saves a fifth of their processor time.
func init() { debug.SetGCPercent(400) }

// Update is the flag -update. Tests then write golden files and the expected outputs of
// scripts.
var Update = flag.Bool("update", false, "write golden files and expected outputs; review the difference before you commit it")

// Thin returns n such that a test with many cases runs every n-th case. It is 1, or more
// with -short and under the race detector, which takes ten times as long. No test is
// skipped completely.
func Thin() int {
	switch {
	case testing.Short():
		return 25
	case race:
		return 8
	}
	return 1
}
