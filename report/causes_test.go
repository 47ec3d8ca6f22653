package report_test

import (
	"io/fs"
	"reflect"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/fixtures"
	"github.com/iblint/iblint/internal/source/recorded"
	"github.com/iblint/iblint/internal/testrun"
	"github.com/iblint/iblint/report"
)

// Problems with one cause have one fix. A statement that denies is one cause; the fix of each problem
// exempts its own role.
func TestOneCauseHasOneFix(t *testing.T) {
	names, err := fs.Glob(fixtures.All, "*.json")
	if err != nil {
		t.Fatal(err)
	}
	shared := 0
	for _, name := range testrun.Some(names) {
		data, err := fixtures.All.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		inv, err := recorded.Parse(name, data)
		if err != nil {
			t.Fatal(err)
		}
		first := map[string]checks.Finding{} // by cause
		for f := range checks.Run(inv, lifecycle.All()).Findings() {
			why := f.Cause()
			if why == nil || f.Status == checks.Skip || why.Kind == checks.DenyCause {
				continue
			}
			other, ok := first[why.ID]
			if !ok {
				first[why.ID] = f
				continue
			}
			shared++
			a, b := other.Unread, f.Unread
			switch {
			case a != nil && b != nil:
				if a.Action != b.Action || a.Reason != b.Reason || a.DeniedBy != b.DeniedBy {
					t.Errorf("%s: %v and %v have one cause", name, a, b)
				}
			case a != nil || b != nil, other.Fix() == nil, f.Fix() == nil, !reflect.DeepEqual(other.Fix().Changes, f.Fix().Changes):
				t.Errorf("%s: %q and %q have one cause, but not one fix", name, other.Message, f.Message)
			}
		}
	}
	if shared == 0 {
		t.Error("no fixture has problems with one cause")
	}
}

// A verdict that cannot be decided says what settles it: the flag, or a person.
func TestStepsSayWhatSettles(t *testing.T) {
	for name, want := range map[string][]string{
		"discovery.json":                  {"Name the execution role: --execution-role", "Name the accounts that AMIs are copied to: --destination"},
		"execution-role-policy.json":      {"Pass the planned lifecycle policy: --lifecycle-policy", "Say what the planned lifecycle policy is about: --lifecycle-policy or --resource-type"},
		"execution-role-permissions.json": {"Decide by hand: inline policy Network depends on aws:SourceIp, which is not known"},
	} {
		data, err := fixtures.All.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		inv, err := recorded.Parse(name, data)
		if err != nil {
			t.Fatal(err)
		}
		text := render(t, "text", checks.Run(inv, lifecycle.All()), report.Options{TextOptions: report.TextOptions{Width: 200, Details: true}})
		_, steps, _ := strings.Cut(text, "\nFix first")
		for _, step := range want {
			if !strings.Contains(steps, step) {
				t.Errorf("%s: no step is %q:\n%s", name, step, steps)
			}
		}
	}
}
