package report_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/internal/testrun"
	"github.com/iblint/iblint/report"
)

type sarifLog struct {
	Runs []struct {
		Tool struct {
			Driver struct {
				Rules []struct {
					ID                                      string
					ShortDescription, FullDescription, Help struct{ Text string }
					Properties                              struct{ Tags []string }
				}
			}
		}
		Invocations []struct {
			ExecutionSuccessful        bool
			ToolExecutionNotifications []struct{ Message struct{ Text string } }
		}
		Properties struct{ Summary checks.Summary }
		Results    []sarifResult
	}
}

type sarifResult struct {
	RuleID              string
	RuleIndex           int
	Level               string
	Message             struct{ Text string }
	PartialFingerprints map[string]string
	Properties          struct{ Status string }
	Suppressions        []struct{ Kind, Status, Justification string }
	Locations           []struct {
		PhysicalLocation struct {
			ArtifactLocation struct{ URI string }
			Region           struct{ StartLine, StartColumn, EndLine, EndColumn int }
		}
		LogicalLocations []struct{ FullyQualifiedName, Kind string }
	}
}

// sarif reads a SARIF report. It checks the requirements of GitHub's documentation of SARIF for code
// scanning; TestSchemaOfSARIF validates the schema.
func sarif(t *testing.T, text string) sarifLog {
	t.Helper()
	var log sarifLog
	if err := json.Unmarshal([]byte(text), &log); err != nil {
		t.Fatal(err)
	}
	if len(log.Runs) != 1 || len(log.Runs[0].Invocations) != 1 || !log.Runs[0].Invocations[0].ExecutionSuccessful {
		t.Fatal("GitHub takes one run of a category, and none that was unsuccessful")
	}
	run := log.Runs[0]
	for _, rule := range run.Tool.Driver.Rules {
		if rule.ID == "" || rule.ShortDescription.Text == "" || rule.FullDescription.Text == "" || rule.Help.Text == "" ||
			len([]rune(rule.FullDescription.Text)) > 1024 || len(rule.Properties.Tags) > 20 {
			t.Errorf("rule %s lacks a member that GitHub requires", rule.ID)
		}
	}
	if len(run.Results) > 25_000 {
		t.Errorf("%d results", len(run.Results))
	}
	fingerprints := map[string]bool{}
	for _, r := range run.Results {
		if r.RuleIndex < 0 || r.RuleIndex >= len(run.Tool.Driver.Rules) || run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID {
			t.Errorf("rule %s is not number %d", r.RuleID, r.RuleIndex)
		}
		if len(r.Locations) != 1 || len(r.Locations[0].LogicalLocations) != 1 {
			t.Fatalf("result of %s has no location", r.RuleID)
		}
		physical := r.Locations[0].PhysicalLocation
		uri, err := url.Parse(physical.ArtifactLocation.URI)
		if err != nil || uri.IsAbs() || uri.Path == "" || strings.HasPrefix(uri.Path, "/") {
			t.Errorf("%q is not a relative URI: %v", physical.ArtifactLocation.URI, err)
		}
		if at := physical.Region; at.StartLine < 1 || at.StartColumn < 1 || at.EndLine < at.StartLine || at.EndColumn < at.StartColumn {
			t.Errorf("region %+v", at)
		}
		fingerprint := r.PartialFingerprints["primaryLocationLineHash"]
		if fingerprint == "" || fingerprints[fingerprint] {
			t.Errorf("fingerprint %q of %s is not unique", fingerprint, r.RuleID)
		}
		fingerprints[fingerprint] = true
	}
	return log
}

func TestSARIFNamesSubjectsAndLocations(t *testing.T) {
	results := sarif(t, render(t, "sarif", suppressed(t), fixed)).Runs[0].Results
	levels := map[string]string{"fail": "error", "warn": "warning", "unknown": "warning"}
	worst := 0
	justified := false
	for _, r := range results {
		if r.Level != levels[r.Properties.Status] {
			t.Errorf("%s has level %s", r.Properties.Status, r.Level)
		}
		order := map[string]int{"fail": 1, "unknown": 2, "warn": 3}[r.Properties.Status]
		if len(r.Suppressions) > 0 {
			order = 4
			justified = justified || r.Suppressions[0].Kind == "external" && r.Suppressions[0].Status == "accepted" &&
				r.Suppressions[0].Justification == "suppressed until 2026-12-31 by images team: moves to the new registry"
		}
		if order < worst {
			t.Errorf("%s %s follows a less severe result", r.Properties.Status, r.RuleID)
		}
		worst = order
	}
	if !justified {
		t.Error("no suppression has the expected justification")
	}
	first := results[0].Locations[0]
	if first.PhysicalLocation.ArtifactLocation.URI != "team.yaml" || first.PhysicalLocation.Region.StartLine != 7 {
		t.Errorf("the location is %+v", first.PhysicalLocation)
	}
	if first.LogicalLocations[0].Kind != "resource" || !strings.HasPrefix(first.LogicalLocations[0].FullyQualifiedName, "arn:aws:") {
		t.Errorf("the logical location is %+v", first.LogicalLocations)
	}
}

// manyFindings is a result with n failures and as many warnings of one account.
func manyFindings(n int) checks.Result {
	var subjects []named
	for i := range n {
		subjects = append(subjects, named(strconv.Itoa(i)))
	}
	check := func(id string, status checks.Status) checks.Check {
		return checks.On(checks.Check{ID: id, Title: id, Doc: id, Severity: checks.High}, func(*demand.View, string) ([]named, error) { return subjects, nil },
			func(named) (checks.Verdict, error) { return checks.Verdict{Status: status, Message: "found"}, nil })
	}
	inv := &account.Inventory{Owners: []account.Owner{{Account: "111122223333"}}}
	return checks.Run(inv, []checks.Check{check("a-warning", checks.Warn), check("b-failure", checks.Fail)})
}

// GitHub rejects more than 25,000 results, so the most severe are written, with the number of the
// omitted results.
func TestSARIFStaysWithinGitHubsLimit(t *testing.T) {
	testrun.Long(t)
	run := sarif(t, render(t, "sarif", manyFindings(13_000), fixed)).Runs[0]
	failures := 0
	for _, r := range run.Results {
		if r.RuleID == "b-failure" {
			failures++
		}
	}
	if len(run.Results) != 25_000 || failures != 13_000 {
		t.Errorf("%d results, %d failures", len(run.Results), failures)
	}
	var order []string // of the warnings, of which the first 12,000 are written
	for i := range 13_000 {
		order = append(order, strconv.Itoa(i))
	}
	slices.Sort(order)
	if last := run.Results[24_999].Locations[0].LogicalLocations[0].FullyQualifiedName; last != order[11_999] {
		t.Errorf("the last result is for %s, want %s", last, order[11_999])
	}
	if told := run.Invocations[0].ToolExecutionNotifications; len(told) != 1 || !strings.HasPrefix(told[0].Message.Text, "1000 results were omitted") {
		t.Errorf("the notification about omitted results is %+v", told)
	}
	if run.Properties.Summary.Warn != 13_000 {
		t.Errorf("the totals are %+v", run.Properties.Summary)
	}
}

// Of many findings, the most severe of each kind are annotated. The last annotation counts the
// others.
func TestGitHubStaysWithinItsLimits(t *testing.T) {
	text := render(t, "github", manyFindings(11), fixed)
	for command, n := range map[string]int{"::error ": 10, "::warning ": 10, "::notice ": 1} {
		if got := strings.Count(text, command); got != n {
			t.Errorf("%d of %s, want %d", got, command, n)
		}
	}
	if !strings.Contains(text, "\n::error title=iblint::2 more findings") {
		t.Errorf("the other 2 failures are not counted:\n%s", text)
	}
	if text := render(t, "github", manyFindings(10), fixed); strings.Contains(text, "more findings;") {
		t.Error("all ten findings fit, and some are omitted")
	}
}

// A step summary never exceeds the limit of GitHub, whatever its size before.
func TestStepSummaryStaysWithinItsLimit(t *testing.T) {
	testrun.Long(t)
	// Different sizes, so that the limit falls at different positions in a finding.
	few := manyFindings(300)
	for i := range int64(60) {
		have := 1<<20 - 20_000 + 7*i
		var b strings.Builder
		if err := report.StepSummary(have)(&b, few, fixed); err != nil {
			t.Fatal(err)
		}
		if have+int64(b.Len()) > 1<<20 {
			t.Errorf("%d bytes are added to %d", b.Len(), have)
		}
	}
	r := manyFindings(20_000)
	for _, have := range []int64{0, 1 << 19, 1<<20 - 100, 1 << 20, 1 << 21} {
		var b strings.Builder
		if err := report.StepSummary(have)(&b, r, fixed); err != nil {
			t.Fatal(err)
		}
		if b.Len() > 0 && int64(b.Len())+have > 1<<20 {
			t.Errorf("%d bytes are added to %d", b.Len(), have)
		}
		if told := strings.Contains(b.String(), "*Not shown, because a step summary on GitHub has at most 1 MiB: "); told != (b.Len() > 0) {
			t.Errorf("with %d bytes before, the omitted findings are counted: %v", have, told)
		}
		if have == 0 && (b.Len() < 1<<18 || strings.Contains(b.String(), "<b>warn</b>")) {
			t.Errorf("%d bytes, and not only the most severe", b.Len())
		}
	}
}
