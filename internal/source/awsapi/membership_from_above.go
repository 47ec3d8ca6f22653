package awsapi

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"github.com/iblint/iblint/checks/account"
)

// membershipFromAbove returns a function that completes the membership of an account whose role may
// not call DescribeOrganization. If the credentials of the run can list the parents of the account,
// it is in their organization (Organizations API Reference, ListParents: ChildNotFoundException).
// So roles in destination accounts need no permission of Organizations.
func (a *AWS) membershipFromAbove(ctx context.Context, connections *connections) func(string, account.Read[account.Membership]) account.Read[account.Membership] {
	base := callOnceValues(func() (*organizations.Client, account.Read[account.Membership]) {
		d, err := connections.base()
		if err != nil {
			return nil, account.Read[account.Membership]{}
		}
		return organizations.NewFromConfig(d.cfg), membership(ctx, d.cfg)
	})
	return func(id string, read account.Read[account.Membership]) account.Read[account.Membership] {
		var why account.Unread
		if _, _, err := read.Get(); !errors.As(err, &why) || why.Reason != account.AccessDenied {
			return read
		}
		client, own := base()
		if _, found, _ := own.Get(); !found {
			return read
		}
		out, err := client.ListParents(ctx, &organizations.ListParentsInput{ChildId: aws.String(id)})
		if err != nil || len(out.Parents) == 0 {
			return read
		}
		return own
	}
}
