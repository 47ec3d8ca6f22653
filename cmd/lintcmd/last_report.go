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
	f, err := s.createFile(name, 0o600)
	if err != nil {
		return
	}
	defer f.discard()
	if report.WriteProblems(f, r, o) == nil {
		_ = f.commit()
	}
}
