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
	Location    struct{ Path string }
}

// Reports match what GitLab documents about the format.
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

// GitLab drops an entry that breaks one of its rules, and all that follow it. The schema refuses each of them.
func TestCodeQualitySchemaIsStrict(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("testdata/schemas/codequality.json")
	if err != nil {
		t.Fatal(err)
	}
	good := render(t, "codequality", oneVerdict(checks.High, checks.Fail), fixed)
	for name, broken := range map[string]func(entry, location, lines map[string]any){
		"no description":            func(entry, _, _ map[string]any) { delete(entry, "description") },
		"description is no string":  func(entry, _, _ map[string]any) { entry["description"] = 1 },
		"no fingerprint":            func(entry, _, _ map[string]any) { delete(entry, "fingerprint") },
		"fingerprint is no string":  func(entry, _, _ map[string]any) { entry["fingerprint"] = 1 },
		"no severity":               func(entry, _, _ map[string]any) { delete(entry, "severity") },
		"severity is no string":     func(entry, _, _ map[string]any) { entry["severity"] = 1 },
		"severity in capitals":      func(entry, _, _ map[string]any) { entry["severity"] = "MAJOR" },
		"severity that is unknown":  func(entry, _, _ map[string]any) { entry["severity"] = "high" },
		"no location":               func(entry, _, _ map[string]any) { delete(entry, "location") },
		"location is no object":     func(entry, _, _ map[string]any) { entry["location"] = "main.tf" },
		"no path":                   func(_, location, _ map[string]any) { delete(location, "path") },
		"path is no string":         func(_, location, _ map[string]any) { location["path"] = 1 },
		"path is empty":             func(_, location, _ map[string]any) { location["path"] = "" },
		"path is absolute":          func(_, location, _ map[string]any) { location["path"] = "/main.tf" },
		"path begins with ./":       func(_, location, _ map[string]any) { location["path"] = "./main.tf" },
		"path leaves the directory": func(_, location, _ map[string]any) { location["path"] = "../main.tf" },
		"no lines":                  func(_, location, _ map[string]any) { delete(location, "lines") },
		"lines is no object":        func(_, location, _ map[string]any) { location["lines"] = 7 },
		"no begin":                  func(_, _, lines map[string]any) { delete(lines, "begin") },
		"begin is no integer":       func(_, _, lines map[string]any) { lines["begin"] = "7" },
		"begin is before the file":  func(_, _, lines map[string]any) { lines["begin"] = 0 },
	} {
		entries := decode[[]any](t, []byte(good))
		if err := schema.Validate(entries); err != nil || len(entries) != 1 {
			t.Fatalf("%d entries, %v", len(entries), err)
		}
		entry := entries[0].(map[string]any)
		location := entry["location"].(map[string]any)
		broken(entry, location, location["lines"].(map[string]any))
		if schema.Validate(entries) == nil {
			t.Errorf("an entry is valid although: %s", name)
		}
	}
	if schema.Validate(decode[any](t, []byte(`{"issues": []}`))) == nil {
		t.Error("an object is valid; GitLab reads a list")
	}
}

// GitLab links each violation to a file of the repository. What is about other files is at the anchor.
func TestCodeQualityStaysInTheRepository(t *testing.T) {
	for file, want := range map[string]string{
		"in/main.tf": "in/main.tf", "..main.tf": "..main.tf", "../main.tf": "anchor.tf", "/main.tf": "anchor.tf", "in/../../main.tf": "anchor.tf",
	} {
		o := report.Options{
			Locate: func(string, account.Subject) report.Location {
				return report.Location{File: file, Line: 7, Address: "a.b"}
			},
			Anchor: report.Location{File: "anchor.tf", Line: 1},
		}
		r := oneVerdict(checks.High, checks.Fail)
		if got := decode[[]violation](t, []byte(render(t, "codequality", r, o)))[0].Location.Path; got != want {
			t.Errorf("codequality: %s is at %s, not %s", file, got, want)
		}
		if got := sarif(t, render(t, "sarif", r, o)).Runs[0].Results[0].Locations[0].PhysicalLocation.ArtifactLocation.URI; got != want {
			t.Errorf("sarif: %s is at %s, not %s", file, got, want)
		}
		if got := render(t, "github", r, o); !strings.Contains(got, "file="+want+",") {
			t.Errorf("github: %s is not at %s: %s", file, want, got)
		}
		if got := render(t, "text", r, o); !strings.Contains(got, file+":7") {
			t.Errorf("text: %s is not named: %s", file, got)
		}
	}
}

// A merge request shows the violations whose fingerprints the target branch does not have: also those that
// became worse.
func TestCodeQualityShowsWhatBecameWorse(t *testing.T) {
	printOf := func(s checks.Status) string {
		return decode[[]violation](t, []byte(render(t, "codequality", oneVerdict(checks.High, s), fixed)))[0].Fingerprint
	}
	if printOf(checks.Warn) == printOf(checks.Fail) || printOf(checks.Unknown) == printOf(checks.Fail) {
		t.Error("what failed after a warning is not new")
	}
}

// oneVerdict is the result of one check with a severity, about one subject.
func oneVerdict(severity checks.Severity, status checks.Status) checks.Result {
	on := checks.On(checks.Check{ID: "test", Title: "test", Doc: "test", Severity: severity}, func(*demand.View, string) ([]named, error) { return []named{"a"}, nil },
		func(named) (checks.Verdict, error) { return checks.Verdict{Status: status, Message: "found"}, nil })
	return checks.Run(&account.Inventory{Owners: []account.Owner{{Account: "111122223333"}}}, []checks.Check{on})
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
		got := decode[[]violation](t, []byte(render(t, "codequality", oneVerdict(c.severity, c.status), fixed)))
		if len(got) != 1 || got[0].Severity != c.want {
			t.Errorf("%s %s is %+v, not %s", c.severity, c.status, got, c.want)
		}
	}
}
