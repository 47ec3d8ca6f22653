package checks

import (
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/policy"
)

// Status is the result of a check for one subject.
type Status string

// The statuses, from good to bad.
const (
	Pass    Status = "pass"    // the prerequisite is met
	Skip    Status = "skip"    // not applicable; the message says why
	Warn    Status = "warn"    // works, but is fragile, wider than it should be, or does less than intended
	Unknown Status = "unknown" // could not be read or decided; the message says what is missing
	Fail    Status = "fail"    // lifecycle management will not do its work
)

// Statuses are all statuses, in the order in which reports count them.
var Statuses = []Status{Pass, Warn, Fail, Skip, Unknown}

// Verdict is what a check decides about one subject.
type Verdict struct {
	Status   Status
	Message  string          // one or two sentences: the subject, what is wrong, what would be right
	Short    string          // Message without the subject, in about 60 characters; empty: Message is short
	Evidence []string        // what was read and what decided: enough to verify the verdict without iblint
	Trace    []Trace         // the requests that policies were evaluated for; the one that decided is the first
	Notes    []Note          // lint notes on the text of policies; they do not change the verdict
	Unread   *account.Unread // what could not be read, if the status is Unknown because of it

	// Settle is what settles the verdict Unknown although everything was read, such as a flag that says what
	// is planned; empty: a person decides.
	Settle string

	// Fix is what to change, for Fail and Warn. A check sets FindFix instead if it has to
	// search for the fix; it is called only if the fix is shown.
	Fix     *Fix
	FindFix func() *Fix

	// Cause is the ID of the check that reports the cause of this failure, and CauseSubject what
	// that check is about; nil: the same subject. If that check also runs, this finding becomes a
	// Skip that refers to it.
	Cause        string
	CauseSubject *account.Subject
}

// Trace says how a policy was evaluated for a request.
type Trace struct {
	Policy  string `json:"policy"`  // which policy, such as "trust policy"
	Request string `json:"request"` // the request, in one sentence
	policy.Trace
}

// PolicyLine is a line that says which policy and which statement decided.
func (t Trace) PolicyLine() string { return t.Policy + ", " + t.Trace.PolicyLine() }

// Note is a lint note on the text of a policy, with its position. It never changes a verdict.
type Note struct {
	Policy string `json:"policy"` // which policy, such as "trust policy"
	policy.Note
}

// String is a line with the policy, the position and the problem.
func (n Note) String() string { return n.Policy + ", " + n.Note.String() }

// Lint returns the notes on the text of a policy of a kind. It returns none if the policy
// was not read. The name says which policy it is, such as "trust policy".
func Lint(kind policy.Kind, name string, read account.Read[string]) []Note {
	text, found, err := read.Get()
	if err != nil || !found {
		return nil
	}
	var notes []Note
	for _, n := range policy.Lint(kind, text) {
		notes = append(notes, Note{name, n})
	}
	return notes
}
