// Package checks judges an inventory: each check is a value with its words and
// one decision about one subject. A check is pure: it reads no clock, no network
// and nothing of an account that it does not declare under Needs.
package checks

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/policy"
)

// Status is a verdict.
type Status string

// The verdicts, from good to bad.
const (
	Pass    Status = "pass"    // the prerequisite is met
	Skip    Status = "skip"    // not applicable, with the reason
	Warn    Status = "warn"    // works, but is fragile or wider than it should be
	Unknown Status = "unknown" // could not be read or decided, with what is missing
	Fail    Status = "fail"    // lifecycle management will not work
)

// Statuses are all verdicts in the order in which reports count them.
var Statuses = []Status{Pass, Warn, Fail, Skip, Unknown}

// Severity says what a failure costs. It never decides an exit code; only Status does.
type Severity string

// The severities.
const (
	High   Severity = "high"   // nothing is deprecated, disabled or deleted anywhere
	Medium Severity = "medium" // the images of one account or repository stay
	Low    Severity = "low"    // an inconvenience
)

// Check is one prerequisite: identity, words, and a decision about each of its subjects.
type Check struct {
	ID       string       // kebab-case; people script against it, so it is never reused
	Title    string       // reads as a fact when the check passes
	Severity Severity     // what a failure costs
	Kind     account.Kind // of its subjects; Image Builder is asked for them where nobody named any
	Doc      string       // why it matters, for rules, explain and the catalogue
	Cases    []Case       // when which verdict is given; a check gives no verdict that is not listed
	Links    []string     // where AWS says so
	Needs    []account.Need

	judge func(inv *account.Inventory, id string, b *budget) []Finding // about one account
}

// Case documents when a check gives a verdict.
type Case struct {
	Status Status
	When   string
}

// Verdict is a decision about one subject.
type Verdict struct {
	Status      Status
	Message     string          // one or two sentences, with the names of what was found
	Evidence    []string        // what was read, and what in it decided: enough to verify the verdict by hand
	Trace       []Trace         // requests that policies were asked and that matter here; the one that decided first
	Notes       []Note          // what is odd about the text of the policies, whatever it means for the verdict
	Remediation *Remediation    // what to change, for Fail and Warn
	Unread      *account.Unread // what could not be read and would have settled an Unknown

	// mend finds the Remediation when somebody asks for it, where that takes a search.
	mend func() *Remediation

	// obstacle is the decision on a request that stands in the way of a pass.
	obstacle policy.Decision

	// Cause is the check that reports the cause of this failure. When that check
	// runs too, the failure becomes a skip that points at it.
	Cause string
}

// Trace is what a policy said to a request, as data.
type Trace struct {
	Policy  string `json:"policy"`  // which one: "trust policy"
	Request string `json:"request"` // what was asked, in one sentence
	policy.Trace
}

// PolicyLine says which policy decided, and what in it.
func (t Trace) PolicyLine() string { return t.Policy + ", " + t.Trace.PolicyLine() }

// Note is what is odd about the text of a policy, with its place. It never changes a verdict.
type Note struct {
	Policy string `json:"policy"` // which one: "trust policy"
	policy.Note
}

// String names policy, place and problem in one line.
func (n Note) String() string { return n.Policy + ", " + n.Note.String() }

// lint adds what is odd about the text of a policy, if it was read.
func lint(notes []Note, kind policy.Kind, name string, read account.Read[string]) []Note {
	text, found, err := read.Get()
	if err != nil || !found {
		return notes
	}
	for _, n := range policy.Lint(kind, text) {
		notes = append(notes, Note{name, n})
	}
	return notes
}

// Finding is a verdict with its check and subject.
type Finding struct {
	Check    *Check
	Subject  account.Subject
	Status   Status
	Message  string
	Evidence []string
	Trace    []Trace // the one that decided first
	Notes    []Note
	Unread   *account.Unread // what could not be read, when that is why the verdict is unknown

	Suppression *Suppression // of this finding, though it may have expired; nil: none

	mend  func() *Remediation // nil: nothing is to be changed
	cause string
	once  bool // the first of the checks tells it for all
}

// Suppressed says that the finding is one to live with for now.
func (f Finding) Suppressed() bool { return f.Suppression != nil && !f.Suppression.Expired }

// Remediation is what to change, for Fail and Warn; nil: nothing, or nothing that
// iblint knows. It is found when it is asked for, since that may take a search.
func (f Finding) Remediation() *Remediation {
	if f.mend == nil {
		return nil
	}
	return f.mend()
}

// subject is what a check decides about. NamedBy tells what names it, where
// that was discovered; it stands in the evidence of every verdict.
type subject interface {
	Subject() account.Subject
	NamedBy() []string
}

// On completes a check: it decides about each of an account's subjects on its
// own. An error from decide, or a panic, makes the verdict about that subject
// unknown. What the list of subjects may lack, the errors that are joined in its
// error, is an unknown finding each, or a skip where there is nothing.
func On[S subject](c Check, subjects func(inv *account.Inventory, id string) ([]S, error), decide func(S) (Verdict, error)) Check {
	c.judge = func(inv *account.Inventory, id string, b *budget) []Finding {
		list, err := subjects(inv, id)
		findings := make([]Finding, 0, len(list))
		for _, s := range list {
			if err := b.spend(); err != nil {
				findings = append(findings, unknown(s.Subject(), err))
				continue
			}
			f := judgeOne(s, decide)
			f.Evidence = slices.Concat(s.NamedBy(), f.Evidence)
			findings = append(findings, f)
		}
		for _, gap := range append(split(err), inv.OrganizationGaps(id, c.Kind)...) {
			findings = append(findings, standIn(gap))
		}
		return findings
	}
	return c
}

// standIn is the finding for subjects that are not known, or of which there are none.
func standIn(gap error) Finding {
	var undiscovered *account.Undiscovered
	if !errors.As(gap, &undiscovered) {
		return unknown(account.Subject{}, gap)
	}
	f := unknown(undiscovered.Subject, gap)
	if undiscovered.NotApplicable {
		f.Status, f.once = Skip, true
	}
	return f
}

// split are the errors that were joined.
func split(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	if err != nil {
		return []error{err}
	}
	return nil
}

func judgeOne[S subject](s S, decide func(S) (Verdict, error)) (f Finding) {
	defer func() {
		if p := recover(); p != nil {
			f = unknown(s.Subject(), fmt.Errorf("iblint could not judge this, which is a fault of iblint: %v", p))
		}
	}()
	v, err := decide(s)
	if err != nil {
		f = unknown(s.Subject(), err)
		f.Evidence, f.Trace, f.Notes = v.Evidence, v.Trace, v.Notes
		return f
	}
	if fix := v.Remediation; fix != nil {
		v.mend = func() *Remediation { return fix }
	}
	return Finding{
		Subject: s.Subject(), Status: v.Status, Message: v.Message, Evidence: v.Evidence, Trace: v.Trace, Notes: v.Notes, Unread: v.Unread,
		mend: v.mend, cause: v.Cause,
	}
}

var registered []Check

// register adds one of iblint's own checks; it is called from the variable of each check.
func register(c Check) Check {
	registered = append(registered, c)
	return c
}

// All are iblint's own checks, by ID. Another module adds its own by appending to the slice.
func All() []Check {
	all := slices.Clone(registered)
	slices.SortFunc(all, func(a, b Check) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

//go:generate sh -c "go run ../cmd/iblint rules --markdown > CATALOGUE.md"
