package lintcmd

import (
	"os"

	"github.com/iblint/iblint/report"
)

// stepSummary opens the file that GitHub Actions names in GITHUB_STEP_SUMMARY. A run with
// --format github appends its report to it, and GitHub shows it on the page of the job.
// It returns nil if the variable is not set.
func (s invocation) stepSummary() (*target, error) {
	name := os.Getenv("GITHUB_STEP_SUMMARY")
	if name == "" {
		return nil, nil
	}
	if info, err := os.Stat(name); err == nil {
		if err := s.checkOverwrite(name, info); err != nil {
			return nil, usage("GITHUB_STEP_SUMMARY: %w", err)
		}
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o666)
	if err != nil {
		return nil, usage("GITHUB_STEP_SUMMARY: %w", cannotWrite(name, err))
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, usage("GITHUB_STEP_SUMMARY: %w", cannotWrite(name, err))
	}
	return &target{format: report.StepSummary(info.Size()), file: &file{File: f}, out: f}, nil
}
