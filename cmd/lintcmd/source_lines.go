package lintcmd

import (
	"os"
	"strings"

	"github.com/iblint/iblint/internal/source"
)

// sourceLines are the lines of the files in which code declares something, for the reports that
// quote it.
type sourceLines struct {
	inputs *source.Inputs
	limit  source.Limit
	files  map[string][]string
}

// of returns the lines of a file. It returns nil for a file that is too large or that cannot be read
// a second time: a report without the quotation is complete.
func (s *sourceLines) of(file string) []string {
	lines, read := s.files[file]
	if read {
		return lines
	}
	if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
		if data, err := s.inputs.ReadFile(file, nil, s.limit); err == nil {
			lines = strings.Split(string(data), "\n")
		}
	}
	s.files[file] = lines
	return lines
}
