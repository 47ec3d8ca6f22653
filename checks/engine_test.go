package checks_test

import (
	"context"
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
		{4, 2_000, 4*2_000 + 2*2*2_000},
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

// ends is a context that is done after a number of questions.
type ends struct {
	context.Context
	after int
}

func (c *ends) Err() error {
	if c.after--; c.after < 0 {
		return context.Canceled
	}
	return nil
}

// The findings of an account in which the evaluation was cut, and which were too many to keep, end at
// the same place each time.
func TestCutAmongFindingsThatAreNotKept(t *testing.T) {
	const subjects, decided = 4_000, 6_000
	c := checks.On(checks.Check{ID: "test"}, func(_ *demand.View, id string) (all []thing, _ error) {
		for i := range subjects {
			all = append(all, thing(fmt.Sprintf("%s %05d", id, i)))
		}
		return all, nil
	}, func(thing) (checks.Verdict, error) { return checks.Verdict{Status: checks.Fail}, nil })
	inv := &account.Inventory{Owners: []account.Owner{{Account: "111122223333"}, {Account: "222233334444"}}}
	result := checks.RunContext(&ends{context.Background(), decided}, inv, []checks.Check{c})
	for range 2 {
		counted := checks.Summary{}
		for f := range result.Findings() {
			if f.Status == checks.Fail {
				counted.Fail++
			} else {
				counted.Unknown++
			}
		}
		if counted != result.Summary || counted.Fail < subjects || counted.Fail > decided {
			t.Errorf("%+v, and the summary says %+v", counted, result.Summary)
		}
	}
}

// A suppressed finding is no difference to an earlier result.
func TestComparisonOfSuppressedFindings(t *testing.T) {
	inv := &account.Inventory{Owners: []account.Owner{{Account: "111122223333"}}}
	run := func(status checks.Status, suppressions ...checks.Suppression) checks.Result {
		c := checks.On(checks.Check{ID: "test"}, func(*demand.View, string) ([]thing, error) { return []thing{"a", "b"}, nil },
			func(thing) (checks.Verdict, error) { return checks.Verdict{Status: status}, nil })
		return checks.Run(inv, []checks.Check{c}, suppressions...)
	}
	if d := run(checks.Fail, checks.Suppression{Check: "test", Subject: "a"}).ComparedWith(run(checks.Pass)).Differences; d == nil || d.Fail != 1 {
		t.Errorf("%+v", d)
	}
}
