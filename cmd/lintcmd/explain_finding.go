package lintcmd

import (
	"errors"
	"io/fs"
	"regexp"

	"github.com/iblint/iblint/internal/source"
	"github.com/iblint/iblint/report"
)

// isFingerprint matches the fingerprint of a finding, or at least its first 8 characters.
var isFingerprint = regexp.MustCompile(`^[0-9a-f]{8,32}$`)

// explainFinding writes the whole of one finding of a JSON report: the file with this name, or if it is
// empty the last report.
func (s invocation) explainFinding(fingerprint, name string, limit source.Limit) error {
	found, err := s.reported(fingerprint, name, limit)
	if err != nil {
		return err
	}
	return found.Write(s.out, s.forPeople())
}

// reported returns the finding of a JSON report that has a fingerprint: of the file with this name, or if
// it is empty of the last report.
func (s invocation) reported(fingerprint, name string, limit source.Limit) (f report.ReportedFinding, err error) {
	last := name == ""
	if last {
		if name, err = lastReport(); err != nil {
			return f, usage("there is no last report: %w; name one: --report FILE", err)
		}
	}
	data, err := s.inputs.ReadFile(name, s.in, limit.Large())
	switch {
	case last && errors.Is(err, fs.ErrNotExist):
		return f, usage("there is no last report: iblint check writes it when it shows a text report on a terminal; name a JSON report: --report FILE")
	case err != nil:
		return f, err
	}
	found, err := report.FindFinding(data, fingerprint)
	switch {
	case err != nil:
		return f, source.DecodeError(name, "a JSON report by iblint check", data, err)
	case len(found) == 0 && last:
		return f, usage("finding %s is not a problem of the last report; name another JSON report: --report FILE", fingerprint)
	case len(found) == 0:
		return f, usage("%s: it has no finding %s", name, fingerprint)
	case len(found) > 1:
		return f, usage("%d findings of the report begin with %s; give more characters", len(found), fingerprint)
	}
	return found[0], nil
}
