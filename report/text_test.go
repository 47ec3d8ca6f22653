package report_test

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mattn/go-runewidth"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/checks/policy"
	"github.com/iblint/iblint/fixtures"
	"github.com/iblint/iblint/internal/source/recorded"
	"github.com/iblint/iblint/report"
)

// fortyAccounts is the demo with forty destinations more. In most of them nothing is wrong. In others,
// problems repeat.
func fortyAccounts(t *testing.T) checks.Result {
	t.Helper()
	type object = map[string]any
	var demo object
	if err := json.Unmarshal(fixtures.Demo, &demo); err != nil {
		t.Fatal(err)
	}
	const role = "Ec2ImageBuilderCrossAccountLifecycleAccess"
	accounts := demo["accounts"].(object)
	good, err := json.Marshal(accounts["222233334444"])
	if err != nil {
		t.Fatal(err)
	}
	owner := demo["owners"].([]any)[0].(object)
	for i := range 40 {
		id := fmt.Sprintf("7000000000%02d", i)
		var one object
		if err := json.Unmarshal([]byte(strings.ReplaceAll(string(good), "222233334444", id)), &one); err != nil {
			t.Fatal(err)
		}
		roles := one["roles"].(object)
		value := roles[role].(object)["value"].(object)
		value["inline"] = object{"items": []any{}}
		switch {
		case i < 5: // the role is missing
			roles[role] = object{"absent": true}
		case i == 5:
			value["attached"] = object{"items": []any{}}
		case i < 12: // nothing can be read
			roles[role] = object{"unread": object{"reason": "denied", "action": "iam:GetRole", "detail": "User: arn:aws:sts::" + id + ":assumed-role/Audit/iblint is not authorized"}}
		}
		accounts[id] = one
		owner["destinations"] = append(owner["destinations"].([]any), object{"account": id})
	}
	data, err := json.Marshal(demo)
	if err != nil {
		t.Fatal(err)
	}
	inv, err := recorded.Parse("forty", data)
	if err != nil {
		t.Fatal(err)
	}
	return checks.Run(inv, lifecycle.All())
}

func code(n int) *int { return &n }

func TestTextOfManyAccounts(t *testing.T) {
	r := fortyAccounts(t)
	for _, width := range []int{80, 120} {
		o := report.Options{TextOptions: report.TextOptions{Width: width, ExitCode: code(1), Next: []string{"Details: iblint check -v"}}}
		got := render(t, "text", r, o)
		golden(t, fmt.Sprintf("forty.%d.text", width), got)
		if n := strings.Count(got, "\n"); n > 60 {
			t.Errorf("forty accounts take %d lines at %d columns", n, width)
		}
	}
}

var spaces = regexp.MustCompile(`[ \n]+`)

// No line is wider than the terminal, and no word is broken: at any width, the report has the words
// that it has on wide lines, apart from words that do not fit on a line.
func TestTextFitsTheWidth(t *testing.T) {
	for name, r := range map[string]checks.Result{"demo": demo(t), "forty": fortyAccounts(t), "empty": empty(), "suppressed": suppressed(t)} {
		for _, details := range []bool{false, true} {
			whole := spaces.Split(render(t, "text", r, report.Options{TextOptions: report.TextOptions{Width: 5000, Details: details}}), -1)
			for _, width := range []int{40, 50, 60, 80, 100, 120, 200} {
				got := render(t, "text", r, report.Options{TextOptions: report.TextOptions{Width: width, Details: details}})
				for _, word := range spaces.Split(got, -1) {
					if !slices.Contains(whole, word) && !slices.Contains(whole, strings.TrimSuffix(word, ":")) {
						t.Errorf("%s at %d columns: %q is no word of the report", name, width, word)
					}
				}
				fitsTheWidth(t, name, got, width)
			}
		}
	}
}

// fitsTheWidth is an error if a line is wider than a terminal and has a space at which to break it.
// Commands and diffs, which are indented by 8, stay whole.
func fitsTheWidth(t *testing.T, name, text string, width int) {
	t.Helper()
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		whole := strings.HasPrefix(line, "        ") || !strings.Contains(strings.TrimSpace(line), " ")
		if n := runewidth.StringWidth(line); n > width && !whole {
			t.Errorf("%s at %d columns: a line takes %d: %q", name, width, n, line)
		}
	}
}

// So do comparisons, answers about a trust policy, and single findings.
func TestOtherTextFitsTheWidth(t *testing.T) {
	r := demo(t)
	answer := report.Answer{
		Reason: "statement 1: StringEquals aws:SourceAccount \"222233334444\" does not match \"111122223333\"",
		Trace: checks.Trace{Policy: "trust policy", Request: "sts:AssumeRole", Trace: policy.Trace{
			Outcome: "denied", Statement: 1, Effect: "Allow", Operator: "ArnLike", Key: "aws:SourceArn",
			PolicyValues: []string{"arn:aws:imagebuilder:eu-west-1:111122223333:image/web/*/*"},
			RequestState: "known", RequestValues: []string{"arn:aws:imagebuilder:eu-west-1:111122223333:image/application/1.0.0/1"},
		}},
		Notes: []policy.Note{{Problem: strings.Repeat("a note of several words ", 5)}},
	}
	for _, width := range []int{40, 60, 80} {
		o := report.Options{TextOptions: report.TextOptions{Width: width}}
		var b strings.Builder
		if err := report.WriteDifference(&b, report.Compare(report.VerdictsOf(r), report.VerdictsOf(fortyAccounts(t))), o); err != nil {
			t.Fatal(err)
		}
		fitsTheWidth(t, "comparison", b.String(), width)
		b.Reset()
		if err := report.WriteAnswer(&b, answer, o); err != nil {
			t.Fatal(err)
		}
		fitsTheWidth(t, "answer", b.String(), width)
		for f := range r.Findings() {
			found, err := report.FindFinding([]byte(render(t, "json", r, fixed)), f.Fingerprint())
			if err != nil {
				t.Fatal(err)
			}
			b.Reset()
			if err := found[0].Write(&b, o); err != nil {
				t.Fatal(err)
			}
			fitsTheWidth(t, "finding", b.String(), width)
		}
	}
}

// A number of one has a noun in the singular.
func TestTextCountsOne(t *testing.T) {
	r := inAccounts(1, map[string]func(string) checks.Verdict{"one": func(string) checks.Verdict { return checks.Verdict{Status: checks.Warn, Message: "narrow"} }})
	r.Differences = &checks.Differences{Warn: 1}
	r.Inventory.Calls = map[string]account.Calls{"IAM": {Calls: 2, Retries: 1}}
	text := render(t, "text", r, report.Options{TextOptions: report.TextOptions{Details: true}})
	for _, want := range []string{", 1 new warning,", "1 of 1 check completed", "(1 retry,", "! 1 warning "} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in the report:\n%s", want, text)
		}
	}
}

// Of an account of the organization, the line of the account says what is not deployed in it.
func TestTextOfAccountWithoutPolicies(t *testing.T) {
	data, err := fixtures.All.ReadFile("organization.json")
	if err != nil {
		t.Fatal(err)
	}
	inv, err := recorded.Parse("organization", data)
	if err != nil {
		t.Fatal(err)
	}
	destinations := slices.DeleteFunc(lifecycle.All(), func(c checks.Check) bool { return c.ID != "cross-account-role-exists" })
	text := render(t, "text", checks.Run(inv, destinations), report.Options{TextOptions: report.TextOptions{Width: 5000}})
	if want := "  in the organization  no lifecycle policy, so lifecycle management does nothing (1 skipped)"; !strings.Contains(text, want) {
		t.Errorf("%q is not in the report:\n%s", want, text)
	}
}

func TestTextShowsWhatIsAsked(t *testing.T) {
	r := demo(t)
	lines := func(o report.TextOptions) []string {
		return strings.Split(strings.TrimSpace(render(t, "text", r, report.Options{TextOptions: o})), "\n")
	}
	if quiet := strings.Split(render(t, "text", r, report.Options{TextOptions: report.TextOptions{Quiet: true, ExitCode: code(1)}}), "\n"); len(quiet) != 2 || !strings.HasSuffix(quiet[0], "exit code 1") {
		t.Errorf("quiet: %q", quiet)
	}
	symbols := func(all []string) string {
		seen := ""
		for _, line := range all[:len(all)-1] { // the last one has the totals
			for _, symbol := range []string{"✓", "-", "✗", "!", "?"} {
				if strings.HasPrefix(line, "  "+symbol+" ") && !strings.Contains(seen, symbol) {
					seen += symbol
				}
			}
		}
		return seen
	}
	for want, show := range map[string][]checks.Status{"✗!?": nil, "✓": {checks.Pass}, "✗": {checks.Fail}, "✓-": {checks.Pass, checks.Skip}} {
		for _, details := range []bool{false, true} {
			got := strings.Split(symbols(lines(report.TextOptions{Show: show, Details: details})), "")
			slices.Sort(got)
			wanted := strings.Split(want, "")
			slices.Sort(wanted)
			if !slices.Equal(got, wanted) {
				t.Errorf("show %v, details %v: lines with %q", show, details, got)
			}
		}
	}
}

// A run over files whose time was up says so once for each account, and names no call, because it made none.
func TestTextOfARunWhoseTimeWasUp(t *testing.T) {
	inv, err := recorded.Parse("demo", fixtures.Demo)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	got := render(t, "text", checks.RunContext(ctx, inv, lifecycle.All()), report.Options{TextOptions: report.TextOptions{Width: 120, ExitCode: code(3)}})
	for _, line := range []string{
		"111122223333  owner",
		"  ? 16 checks  not evaluated: the time for the run was up [1]",
		"999900001111  organization",
		"  [1] Run again with a longer --timeout: the time for the run was up  7 accounts",
	} {
		if n := strings.Count(got, line+"\n"); n != 1 {
			t.Errorf("%d lines are %q:\n%s", n, line, got)
		}
	}
	if strings.Contains(got, "call") {
		t.Errorf("the report names a call:\n%s", got)
	}
}

// All findings with a cause are in the list of causes, and only there once.
func TestCausesCoverTheProblems(t *testing.T) {
	for name, r := range map[string]checks.Result{"demo": demo(t), "forty": fortyAccounts(t)} {
		d := decode[struct {
			Findings []struct {
				Fingerprint, Status string
				Cause               *struct{ ID, Finding string }
			}
			Causes []struct {
				ID, Step, Risk, Account string
				Clears                  checks.Summary
				Findings                []string
			}
		}](t, []byte(render(t, "json", r, report.Options{})))
		cause := map[string]string{}
		for _, c := range d.Causes {
			for _, f := range c.Findings {
				if cause[f] != "" {
					t.Errorf("%s: finding %s has two causes", name, f)
				}
				cause[f] = c.ID
			}
			if n := c.Clears.Fail + c.Clears.Warn + c.Clears.Unknown + c.Clears.Skip; n != len(c.Findings) {
				t.Errorf("%s: cause %s clears %d findings and lists %d", name, c.ID, n, len(c.Findings))
			}
			if c.Step == "" && c.Clears.Fail+c.Clears.Warn+c.Clears.Unknown > 0 {
				t.Errorf("%s: no step clears %v", name, c.Findings)
			}
		}
		for _, f := range d.Findings {
			id := ""
			if f.Cause != nil {
				id = f.Cause.ID
			}
			if cause[f.Fingerprint] != id {
				t.Errorf("%s: finding %s has the cause %q and is listed with %q", name, f.Fingerprint, id, cause[f.Fingerprint])
			}
			if problem := f.Status == "fail" || f.Status == "warn" || f.Status == "unknown"; problem && id == "" {
				t.Errorf("%s: problem %s has no cause", name, f.Fingerprint)
			}
			if f.Cause != nil && f.Cause.Finding != "" && cause[f.Cause.Finding] != id {
				t.Errorf("%s: finding %s refers to a finding with another cause", name, f.Fingerprint)
			}
		}
		// The first is to be done first: what deletes something comes after what fails otherwise.
		last := 0
		for i, c := range d.Causes {
			if c.Clears.Fail > 0 && c.Risk != "destructive" {
				last = i
			}
		}
		for i, c := range d.Causes {
			if (c.Risk == "destructive" || c.Clears.Fail == 0) && i < last {
				t.Errorf("%s: %q is listed before all other failures", name, c.Step)
			}
		}
	}
}

func TestFindFinding(t *testing.T) {
	r := demo(t)
	text := render(t, "json", r, fixed)
	for f := range r.Findings() {
		found, err := report.FindFinding([]byte(text), f.Fingerprint()[:8])
		if err != nil || len(found) != 1 {
			t.Fatalf("%s: %d found, %v", f.Fingerprint(), len(found), err)
		}
		var b strings.Builder
		if err := found[0].Write(&b, report.Options{TextOptions: report.TextOptions{Width: 5000}}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), f.Message) || !strings.Contains(b.String(), f.Check.ID) || f.Fix() != nil && !strings.Contains(b.String(), f.Fix().Summary) {
			t.Errorf("%s is not whole:\n%s", f.Fingerprint(), b.String())
		}
	}
}
