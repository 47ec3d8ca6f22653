package lintcmd

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/iblint/iblint/report"
)

// A report that could not be written completely is an error in every format: the output file
// does not exist, one line reports the error, and the exit code shows it.
func TestNoHalfReport(t *testing.T) {
	check := func(out *os.File, more ...string) (code int, stderr string) {
		var errs bytes.Buffer
		code = Run(append([]string{"check", "--demo", "--fail-on", "never", "--allow-unknown"}, more...), strings.NewReader(""), out, &errs)
		return code, errs.String()
	}
	for _, format := range report.Names() {
		t.Run(format, func(t *testing.T) {
			t.Setenv("GITHUB_STEP_SUMMARY", "")
			whole := filepath.Join(t.TempDir(), "report")
			if code, errs := check(nil, "--format", format, "--output", whole); code != exitOK || errs != "" {
				t.Fatalf("exit code %d: %s", code, errs)
			}
			if info, err := os.Stat(whole); err != nil || info.Size() == 0 {
				t.Fatalf("nothing was written: %v", err)
			}

			if code, errs := check(nil, "--format", format, "--output", "/dev/full"); code != exitUndecided || !strings.Contains(errs, "no space left on device") {
				t.Errorf("a full disk: exit code %d: %s", code, errs)
			}

			reader, writer, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer writer.Close()
			reader.Close()
			if code, errs := check(writer, "--format", format); code != exitOK || errs != "" {
				t.Errorf("the reader of standard output wants no more: exit code %d: %s", code, errs)
			}
		})
	}
}
