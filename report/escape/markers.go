package escape

import (
	"regexp"
	"strings"
	"unicode"
)

// Marker matches the start of a command of a CI system. CI systems read the log of a job and run the
// commands in it, and the log of iblint contains text that other people wrote. The following are
// commands anywhere in a line:
//
//   - GitHub Actions: ##[command] (the runner's ActionCommand.TryParse)
//   - Azure Pipelines: ##vso[area.action], in any case, and ##[group] and the like
//     (Azure Pipelines documentation, "Logging commands")
//   - TeamCity: ##teamcity[message] (TeamCity documentation, "Service messages")
//   - GitLab: section_start:TIME:NAME and section_end:TIME:NAME (GitLab documentation,
//     "CI/CD job logs", "Custom collapsible sections")
var Marker = regexp.MustCompile(`(?i:##(?:vso|teamcity)?\[)|section_(?:start|end):`)

// Markers escapes the first character of each marker with the escape function of the language of the
// text, so that the meaning of the text stays the same.
func Markers(text string, escape func(byte) string) string {
	if !strings.Contains(text, "##") && !strings.Contains(text, "section_") {
		return text
	}
	return Marker.ReplaceAllStringFunc(text, func(m string) string { return escape(m[0]) + m[1:] })
}

// Unicode is the escape function for strings of JSON and HCL, and for double-quoted strings of YAML.
// A marker never follows a backslash there, because \# and \s are not valid escapes.
func Unicode(c byte) string { return Rune(rune(c)) }

// Shell is the escape function for quoted words of a shell: it ends and restarts the quotation after
// the character.
func Shell(c byte) string { return string(c) + "''" }

// Inert returns a line of text without commands of CI systems. Besides the markers, the GitHub runner
// runs ::command:: at the start of a line, after white space, and treats a carriage return as the
// end of a line.
func Inert(line string) string {
	line = Markers(strings.ReplaceAll(line, "\r", `\r`), textEscape)
	if start := strings.TrimLeftFunc(line, unicode.IsSpace); strings.HasPrefix(start, "::") {
		return line[:len(line)-len(start)] + textEscape(':') + start[1:]
	}
	return line
}

// JSON returns JSON text with the same meaning, without commands of CI systems and unprintable
// characters. Both can occur only in strings.
func JSON(text string) string {
	return Markers(escapeControls(text), Unicode)
}
