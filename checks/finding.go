package checks

import (
	"errors"

	"github.com/iblint/iblint/checks/account"
)

// Finding is the verdict of a check about a subject.
type Finding struct {
	Check    *Check
	Subject  account.Subject
	Status   Status
	Message  string
	Short    string // Message without the subject, on one line of a report
	Evidence []string
	Trace    []Trace // the one that decided is the first
	Notes    []Note
	Unread   *account.Unread // what could not be read, if the status is Unknown because of it

	Settle     string     // see Verdict
	Comparison Comparison // with an earlier result; empty: there is none

	Suppression *Suppression // the suppression that matches, expired or not; nil: none

	findFix func() *Fix      // nil: there is no fix
	asFound func() *Fix      // findFix before Rewrite; nil: there was none
	cause   string           // ID of the check that reports the cause, see Verdict
	about   *account.Subject // CauseSubject of Verdict
	by      *Finding         // the finding that reports the cause; nil: this one does
	once    bool             // reported once for all checks
	standIn bool             // see StandsForCheck
}

// Suppressed reports whether a suppression that has not expired matches the finding.
func (f Finding) Suppressed() bool { return f.Suppression != nil && !f.Suppression.Expired }

// StandsForCheck reports whether the finding stands for all subjects of its check in the account,
// because the run ended before the check was evaluated there.
func (f Finding) StandsForCheck() bool { return f.standIn }

// Fix returns what to change, for Fail and Warn. It is nil if iblint knows no fix. The call
// may search for the smallest edit of a policy.
func (f Finding) Fix() *Fix {
	if f.findFix == nil {
		return nil
	}
	return f.findFix()
}

// OriginalFix is Fix as it was before Rewrite. Its changes are those of Fix, in the same order, but
// symbols in them are symbols. It is for tools that find the code behind a change, not for reports.
func (f Finding) OriginalFix() *Fix {
	if f.asFound == nil {
		return f.Fix()
	}
	return f.asFound()
}

// unknown is the finding for an error: something could not be read or decided.
func unknown(s account.Subject, err error) Finding {
	f := Finding{Subject: s, Status: Unknown, Message: err.Error(), Short: Brief(err)}
	var why account.Unread
	if errors.As(err, &why) {
		f.Unread = &why
	}
	var undiscovered *account.Undiscovered
	if errors.As(err, &undiscovered) {
		f.Settle = undiscovered.Settle
	}
	return f
}
