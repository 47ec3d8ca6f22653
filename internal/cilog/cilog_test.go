package cilog_test

import (
	"slices"
	"testing"

	"github.com/iblint/iblint/internal/cilog"
)

// Commands in the documentation of the CI systems are found; other text is not.
func TestCommands(t *testing.T) {
	for log, want := range map[string][]string{
		"::error file=app.js,line=1::Missing semicolon": {"GitHub: error"},
		"text\r\n \t::group::title":                     {"GitHub: group"},
		"progress\r::notice::x":                         {"GitHub: notice"},
		"\ufeff::warning::x":                            {"GitHub: warning"},
		"text ##[group]title":                           {"GitHub: ##[group]"},
		"#\u034f#[error]x":                              {"GitHub: ##[error]"},
		"##[section]Start":                              {"GitHub: ##[section]", "Azure: ##[section]Start"},
		"x ##VSO[task.setvariable variable=a;]b":        {"Azure: ##vso[task.setvariable variable=a;]"},
		"x ##teamcity[testStarted name='a']":            {"TeamCity: ##teamcity[teststarted name='a']"},
		"section_start:1560896352:a_b\r\x1b[0KHeader":   {"GitLab: section_start:1560896352:a_b"},

		"text ::error::x": nil, "::error x": nil, "# # [error]": nil, "x ##[error": nil, "##vso[task]": nil, "#vso[task.complete]": nil, "arn:aws:iam::1:role/x": nil, "section_start:x": nil,
	} {
		if got := cilog.Commands(log); !slices.Equal(got, want) {
			t.Errorf("%q holds %q, want %q", log, got, want)
		}
	}
}

// Most hostile texts are commands. At most ten are only parts of a command.
func TestHostile(t *testing.T) {
	commands := 0
	for _, h := range cilog.Hostile {
		if len(cilog.Commands(h)) > 0 {
			commands++
		}
	}
	if parts := len(cilog.Hostile) - commands; parts > 10 {
		t.Errorf("%d of %d texts are not commands", parts, len(cilog.Hostile))
	}
}
