package report_test

import (
	"strings"
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/report"
)

// The table of accounts calls them others only beside those that it names.
func TestMarkdownOtherAccounts(t *testing.T) {
	good := func(string) checks.Verdict { return checks.Verdict{Status: checks.Pass, Message: "good"} }
	text := render(t, "markdown", inAccounts(3, map[string]func(string) checks.Verdict{"a": good, "b": func(id string) checks.Verdict {
		return checks.Verdict{Status: checks.Skip, Message: "skipped"}
	}}), report.Options{})
	if strings.Contains(text, "other accounts") {
		t.Errorf("none is named:\n%s", text)
	}
	text = render(t, "markdown", problemsBesideSkips(), report.Options{})
	if strings.Contains(text, "other account") {
		t.Errorf("all are named:\n%s", text)
	}
}
