package report

import (
	"regexp"
	"strings"
	"unicode"
)

// A CI system reads the log of a job and runs the commands in it: the log of a run of
// iblint holds text that other people wrote. These are commands wherever they stand:
//
//   - GitHub Actions: ##[command] (the runner's ActionCommand.TryParse)
//   - Azure Pipelines: ##vso[area.action], in any case, and ##[group] and the like
//     (Azure Pipelines documentation, "Logging commands")
//   - TeamCity: ##teamcity[message] (TeamCity documentation, "Service messages")
//   - GitLab: section_start:TIME:NAME and section_end:TIME:NAME (GitLab documentation,
//     "CI/CD job logs", "Custom collapsible sections")
var marker = regexp.MustCompile(`(?i:##(?:vso|teamcity)?\[)|section_(?:start|end):`)

// breakMarkers writes the first character of each marker as the language of the text
// escapes it. Data stays the same to those who read the language.
func breakMarkers(text string, escape func(byte) string) string {
	if !strings.Contains(text, "##") && !strings.Contains(text, "section_") {
		return text
	}
	return marker.ReplaceAllStringFunc(text, func(m string) string { return escape(m[0]) + m[1:] })
}

// unicodeEscape is an escape in strings of JSON, of HCL and of YAML in double quotes.
// A marker never follows a backslash that belongs to it there: \# and \s are no escapes.
func unicodeEscape(c byte) string { return jsonEscape(rune(c)) }

// shellEscape ends a quoted word of a shell and goes on with the next, which is the same word.
func shellEscape(c byte) string { return string(c) + "''" }

// Inert is a line of text that is no command to any CI system. Besides the markers, the
// GitHub runner runs ::command:: at the start of a line, behind white space, and a
// carriage return ends a line, too.
func Inert(line string) string {
	line = breakMarkers(strings.ReplaceAll(line, "\r", `\r`), textEscape)
	if start := strings.TrimLeftFunc(line, unicode.IsSpace); strings.HasPrefix(start, "::") {
		return line[:len(line)-len(start)] + textEscape(':') + start[1:]
	}
	return line
}

// InertJSON is JSON with the same meaning that is no command to any CI system and steers
// no terminal. All that could be either stands in strings.
func InertJSON(text string) string {
	return breakMarkers(escapeControls(text), unicodeEscape)
}
