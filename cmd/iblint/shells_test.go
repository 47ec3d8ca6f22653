//go:build shells

package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// In each shell, the user types the line and presses the tab key.
var shells = map[string]struct{ program, script string }{
	"bash": {"bash", `
source /usr/share/bash-completion/bash_completion
source <(iblint completion bash)
COMP_LINE=$LINE COMP_POINT=${#LINE} COMP_WORDS=($LINE) COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
__start_iblint
printf '%s\n' "${COMPREPLY[@]}"`},
	"fish": {"fish", `
iblint completion fish | source
complete -C "$LINE"`},
	"zsh": {"zsh", `
zmodload zsh/zpty
zpty inner zsh -f -i
zpty -w inner 'PS1= ; autoload -U compinit; compinit -u -D; source <(iblint completion zsh); compdef _iblint iblint; echo READ''Y'
zpty -r inner said '*READY*'
zpty -w -n inner "$LINE"$'\t'
zpty -r -m inner said "*$WANT*" && print -r -- "$said"
zpty -d inner`},
}

// The shells complete values by the scripts that iblint prints for them.
func TestShells(t *testing.T) {
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, ".aws"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, ".aws", "config"), []byte("[profile images-production]\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for name, shell := range shells {
		for line, want := range map[string]string{
			"iblint remed":                                 "remediate",
			"iblint check --only image":                    "image-dependencies",
			"iblint check --skip ecr-registry":             "ecr-registry-policy",
			"iblint check --only ecr-repository-tag,image": "ecr-repository-tag,image-dependencies",
			"iblint check --show pass,sk":                  "pass,skip",
			"iblint permissions --as stack":                "stackset",
			"iblint complet":                               "completion",
			"iblint explain organization":                  "organization-guardrails",
			"iblint check --format sar":                    "sarif",
			"iblint check --fail-on nev":                   "never",
			"iblint remediate --as terra":                  "terraform",
			"iblint check --region il-cent":                "il-central-1",
			"iblint check --profile images-prod":           "images-production",
			"iblint check --fail-on-":                      "--fail-on-new",
		} {
			t.Run(name+"/"+line, func(t *testing.T) {
				t.Parallel()
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				c := exec.CommandContext(ctx, shell.program, "-c", shell.script)
				c.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+home, "AWS_CONFIG_FILE="+filepath.Join(home, ".aws", "config"), "TERM=dumb", "LINE="+line, "WANT="+want)
				out, err := c.CombinedOutput()
				if !strings.Contains(string(out), want) {
					t.Errorf("%s %q: expected %s: %v\n%s", name, line, want, err, out)
				}
			})
		}
	}
}
