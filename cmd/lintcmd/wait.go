package lintcmd

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/report/escape"
)

// How long to wait before what failed is read again, at first and at most. IAM's
// changes take seconds, and minutes at times (IAM User Guide, "Changes that I make
// are not always immediately visible").
const (
	firstWait   = 5 * time.Second
	longestWait = 30 * time.Second
)

// settle reads what failed again, and what AWS gave contradictory answers about, until
// that is over or the time is up: the accounts that it is about, and the owners that
// need them, with all that they need.
func (j *judgement) settle(ctx context.Context, result checks.Result, atMost time.Duration) checks.Result {
	end := time.Now().Add(atMost)
	told := ""
	for pause := min(firstWait, atMost/10); ; pause = min(2*pause, longestWait) {
		waitingFor, accounts, everywhere := unsettled(result)
		left := time.Until(end)
		if len(waitingFor) == 0 || left <= 0 {
			return result
		}
		if line := strings.Join(waitingFor, "; "); line != told {
			told = line
			fmt.Fprintf(j.stderr, "iblint: waiting for up to %s for %s\n", left.Round(time.Second), escape.Printable(line))
		}
		select {
		case <-ctx.Done():
			return result
		case <-time.After(min(pause, left)):
		}
		owners := result.Inventory.Owners
		if !everywhere {
			owners = result.Inventory.View().OwnersOf(accounts)
		}
		again, err := j.again(ctx, owners)
		if err != nil {
			fmt.Fprintln(j.stderr, "iblint: the accounts that failed could not be read again: "+escape.Printable(err.Error()))
			return result
		}
		result = j.run(ctx, account.Merge(result.Inventory, again))
	}
}

// unsettled is what failed or was contradicted and is not suppressed, and in which
// accounts; what is about an organization may be anywhere in it.
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

// again reads owners that are known once more.
func (j *judgement) again(ctx context.Context, owners []account.Owner) (*account.Inventory, error) {
	j.end = time.Now().Add(j.timeout)
	once := *j.live
	once.scope.Owners, once.scope.Organization = owners, nil
	return j.inTime(ctx, once.load)
}
