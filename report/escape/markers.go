package escape

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
var Marker = regexp.MustCompile(`(?i:##(?:vso|teamcity)?\[)|section_(?:start|end):`)

// Markers writes the first character of each marker as the language of the text
// escapes it. Data stays the same to those who read the language.
func Markers(text string, escape func(byte) string) string {
	if !strings.Contains(text, "##") && !strings.Contains(text, "section_") {
		return text
	}
	return Marker.ReplaceAllStringFunc(text, func(m string) string { return escape(m[0]) + m[1:] })
}

// Unicode is an escape in strings of JSON, of HCL and of YAML in double quotes.
// A marker never follows a backslash that belongs to it there: \# and \s are no escapes.
func Unicode(c byte) string { return Rune(rune(c)) }

// Shell ends a quoted word of a shell and goes on with the next, which is the same word.
func Shell(c byte) string { return string(c) + "''" }

// Inert is a line of text that is no command to any CI system. Besides the markers, the
// GitHub runner runs ::command:: at the start of a line, behind white space, and a
// carriage return ends a line, too.
func Inert(line string) string {
	line = Markers(strings.ReplaceAll(line, "\r", `\r`), textEscape)
	if start := strings.TrimLeftFunc(line, unicode.IsSpace); strings.HasPrefix(start, "::") {
		return line[:len(line)-len(start)] + textEscape(':') + start[1:]
	}
	return line
}

// JSON is JSON with the same meaning that is no command to any CI system and steers
// no terminal. All that could be either stands in strings.
func JSON(text string) string {
	return Markers(escapeControls(text), Unicode)
}
