// Package checks is the contract between checks and the engine that runs them. A
// check is a value: its identity, its documentation and one decision about one
// subject. The engine gives it what was read, and turns what it decides into findings.
//
// A check is pure. It reads no clock and no network, and of an account it sees only
// the parts that it declares under Needs.
package checks

import (
	"errors"
	"fmt"
	"slices"

	"github.com/iblint/iblint/checks/account"
)

// Severity is what a failure costs. It never decides an exit code; only Status does.
type Severity string

// The severities.
const (
	High   Severity = "high"   // nothing is deprecated, disabled or deleted anywhere
	Medium Severity = "medium" // the images of one account or repository stay
	Low    Severity = "low"    // an inconvenience
)

// Check is one prerequisite. It is complete only when On has added the decision;
// Validate says what else it must have.
type Check struct {
	ID       string       // lower-case words joined by hyphens; users refer to it, so it is never reused
	Title    string       // a statement that is true when the check passes, without a full stop
	Severity Severity     // what a failure costs
	Kind     account.Kind // of its subjects
	Doc      string       // why the prerequisite matters
	Cases    []Case       // every verdict that the check can give, and when it does
	Links    []string     // the AWS documentation that the check rests on
	Needs    []account.Need

	evaluate func(view *account.View, id string, b *budget) []Finding // in one account
}

// Case documents when a check gives a verdict.
type Case struct {
	Status Status
	When   string
}

// Subject is what a check decides about: the thing that a user would change.
type Subject interface {
	// Subject names it, as findings do.
	Subject() account.Subject
	// NamedBy says what names it, for the evidence, where that was discovered.
	NamedBy() []string
}

// On completes a check: subjects lists the check's subjects in the account with an
// ID, and decide decides about one of them.
//
// An error from decide, or a panic, makes the verdict about that subject unknown; so
// does a status that is none of the five. Each error that is joined in the error of
// subjects is a finding as well: unknown, or skip where it says that there is nothing
// to check.
func On[S Subject](c Check, subjects func(view *account.View, id string) ([]S, error), decide func(S) (Verdict, error)) Check {
	c.Needs = oneEach(c.Needs)
	c.evaluate = func(view *account.View, id string, b *budget) []Finding {
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
			findings = append(findings, standIn(gap))
		}
		return findings
	}
	return c
}

func evaluateOne[S Subject](s S, decide func(S) (Verdict, error)) (f Finding) {
	defer func() {
		if p := recover(); p != nil {
			f = unknown(s.Subject(), fmt.Errorf("iblint could not evaluate this because of a fault in the check: %v", p))
		}
	}()
	v, err := decide(s)
	if err == nil && !slices.Contains(Statuses, v.Status) {
		err = fmt.Errorf("iblint could not evaluate this because of a fault in the check: it returned the status %q", v.Status)
	}
	if err == nil && v.Fix != nil {
		if wrong := v.Fix.Validate(); wrong != nil {
			err = fmt.Errorf("iblint could not evaluate this because of a fault in the check: in its fix %w", wrong)
		}
	}
	if err != nil {
		f = unknown(s.Subject(), err)
		f.Evidence, f.Trace, f.Notes = v.Evidence, v.Trace, v.Notes
		return f
	}
	if fix := v.Fix; fix != nil {
		v.FindFix = func() *Fix { return fix }
	}
	return Finding{
		Subject: s.Subject(), Status: v.Status, Message: v.Message, Evidence: v.Evidence, Trace: v.Trace, Notes: v.Notes, Unread: v.Unread,
		findFix: v.FindFix, cause: v.Cause,
	}
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
