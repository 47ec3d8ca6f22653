// Package cilog finds the commands in a log that CI systems would execute. Tests use it:
// iblint prints text from accounts and files, and a CI system must not execute any of it.
// A CI system executes commands with known names; this package reports all names.
package cilog

import (
	"strings"
	"unicode"

	"github.com/iblint/iblint/internal/lazyregexp"
)

// Commands returns the commands in a log, as "SYSTEM: COMMAND".
func Commands(log string) []string {
	var found []string
	add := func(system string, commands []string) {
		for _, c := range commands {
			found = append(found, system+": "+c)
		}
	}
	for _, line := range lines(log) {
		if command, ok := gitHubV2(line); ok {
			add("GitHub", []string{command})
		} else {
			add("GitHub", bracketed(skipIgnorable(line), "##["))
		}
		add("Azure", azure(line))
		add("TeamCity", bracketed(strings.ToLower(line), "##teamcity["))
		add("GitLab", gitLabSection().FindAllString(line, -1))
	}
	return found
}

// lines splits a log as .NET's StreamReader.ReadLine does: a line ends with a line feed,
// a carriage return, or both.
func lines(log string) []string {
	return strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(log), "\n")
}

// gitHubV2 returns the name of a command ::NAME PROPERTIES::DATA. Only white space may
// precede it.
func gitHubV2(line string) (string, bool) {
	line = skipIgnorable(strings.TrimLeftFunc(line, unicode.IsSpace))
	head, ok := strings.CutPrefix(line, "::")
	if !ok {
		return "", false
	}
	if head, _, ok = strings.Cut(head, "::"); !ok {
		return "", false
	}
	name, _, _ := strings.Cut(head, " ")
	return name, true
}

// bracketed returns the commands PREFIX NAME PROPERTIES] anywhere in a line. GitHub's
// first version, which still works, and TeamCity's service messages have this form.
func bracketed(line, prefix string) []string {
	var found []string
	for {
		_, rest, ok := strings.Cut(line, prefix)
		if !ok {
			return found
		}
		if command, _, ok := strings.Cut(rest, "]"); ok {
			found = append(found, prefix+command+"]")
		}
		line = rest
	}
}

// azure returns the commands ##vso[AREA.ACTION PROPERTIES] anywhere in a line, in any
// case, and the formatting command ##[NAME] at the start of a line.
func azure(line string) []string {
	var found []string
	for _, command := range bracketed(strings.ToLower(line), "##vso[") {
		name, _, _ := strings.Cut(command, " ")
		if strings.Contains(name, ".") {
			found = append(found, command)
		}
	}
	if start := strings.TrimLeftFunc(line, unicode.IsSpace); strings.HasPrefix(start, "##[") {
		found = append(found, start)
	}
	return found
}

// gitLabSection matches the marker of a section. GitLab requires a carriage return and
// ESC [0K after it; this package reports the marker without them too.
var gitLabSection = lazyregexp.New(`section_(start|end):[0-9]+:[A-Za-z0-9_.-]+`)

// skipIgnorable removes the characters that .NET ignores in a culture-sensitive
// comparison.
func skipIgnorable(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= ' ' && r <= '~' {
			return r
		}
		if !unicode.IsSpace(r) && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) {
			return -1
		}
		return r
	}, text)
}

// Hostile lists texts that contain commands, or parts of commands that could become a
// command next to other text.
var Hostile = []string{
	"##[error]owned", "x ##[group]owned", "###[error]owned", "##[add-mask]owned", "##[##[error]owned", "##[error",
	"##vso[task.setvariable variable=x]owned", "##VSO[task.complete result=Failed]owned", "x##Vso[build.addbuildtag]owned", "#####vso[task.complete]owned",
	"##teamcity[buildProblem description='owned']", "##TeamCity[x]",
	"section_start:1:owned", "section_end:1:owned\r\x1b[0K", "section_start:1:owned[collapsed=true]\r\x1b[0K", `\section_start:1:owned`,
	"::error::owned", "  ::set-output name=x::owned", "\t::add-mask::owned", "\n::error file=x::owned", "\r::error::owned", "\u00a0::error::owned", "\ufeff::error::owned", "\u2028::error::owned",
	"#\u034f#[error]owned", "##\u00ad[error]owned", "#\u200d#\ufe0f[error]owned", "#\x00#\x1b[error]owned", "\U000e0100::error::owned", "##vso\u3164[task.complete]owned",
	"#", "##", "##vso", "[error]owned", "vso[task.complete]owned", ":", "::", "::owned::", `"##[error]owned"`, `'##[error]owned'`, `\##[error]owned`, `\\##[error]owned`, `##[error]%0A::error::owned`, `\n::error::owned`, `$##[error]owned{`, "%##[error]owned",
}
