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

// accountConfig is the guarded SDK configuration for an account. Its credentials are known to
// belong to that account.
type accountConfig struct {
	cfg aws.Config
	who caller
}

// enter returns the configuration for account id. It verifies that the credentials belong to
// the account, because otherwise the checks would evaluate another account's resources. The
// error is an account.Unread or a *CredentialsError.
func (a *AWS) enter(ctx context.Context, base aws.Config, identity func() (caller, error), id string) (accountConfig, error) {
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
		return accountConfig{}, err
	}
	if who.account != id {
		detail := fmt.Sprintf("%s: account %s", by, who.account)
		if access == (Access{}) {
			detail += fmt.Sprintf("; name a profile or a role for %s, or set --role-name", id)
		}
		return accountConfig{}, account.Unread{Reason: account.WrongAccount, Detail: detail}
	}
	return accountConfig{a.guarded(cfg, id), who}, nil
}

// assume returns a configuration with the role that the user named for reading an account.
// Its STS client is a credential provider, so the read-only guard does not apply to it.
func (a *AWS) assume(ctx context.Context, base aws.Config, access Access) (aws.Config, caller, error) {
	cfg := base.Copy()
	if cfg.Region == "" {
		cfg.Region = "us-east-1"
	}
	stsConfig := cfg.Copy()
	// The SDK's credentials cache continues a call after its caller has given up. This client
	// has a timeout.
	stsConfig.HTTPClient = a.httpClient(cfg.HTTPClient)
	stsConfig.APIOptions = append(stsConfig.APIOptions, a.meter.forAccount())
	cfg.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(stsConfig), access.Role, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = cmp.Or(a.SessionName, "iblint")
		if access.ExternalID != "" {
			o.ExternalID = aws.String(access.ExternalID)
		}
	}))
	if _, err := base.Credentials.Retrieve(ctx); err != nil {
		return cfg, caller{}, a.unusable(a.Profile, err)
	}
	assumed, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return cfg, caller{}, unread(ctx, "sts:AssumeRole", err)
	}
	// AssumeRole returns the account ID with the credentials.
	if partition, _, ok := splitARN(access.Role); ok && assumed.AccountID != "" {
		return cfg, caller{assumed.AccountID, partition}, nil
	}
	who, err := a.caller(ctx, cfg, "")
	return cfg, who, err
}

// unreadAccount converts an error of enter to the reason why nothing of the account was read.
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

// splitARN returns the partition and the account ID of an ARN.
func splitARN(arn string) (partition, id string, ok bool) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || !account.IsAccountID(parts[4]) {
		return "", "", false
	}
	return parts[1], parts[4], true
}
