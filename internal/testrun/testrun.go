// Package testrun is about how the tests of all packages are run.
package testrun

import (
	"flag"
	"runtime/debug"
	"testing"
)

// Tests allocate much and keep little. With less frequent garbage collection they take
// a fifth less processor time.
func init() { debug.SetGCPercent(400) }

// Update is the flag -update. It writes golden files and the expected outputs of
// scripts anew.
var Update = flag.Bool("update", false, "write golden files and expected outputs anew; read the difference before you commit it")

// Thin says how much of a long list of cases a test tries: each Thin-th case. That is
// every case, but fewer with -short, and fewer under the race detector, which takes ten
// times as long. No test is left out as a whole.
func Thin() int {
	switch {
	case testing.Short():
		return 25
	case race:
		return 8
	}
	return 1
}
