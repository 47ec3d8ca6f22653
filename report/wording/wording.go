// Package wording has the words and numbers that several report formats share.
package wording

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
)

// Suppressed is the word for a suppressed finding. Suppression does not change its verdict.
const Suppressed = "suppressed"

// Word is the word of a finding in the totals: its status, or Suppressed.
func Word(status checks.Status, suppressed bool) string {
	if suppressed {
		return Suppressed
	}
	return string(status)
}

// symbols stand beside the words. They carry no information of their own.
var symbols = map[string]string{
	string(checks.Pass): "✓", string(checks.Warn): "!", string(checks.Fail): "✗", string(checks.Skip): "-", string(checks.Unknown): "?", Suppressed: "~",
}

// Symbol is the symbol for a word that Word returns.
func Symbol(word string) string { return symbols[word] }

// Total is the number of findings with a word.
type Total struct {
	Word string
	N    int
}

// Totals are the totals of all words in the order of the reports.
func Totals(s checks.Summary) []Total {
	return []Total{
		{string(checks.Pass), s.Pass}, {string(checks.Warn), s.Warn}, {string(checks.Fail), s.Fail},
		{string(checks.Skip), s.Skip}, {string(checks.Unknown), s.Unknown}, {Suppressed, s.Suppressed},
	}
}

// Shown are the totals that people read. Suppressed findings are counted only if there are any.
func Shown(s checks.Summary) []Total {
	return slices.DeleteFunc(Totals(s), func(t Total) bool { return t.Word == Suppressed && t.N == 0 })
}

// Results are the totals as the text report shows them: what needs action first.
func Results(s checks.Summary) []Result {
	all := []Result{
		{string(checks.Fail), s.Fail, "failed"}, {string(checks.Warn), s.Warn, "warnings"}, {string(checks.Unknown), s.Unknown, "unknown"},
		{string(checks.Pass), s.Pass, "passed"}, {string(checks.Skip), s.Skip, "skipped"}, {Suppressed, s.Suppressed, "suppressed"},
	}
	if s.Warn == 1 {
		all[1].Text = "warning"
	}
	return slices.DeleteFunc(all, func(r Result) bool { return r.Word == Suppressed && r.N == 0 })
}

// Result is a total with the word that follows its number.
type Result struct {
	Word string
	N    int
	Text string
}

// WorstFirst are the totals that people read, with what needs action first.
func WorstFirst(s checks.Summary) []Total {
	list := Shown(s)
	slices.SortStableFunc(list, func(a, b Total) int {
		return cmp.Compare(slices.Index(worstFirst, a.Word), slices.Index(worstFirst, b.Word))
	})
	return list
}

var worstFirst = []string{string(checks.Fail), string(checks.Unknown), string(checks.Warn), Suppressed, string(checks.Skip), string(checks.Pass)}

// TotalsLine is the totals that people read, on one line.
func TotalsLine(s checks.Summary) string {
	var parts []string
	for _, t := range Shown(s) {
		parts = append(parts, fmt.Sprintf("%d %s", t.N, t.Word))
	}
	return strings.Join(parts, ", ")
}

// Instant is a time in UTC, to the second.
func Instant(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// ReadAt says when the accounts were read.
func ReadAt(t time.Time) string { return "read " + Instant(t) }

// Evidence is one item of the evidence of a finding, with its label.
func Evidence(item string) string { return "evidence: " + item }

// Headings that several formats share.
const (
	IncompleteHeading   = "Incomplete checks"
	UnreadHeading       = "Could not be read"
	SuppressionsHeading = "Suppressions to review"
)

// AccountName is the name of an account in its organization, or empty if it was not read.
func AccountName(inv *account.Inventory, id string) string {
	if a := inv.Accounts[id]; a != nil {
		return a.Name
	}
	return ""
}

// Suppression describes the suppression of a finding in one sentence.
func Suppression(s checks.Suppression) string {
	if s.Expired {
		return fmt.Sprintf("the suppression by %s expired on %s: %s", s.Owner, s.Expires, s.Reason)
	}
	return fmt.Sprintf("suppressed until %s by %s: %s", s.Expires, s.Owner, s.Reason)
}

// Coverage says how many of the planned checks were completed.
func Coverage(r checks.Result) string {
	done := 0
	for _, e := range r.Ledger {
		done += e.Done
	}
	return fmt.Sprintf("%d of %s completed", done, Count(r.Evaluations(), "check", "checks"))
}

// Calls says how many calls of AWS APIs were made, by service. It is empty if there were none.
func Calls(calls map[string]account.Calls) string {
	var parts []string
	for _, service := range slices.Sorted(maps.Keys(calls)) {
		c := calls[service]
		part := fmt.Sprintf("%s %d", service, c.Calls)
		if c.Retries > 0 {
			part += fmt.Sprintf(" (%s, %d throttled)", Count(c.Retries, "retry", "retries"), c.Throttled)
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return ""
	}
	return "AWS API calls: " + strings.Join(parts, ", ")
}
