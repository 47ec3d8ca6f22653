package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/checks/policy"
	"github.com/iblint/iblint/fixtures"
	"github.com/iblint/iblint/internal/source/recorded"
	"github.com/iblint/iblint/internal/testrun"
	"github.com/iblint/iblint/report"
)

func demo(t *testing.T) checks.Result {
	t.Helper()
	inv, err := recorded.Parse("demo", fixtures.Demo)
	if err != nil {
		t.Fatal(err)
	}
	r := checks.Run(inv, lifecycle.All())
	r.Version = "v1.2.3"
	return r
}

func render(t *testing.T, name string, r checks.Result, o report.Options) string {
	t.Helper()
	format, err := report.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := format(&b, r, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// fixed are options with a fixed time. The text report shows all of every finding.
var fixed = report.Options{
	TextOptions: report.TextOptions{Details: true, Show: checks.Statuses, Width: 5000},

	Now:    time.Date(2026, 11, 1, 6, 30, 0, 0, time.UTC),
	Locate: func(string, account.Subject) report.Location { return report.Location{File: "team.yaml", Line: 7} },
}

func TestGolden(t *testing.T) {
	results := map[string]checks.Result{
		"demo":  demo(t),
		"empty": empty(),
	}
	for name, r := range results {
		for _, format := range report.Names() {
			t.Run(name+"."+format, func(t *testing.T) {
				o := fixed
				o.TextOptions = report.TextOptions{}
				golden(t, name+"."+format, render(t, format, r, o))
			})
		}
		golden(t, name+".color.text", render(t, "text", r, report.Options{Color: true}))
		golden(t, name+".details.text", render(t, "text", r, report.Options{TextOptions: report.TextOptions{Details: true}}))
	}
}

// empty is a result without checks.
func empty() checks.Result {
	return checks.Result{Version: "v1.2.3", Inventory: &account.Inventory{Owners: []account.Owner{{Account: "111122223333"}}}, Checks: lifecycle.All()}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *testrun.Update {
		if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", name, diff)
	}
}

// The totals equal the number of findings.
func TestTotals(t *testing.T) {
	r := demo(t)
	var document struct {
		Summary  checks.Summary
		Findings []struct{ Status checks.Status }
	}
	if err := json.Unmarshal([]byte(render(t, "json", r, report.Options{})), &document); err != nil {
		t.Fatal(err)
	}
	counted := map[checks.Status]int{}
	for _, f := range document.Findings {
		counted[f.Status]++
	}
	want := checks.Summary{Pass: counted["pass"], Warn: counted["warn"], Fail: counted["fail"], Skip: counted["skip"], Unknown: counted["unknown"]}
	if document.Summary != want {
		t.Errorf("the summary says %+v, the findings %+v", document.Summary, want)
	}
	lines := strings.Split(strings.TrimSpace(render(t, "text", r, report.Options{})), "\n")
	if got := lines[len(lines)-1]; got != "✗ 7 failed  ! 6 warnings  ? 4 unknown  ✓ 34 passed  - 12 skipped" {
		t.Errorf("the last line of the text report is %q", got)
	}
}

// Values that an attacker may put into a role name, a tag or an error message.
var hostile = []string{
	"\x1b]0;title\x07\x1b[2J", "\u202egnp.exe", "\u009b2J", "line\nbreak\r\n", "nul\x00", "\xff\xfe not UTF-8",
	"::error::owned", "\n::error file=x::owned", "%0A::error::owned", "##[error]owned", "##vso[task.complete]##teamcity[x]section_start:1:x", "#\u034f#[error]", "=cmd|' /C calc'!A0", "@SUM(1+1)*cmd", "\t=1+1", "\r=1+1", "+1", "-1", "x;=1+1", "＝1+1",
	"]]>", "<![CDATA[x", "a|b", "``` \n# heading", "<img src=x onerror=alert(1)>", "[link](https://example.com)", "https://example.com www.example.com a@example.com",
	"# heading", "- item", "**bold** _x_ ~~y~~ &amp; $x$", "![image](x)", "trailing\\", "",
	"'; touch /tmp/x; '", "$(touch /tmp/x)", "`touch /tmp/x`", "\"quoted\"", "</script>", "\U000e0001tag", "\u2028", strings.Repeat("n", 10_000),
}

// Input text writes no control characters to a terminal.
func TestHostileTextIsEscaped(t *testing.T) {
	for _, h := range testrun.Some(hostile) {
		r := hostileResult(h)
		for _, format := range report.Names() {
			got := render(t, format, r, report.Options{})
			for _, c := range strings.ReplaceAll(got, "\n", "") {
				if !unicode.IsPrint(c) && c != unicode.ReplacementChar {
					t.Errorf("%s: the output contains %.40q as %q", format, h, c)
				}
			}
			if format == "json" && !json.Valid([]byte(got)) {
				t.Errorf("%.40q makes the JSON report invalid", h)
			}
		}
		// Escapes in JSON decode to the original text.
		var document struct{ Findings []struct{ Message string } }
		if err := json.Unmarshal([]byte(render(t, "json", r, report.Options{})), &document); err != nil {
			t.Fatal(err)
		}
		if want := strings.ToValidUTF8(h, "\ufffd"); document.Findings[0].Message != want && h != hostile[5] {
			t.Errorf("%.40q reads back as %.40q", h, document.Findings[0].Message)
		}
	}
}

// hostileResult is a result with the text in every field that holds input text.
func hostileResult(h string) checks.Result {
	after := h // an edit, and with it a diff; of ten kilobytes each they would not fit into a step summary
	if len(h) < 1000 {
		after += " after"
	}
	fix := &checks.Fix{Summary: h, Cautions: []string{h}}
	for _, action := range []checks.Action{
		checks.CreateRole, checks.DeleteRole, checks.AttachPolicy, checks.DetachPolicy, checks.ReplaceBoundary, checks.ReferToRole, checks.EditTrust, checks.EditInlinePolicy, checks.EditManagedPolicy,
		checks.EditRepositoryPolicy, checks.EditGuardrail, checks.CreateRepository, checks.TagRepository, checks.UntagRepository, checks.EnablePolicy, checks.IncludeResources, checks.EditLifecyclePolicy, checks.LookAtSelection,
		checks.LookAtRun, checks.LookAtAccount, checks.EditRegistryPolicy,
	} {
		fix.Changes = append(fix.Changes, checks.Change{
			Action: action, Partition: "aws", Account: "111122223333", Region: "eu-west-1", Role: h, Path: h, Document: h, Hint: h, Before: h, After: after,
			Policy: h, PolicyName: h, References: []string{h}, NewReference: h, Execution: h, Rule: 1, Include: []string{h}, Repository: h, Key: h, Value: h, OldValue: &h,
		})
	}
	inv := &account.Inventory{Accounts: map[string]*account.Account{"111122223333": {
		Roles: map[string]account.Read[account.Role]{h: account.Unreadable[account.Role](account.Unread{Reason: account.Failed, Action: h, Detail: h})},
	}}}
	inv.Owners = []account.Owner{{Account: "111122223333"}}
	inv.Accounts["111122223333"].Name = h
	inv.Calls = map[string]account.Calls{h: {Calls: 1, Retries: 1}}
	c := checks.On(checks.Check{ID: "test", Title: "test", Doc: "test", Links: []string{}}, func(_ *demand.View, id string) ([]named, error) {
		return []named{named(h)}, &account.Undiscovered{Subject: account.Subject{Account: id, Region: h, Type: "z", Name: h}, Message: h, Why: account.Unread{Reason: account.Failed, Detail: h, DeniedBy: h}}
	}, func(named) (checks.Verdict, error) {
		trace := checks.Trace{Policy: h, Request: h, Trace: policy.Trace{
			Outcome: "denied", Action: h, Principal: h, Statement: 1, Sid: h, Effect: "Deny", Line: 2,
			Element: "Condition", Operator: "StringEquals", Key: h, PolicyValues: []string{h}, RequestState: policy.Present, RequestValues: []string{h}, UnknownKey: "k" + h,
		}}
		return checks.Verdict{Status: checks.Fail, Message: h, Evidence: []string{h}, Trace: []checks.Trace{trace}, Fix: fix}, nil
	})
	r := checks.Run(inv, []checks.Check{c})
	r.Version = "v1.2.3"
	return r
}

// named is a subject whose name, and the name of what refers to it, is this text.
type named string

func (n named) Subject() account.Subject {
	return account.Subject{Account: "111122223333", Name: string(n), ARN: string(n)}
}

func (n named) NamedBy() []string { return []string{string(n)} }

type brokenWriter struct{ left int }

func (w *brokenWriter) Write(p []byte) (int, error) {
	if len(p) > w.left {
		return 0, errors.New("no space left")
	}
	w.left -= len(p)
	return len(p), nil
}

// A report that cannot be written completely returns an error.
func TestAFailedWriteIsAnError(t *testing.T) {
	for _, name := range report.Names() {
		format, _ := report.Lookup(name)
		if err := format(&brokenWriter{left: 100}, demo(t), report.Options{}); err == nil {
			t.Errorf("%s: writing to a full disk gave no error", name)
		}
	}
}

func TestUnknownFormat(t *testing.T) {
	if _, err := report.Lookup("xml"); err == nil || !strings.Contains(err.Error(), strings.Join(report.Names(), ", ")) {
		t.Errorf("error %v should list the formats", err)
	}
}
