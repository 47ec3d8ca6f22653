package lintcmd

import "runtime/debug"

// exitByAbortOnCrash lets a crash of the Go runtime, such as running out of memory, end the
// process by SIGABRT. By default it exits with 2, which here is a fault of the input.
func exitByAbortOnCrash() {
	debug.SetTraceback("crash")
	withoutCoreDump()
}
