package lintcmd

import (
	"os"

	"github.com/iblint/iblint/report"
)

// stepSummary is what a run with --format github appends to, so that the job's page
// shows the report: the file that GitHub Actions names; nil: it names none.
func stepSummary() (*target, error) {
	name := os.Getenv("GITHUB_STEP_SUMMARY")
	if name == "" {
		return nil, nil
	}
	if info, err := os.Stat(name); err == nil {
		if err := keeps(name, info); err != nil {
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
