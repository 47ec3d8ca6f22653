package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/checks/policy"
	"github.com/iblint/iblint/fixtures"
	"github.com/iblint/iblint/internal/cilog"
	"github.com/iblint/iblint/internal/source/recorded"
	"github.com/iblint/iblint/internal/testrun"
	"github.com/iblint/iblint/report"
	"github.com/iblint/iblint/report/escape"
	"github.com/iblint/iblint/report/fix"
)

// inert checks that a log contains no commands of CI systems.
func inert(t *testing.T, log string) {
	t.Helper()
	if commands := cilog.Commands(log); len(commands) > 0 {
		t.Errorf("the log contains commands: %.300q", commands)
	}
}

// Input text is not a command of a CI system in any format.
func TestNoFormatContainsCommands(t *testing.T) {
	for _, h := range testrun.Some(cilog.Hostile) {
		r := hostileResult(h)
		r.Version = h // also where the format writes no finding
		for _, format := range report.Names() {
			t.Run(fmt.Sprintf("%s %.20q", format, h), func(t *testing.T) {
				got := render(t, format, r, fixed)
				if format != "github" {
					inert(t, got)
				} else if commands := cilog.Commands(got); !slices.Equal(commands, []string{"GitHub: error", "GitHub: warning", "GitHub: notice"}) {
					t.Errorf("the log contains %q", commands)
				}
			})
		}
		for _, dialect := range fix.Dialects() {
			t.Run(fmt.Sprintf("%s %.20q", dialect, h), func(t *testing.T) { inert(t, remediate(t, r, dialect)) })
		}
		t.Run(fmt.Sprintf("step summary %.20q", h), func(t *testing.T) {
			var b bytes.Buffer
			if err := report.StepSummary(0)(&b, r, fixed); err != nil {
				t.Fatal(err)
			}
			inert(t, b.String())
		})
		t.Run(fmt.Sprintf("answer %.20q", h), func(t *testing.T) {
			a := report.Answer{Reason: h, Before: h, After: h + "\n" + h, Notes: []policy.Note{{Path: h, Problem: h}}}
			for f := range r.Findings() {
				if len(f.Trace) > 0 {
					a.Trace = f.Trace[0]
				}
			}
			for _, write := range []func(*bytes.Buffer) error{
				func(b *bytes.Buffer) error { return report.WriteAnswer(b, a, fixed) },
				func(b *bytes.Buffer) error { return report.WriteAnswerJSON(b, a, fixed) },
			} {
				var b bytes.Buffer
				if err := write(&b); err != nil {
					t.Fatal(err)
				}
				inert(t, b.String())
			}
		})
	}
}

// Escapes do not change the data: the JSON report decodes to the same values.
func TestInertJSONReadsBack(t *testing.T) {
	for _, h := range cilog.Hostile {
		want := strings.ToValidUTF8(h, "\ufffd")
		for _, text := range []any{h, map[string]any{h: []any{h, h + h, "#" + h}}} {
			plain, err := json.Marshal(text)
			if err != nil {
				t.Fatal(err)
			}
			got := escape.JSON(string(plain))
			inert(t, got)
			if a, b := decode[any](t, plain), decode[any](t, []byte(got)); !reflect.DeepEqual(a, b) {
				t.Errorf("%q reads back as %v", h, b)
			}
		}
		f := decode[struct {
			Findings []struct {
				Message  string
				Evidence []string
				Subject  struct{ Name string }
			}
		}](t, []byte(render(t, "json", hostileResult(h), fixed))).Findings[0]
		if f.Message != want || f.Evidence[0] != want || f.Subject.Name != want {
			t.Errorf("%q reads back as %+v", h, f)
		}
	}
}

// The guard also breaks a command that results from several writes.
func TestGuard(t *testing.T) {
	var pieces []string
	for _, h := range cilog.Hostile {
		pieces = append(pieces, h, "#", "\n", " ", h)
	}
	text := strings.Join(pieces, "") + "##[error]the last line"
	var whole string
	for _, size := range []int{1, 2, 3, 7, 64, len(text)} {
		var b bytes.Buffer
		g := escape.NewGuard(&b, escape.Inert)
		for rest := []byte(text); len(rest) > 0; {
			n, err := g.Write(rest[:min(size, len(rest))])
			if err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if err := g.Flush(); err != nil {
			t.Fatal(err)
		}
		if whole == "" {
			whole = b.String()
			for _, c := range cilog.Commands(escape.Printable(text)) { // the guard is not for what hides between the characters
				t.Errorf("Printable does not escape %q", c)
			}
		}
		if b.String() != whole {
			t.Errorf("written in pieces of %d bytes, the text is different", size)
		}
	}
	for _, text := range []string{"#" + "#[error]x", "  " + "::error::x", "x\r::error::x", "##" + "vso[a.b]"} {
		inert(t, escape.Inert(text))
	}
	if got := escape.Inert("arn:aws:iam::111122223333:role/x [a] # b ## c"); got != "arn:aws:iam::111122223333:role/x [a] # b ## c" {
		t.Errorf("harmless text becomes %q", got)
	}
}

// No field of the compared files is a command in the difference.
func TestDifferenceContainsNoCommands(t *testing.T) {
	for _, h := range cilog.Hostile {
		quoted, err := json.Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		file := func(status string) report.Verdicts {
			summary := map[string]string{"pass": `{"pass":2}`, "fail": `{"fail":2}`}[status]
			text := strings.NewReplacer("H", string(quoted), "STATUS", status, "SUMMARY", summary).Replace(
				`{"schemaVersion":"1.0","tool":{"name":H,"version":H},"scope":{"checks":[H],"owners":[{"account":H,"regions":[H]}]},"summary":SUMMARY,"unread":[{"account":H}],
				"findings":[{"check":H,"subject":{"account":"1","name":"n"},"status":"STATUS","message":H},
				{"check":"c","subject":{"account":H,"region":H,"type":H,"name":H,"arn":H,"partition":H},"status":"STATUS","message":H}]}`)
			v, err := report.ReadVerdicts([]byte(text))
			if err != nil {
				if h == "" {
					return v
				}
				t.Fatalf("%q: %v", h, err)
			}
			return v
		}
		d := report.Compare(file("pass"), file("fail"))
		var text, js bytes.Buffer
		if err := report.WriteDifference(&text, d, fixed); err != nil {
			t.Fatal(err)
		}
		inert(t, text.String())
		for _, c := range strings.ReplaceAll(text.String(), "\n", "") {
			if hidden(c) {
				t.Errorf("the output contains %.40q as %q", h, c)
			}
		}
		if err := report.WriteDifferenceJSON(&js, d, fixed); err != nil {
			t.Fatal(err)
		}
		inert(t, js.String())
		if changes := decode[struct{ Changes []struct{ Check string } }](t, js.Bytes()).Changes; !slices.ContainsFunc(changes, func(c struct{ Check string }) bool { return c.Check == h }) {
			t.Errorf("%q is not among the checks of %v", h, changes)
		}
	}
}

// No report contains a command from any field of a recording, or of a policy document in it.
func TestHostileRecordings(t *testing.T) {
	testrun.Long(t)
	const groups = 5 // of fields that are hostile together: the others lead the checks on
	for _, fixture := range testrun.Some([]string{"demo.json", "lifecycle-policy-role.json", "organization.json"}) {
		data, err := fixtures.All.ReadFile(fixture)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range testrun.Some([]string{"##[error]a ##VSO[task.complete result=Failed]b ##teamcity[c] section_start:1:d #\u034f#[e]", "\n::error::owned"}) {
			read := func(hostile func(n int) bool) (inv *account.Inventory, strings int, err error) {
				document := changeStrings(decode[any](t, data), &strings, func(n int, s string) string {
					if hostile(n) {
						s += h
					}
					return s
				})
				text, err := json.Marshal(document)
				if err != nil {
					t.Fatal(err)
				}
				inv, err = recorded.Parse(fixture, text)
				return inv, strings, err
			}
			var fields []int
			var find func(from, to int) // the fields that can be hostile
			find = func(from, to int) {
				_, _, err := read(func(n int) bool { return from <= n && n < to })
				switch {
				case err == nil:
					for n := from; n < to; n++ {
						fields = append(fields, n)
					}
				case to-from == 1:
					inert(t, escape.Printable(err.Error())) // a name that no recording may hold
				default:
					find(from, (from+to)/2)
					find((from+to)/2, to)
				}
			}
			_, all, _ := read(func(int) bool { return false })
			find(0, all)
			if len(fields) < 20 {
				t.Errorf("%s: %d fields can be hostile", fixture, len(fields))
			}
			for group := range groups {
				inv, _, err := read(func(n int) bool {
					i, found := slices.BinarySearch(fields, n)
					return found && i%groups == group
				})
				if err != nil {
					t.Fatalf("%s: fields that can each be hostile cannot together: %v", fixture, err)
				}
				r := checks.Run(inv, lifecycle.All())
				for _, format := range report.Names() {
					if format != "github" {
						inert(t, render(t, format, r, fixed))
					}
				}
				for _, dialect := range fix.Dialects() {
					inert(t, remediate(t, r, dialect))
				}
			}
		}
	}
}

// changeStrings changes all keys and strings of a document, also in documents that are encoded as
// strings, and counts them.
func changeStrings(v any, n *int, change func(n int, s string) string) any {
	switch v := v.(type) {
	case string:
		var inner map[string]any
		if json.Unmarshal([]byte(v), &inner) == nil {
			text, _ := json.Marshal(changeStrings(inner, n, change))
			return string(text)
		}
		*n++
		return change(*n-1, v)
	case []any:
		for i := range v {
			v[i] = changeStrings(v[i], n, change)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			*n++
			name, value := change(*n-1, key), changeStrings(v[key], n, change)
			delete(v, key)
			v[name] = value
		}
	}
	return v
}
