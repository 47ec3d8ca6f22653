package wording_test

import (
	"strings"
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/report/wording"
)

// A step for guardrails names each policy, and each level at which no policy allows the actions.
func TestStepsForGuardrails(t *testing.T) {
	edit := func(policy, hint string) checks.Change {
		return checks.Change{Action: checks.EditGuardrail, Policy: policy, Hint: hint}
	}
	for want, changes := range map[string][]checks.Change{
		"Edit guardrail p-1":                               {edit("p-1", "x")},
		"Edit guardrails: p-1, p-2":                        {edit("p-1", "x"), edit("p-2", "x")},
		"In the guardrails: in root, allow ec2:x":          {edit("", "in root, allow ec2:x")},
		"Edit guardrails: p-1, in root, allow ec2:x":       {edit("", "in root, allow ec2:x"), edit("p-1", "x")},
		"In the guardrails: in root, allow x, and in ou-1": {edit("", "in root, allow x"), edit("", "in ou-1")},
	} {
		if got := wording.ChangeStep(&checks.Fix{Changes: changes}).Text(1); got != want || strings.HasSuffix(got, " ") {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
