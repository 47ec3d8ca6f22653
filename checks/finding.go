package checks

import (
	"errors"

	"github.com/iblint/iblint/checks/account"
)

// Finding is a verdict with its check and subject.
type Finding struct {
	Check    *Check
	Subject  account.Subject
	Status   Status
	Message  string
	Evidence []string
	Trace    []Trace // the one that decided first
	Notes    []Note
	Unread   *account.Unread // what could not be read, where that is why the status is Unknown

	Suppression *Suppression // of this finding, expired or not; nil: none

	findFix func() *Fix // nil: nothing is to be changed
	cause   string
	once    bool // reported once for all checks
}

// Suppressed says that a suppression holds for the finding.
func (f Finding) Suppressed() bool { return f.Suppression != nil && !f.Suppression.Expired }

// Fix is what to change, for Fail and Warn; nil: nothing, or nothing that iblint
// knows. It may take a search, so it is found when it is asked for.
func (f Finding) Fix() *Fix {
	if f.findFix == nil {
		return nil
	}
	return f.findFix()
}

// unknown is the finding for what could not be read or decided.
func unknown(s account.Subject, err error) Finding {
	f := Finding{Subject: s, Status: Unknown, Message: err.Error()}
	var why account.Unread
	if errors.As(err, &why) {
		f.Unread = &why
	}
	return f
}
