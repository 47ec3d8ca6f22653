//go:build pwsh

package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// completed are lines that the user types, each with a completion that the tab key gives for it.
var completed = map[string]string{
	"iblint remed":                       "remediate",
	"iblint check --only image":          "image-dependencies",
	"iblint check --skip ecr-registry":   "ecr-registry-policy",
	"iblint explain organization":        "organization-guardrails",
	"iblint check --format sar":          "sarif",
	"iblint check --show unk":            "unknown",
	"iblint check --fail-on nev":         "never",
	"iblint check --fail-on ":            "warn", // an empty word
	"iblint remediate --as terra":        "terraform",
	"iblint check --region il-cent":      "il-central-1",
	"iblint check --profile images-prod": "images-production",
}

// PowerShell completes commands and values by the script that iblint prints for it, whatever its tab key
// does: complete as far as possible (on Linux), choose the next (on Windows), or choose from a menu.
func TestPowerShell(t *testing.T) {
	home := t.TempDir()
	configuration := filepath.Join(home, "config")
	if err := os.WriteFile(configuration, []byte("[profile images-production]\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	script, err := filepath.Abs(filepath.Join("testdata", "complete.ps1"))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range completed {
		lines = append(lines, line)
	}
	for _, tab := range []string{"Complete", "TabCompleteNext", "MenuComplete"} {
		t.Run(tab, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			// The dot runs the script in the scope of the shell, as a profile is run.
			c := exec.CommandContext(ctx, "pwsh", "-NoLogo", "-NoProfile", "-NonInteractive", "-Command", ". '"+script+"'")
			c.Env = append(os.Environ(), "HOME="+home, "AWS_CONFIG_FILE="+configuration, "NO_COLOR=1", "POWERSHELL_TELEMETRY_OPTOUT=1", "POWERSHELL_UPDATECHECK=Off",
				"TEST_TAB="+tab, "TEST_LINES="+strings.Join(lines, "\n"))
			out, err := c.CombinedOutput()
			got := completionsOf(string(out))
			for line, want := range completed {
				if !slices.Contains(got[line], want) {
					t.Errorf("%q: expected %s, found %q", line, want, got[line])
				}
				typed := line[strings.LastIndex(line, " ")+1:]
				for _, one := range got[line] {
					if !strings.HasPrefix(one, typed) {
						t.Errorf("%q: %s does not begin with %q", line, one, typed)
					}
				}
			}
			if t.Failed() {
				t.Logf("pwsh: %v\n%s", err, out)
			}
		})
	}
}

// completionsOf are the completions that complete.ps1 prints, by line. PowerShell may align them, and add a
// space or a description.
func completionsOf(out string) map[string][]string {
	all := map[string][]string{}
	for printed := range strings.Lines(out) {
		line, completion, ok := strings.Cut(strings.TrimRight(printed, "\r\n"), "\t")
		if word, _, _ := strings.Cut(completion, " "); ok {
			all[line] = append(all[line], word)
		}
	}
	return all
}
