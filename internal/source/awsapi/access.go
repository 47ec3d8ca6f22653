package awsapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/iblint/iblint/checks/account"
)

// door is the way into an account: guarded, and known to be that account's.
type door struct {
	cfg aws.Config
	who caller
}

// enter gets into an account and makes sure that it is that account: what is
// read with the wrong credentials would be judged as somebody else's.
func (a *AWS) enter(ctx context.Context, base aws.Config, identity func() (caller, error), id string) (door, error) {
	access := a.Access[id]
	var cfg aws.Config
	var who caller
	var err error
	by := "the default credentials"
	switch {
	case access.Role != "":
		by = "role " + access.Role
		cfg, who, err = a.assume(ctx, base, access)
	case access.Profile != "":
		by = "profile " + access.Profile
		if cfg, err = a.config(ctx, access.Profile); err == nil {
			who, err = a.caller(ctx, cfg, access.Profile)
		}
	default:
		cfg = base
		who, err = identity()
		if err == nil && who.account != id && a.RoleName != "" {
			arn := "arn:" + who.partition + ":iam::" + id + ":role/" + a.RoleName
			by = "role " + arn
			cfg, who, err = a.assume(ctx, base, Access{Role: arn, ExternalID: a.ExternalID})
		}
	}
	if err != nil {
		return door{}, err
	}
	if who.account != id {
		detail := fmt.Sprintf("%s: account %s", by, who.account)
		if access == (Access{}) {
			detail += fmt.Sprintf("; name a profile or a role for %s, or set --role-name", id)
		}
		return door{}, account.Unread{Reason: account.WrongAccount, Detail: detail}
	}
	return door{a.guarded(cfg, id), who}, nil
}

// assume takes on the role that the user named for reading an account. Like every
// credential provider its client is outside the guard.
func (a *AWS) assume(ctx context.Context, base aws.Config, access Access) (aws.Config, caller, error) {
	cfg := base.Copy()
	if cfg.Region == "" {
		cfg.Region = "us-east-1"
	}
	asking := cfg.Copy()
	asking.HTTPClient = a.httpClient(cfg.HTTPClient) // who waits for an answer leaves, but the SDK's cache goes on asking
	asking.APIOptions = append(asking.APIOptions, a.meter.forAccount())
	cfg.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(asking), access.Role, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = cmp.Or(a.SessionName, "iblint")
		if access.ExternalID != "" {
			o.ExternalID = aws.String(access.ExternalID)
		}
	}))
	if _, err := base.Credentials.Retrieve(ctx); err != nil {
		return cfg, caller{}, &CredentialsError{a.Profile, err}
	}
	assumed, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return cfg, caller{}, unread(ctx, "sts:AssumeRole", err)
	}
	// STS says with the credentials whose they are.
	if partition, _, ok := splitARN(access.Role); ok && assumed.AccountID != "" {
		return cfg, caller{assumed.AccountID, partition}, nil
	}
	who, err := a.caller(ctx, cfg, "")
	return cfg, who, err
}

// unreadAccount is why nothing of an account could be read.
func (a *AWS) unreadAccount(ctx context.Context, err error) account.Unread {
	var why account.Unread
	var credentials *CredentialsError
	switch {
	case errors.As(err, &why):
		return why
	case errors.As(err, &credentials):
		if why := unread(ctx, "", credentials.Err); ctx.Err() != nil || why.Reason == account.Throttled {
			return why
		}
		a.warn(credentials)
		return account.Unread{Reason: account.NoCredentials, Detail: credentials.Error()}
	}
	return account.Unread{Reason: account.NoCredentials, Detail: err.Error()}
}

// splitARN takes partition and account out of an ARN.
func splitARN(arn string) (partition, id string, ok bool) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || !account.IsAccountID(parts[4]) {
		return "", "", false
	}
	return parts[1], parts[4], true
}
