package awsapi

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/iblint/iblint/checks/account"
)

// page is one page of a list.
type page[T any] struct {
	items     []T // nil: the answer holds no list
	truncated bool
	marker    *string // of the page behind it
}

// pages reads a list to its end. The SDK's paginators are not used: they take an
// answer without a list for an empty page, a list that goes on without saying
// where for a complete one, and a marker that comes back for a new page.
func pages[From, To any](ctx context.Context, action string, read func(marker *string) (page[From], error), convert func(From) To) account.List[To] {
	all := []To{}
	partial := func(why string) account.List[To] {
		return account.Partial(all, account.Unread{Reason: account.Malformed, Action: action, Detail: why})
	}
	seen := map[string]bool{}
	var marker *string
	for {
		p, err := read(marker)
		if err != nil {
			return account.Partial(all, unread(ctx, action, err))
		}
		if p.items == nil {
			return partial("the answer holds no list")
		}
		for _, item := range p.items {
			all = append(all, convert(item))
		}
		next := aws.ToString(p.marker)
		switch {
		case next == "" && !p.truncated:
			return account.Complete(all)
		case next == "":
			return partial("the list goes on, but the answer does not say where")
		case seen[next]:
			return partial("the list goes in circles")
		}
		seen[next] = true
		marker = &next
	}
}
