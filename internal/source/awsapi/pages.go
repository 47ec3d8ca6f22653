package awsapi

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/iblint/iblint/checks/account"
)

// page is one page of a list.
type page[T any] struct {
	items     []T // nil: the response contains no list
	truncated bool
	marker    *string // token of the next page
}

// mostItems limits a list. The largest list that AWS quotas permit is that of a Region's
// repositories, of which there may be 100,000 (Amazon ECR User Guide,
// "Amazon ECR service quotas").
const mostItems = 250_000

// pages reads all pages of a list. It does not use the SDK's paginators, because they accept a
// response without a list as an empty page, a truncated list without a token as complete, and
// a repeated token as a new page.
func pages[From, To any](ctx context.Context, action string, read func(marker *string) (page[From], error), convert func(From) To) account.List[To] {
	all := []To{}
	partial := func(why string) account.List[To] {
		return account.Partial(all, account.Unread{Reason: account.Malformed, Action: action, Detail: why})
	}
	seen := map[string]bool{}
	var marker *string
	for {
		if err := ctx.Err(); err != nil { // see call
			return account.Partial(all, unread(ctx, action, err))
		}
		p, err := read(marker)
		if err != nil {
			return account.Partial(all, unread(ctx, action, err))
		}
		if p.items == nil {
			return partial("the response contains no list")
		}
		for _, item := range p.items {
			all = append(all, convert(item))
		}
		next := aws.ToString(p.marker)
		switch {
		case next == "" && !p.truncated:
			return account.Complete(all)
		case next == "":
			return partial("the list is truncated, but the response has no token for the next page")
		case seen[next]:
			return partial("the service returned the same page token twice, so the list cannot be read to its end")
		case len(all) > mostItems:
			return partial(fmt.Sprintf("the list has more than %d items, which is more than any quota of AWS allows", mostItems))
		}
		seen[next] = true
		marker = &next
	}
}

// call calls an operation unless ctx has ended. The SDK is slow to refuse a call after the
// end of its context, which matters for thousands of calls.
func call[In, Out, Options any](ctx context.Context, operation func(context.Context, *In, ...func(*Options)) (*Out, error), in *In) (*Out, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return operation(ctx, in)
}
