package lintcmd

import (
	"math"
	"os"
	"runtime/debug"
)

// collectOften collects garbage for many accounts or large files. Half of Go's default keeps a thousand accounts
// below 200 MiB. It costs processor time, which is free while a run waits for the network.
func collectOften() { collect(50, math.MaxInt64) }

// collectRarely collects garbage for a few accounts or small files: the run ends before it pays off. Those that
// need more memory than usual, such as thousands of roles that fail, stay at about 200 MiB.
func collectRarely() { collect(800, 168<<20) }

// ownProcess says that Main was called. A process that calls Run may hold more than one run.
var ownProcess bool

// collect sets when garbage is collected, unless the user did: by the growth of the memory in percent, and by
// its bytes.
func collect(percent int, most int64) {
	if ownProcess && os.Getenv("GOGC")+os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(most)
	}
}
