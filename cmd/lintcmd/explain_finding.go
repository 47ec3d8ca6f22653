package lintcmd

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/iblint/iblint/internal/lazyregexp"
	"github.com/iblint/iblint/internal/source"
	"github.com/iblint/iblint/report"
)

// isFingerprint matches the fingerprint of a finding, or at least its first 8 characters.
var isFingerprint = lazyregexp.New(`^[0-9a-f]{8,32}$`)

// likeFingerprint matches what was probably meant to be a fingerprint.
var likeFingerprint = lazyregexp.New(`^[0-9a-fA-F]{4,}$`)

// explainFinding writes the whole of the findings with one fingerprint: of the report or recording with this name, or if
// it is empty of the last report.
func (s invocation) explainFinding(fingerprint, name string, limit source.Limit) error {
	found, err := s.reported(fingerprint, name, limit)
	if err == nil {
		err = s.checkStdout()
	}
	if err != nil {
		return err
	}
	for i, f := range found {
		if i > 0 {
			fmt.Fprintln(s.out)
		}
		if err := f.Write(s.out, s.forPeople()); err != nil {
			return err
		}
	}
	return nil
}

// reported returns the findings that have one fingerprint: of the report or recording with this name, or
// if it is empty of the last report. There are several if the findings have one check and subject, such as
// a role that two lifecycle policies name in different ways.
func (s invocation) reported(fingerprint, name string, limit source.Limit) (found []report.ReportedFinding, err error) {
	last := name == ""
	if last {
		if name, err = lastReport(); err != nil {
			return nil, usage("there is no last report: %w; name one: --report FILE", err)
		}
	}
	data, err := s.inputs.ReadFile(name, s.in, limit.Large())
	switch {
	case last && errors.Is(err, fs.ErrNotExist):
		return nil, usage("there is no last report: iblint check writes it when it shows a text report on a terminal; name a JSON report: --report FILE")
	case err != nil:
		return nil, err
	}
	is := last
	if !last {
		if is, err = isReport(name, data); err != nil {
			return nil, err
		}
	}
	if is {
		if found, err = report.FindFinding(data, fingerprint); err != nil {
			return nil, source.DecodeError(name, "a JSON report by iblint check", data, err)
		}
	} else {
		result, err := s.runRecording(name, data)
		if err != nil {
			return nil, err
		}
		found = report.FindingsOf(result, fingerprint)
	}
	identities := map[string]bool{}
	for _, f := range found {
		identities[f.Identified().Fingerprint] = true
	}
	switch {
	case len(found) == 0 && last:
		return nil, usage("finding %s is not a problem of the last report; name another JSON report: --report FILE", fingerprint)
	case len(found) == 0:
		return nil, usage("%s: it has no finding %s", name, fingerprint)
	case len(identities) > 1:
		return nil, usage("the fingerprints of %d findings begin with %s; give more characters", len(identities), fingerprint)
	}
	return found, nil
}
