// Command iblint checks, without changing anything, whether EC2 Image Builder's
// lifecycle management will be able to deprecate, disable and delete old images.
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	crashes()
	// A reader that goes away is an error of the write, with its exit code, not the end of the process.
	signal.Ignore(syscall.SIGPIPE)
	os.Exit(run(os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}
