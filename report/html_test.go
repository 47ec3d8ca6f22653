package report_test

import (
	"crypto/sha256"
	"encoding/base64"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/report"
)

// The policy allows the style and the script of the page, and nothing else.
func TestHTMLPolicy(t *testing.T) {
	got := render(t, "html", demo(t), report.Options{})
	between := func(before, after string) string {
		t.Helper()
		_, rest, found := strings.Cut(got, before)
		text, _, ended := strings.Cut(rest, after)
		if !found || !ended || strings.Count(got, before) != 1 {
			t.Fatalf("there is not one %s", before)
		}
		return text
	}
	hash := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	policy := html.UnescapeString(between(`<meta http-equiv="Content-Security-Policy" content="`, `"`))
	style, script := between("<style>", "</style>"), between("<script>", "</script>")
	if want := "default-src 'none'; style-src " + hash(style) + "; script-src " + hash(script) + "; base-uri 'none'; form-action 'none'"; policy != want {
		t.Errorf("the policy is %s, not %s", policy, want)
	}
	if !strings.Contains(script, "addEventListener") || !strings.Contains(style, "color-scheme") {
		t.Error("the page does not contain its style and script")
	}
	if found := regexp.MustCompile(`(?i)<[^>]* (src|srcset|style|on[a-z]+)=|<(link|img|iframe|object|embed|base)\b`).FindString(got); found != "" {
		t.Errorf("the page has %s", found)
	}
	if found := regexp.MustCompile(`(?i)url\(|@import|fetch\(|XMLHttpRequest|import\(|eval\(`).FindString(style + script); found != "" {
		t.Errorf("style or script have %s", found)
	}
}

// The totals equal those of the other formats and the number of findings.
func TestHTMLTotals(t *testing.T) {
	for name, r := range map[string]checks.Result{"demo": demo(t), "suppressed": suppressed(t)} {
		got := render(t, "html", r, report.Options{})
		s := r.Summary
		for word, want := range map[string]int{"pass": s.Pass, "warn": s.Warn, "fail": s.Fail, "skip": s.Skip, "unknown": s.Unknown, "suppressed": s.Suppressed} {
			if n := strings.Count(got, `<noscript data-state="`+word+`"`); n != want {
				t.Errorf("%s: %d findings are %s, not %d", name, n, word, want)
			}
			if total := "<b>" + strconv.Itoa(want) + "</b> " + word; want > 0 && strings.Count(got, total) != 1 {
				t.Errorf("%s: the page does not say %s once", name, total)
			}
		}
	}
}

func TestHTMLSuppressions(t *testing.T) {
	got := render(t, "html", suppressed(t), report.Options{})
	for _, want := range []string{
		"suppressed until 2026-12-31 by images team: moves to the new registry; the verdict is <b>fail</b>",
		"the suppression by images team expired on 2026-10-31: over",
		"Suppressions to review: 1",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// Input text never becomes an element or an attribute.
func TestHTMLHostileTextStaysText(t *testing.T) {
	structure := func(text string) (string, string) {
		page := render(t, "html", hostileResult(text), report.Options{})
		return strings.Join(regexp.MustCompile(`<[^\s>]*`).FindAllString(page, -1), "\n"), page
	}
	want, _ := structure("x")
	for _, h := range htmlHostile {
		got, page := structure(h)
		if got != want {
			t.Errorf("%q changes the elements of the page", h)
		}
		if strings.Contains(page, h) {
			t.Errorf("the page contains %q without escapes", h)
		}
		if !strings.Contains(page, html.EscapeString(h)) {
			t.Errorf("the page does not contain %q as text", h)
		}
	}
}

// Text that would run as a script, or end its element, without escapes.
var htmlHostile = []string{
	"</noscript><script>pwned = 1</script>", "</script><script>pwned = 1</script>", `"><img src=x onerror="pwned = 1">`,
	"<!--<script>", "</details></dl></main>", "</textarea></title></style><svg onload=pwned=1>", `'"><a href="javascript:pwned=1">`, "&lt;b&gt; &amp;",
	"<plaintext>", "<template><b>",
}

// The page shows code as text. Long lines are cut, and a place outside the file shows nothing.
func TestHTMLSourceStaysText(t *testing.T) {
	at := report.Location{File: "x.tf", Line: 2, Address: "x"}
	lines := append([]string{"one", strings.Repeat("n", 10_000), "\x1b]0;title\u202e\tx\r"}, htmlHostile...)
	o := report.Options{
		Locate: func(string, account.Subject) report.Location { return at },
		Source: func(string) []string { return lines },
	}
	text := render(t, "html", demo(t), o)
	if strings.Contains(text, strings.Repeat("n", 160)) || !strings.Contains(text, `<span class="here"><i>2</i>`+strings.Repeat("n", 159)+"…</span>") {
		t.Error("the long line is not cut at 160 characters, or is not marked")
	}
	if want := `<i>3</i>\x1b]0;title\u202e    x</span>`; !strings.Contains(text, want) {
		t.Error("control characters are not shown as escapes")
	}
	for i, h := range htmlHostile {
		if strings.Contains(text, h) {
			t.Errorf("the page contains %q without escapes", h)
		}
		if shown := strings.Contains(text, html.EscapeString(h)); shown != (i < 5) {
			t.Errorf("line %d is shown: %v", i+4, shown)
		}
	}
	for _, line := range []int{0, -1, 99} {
		at.Line = line
		if strings.Contains(render(t, "html", demo(t), o), `class="source"`) {
			t.Errorf("line %d of %d is shown", line, len(lines))
		}
	}
}

// "Fix first" has the order of the causes in the JSON report.
func TestHTMLFixFirst(t *testing.T) {
	r := demo(t)
	var want []string
	for _, c := range decode[struct {
		Causes []struct {
			Step   string
			Clears checks.Summary
		}
	}](t, []byte(render(t, "json", r, fixed))).Causes {
		if c.Clears.Fail+c.Clears.Unknown > 0 && c.Step != "Tag a repository" { // two steps that share a line
			want = append(want, c.Step)
		}
	}
	var got []string
	for _, m := range regexp.MustCompile(`<li><b>([^<]*)</b>`).FindAllStringSubmatch(render(t, "html", r, fixed), -1) {
		if m[1] != "Tag 2 repositories" {
			got = append(got, m[1])
		}
	}
	if !slices.Equal(got, want) || len(got) != 6 {
		t.Errorf("the steps are %q, not %q", got, want)
	}
	// Most steps are folded, and what is left out is counted.
	text := render(t, "html", manySteps(130), fixed)
	if n := strings.Count(text, `<li><b>`); n != 100 || !strings.Contains(text, "<summary>95 more steps</summary>") || !strings.Contains(text, "30 more steps are only in the JSON report.") {
		t.Errorf("of 130 steps, the page has %d", n)
	}
}

// manySteps is a result with failures of different roles.
func manySteps(n int) checks.Result {
	c := checks.On(checks.Check{ID: "test", Title: "test", Doc: "test", Severity: checks.High}, func(*demand.View, string) (list []named, err error) {
		for i := range n {
			list = append(list, named(strconv.Itoa(i)))
		}
		return list, nil
	}, func(s named) (checks.Verdict, error) {
		return checks.Verdict{Status: checks.Fail, Message: "no role", Fix: &checks.Fix{Summary: "create it", Changes: []checks.Change{{Action: checks.CreateRole, Account: "111122223333", Role: string(s)}}}}, nil
	})
	return checks.Run(&account.Inventory{Owners: []account.Owner{{Account: "111122223333"}}}, []checks.Check{c})
}

func TestHTMLIsDeterministic(t *testing.T) {
	if render(t, "html", suppressed(t), report.Options{}) != render(t, "html", suppressed(t), report.Options{Color: true}) {
		t.Error("the same result gave different pages")
	}
}

func TestHTMLHeadline(t *testing.T) {
	for _, c := range []struct {
		summary checks.Summary
		planned int
		want    string
	}{
		{checks.Summary{Fail: 1}, 1, "1 prerequisite fails"},
		{checks.Summary{Fail: 2, Unknown: 1}, 3, "2 prerequisites fail, and 1 other could not be decided"},
		{checks.Summary{Unknown: 2, Pass: 1}, 3, "No failures, but 2 prerequisites could not be decided"},
		{checks.Summary{Suppressed: 1}, 1, "No failures except suppressed ones"},
		{checks.Summary{Pass: 1}, 1, "No failures; every check reached a verdict"},
		{checks.Summary{}, 0, "There was nothing to check"},
	} {
		r := checks.Result{Inventory: demo(t).Inventory, Summary: c.summary, Ledger: []checks.Entry{{Expected: c.planned, Done: c.planned}}}
		if got := render(t, "html", r, report.Options{}); !strings.Contains(got, "<title>"+c.want+" - iblint</title>") {
			t.Errorf("%+v does not say %q", c.summary, c.want)
		}
	}
}
