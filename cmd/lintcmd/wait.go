package lintcmd

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/report/escape"
)

// The first and the longest pause before failed accounts are read again. Changes in IAM
// take seconds, sometimes minutes, to become visible (IAM User Guide, "Changes that I make
// are not always immediately visible").
const (
	firstWait   = 5 * time.Second
	longestWait = 30 * time.Second
)

// settle repeats the run until no check fails and no responses of AWS contradict each other,
// or until atMost has passed. It reads only the accounts concerned and the owners that
// need them.
func (e *evaluation) settle(ctx context.Context, result checks.Result, atMost time.Duration) checks.Result {
	end := time.Now().Add(atMost)
	printed := ""
	for pause := min(firstWait, atMost/10); ; pause = min(2*pause, longestWait) {
		waitingFor, accounts, everywhere := unsettled(result)
		left := time.Until(end)
		if len(waitingFor) == 0 || left <= 0 {
			return result
		}
		if line := strings.Join(waitingFor, "; "); line != printed {
			printed = line
			fmt.Fprintf(e.stderr, "iblint: waiting for up to %s for %s\n", left.Round(time.Second), escape.Printable(line))
		}
		select {
		case <-ctx.Done():
			return result
		case <-time.After(min(pause, left)):
		}
		owners := result.Inventory.Owners
		if !everywhere {
			owners = demand.New(result.Inventory).OwnersOf(accounts)
		}
		again, err := e.again(ctx, owners)
		if err != nil {
			fmt.Fprintln(e.stderr, "iblint: cannot read the failed accounts again: "+escape.Printable(err.Error()))
			return result
		}
		result = e.run(ctx, account.Merge(result.Inventory, again))
	}
}

// unsettled returns descriptions of the findings to wait for, and their accounts. These
// findings failed, or are unknown because responses of AWS contradict each other, and are not
// suppressed. Everywhere is true if one is about the organization: the cause may then be in
// any account.
func unsettled(r checks.Result) (what []string, accounts map[string]bool, everywhere bool) {
	const most = 3
	accounts = map[string]bool{}
	for f := range r.Findings() {
		contradicted := f.Unread != nil && f.Unread.Reason == account.Contradicted
		if f.Status != checks.Fail && !contradicted || f.Suppressed() {
			continue
		}
		accounts[f.Subject.Account] = true
		everywhere = everywhere || f.Subject.Type == string(account.OrganizationKind)
		what = append(what, f.Check.ID+" of "+f.Subject.ARN)
	}
	if more := len(what) - most; more > 0 {
		what = append(slices.Clip(what[:most]), fmt.Sprintf("%d more", more))
	}
	return what, accounts, everywhere
}

// again reads the owners once more.
func (e *evaluation) again(ctx context.Context, owners []account.Owner) (*account.Inventory, error) {
	e.end = time.Now().Add(e.timeout)
	l := *e.live
	l.scope.Owners, l.scope.Organization = owners, nil
	return e.inTime(ctx, l.load)
}
