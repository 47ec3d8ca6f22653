//go:build emulator

package main

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// testSecurityHub imports what the recipe makes of a report in OCSF. The AWS CLI checks it against the
// API's schema.
func (e *emulator) testSecurityHub(t *testing.T) {
	filter, err := filepath.Abs("../../docs/recipes/asff.jq")
	must(t, err)
	findings, _ := e.iblint(t, e.environment(t), "check", "--demo", "--format", "ocsf")
	jq := exec.CommandContext(t.Context(), "jq", "-cn", "--arg", "account", owner, "--arg", "region", region, "-f", filter)
	jq.Stdin = strings.NewReader(findings)
	batches, err := jq.Output()
	must(t, err)
	environment := e.environment(t, e.enter(t, "aws", owner, "Setup").environment(region)...)
	run := func(arguments ...string) []byte {
		c := exec.CommandContext(t.Context(), "aws", append([]string{"securityhub"}, arguments...)...)
		c.Env = environment
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("aws securityhub %s: %v\n%s", arguments[0], err, out)
		}
		return out
	}
	run("enable-security-hub")
	imported := 0
	for batch := range strings.Lines(string(batches)) {
		var answer struct{ SuccessCount, FailedCount int }
		must(t, json.Unmarshal(run("batch-import-findings", "--findings", "file://"+write(t, "findings.json", batch)), &answer))
		if answer.FailedCount > 0 {
			t.Errorf("%d findings were refused", answer.FailedCount)
		}
		imported += answer.SuccessCount
	}
	if want := strings.Count(findings, `"account":{"uid":"`+owner+`"`); imported != want || want == 0 {
		t.Errorf("%d findings were imported, expected %d", imported, want)
	}
}
