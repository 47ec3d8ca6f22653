package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
	"github.com/mattn/go-runewidth"

	"github.com/iblint/iblint/internal/testrun"
)

// onTerminal runs iblint on a terminal with this many columns and returns what it prints.
func onTerminal(t *testing.T, home string, columns uint16, args ...string) string {
	t.Helper()
	c := exec.Command(os.Args[0], args...)
	c.Args[0] = "iblint" // see TestMain
	// With -cover, the program would warn on the terminal that it does not know where to write what it covered.
	c.Env = []string{"HOME=" + home, "TERM=xterm-256color", "AWS_EC2_METADATA_DISABLED=true", "PATH=" + os.Getenv("PATH"), "GOCOVERDIR=" + home}
	terminal, err := pty.StartWithSize(c, &pty.Winsize{Rows: 50, Cols: columns})
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	var b bytes.Buffer
	if _, err := io.Copy(&b, terminal); err != nil && !errors.Is(err, syscall.EIO) { // EIO: the program ended
		t.Fatal(err)
	}
	_ = c.Wait() // its exit code is 1: the demo has failures
	return strings.ReplaceAll(b.String(), "\r\n", "\n")
}

var colorSequence = regexp.MustCompile("\x1b\\[[0-9;]*m")

func TestTerminal(t *testing.T) {
	testrun.Long(t)
	home := t.TempDir()
	for _, columns := range []uint16{80, 120} {
		got := onTerminal(t, home, columns, "check", "--demo")
		plain := colorSequence.ReplaceAllString(got, "")
		if got == plain {
			t.Error("a terminal gets no colors")
		}
		if strings.Contains(got, "\x1b[34m") {
			t.Error("plain blue cannot be read on black")
		}
		if rest := regexp.MustCompile(`[\x00-\x09\x0b-\x1f\x7f]`).FindString(plain); rest != "" {
			t.Errorf("control character %q", rest)
		}
		all := strings.Split(strings.TrimSpace(plain), "\n")
		for _, line := range all {
			if n := runewidth.StringWidth(line); n > int(columns) {
				t.Errorf("%d columns: a line takes %d: %q", columns, n, line)
			}
		}
		if len(all) > 60 {
			t.Errorf("%d columns: the demo takes %d lines", columns, len(all))
		}
		if last := all[len(all)-3]; !strings.Contains(last, "✗ 7 failed") || !strings.Contains(last, "exit code 1") {
			t.Errorf("%d columns: the totals and the exit code are not at the end: %q", columns, last)
		}
		if never := onTerminal(t, home, columns, "check", "--demo", "--color", "never"); never != plain {
			t.Error("--color never is not the same without colors")
		}
	}
	// A terminal that does not say its width has 80 columns, and no text has less than 40.
	for columns, as := range map[uint16]uint16{0: 80, 20: 40} {
		if onTerminal(t, home, columns, "check", "--demo") != onTerminal(t, home, as, "check", "--demo") {
			t.Errorf("the text for %d columns is not that for %d", columns, as)
		}
	}
	// The report that a terminal showed last has the findings that explain takes.
	details := onTerminal(t, home, 120, "check", "--demo", "-v", "--color", "never")
	id := regexp.MustCompile(`finding ([0-9a-f]{32})`).FindStringSubmatch(details)
	if id == nil {
		t.Fatalf("no finding is named:\n%s", details)
	}
	if got := onTerminal(t, home, 120, "explain", id[1][:8], "--color", "never"); !strings.Contains(got, "finding "+id[1]) || !strings.Contains(got, "evidence: ") {
		t.Errorf("explain %s:\n%s", id[1][:8], got)
	}
	last := filepath.Join(home, ".cache", "iblint", "last-report.json")
	if info, err := os.Stat(last); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others can read the last report: %v, %v", info, err)
	}
}
