// Package checks defines what a check is, and the engine that runs checks.
//
// A check is a value with an identity, documentation and a function that decides about one
// subject. The engine calls the function with what was read from the accounts, and makes
// findings of the verdicts.
//
// A check is pure: it reads no clock and no network. Of an account it is given only the
// parts that it declares in Needs.
package checks

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
)

// Severity is the effect of a failure. Exit codes do not depend on it; they depend on the
// Status only.
type Severity string

// The severities.
const (
	High   Severity = "high"   // lifecycle management does nothing in any account
	Medium Severity = "medium" // lifecycle management does nothing in one account or repository
	Low    Severity = "low"    // an inconvenience
)

// Check is one prerequisite. On adds the function that decides about it. Validate returns
// an error for a check that is not complete.
type Check struct {
	ID       string         // lower-case words joined by hyphens. Users refer to it, so an ID is never reused
	Title    string         // a statement that is true if the check passes, without a full stop
	Severity Severity       // the effect of a failure
	Kind     account.Kind   // the kind of its subjects
	Doc      string         // why the prerequisite matters, as plain text
	Cases    []Case         // every verdict that the check can give, and when it gives it
	Links    []string       // URLs of the AWS documentation that the check is based on
	Needs    []account.Need // the parts of an account that the check reads

	evaluate func(view *demand.View, id string, b *budget) []Finding // the findings in one account
}

// Case documents when a check gives a status.
type Case struct {
	Status Status
	When   string
}

// Subject is what a check decides about: the thing that the user changes to fix a problem.
type Subject interface {
	// Subject identifies it in findings.
	Subject() account.Subject
	// NamedBy returns lines of evidence that say which AWS resources name it. It is empty
	// if the user named it.
	NamedBy() []string
}

// On returns the check with its decision. The function subjects lists the check's subjects
// in the account with the given ID. The function decide returns the verdict about one of
// them.
//
// The verdict about a subject is Unknown if decide returns an error, panics, or returns a
// status that is not in Statuses. Each of the errors joined in the error of subjects is also a
// finding: Skip if it is an account.Undiscovered that says that the check is not applicable, and
// Unknown otherwise.
func On[S Subject](c Check, subjects func(view *demand.View, id string) ([]S, error), decide func(S) (Verdict, error)) Check {
	c.Needs = oneEach(c.Needs)
	c.evaluate = func(view *demand.View, id string, b *budget) []Finding {
		list, err := subjects(view, id)
		findings := make([]Finding, 0, len(list))
		for _, s := range list {
			if err := b.spend(); err != nil {
				findings = append(findings, unknown(s.Subject(), err))
				continue
			}
			f := evaluateOne(s, decide)
			f.Evidence = slices.Concat(s.NamedBy(), f.Evidence)
			findings = append(findings, f)
		}
		for _, gap := range append(account.Gaps(err), view.OrganizationGaps(id, c.Kind)...) {
			findings = append(findings, gapFinding(gap))
		}
		return findings
	}
	return c
}

// aBug is the short form of errors about checks that break their contract.
const aBug = "not evaluated because of a bug in the check"

// evaluateOne returns the finding about one subject.
func evaluateOne[S Subject](s S, decide func(S) (Verdict, error)) (f Finding) {
	defer func() {
		if p := recover(); p != nil {
			f = unknown(s.Subject(), inShort{fmt.Errorf("iblint could not evaluate this because of a bug in the check: %v", p), aBug})
		}
	}()
	v, err := decide(s)
	if err == nil && !slices.Contains(Statuses, v.Status) {
		err = inShort{fmt.Errorf("iblint could not evaluate this because of a bug in the check: it returned the status %q", v.Status), aBug}
	}
	if err == nil && v.Fix != nil {
		if invalid := v.Fix.Validate(); invalid != nil {
			err = inShort{fmt.Errorf("iblint could not evaluate this because of a bug in the check: invalid fix: %w", invalid), aBug}
		}
	}
	if err != nil {
		f = unknown(s.Subject(), err)
		f.Evidence, f.Trace, f.Notes = v.Evidence, v.Trace, v.Notes
		return f
	}
	if fix := v.Fix; fix != nil {
		v.FindFix = func() *Fix { return fix }
	} else if v.FindFix != nil {
		v.FindFix = sync.OnceValue(v.FindFix) // the cause of a finding and its report both ask
	}
	if v.Status == Unknown && v.Unread != nil {
		v.Short = v.Unread.Brief() // as for an error: findings with this cause say the same
	}
	return Finding{
		Subject: s.Subject(), Status: v.Status, Message: v.Message, Short: cmp.Or(v.Short, v.Message), Evidence: v.Evidence, Trace: v.Trace, Notes: v.Notes, Unread: v.Unread, Settle: v.Settle,
		findFix: v.FindFix, cause: v.Cause, about: v.CauseSubject,
	}
}

// gapFinding is the finding for an error of listing subjects: the list may be incomplete, or
// the check is not applicable.
func gapFinding(gap error) Finding {
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

// Needs returns the needs of a check: its own, the parts that list the subjects of the kind,
// and, as evidence, the last lifecycle executions.
func Needs(kind account.Kind, own ...account.Need) []account.Need {
	all := slices.Concat(own, Required(kind.Parts()...))
	return append(all, account.Need{Part: account.ExecutionsPart, Use: account.Evidence})
}

// Required returns needs for parts without which a verdict is Unknown.
func Required(parts ...account.Part) (all []account.Need) {
	for _, part := range parts {
		all = append(all, account.Need{Part: part, Use: account.Required})
	}
	return all
}

// oneEach returns the first need for each part.
func oneEach(all []account.Need) (out []account.Need) {
	for _, n := range all {
		if !slices.ContainsFunc(out, func(have account.Need) bool { return have.Part == n.Part }) {
			out = append(out, n)
		}
	}
	return out
}
