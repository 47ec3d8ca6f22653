package report_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"html"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	raw "github.com/yuin/goldmark/renderer/html"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/testrun"
	"github.com/iblint/iblint/report"
	"github.com/iblint/iblint/report/escape"
)

// harmless checks that a report in each format is well-formed and contains the hostile text h only
// as text.
var harmless = map[string]func(t *testing.T, report, h string){
	"text": func(*testing.T, string, string) {}, // TestHostileTextIsEscaped
	"json": func(t *testing.T, text, _ string) { decode[any](t, []byte(text)) },
	"html": func(t *testing.T, text, h string) { // more in TestHTMLHostileTextStaysText, and in a browser
		if !strings.Contains(html.UnescapeString(text), escape.Printable(h)) || strings.Count(text, "<script") != 1 {
			t.Errorf("the page does not contain %.60q as text, or contains %d scripts", h, strings.Count(text, "<script"))
		}
	},
	"ndjson": func(t *testing.T, text, h string) {
		n := 0
		lines(t, text, func(line []byte) {
			if f := decode[struct{ Message string }](t, line); n == 0 && f.Message != strings.ToValidUTF8(h, "\ufffd") && !strings.HasPrefix(h, "\xff") {
				t.Errorf("the message reads back as %.60q", f.Message)
			}
			n++
		})
		if n != 2 {
			t.Errorf("%d lines for 2 findings", n)
		}
	},
	"csv": func(t *testing.T, text, h string) {
		rows := rows(t, text)
		if len(rows) != 3 {
			t.Errorf("%d rows for a header and 2 findings", len(rows))
		}
		// Spreadsheets separate cells by commas or by semicolons.
		for _, comma := range []rune{',', ';'} {
			reader := csv.NewReader(strings.NewReader(text))
			reader.Comma, reader.LazyQuotes, reader.FieldsPerRecord = comma, true, -1
			for {
				row, err := reader.Read()
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				for _, cell := range row {
					if strings.ContainsAny(strings.TrimLeft(cell, " ")[:min(1, len(strings.TrimLeft(cell, " ")))], "=+-@\t\r") || strings.HasPrefix(cell, "＝") {
						t.Errorf("cell %.60q is a formula", cell)
					}
				}
			}
		}
		if cell := rows[1][slices.Index(rows[0], "message")]; strings.TrimPrefix(cell, "'") != escape.Printable(h) && !strings.Contains(h, ";") {
			t.Errorf("the message reads back as %.60q", cell)
		}
	},
	"codequality": func(t *testing.T, text, h string) {
		found := decode[[]violation](t, []byte(text))
		if len(found) != 2 {
			t.Fatalf("%d violations for 2 findings", len(found))
		}
		if want := "fail: " + escape.Visible(h) + ". Fix: "; !strings.HasPrefix(found[0].Description, want) {
			t.Errorf("the description reads back as %.60q", found[0].Description)
		}
	},
	"github": func(t *testing.T, text, _ string) {
		for line := range strings.Lines(text) {
			if !regexp.MustCompile(`^::(error|warning|notice) (file=[^,:]+,line=\d+,)?title=[^,:]+::.*\n$`).MatchString(line) {
				t.Errorf("%.80q is not a command that iblint writes", line)
			}
			for _, escape := range regexp.MustCompile(`%.{0,2}`).FindAllString(line, -1) {
				if !slices.Contains([]string{"%25", "%3A", "%2C"}, escape) {
					t.Errorf("%.80q contains the escape %q, which iblint does not write", line, escape)
				}
			}
			if len(line) > 20_000 {
				t.Errorf("a command of %d bytes", len(line))
			}
		}
		if n := strings.Count(text, "\n"); n != 3 {
			t.Errorf("%d commands, want an error, a warning and the totals", n)
		}
	},
	"junit": func(t *testing.T, text, h string) {
		suites := junit(t, text)
		if len(suites.Suites) != 1 || len(suites.Suites[0].Cases) != 2 {
			t.Fatalf("%+v is not a suite of two tests", suites)
		}
		if got := suites.Suites[0].Cases[0].Failure[0].Message; got != escape.Printable(h) {
			t.Errorf("the message reads back as %.60q", got)
		}
	},
	"ocsf": func(t *testing.T, text, h string) {
		n := 0
		lines(t, text, func(line []byte) {
			if f := decode[struct{ Message string }](t, line); n == 0 && f.Message != escape.Visible(h) {
				t.Errorf("the message reads back as %.60q", f.Message)
			}
			n++
		})
		if n != 2 {
			t.Errorf("%d events for 2 findings", n)
		}
	},
	"sarif": func(t *testing.T, text, h string) {
		message, _, _ := strings.Cut(sarif(t, text).Runs[0].Results[0].Message.Text, "\nFix: ")
		if message != strings.ReplaceAll(escape.Visible(h), "](", "] (") {
			t.Errorf("the message reads back as %.60q", message)
		}
	},
	"markdown": func(t *testing.T, text, h string) { markdownIsLiteral(t, text, h) },
}

var (
	blanks  = regexp.MustCompile(`\s+`)
	opened  = regexp.MustCompile(`<([a-z0-9]+)`) // in what goldmark renders, each < is of an element
	element = regexp.MustCompile(`</?[a-z0-9][^>]*>`)
)

// markdownIsLiteral renders Markdown. It expects the text h in the result, and no element that
// iblint does not write.
func markdownIsLiteral(t *testing.T, text, h string) {
	t.Helper()
	var rendered bytes.Buffer
	if err := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(raw.WithUnsafe())).Convert([]byte(text), &rendered); err != nil {
		t.Fatal(err)
	}
	elements := map[string]int{}
	for _, m := range opened.FindAllStringSubmatch(rendered.String(), -1) {
		elements[m[1]]++
		if !slices.Contains(strings.Fields("h1 h2 p ul ol li strong b em pre code table thead tbody tr th td details summary"), m[1]) {
			t.Errorf("%.60q creates an element <%s>", h, m[1])
		}
	}
	const sections = 4 // two problems, what could not be read, and the check that was not completed
	if elements["h1"] != 1 || elements["details"] != sections || elements["summary"] != sections || strings.Count(rendered.String(), "</details>") != sections {
		t.Errorf("%.60q creates %d headings, %d sections", h, elements["h1"], elements["details"])
	}
	plain := html.UnescapeString(element.ReplaceAllString(rendered.String(), " "))
	flat := func(s string) string { return strings.TrimSpace(blanks.ReplaceAllString(s, " ")) }
	if !strings.Contains(flat(plain), flat("Problem: "+escape.Printable(h))) {
		t.Errorf("%.60q does not render as it is", h)
	}
}

// Input text is harmless in every format.
func TestHostileTextInEveryFormat(t *testing.T) {
	for _, h := range testrun.Some(hostile) {
		r := hostileResult(h)
		for _, format := range report.Names() {
			check, ok := harmless[format]
			if !ok {
				t.Errorf("no function checks that format %s is harmless", format)
				continue
			}
			t.Run(fmt.Sprintf("%s %.20q", format, h), func(t *testing.T) {
				o := fixed
				o.Locate = func(string, account.Subject) report.Location { return report.Location{File: "x,y:z%.json", Line: 3} }
				h, r := h, r
				if format == "markdown" && len(h) > 1000 { // its commands repeat it and exceed the size limit
					h = h[:100]
					r = hostileResult(h)
				}
				check(t, render(t, format, r, o), h)
			})
		}
		t.Run(fmt.Sprintf("step summary %.20q", h), func(t *testing.T) {
			var b bytes.Buffer
			if err := report.StepSummary(0)(&b, r, fixed); err != nil {
				t.Fatal(err)
			}
			if len(h) > 1000 { // its commands repeat it and exceed the size limit
				h = h[:1000]
				b.Reset()
				if err := report.StepSummary(0)(&b, hostileResult(h), fixed); err != nil {
					t.Fatal(err)
				}
			}
			markdownIsLiteral(t, b.String(), h)
		})
	}
}
