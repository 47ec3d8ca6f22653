package lintcmd

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
)

func init() {
	if os.Getenv("IBLINT_TEST_CRASH") != "" {
		exitByAbortOnCrash()
		panic("as the Go runtime does when memory runs out")
	}
}

// A crash of the Go runtime does not exit with the code for wrong input.
func TestCrashIsNotExitCode2(t *testing.T) {
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "IBLINT_TEST_CRASH=1")
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() == exitUsage || !strings.Contains(string(out), "panic: as the Go runtime does") {
		t.Errorf("%v\n%s", err, out)
	}
}
