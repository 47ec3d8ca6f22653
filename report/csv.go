package report

import (
	"cmp"
	"encoding/csv"
	"io"
	"regexp"
	"strconv"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/report/escape"
	"github.com/iblint/iblint/report/wording"
)

// csvColumns are what people sort and filter by, then what they read.
var csvColumns = []string{
	"status", "suppressed", "severity", "check", "title", "account", "accountName", "region", "type", "name", "arn", "message", "remediation",
	"suppressionReason", "suppressionOwner", "suppressionExpires", "link", "fingerprint",
}

// writeCSV writes a header and one row a finding (RFC 4180, with line feeds).
func writeCSV(out io.Writer, r checks.Result, _ Options) error {
	w := csv.NewWriter(out)
	if err := w.Write(csvColumns); err != nil {
		return err
	}
	for f := range r.Findings() {
		s, fix, link := cmp.Or(f.Suppression, &checks.Suppression{}), "", ""
		if remedy := f.Fix(); remedy != nil {
			fix = remedy.Summary
		}
		if len(f.Check.Links) > 0 {
			link = f.Check.Links[0]
		}
		row := []string{
			string(f.Status), strconv.FormatBool(f.Suppressed()), string(f.Check.Severity), f.Check.ID, f.Check.Title,
			f.Subject.Account, wording.AccountName(r.Inventory, f.Subject.Account), f.Subject.Region, f.Subject.Type, f.Subject.Name, f.Subject.ARN, f.Message, fix,
			s.Reason, s.Owner, s.Expires, link, f.Fingerprint(),
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

// A spreadsheet takes a cell that begins with one of these characters for a formula
// (OWASP, "CSV Injection"), and where the semicolon separates cells, as in much of
// Europe, what comes after one as well.
var formula = regexp.MustCompile(`(^|;)([\s"']*)([=+\-@＝＋－＠])`)

// cell is text that a spreadsheet shows and does not compute: the apostrophe says so.
func cell(text string) string {
	return formula.ReplaceAllString(escape.Printable(text), "$1$2'$3")
}
