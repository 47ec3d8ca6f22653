package checks

import (
	"context"
	"errors"

	"github.com/iblint/iblint/checks/account"
)

// cut is where an evaluation ended before it was through. Findings are evaluated
// each time they are asked for, and end there each time.
type cut struct {
	accounts  int // evaluated whole
	decisions int // in the account behind them
	why       error
}

// budget is how much of the account at a place in the list may be evaluated.
func (c *cut) budget(place int) *budget {
	switch {
	case c == nil || place < c.accounts:
		return &budget{}
	case place == c.accounts:
		return &budget{limited: true, left: c.decisions, why: c.why}
	}
	return &budget{limited: true, why: c.why}
}

// budget bounds the decisions in one account: by their number, or by ctx.
type budget struct {
	ctx     context.Context // nil: no bound
	limited bool
	left    int
	why     error // that there is none left

	spent int
	over  error // nil: there was always one left
}

// spend takes one decision, or says why there is none left.
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

// unevaluated says that a subject, or a check in an account, was not evaluated.
type unevaluated struct{ account.Unread }

func notEvaluated(end error) error {
	why := account.Unread{Reason: account.Interrupted}
	if errors.Is(end, context.DeadlineExceeded) {
		why = account.Unread{Reason: account.Timeout, Detail: "the time for the run was up"}
	}
	return unevaluated{why}
}

func (u unevaluated) Error() string {
	if u.Reason == account.Timeout {
		return "this was not evaluated: " + u.Detail + " first"
	}
	return "this was not evaluated: " + u.Unread.Error()
}

func (u unevaluated) Unwrap() error { return u.Unread }
