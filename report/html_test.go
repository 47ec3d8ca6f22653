package report_test

import (
	"crypto/sha256"
	"encoding/base64"
	"html"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks"
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
