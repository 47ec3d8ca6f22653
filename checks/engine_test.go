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

// A result evaluates a subject once, however often its findings are requested. Of the findings of many
// accounts it keeps a part, and evaluates the rest again. The findings are the same each time.
func TestFindingsAreEvaluatedOnce(t *testing.T) {
	for _, test := range []struct{ accounts, subjects, evaluations int }{
		{1, 3, 3},
		{1, 6_000, 6_000},
		{3, 2_000, 3*2_000 + 2*2_000}, // those of two accounts are kept
	} {
		evaluations := 0
		c := checks.On(checks.Check{ID: "test"}, func(_ *demand.View, id string) (all []thing, _ error) {
			for i := range test.subjects {
				all = append(all, thing(fmt.Sprintf("%s %05d", id, i)))
			}
			return all, nil
		}, func(thing) (checks.Verdict, error) {
			evaluations++
			return checks.Verdict{Status: checks.Fail}, nil
		})
		inv := &account.Inventory{}
		for i := range test.accounts {
			inv.Owners = append(inv.Owners, account.Owner{Account: fmt.Sprintf("11112222333%d", i)})
		}
		result := checks.Run(inv, []checks.Check{c}, checks.Suppression{Check: "test", Subject: "* 00001"})
		first, second := slices.Collect(result.Findings()), slices.Collect(result.Findings())
		if evaluations != test.evaluations {
			t.Errorf("%+v: %d evaluations", test, evaluations)
		}
		if len(first) != test.accounts*test.subjects || len(second) != len(first) || result.Summary.Fail+result.Summary.Suppressed != len(first) {
			t.Fatalf("%+v: %d findings, then %d, and %+v", test, len(first), len(second), result.Summary)
		}
		suppressed := 0
		for i, f := range first {
			if f.Subject != second[i].Subject || f.Suppressed() != second[i].Suppressed() {
				t.Fatalf("%+v: finding %d differs the second time", test, i)
			}
			if f.Suppressed() {
				suppressed++
			}
		}
		if suppressed != test.accounts || result.Summary.Suppressed != suppressed {
			t.Errorf("%+v: %d suppressed, and %+v", test, suppressed, result.Summary)
		}
	}
}
