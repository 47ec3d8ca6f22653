package report

import (
	"cmp"
	"encoding/csv"
	"io"
	"strconv"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/internal/lazyregexp"
	"github.com/iblint/iblint/report/escape"
	"github.com/iblint/iblint/report/wording"
)

// csvColumns begin with the columns that people sort and filter by.
var csvColumns = []string{
	"status", "suppressed", "severity", "check", "title", "account", "accountName", "region", "type", "name", "arn", "message", "remediation",
	"suppressionReason", "suppressionOwner", "suppressionExpires", "link", "fingerprint", "location",
}

// writeCSV writes a header and one row for each finding (RFC 4180, but lines end with LF).
func writeCSV(out io.Writer, r checks.Result, o Options) error {
	w := csv.NewWriter(out)
	if err := w.Write(csvColumns); err != nil {
		return err
	}
	for f := range r.Findings() {
		s, fix, link := cmp.Or(f.Suppression, &checks.Suppression{}), "", ""
		if proposed := f.Fix(); proposed != nil {
			fix = proposed.Summary
		}
		if len(f.Check.Links) > 0 {
			link = f.Check.Links[0]
		}
		location := ""
		if at := o.declaredAt(f); at != nil {
			location = at.String()
		}
		row := []string{
			string(f.Status), strconv.FormatBool(f.Suppressed()), string(f.Check.Severity), f.Check.ID, f.Check.Title,
			f.Subject.Account, wording.AccountName(r.Inventory, f.Subject.Account), f.Subject.Region, f.Subject.Type, f.Subject.Name, f.Subject.ARN, f.Message, fix,
			s.Reason, s.Owner, s.Expires, link, f.Fingerprint(), location,
		}
		for i := range row {
			row[i] = cell(row[i])
		}
		if err := w.Write(row); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

// formulaStart matches where a spreadsheet may start a formula: at the start of a cell (OWASP,
// "CSV Injection"), and after a semicolon, because it separates cells in many locales.
var formulaStart = lazyregexp.New(`(^|;)([\s"']*)([=+\-@＝＋－＠])`)

// cell escapes a cell. An apostrophe before a formula makes spreadsheets treat it as text.
func cell(text string) string {
	return formulaStart().ReplaceAllString(escape.Printable(text), "$1$2'$3")
}
