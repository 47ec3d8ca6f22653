package checks_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	_ "github.com/iblint/iblint/internal/testrun" // defines the flag -update
)

// thing is a subject that exists in tests only.
type thing string

func (t thing) Subject() account.Subject { return account.Subject{Name: string(t)} }

func (t thing) NamedBy() []string { return nil }

// An error or a panic of a check makes the verdict unknown, for that subject only.
func TestErrorsAndPanicsAreUnknown(t *testing.T) {
	why := account.Unread{Reason: account.Throttled, Action: "test:Get"}
	c := checks.On(checks.Check{ID: "test"}, func(*demand.View, string) ([]thing, error) {
		return []thing{"error", "good", "panic"}, fmt.Errorf("the rest: %w", why)
	}, func(s thing) (checks.Verdict, error) {
		switch s {
		case "error":
			return checks.Verdict{Status: checks.Pass}, errors.New("not decided")
		case "panic":
			panic("a bug")
		}
		return checks.Verdict{Status: checks.Pass}, nil
	})
	result := checks.Run(&account.Inventory{Owners: []account.Owner{{Account: "111122223333"}}}, []checks.Check{c})
	var got []string
	for f := range result.Findings() {
		got = append(got, fmt.Sprintf("%s %s", f.Subject.Name, f.Status))
	}
	if diff := cmp.Diff([]string{" unknown", "error unknown", "good pass", "panic unknown"}, got); diff != "" {
		t.Error(diff)
	}
	if u := slices.Collect(result.Findings())[0].Unread; u == nil || *u != why {
		t.Errorf("the list of subjects is unread because of %v, want %v", u, why)
	}
	if s := result.Summary; s != (checks.Summary{Pass: 1, Unknown: 3}) {
		t.Errorf("summary %+v", s)
	}
}
