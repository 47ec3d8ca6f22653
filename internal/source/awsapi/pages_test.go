package awsapi

import (
	"context"
	"errors"
	"strconv"
	"testing"

	"github.com/iblint/iblint/checks/account"
)

// An endless list is incomplete and contains the reason and the items that were read.
func TestListsWithoutEnd(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		size   int
		marker func(n int) string
		until  int // the page during which the run is interrupted
		pages  int
		why    account.Unread
	}{
		"the same token": {25, func(int) string { return "again" }, 0, 2, account.Unread{Reason: account.Malformed, Detail: "the service returned the same page token twice, so the list cannot be read to its end"}},
		"an old token":   {25, func(n int) string { return strconv.Itoa(n % 3) }, 0, 4, account.Unread{Reason: account.Malformed, Detail: "the service returned the same page token twice, so the list cannot be read to its end"}},
		"new tokens":     {100_000, strconv.Itoa, 0, 3, account.Unread{Reason: account.Malformed, Detail: "the list has more than 250000 items, which is more than any quota of AWS allows"}},
		"a signal":       {25, strconv.Itoa, 7, 7, account.Unread{Reason: account.Interrupted}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			read := 0
			list := pages(ctx, "iam:ListRoles", func(*string) (page[struct{}], error) {
				read++
				if read == test.until {
					cancel()
				}
				marker := test.marker(read)
				return page[struct{}]{items: make([]struct{}, test.size), marker: &marker}, nil
			}, func(struct{}) struct{} { return struct{}{} })
			cancel()
			test.why.Action = "iam:ListRoles"
			var why account.Unread
			if !errors.As(list.Err(), &why) || why != test.why || read != test.pages || len(list.Items()) != read*test.size {
				t.Errorf("%d pages and %d items: %v", read, len(list.Items()), list.Err())
			}
		})
	}
}
