package lintcmd

import "runtime/debug"

// exitByAbortOnCrash makes a crash of the Go runtime, such as running out of memory, end the
// process with SIGABRT. The default is exit code 2, which iblint uses for wrong input.
func exitByAbortOnCrash() {
	debug.SetTraceback("crash")
	withoutCoreDump()
}
