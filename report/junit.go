package report

import (
	"bufio"
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/report/escape"
	"github.com/iblint/iblint/report/wording"
)

// The elements of a JUnit report that all readers support, as in the XML schema of Jenkins. In
// the schema, <skipped> has text and no attributes, and <testsuites> has no count of skipped
// tests.
type (
	junitSuite struct {
		XMLName    xml.Name        `xml:"testsuite"`
		Name       string          `xml:"name,attr"`
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Errors     int             `xml:"errors,attr"`
		Skipped    int             `xml:"skipped,attr"`
		Time       string          `xml:"time,attr"`
		Timestamp  string          `xml:"timestamp,attr,omitempty"`
		Properties []junitProperty `xml:"properties>property"`
		Cases      []junitCase     `xml:"testcase"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Name      string       `xml:"name,attr"`
		Class     string       `xml:"classname,attr"`
		Time      string       `xml:"time,attr"`
		Status    string       `xml:"status,attr"`
		Skipped   *junitText   `xml:"skipped"`
		Error     *junitResult `xml:"error"`
		Failure   *junitResult `xml:"failure"`
		SystemOut *junitText   `xml:"system-out"`
	}
	junitResult struct {
		Type    string `xml:"type,attr"`
		Message string `xml:"message,attr"`
		Text    string `xml:",cdata"`
	}
	junitText struct {
		Text string `xml:",cdata"`
	}
)

// writeJUnit writes the report as JUnit XML: a suite for each account and a test for each
// finding. A fail is a failure, an unknown is an error, and a skip or a suppressed finding is a
// skipped test. A warning passes, as its exit code does, and is written to the output of the test.
func writeJUnit(out io.Writer, r checks.Result, o Options) error {
	w := bufio.NewWriter(out)
	s := r.Summary
	tests := s.Pass + s.Warn + s.Fail + s.Skip + s.Unknown + s.Suppressed
	fmt.Fprintf(w, "%s<testsuites name=\"iblint\" tests=\"%d\" failures=\"%d\" errors=\"%d\" time=\"0\">\n", xml.Header, tests, s.Fail, s.Unknown)

	e := xml.NewEncoder(w)
	e.Indent("  ", "  ")
	suite, names := junitSuite{}, map[string]int{}
	for f := range r.Findings() {
		name := "iblint." + escape.Printable(f.Subject.Account)
		if suite.Name != name {
			if err := writeSuite(w, e, suite); err != nil {
				return err
			}
			suite = junitSuite{Name: name, Time: "0", Timestamp: timestamp(r, o), Properties: []junitProperty{{"iblint", escape.Printable(r.Version)}}}
			clear(names)
		}
		c := junitCaseOf(f, o)
		if names[c.Name]++; names[c.Name] > 1 { // GitLab drops tests with duplicate names
			c.Name += " #" + strconv.Itoa(names[c.Name])
		}
		suite.add(c)
	}
	if err := writeSuite(w, e, suite); err != nil {
		return err
	}
	fmt.Fprint(w, "</testsuites>\n")
	return w.Flush()
}

func writeSuite(w io.Writer, e *xml.Encoder, s junitSuite) error {
	if s.Tests == 0 {
		return nil
	}
	if err := e.Encode(s); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w)
	return err
}

func (s *junitSuite) add(c junitCase) {
	s.Cases = append(s.Cases, c)
	s.Tests++
	switch {
	case c.Failure != nil:
		s.Failures++
	case c.Error != nil:
		s.Errors++
	case c.Skipped != nil:
		s.Skipped++
	}
}

func junitCaseOf(f checks.Finding, o Options) junitCase {
	c := junitCase{Name: f.Check.ID + " " + escape.Printable(subjectName(f.Subject)), Class: "iblint." + f.Check.ID, Time: "0", Status: string(f.Status)}
	message := escape.Printable(f.Message)
	switch {
	case f.Suppressed():
		c.Status = wording.Suppressed
		c.Skipped = &junitText{fmt.Sprintf("%s; %s: %s", escape.Printable(wording.Suppression(*f.Suppression)), f.Status, message)}
	case f.Status == checks.Skip:
		c.Skipped = &junitText{message}
	case f.Status == checks.Fail:
		c.Failure = &junitResult{string(f.Check.Severity), message, details(f, o)}
	case f.Status == checks.Unknown:
		unread := cmp.Or(f.Unread, &account.Unread{Reason: "undecided"})
		c.Error = &junitResult{escape.Printable(string(unread.Reason)), message, details(f, o)}
	case f.Status == checks.Warn:
		c.SystemOut = &junitText{"warn: " + message + "\n" + details(f, o)}
	}
	return c
}

// subjectName identifies a subject: its ARN, or its account, Region, type and name.
func subjectName(s account.Subject) string {
	return cmp.Or(s.ARN, strings.Join(strings.Fields(s.Account+" "+s.Region+" "+s.Type+" "+s.Name), " "))
}

// details are the evidence, suppression, fix and links of a finding, one a line.
func details(f checks.Finding, o Options) string {
	var lines []string
	if at := o.declaredAt(f); at != nil {
		lines = append(lines, "at "+at.String())
	}
	for _, e := range f.Evidence {
		lines = append(lines, wording.Evidence(e))
	}
	if f.Suppression != nil {
		lines = append(lines, wording.Suppression(*f.Suppression))
	}
	if proposed := o.remedy(f); proposed != nil {
		lines = append(append(lines, "fix:  "+proposed.Summary), proposed.Cautions...)
		lines = append(lines, proposed.code.lines()...)
		lines = append(lines, proposed.commands...)
	}
	for i := range lines {
		lines[i] = escape.Printable(lines[i])
	}
	return strings.Join(append(lines, f.Check.Links...), "\n")
}

// timestamp is when the accounts were read, or else when the report is written, as an XML
// dateTime in UTC without a zone. It is empty if neither time is known.
func timestamp(r checks.Result, o Options) string {
	at := r.Inventory.ReadAt
	if at.IsZero() {
		at = o.Now
	}
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format("2006-01-02T15:04:05")
}
