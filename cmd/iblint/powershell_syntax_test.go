//go:build shells

package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// The script for PowerShell is PowerShell, and so is the one with which TestPowerShell completes lines.
// The grammar comes from .ci/powershell/install.
func TestPowerShellSyntax(t *testing.T) {
	grammar := os.Getenv("IBLINT_POWERSHELL")
	if grammar == "" {
		t.Fatal("set IBLINT_POWERSHELL to what .ci/powershell/install prints")
	}
	parse := func(script string) (string, error) {
		c := exec.CommandContext(t.Context(), "python3", "../../.ci/powershell/parse")
		c.Env = append(os.Environ(), "PYTHONPATH="+grammar)
		c.Stdin = strings.NewReader(script)
		out, err := c.CombinedOutput()
		return string(out), err
	}
	completion, err := exec.CommandContext(t.Context(), "iblint", "completion", "powershell").Output()
	if err != nil {
		t.Fatal(err)
	}
	driver, err := os.ReadFile("testdata/complete.ps1")
	if err != nil {
		t.Fatal(err)
	}
	for name, script := range map[string]string{"completion": string(completion), "complete.ps1": string(driver)} {
		if out, err := parse(script); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		brace := strings.LastIndex(script, "}")
		if out, err := parse(script[:brace] + script[brace+1:]); err == nil || !strings.Contains(out, ":") {
			t.Errorf("%s without its last brace is PowerShell: %v\n%s", name, err, out)
		}
	}
}
