package lintcmd

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func helpText(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if code := Run(append(args, "--help"), strings.NewReader(""), &out, &out); code != exitOK {
		t.Fatalf("iblint %v --help: exit code %d\n%s", args, code, out.String())
	}
	return out.String()
}

var commandInHelp = regexp.MustCompile(`(?m)^  ([a-z]+)  +\S`)

// The help of every command fits on a terminal of 80 columns, names the value of each flag, and is
// free of the notation of the flag library.
func TestHelpIsReadable(t *testing.T) {
	commands := []string{""}
	for _, m := range commandInHelp.FindAllStringSubmatch(helpText(t), -1) {
		commands = append(commands, m[1])
	}
	if len(commands) < 10 {
		t.Fatalf("commands: %q", commands)
	}
	library := regexp.MustCompile(`\[=|strings|stringArray|STRINGARRAY|STRINGSLICE|STRING\b|duration |\bint `)
	for _, c := range commands {
		text := helpText(t, strings.Fields(c)...)
		for line := range strings.Lines(text) {
			if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > defaultWidth {
				t.Errorf("iblint %s --help: a line of %d characters: %s", c, n, line)
			}
			if library.MatchString(line) {
				t.Errorf("iblint %s --help: %s", c, line)
			}
		}
		if n := strings.Count(text, "\n"); n > 100 {
			t.Errorf("iblint %s --help: %d lines, more than 100", c, n)
		}
	}
}

// The help of check begins with three examples, and each of its flags is in a group with a name.
func TestHelpOfCheckIsGrouped(t *testing.T) {
	text := helpText(t, "check")
	if lines := strings.Split(text, "\n"); lines[2] != "Examples:" || lines[6] != "" {
		t.Errorf("no three examples first:\n%s", strings.Join(lines[:8], "\n"))
	}
	var titles []string
	for _, m := range regexp.MustCompile(`(?m)^([A-Z][^\n]*):\n  --`).FindAllStringSubmatch(text, -1) {
		titles = append(titles, m[1])
	}
	if want := []string{"What to check", "Where to read it", "Credentials", "Output", "Gate", "Limits"}; !slices.Equal(titles, want) {
		t.Errorf("groups %q, expected %q; add new flags to flagGroups", titles, want)
	}
}
