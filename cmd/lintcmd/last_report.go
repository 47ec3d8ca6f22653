package lintcmd

import (
	"os"
	"path/filepath"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/report"
)

// lastReport is the file with the problems of the last report that was shown on a terminal, in the
// user's cache directory.
func lastReport() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "iblint", "last-report.json"), nil
}

// keepLastReport writes the problems of a result for iblint explain. Only the user can read the file.
// It is a convenience: if it cannot be written, explain says that there is none. A run that reads the
// file leaves it as it is.
func (s invocation) keepLastReport(r checks.Result, o report.Options) {
	name, err := lastReport()
	if err != nil {
		return
	}
	if info, err := os.Stat(name); err == nil && s.inputs.Name(info) != "" {
		return
	}
	if os.MkdirAll(filepath.Dir(name), 0o700) != nil {
		return
	}
	f, err := os.CreateTemp(filepath.Dir(name), "last-report-*") // with mode 0600
	if err != nil {
		return
	}
	defer func() { _ = os.Remove(f.Name()) }() // it is gone after the renaming
	err = report.WriteProblems(f, r, o)
	if closed := f.Close(); err == nil && closed == nil {
		_ = os.Rename(f.Name(), name)
	}
}
