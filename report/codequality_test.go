package report_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/internal/testrun"
	"github.com/iblint/iblint/report"
)

type violation struct {
	Description string
	CheckName   string `json:"check_name"`
	Fingerprint string
	Severity    string
}

// Reports match what GitLab documents about the format. GitLab ignores what follows an invalid entry.
func TestCodeQualityMatchesTheSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("testdata/schemas/codequality.json")
	if err != nil {
		t.Fatal(err)
	}
	results := map[string]checks.Result{"demo": demo(t), "suppressed": suppressed(t), "empty": empty()}
	for _, h := range testrun.Some(hostile) {
		results[h] = hostileResult(h)
	}
	validate := func(text string) error {
		entries, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return schema.Validate(entries)
	}
	for name, r := range results {
		if err := validate(render(t, "codequality", r, fixed)); err != nil {
			t.Errorf("%.40q: %v", name, err)
		}
	}
	if validate(render(t, "codequality", demo(t), report.Options{})) == nil {
		t.Error("a report without files is valid")
	}
}

// GitLab shows one of several violations with the same fingerprint.
func TestCodeQualityFingerprintsDiffer(t *testing.T) {
	c := checks.On(checks.Check{ID: "test", Title: "test", Doc: "test"}, func(*demand.View, string) ([]named, error) { return []named{"a", "a", "b"}, nil },
		func(named) (checks.Verdict, error) { return checks.Verdict{Status: checks.Fail, Message: "found"}, nil })
	r := checks.Run(&account.Inventory{Owners: []account.Owner{{Account: "111122223333"}}}, []checks.Check{c})
	var prints []string
	for _, v := range decode[[]violation](t, []byte(render(t, "codequality", r, fixed))) {
		prints = append(prints, v.Fingerprint)
	}
	slices.Sort(prints)
	if len(prints) != 3 || len(slices.Compact(prints)) != 3 {
		t.Errorf("the fingerprints of three findings are %q", prints)
	}
}

// The worst verdict of the most severe check has GitLab's highest severity, the mildest the lowest.
func TestCodeQualitySeverity(t *testing.T) {
	for _, c := range []struct {
		severity checks.Severity
		status   checks.Status
		want     string
	}{
		{checks.High, checks.Fail, "blocker"}, {checks.High, checks.Unknown, "critical"}, {checks.High, checks.Warn, "major"},
		{checks.Medium, checks.Fail, "critical"}, {checks.Low, checks.Fail, "major"}, {checks.Low, checks.Warn, "info"},
	} {
		on := checks.On(checks.Check{ID: "test", Title: "test", Doc: "test", Severity: c.severity}, func(*demand.View, string) ([]named, error) { return []named{"a"}, nil },
			func(named) (checks.Verdict, error) { return checks.Verdict{Status: c.status, Message: "found"}, nil })
		r := checks.Run(&account.Inventory{Owners: []account.Owner{{Account: "111122223333"}}}, []checks.Check{on})
		got := decode[[]violation](t, []byte(render(t, "codequality", r, fixed)))
		if len(got) != 1 || got[0].Severity != c.want {
			t.Errorf("%s %s is %+v, not %s", c.severity, c.status, got, c.want)
		}
	}
}
