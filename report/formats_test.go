package report_test

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/fixtures"
	"github.com/iblint/iblint/internal/source/recorded"
	"github.com/iblint/iblint/report"
)

// suppressed is the demo with a suppressed failure, a suppressed unknown finding and an expired
// suppression.
func suppressed(t *testing.T) checks.Result {
	t.Helper()
	inv, err := recorded.Parse("demo", fixtures.Demo)
	if err != nil {
		t.Fatal(err)
	}
	r := checks.Run(inv, lifecycle.All(),
		checks.Suppression{Check: "ecr-repository-tag", Subject: "app/api", Reason: "moves to the new registry", Owner: "images team", Expires: "2026-12-31"},
		checks.Suppression{Check: "cross-account-role-exists", Subject: "666677778888", Reason: "=no | access` yet", Owner: "audit", Expires: "2026-12-31"},
		checks.Suppression{Check: "ecr-repository-tag", Subject: "app/base", Reason: "over", Owner: "images team", Expires: "2026-10-31", Expired: true})
	r.Version = "v1.2.3"
	return r
}

// tally counts findings by word. Suppressed findings count only as suppressed.
type tally map[string]int

func (n tally) add(status string, suppressed bool) {
	if suppressed {
		status = "suppressed"
	}
	n[status]++
}

// lines are the lines of NDJSON.
func lines(t *testing.T, text string, each func(line []byte)) {
	t.Helper()
	for line := range strings.Lines(text) {
		if !json.Valid([]byte(line)) {
			t.Fatalf("%.200q is not JSON", line)
		}
		each([]byte(line))
	}
}

func decode[T any](t *testing.T, text []byte) (v T) {
	t.Helper()
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

type suppression struct{ Expired bool }

var inWords = regexp.MustCompile(`(\d+) (pass|warn|fail|skip|unknown|suppressed)\b`)

// parseTotals reads totals from text.
func parseTotals(text string) tally {
	n := tally{}
	for _, m := range inWords.FindAllStringSubmatch(text, -1) {
		if count, err := strconv.Atoi(m[1]); err == nil && count > 0 {
			n[m[2]] = count
		}
	}
	return n
}

// counted reads the totals from a report in each format: from its findings, if it has all of them.
var counted = map[string]func(*testing.T, string) tally{
	"text": func(_ *testing.T, text string) tally {
		words := map[string]string{"failed": "fail", "warning": "warn", "warnings": "warn", "unknown": "unknown", "passed": "pass", "skipped": "skip", "suppressed": "suppressed"}
		n := tally{}
		for _, m := range regexp.MustCompile(`(\d+) (\w+)`).FindAllStringSubmatch(lastLine(text), -1) {
			if count, err := strconv.Atoi(m[1]); err == nil && count > 0 {
				n[words[m[2]]] = count
			}
		}
		return n
	},
	"json": func(t *testing.T, text string) tally {
		n := tally{}
		for _, f := range decode[struct {
			Findings []struct {
				Status      string
				Suppression *suppression
			}
		}](t, []byte(text)).Findings {
			n.add(f.Status, f.Suppression != nil && !f.Suppression.Expired)
		}
		return n
	},
	"html": func(_ *testing.T, text string) tally {
		n := tally{}
		for _, m := range regexp.MustCompile(`<noscript data-state="(\w+)"`).FindAllStringSubmatch(text, -1) {
			n.add(m[1], false)
		}
		return n
	},
	"ndjson": func(t *testing.T, text string) tally {
		n := tally{}
		lines(t, text, func(line []byte) {
			f := decode[struct {
				Status      string
				Suppression *suppression
			}](t, line)
			n.add(f.Status, f.Suppression != nil && !f.Suppression.Expired)
		})
		return n
	},
	"csv": func(t *testing.T, text string) tally {
		n := tally{}
		rows := rows(t, text)
		for _, row := range rows[1:] {
			n.add(row[slices.Index(rows[0], "status")], row[slices.Index(rows[0], "suppressed")] == "true")
		}
		return n
	},
	"markdown": func(t *testing.T, text string) tally {
		n := tally{}
		for _, m := range regexp.MustCompile(`<summary>. <b>(\w+)</b>`).FindAllStringSubmatch(text, -1) {
			n.add(m[1], false)
		}
		_, table, _ := strings.Cut(text, "| verdict |")
		for line := range strings.Lines(table) {
			if cells := strings.Split(line, " | "); len(cells) == 6 && strings.HasPrefix(line, "| ") && !strings.HasPrefix(line, "| ---") {
				status, is := strings.CutPrefix(cells[0][2:], "suppressed ")
				n.add(status, is)
			}
		}
		for word, count := range parseTotals(strings.Split(text, "**")[1]) {
			if n[word] != count {
				t.Errorf("the head says %d %s, the report has %d", count, word, n[word])
			}
		}
		return n
	},
	"github": func(_ *testing.T, text string) tally { return parseTotals(lastLine(text)) },
	"junit": func(t *testing.T, text string) tally {
		n, suites := tally{}, junit(t, text)
		var sum testsuite
		for _, s := range suites.Suites {
			var own testsuite
			for _, c := range s.Cases {
				n.add(c.Status, false)
				own.Tests, own.Failures, own.Errors, own.Skipped = own.Tests+1, own.Failures+len(c.Failure), own.Errors+len(c.Error), own.Skipped+len(c.Skipped)
			}
			sum.Tests, sum.Failures, sum.Errors, sum.Skipped = sum.Tests+own.Tests, sum.Failures+own.Failures, sum.Errors+own.Errors, sum.Skipped+own.Skipped
			if own.Tests != s.Tests || own.Failures != s.Failures || own.Errors != s.Errors || own.Skipped != s.Skipped {
				t.Errorf("suite %s says %d tests, %d failures, %d errors, %d skipped; it has %+v", s.Name, s.Tests, s.Failures, s.Errors, s.Skipped, own)
			}
		}
		if suites.Tests != sum.Tests || suites.Failures != sum.Failures || suites.Errors != sum.Errors ||
			sum.Failures != n["fail"] || sum.Errors != n["unknown"] || sum.Skipped != n["skip"]+n["suppressed"] {
			t.Errorf("the report says %d tests, %d failures, %d errors; it has %+v of %v", suites.Tests, suites.Failures, suites.Errors, sum, n)
		}
		return n
	},
	"sarif": sarifCount,
	"codequality": func(t *testing.T, text string) tally {
		n := tally{}
		for _, v := range decode[[]violation](t, []byte(text)) {
			status, _, _ := strings.Cut(v.Description, ":")
			n.add(status, false)
		}
		return n
	},
	"ocsf": func(t *testing.T, text string) tally {
		n := tally{}
		lines(t, text, func(line []byte) {
			f := decode[struct {
				Status     string
				Compliance struct{ Status string }
			}](t, line)
			n.add(cmp.Or(map[string]string{"Pass": "pass", "Warning": "unknown", "Fail": "fail"}[f.Compliance.Status], f.Compliance.Status), f.Status == "Suppressed")
		})
		return n
	},
}

// SARIF has a result for each problem, and only totals of the other findings.
func sarifCount(t *testing.T, text string) tally {
	n, run := tally{}, sarif(t, text).Runs[0]
	for _, r := range run.Results {
		n.add(r.Properties.Status, len(r.Suppressions) > 0)
	}
	for word, count := range map[string]int{"pass": run.Properties.Summary.Pass, "skip": run.Properties.Summary.Skip} {
		if count > 0 {
			n[word] = count
		}
	}
	if s := run.Properties.Summary; s.Fail != n["fail"] || s.Warn != n["warn"] || s.Unknown != n["unknown"] || s.Suppressed != n["suppressed"] {
		t.Errorf("the summary says %+v, the results %v", s, n)
	}
	return n
}

type testsuites struct {
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Suites   []testsuite `xml:"testsuite"`
}

type testsuite struct {
	Name     string `xml:"name,attr"`
	Tests    int    `xml:"tests,attr"`
	Failures int    `xml:"failures,attr"`
	Errors   int    `xml:"errors,attr"`
	Skipped  int    `xml:"skipped,attr"`
	Cases    []struct {
		Name    string   `xml:"name,attr"`
		Class   string   `xml:"classname,attr"`
		Status  string   `xml:"status,attr"`
		Skipped []string `xml:"skipped"`
		Error   []string `xml:"error"`
		Failure []struct {
			Message string `xml:"message,attr"`
		} `xml:"failure"`
	} `xml:"testcase"`
}

// junit reads a whole JUnit report and checks that its test names are unique.
func junit(t *testing.T, text string) (suites testsuites) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	if err := d.Decode(&suites); err != nil {
		t.Fatal(err)
	}
	if rest, err := d.Token(); err == nil && string(rest.(xml.CharData)) != "\n" {
		t.Errorf("%q follows the document", rest)
	}
	names := map[string]bool{}
	for _, s := range suites.Suites {
		for _, c := range s.Cases {
			if name := c.Class + c.Name; names[name] {
				t.Errorf("two tests are named %q", name)
			} else {
				names[name] = true
			}
		}
	}
	return suites
}

func lastLine(text string) string {
	all := strings.Split(strings.TrimSpace(text), "\n")
	return all[len(all)-1]
}

func rows(t *testing.T, text string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// The totals are the same in all formats.
func TestTotalsInEveryFormat(t *testing.T) {
	for name, r := range map[string]checks.Result{"demo": demo(t), "suppressed": suppressed(t)} {
		want := tally{}
		for word, n := range map[string]int{"pass": r.Summary.Pass, "warn": r.Summary.Warn, "fail": r.Summary.Fail, "skip": r.Summary.Skip, "unknown": r.Summary.Unknown, "suppressed": r.Summary.Suppressed} {
			if n > 0 {
				want[word] = n
			}
		}
		for _, format := range report.Names() {
			count, ok := counted[format]
			if !ok {
				t.Errorf("no function counts the findings of format %s", format)
				continue
			}
			want := want
			if format == "codequality" { // GitLab knows only problems
				want = tally{"fail": want["fail"], "warn": want["warn"], "unknown": want["unknown"]}
			}
			if got := count(t, render(t, format, r, fixed)); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s, %s: %v, want %v", name, format, got, want)
			}
		}
	}
}

// The totals by account and by check of the JSON report add up to its findings.
func TestTotalsByAccountAndCheck(t *testing.T) {
	type counts struct{ Pass, Warn, Fail, Skip, Unknown, Suppressed int }
	for name, r := range map[string]checks.Result{"demo": demo(t), "suppressed": suppressed(t), "empty": empty()} {
		document := decode[struct {
			Findings []struct {
				Check, Status string
				Subject       struct{ Account string }
				Suppression   *suppression
			}
			Totals struct {
				Accounts []struct {
					Account string
					counts
				}
				Checks []struct {
					Check string
					counts
				}
			}
		}](t, []byte(render(t, "json", r, fixed)))
		want := map[string]tally{}
		for _, c := range r.Checks {
			want[c.ID] = tally{}
		}
		for _, f := range document.Findings {
			for _, of := range []string{f.Check, f.Subject.Account} {
				if want[of] == nil {
					want[of] = tally{}
				}
				want[of].add(f.Status, f.Suppression != nil && !f.Suppression.Expired)
			}
		}
		got := map[string]tally{}
		put := func(of string, n counts) {
			got[of] = tally{}
			for word, n := range map[string]int{"pass": n.Pass, "warn": n.Warn, "fail": n.Fail, "skip": n.Skip, "unknown": n.Unknown, "suppressed": n.Suppressed} {
				if n > 0 {
					got[of][word] = n
				}
			}
		}
		for _, a := range document.Totals.Accounts {
			put(a.Account, a.counts)
		}
		for _, c := range document.Totals.Checks {
			put(c.Check, c.counts)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) || len(document.Totals.Accounts)+len(document.Totals.Checks) != len(want) {
			t.Errorf("%s: the totals are %v, not %v", name, got, want)
		}
	}
}

// Findings with the same text stay distinct for tools that identify them by name or location.
func TestEqualFindingsStayDistinct(t *testing.T) {
	c := checks.On(checks.Check{ID: "test", Title: "test", Doc: "test"}, func(*demand.View, string) ([]named, error) { return []named{"a", "a", "\x07", `\a`}, nil },
		func(named) (checks.Verdict, error) { return checks.Verdict{Status: checks.Fail, Message: "found"}, nil })
	r := checks.Run(&account.Inventory{Owners: []account.Owner{{Account: "111122223333"}}}, []checks.Check{c})
	if n := len(junit(t, render(t, "junit", r, fixed)).Suites[0].Cases); n != 4 {
		t.Errorf("%d tests", n)
	}
	if n := len(sarif(t, render(t, "sarif", r, fixed)).Runs[0].Results); n != 4 {
		t.Errorf("%d results", n)
	}
}
