package checks

import (
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/policy"
)

// Status is the word of a verdict.
type Status string

// The statuses, from good to bad.
const (
	Pass    Status = "pass"    // the prerequisite is met
	Skip    Status = "skip"    // not applicable, with the reason
	Warn    Status = "warn"    // works, but is fragile or wider than it should be
	Unknown Status = "unknown" // could not be read or decided, with what is missing
	Fail    Status = "fail"    // lifecycle management will not do its work
)

// Statuses are all of them, in the order in which reports count them.
var Statuses = []Status{Pass, Warn, Fail, Skip, Unknown}

// Verdict is what a check decides about one subject.
type Verdict struct {
	Status   Status
	Message  string          // one or two sentences: the thing, what is wrong, what would be right
	Evidence []string        // what was read, and what in it decided: enough to verify the verdict by hand
	Trace    []Trace         // the requests that policies were evaluated for; the one that decided first
	Notes    []Note          // peculiarities of the text of policies, which change no verdict
	Unread   *account.Unread // what could not be read and would have decided, where that is why it is Unknown

	// Fix is what to change, for Fail and Warn. Where finding it takes a search,
	// FindFix is given instead; it is called only when the fix is shown.
	Fix     *Fix
	FindFix func() *Fix

	// Cause is the ID of the check that reports the cause of this failure. When that
	// check runs too, the failure becomes a skip that refers to it.
	Cause string
}

// Trace is how a policy was evaluated for a request.
type Trace struct {
	Policy  string `json:"policy"`  // which one: "trust policy"
	Request string `json:"request"` // in one sentence
	policy.Trace
}

// PolicyLine says which policy decided, and what in it.
func (t Trace) PolicyLine() string { return t.Policy + ", " + t.Trace.PolicyLine() }

// Note is a peculiarity of the text of a policy, with its place. It never changes a verdict.
type Note struct {
	Policy string `json:"policy"` // which one: "trust policy"
	policy.Note
}

// String names policy, place and problem in one line.
func (n Note) String() string { return n.Policy + ", " + n.Note.String() }

// Lint returns the notes on the text of a policy of this kind; none when it was not
// read. Name says which policy it is, such as "trust policy".
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
