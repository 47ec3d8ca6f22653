package checks

import (
	"context"
	"errors"

	"github.com/iblint/iblint/checks/account"
)

// cut is the point at which an evaluation was interrupted. Findings are evaluated again each
// time they are requested, and each time the evaluation ends at this point.
type cut struct {
	accounts  int   // number of accounts that were completed
	decisions int   // number of decisions in the next account
	why       error // the reason
}

// budget is the budget for the account with an index in the list of accounts.
func (c *cut) budget(index int) *budget {
	switch {
	case c == nil || index < c.accounts:
		return &budget{}
	case index == c.accounts:
		return &budget{limited: true, left: c.decisions, why: c.why}
	}
	return &budget{limited: true, why: c.why}
}

// budget limits the decisions in one account, by number or by a context.
type budget struct {
	ctx     context.Context // nil: no limit
	limited bool            // left and why apply
	left    int             // number of decisions allowed
	why     error           // the error after the last one

	spent int
	over  error // the error of spend; nil: the limit was not reached
}

// spend counts one decision, or returns why no more are allowed.
func (b *budget) spend() error {
	switch {
	case b.over != nil:
	case b.limited && b.spent == b.left:
		b.over = b.why
	case b.ctx != nil && b.ctx.Err() != nil:
		b.over = notEvaluated(b.ctx.Err())
	}
	if b.over == nil {
		b.spent++
	}
	return b.over
}

// unevaluated is the error for a subject, or a check in an account, that was not evaluated.
type unevaluated struct{ account.Unread }

func notEvaluated(end error) error {
	why := account.Unread{Reason: account.Interrupted}
	if errors.Is(end, context.DeadlineExceeded) {
		why = account.Unread{Reason: account.Timeout, Detail: account.RunTimeUp}
	}
	return unevaluated{why}
}

func (u unevaluated) Error() string {
	why := u.Unread.Error()
	if u.Reason == account.Timeout {
		why = u.Detail + " first"
	}
	return "this was not evaluated: " + why
}

// Brief is Error in short.
func (u unevaluated) Brief() string { return "not evaluated: " + u.Unread.Brief() }

func (u unevaluated) Unwrap() error { return u.Unread }
