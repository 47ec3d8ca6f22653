package lintcmd

import (
	"errors"
	"syscall"
)

// isClosedPipe reports whether the reader of standard output, such as head, wanted no more. That is
// its decision and no error: the run ends with the exit code of what it found.
func isClosedPipe(err error) bool { return errors.Is(err, syscall.EPIPE) }
