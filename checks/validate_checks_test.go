package checks_test

import (
	"strings"
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
)

// complete is a valid check that returns the status for one subject.
func complete(id string, status checks.Status) checks.Check {
	return checks.On(checks.Check{
		ID: id, Title: "It exists", Severity: checks.Low, Doc: "Because.", Cases: []checks.Case{{Status: checks.Pass, When: "always"}},
	}, func(*demand.View, string) ([]thing, error) { return []thing{"thing"}, nil },
		func(thing) (checks.Verdict, error) { return checks.Verdict{Status: status}, nil })
}

func TestValidate(t *testing.T) {
	good := complete("good", checks.Pass)
	for want, wrong := range map[string]func(c *checks.Check){
		"check 2 of 2: it has no ID": func(c *checks.Check) { c.ID = "" },
		"check Not_Kebab: the ID must be lower-case words joined by hyphens, such as execution-role-exists": func(c *checks.Check) { c.ID = "Not_Kebab" },
		"check good: another check has the same ID":                                                         func(c *checks.Check) { c.ID = "good" },
		"check other: the title must be a statement without a full stop":                                    func(c *checks.Check) { c.Title = "" },
		"check other: it has no documentation (Doc)":                                                        func(c *checks.Check) { c.Doc = "" },
		`check other: the severity is "dire"; it must be high, medium or low`:                               func(c *checks.Check) { c.Severity = "dire" },
		"check other: it documents no statuses (Cases)":                                                     func(c *checks.Check) { c.Cases = nil },
		`check other: it documents the unknown status "fine"`:                                               func(c *checks.Check) { c.Cases = []checks.Case{{Status: "fine", When: "always"}} },
		"check other: it documents the status pass twice or without a text":                                 func(c *checks.Check) { c.Cases = append(c.Cases, c.Cases...) },
		"check other: it has no decision; create it with checks.On": func(c *checks.Check) {
			*c = checks.Check{ID: "other", Title: c.Title, Severity: c.Severity, Doc: c.Doc, Cases: c.Cases}
		},
	} {
		other := complete("other", checks.Pass)
		wrong(&other)
		if err := checks.Validate([]checks.Check{good, other}); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// The verdict is unknown if a check returns an unknown status or has no decision.
func TestUnknownStatus(t *testing.T) {
	inv := &account.Inventory{Owners: []account.Owner{{Account: "111122223333"}}}
	for want, c := range map[string]checks.Check{
		`it returned the status "fine"`: complete("test", "fine"),
		`it returned the status ""`:     complete("test", ""),
		"create it with checks.On":      {ID: "test"},
	} {
		for f := range checks.Run(inv, []checks.Check{c}).Findings() {
			if f.Status != checks.Unknown || !strings.Contains(f.Message, want) {
				t.Errorf("%s: %s, want %s", f.Status, f.Message, want)
			}
		}
		if s := checks.Run(inv, []checks.Check{c}).Summary; s != (checks.Summary{Unknown: 1}) {
			t.Errorf("%s: %+v", want, s)
		}
	}
}

// A fix with an unknown action makes the verdict unknown if the check sets Fix. If it sets
// FindFix, Fix.Validate returns an error.
func TestUnknownAction(t *testing.T) {
	inv := &account.Inventory{Owners: []account.Owner{{Account: "111122223333"}}}
	wrong := &checks.Fix{Summary: "Do it.", Changes: []checks.Change{{Action: "dance"}}}
	for later, want := range map[bool]checks.Status{false: checks.Unknown, true: checks.Fail} {
		c := checks.On(checks.Check{ID: "test"}, func(*demand.View, string) ([]thing, error) { return []thing{"thing"}, nil },
			func(thing) (checks.Verdict, error) {
				if later {
					return checks.Verdict{Status: checks.Fail, FindFix: func() *checks.Fix { return wrong }}, nil
				}
				return checks.Verdict{Status: checks.Fail, Fix: wrong}, nil
			})
		for f := range checks.Run(inv, []checks.Check{c}).Findings() {
			if f.Status != want || !later && !strings.Contains(f.Message, `"dance" is not a known action`) {
				t.Errorf("found later: %v: %s: %s", later, f.Status, f.Message)
			}
			if later && (f.Fix() == nil || f.Fix().Validate() == nil) {
				t.Errorf("the fix is %v", f.Fix())
			}
		}
	}
}
