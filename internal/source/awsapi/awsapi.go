// Package awsapi reads live accounts. It is the only importer of the AWS SDK.
package awsapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"golang.org/x/sync/errgroup"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/source"
)

// accountsAtOnce bounds how many accounts are read side by side.
const accountsAtOnce = 8

// AWS reads accounts with the AWS SDK's usual credential chain.
type AWS struct {
	Profile string            // of the shared configuration; empty: the default
	Access  map[string]Access // by account ID

	// RoleName is the role, perhaps with its path, that is assumed to read an
	// account that Access does not name and the default credentials are not of.
	// Empty: such an account is not read.
	RoleName   string
	ExternalID string // for RoleName

	Debug io.Writer // where each call is told, without secrets; nil: nowhere
	Now   func() time.Time
	Warn  func(error) // told once for each set of credentials that cannot be used

	answerWithin time.Duration // 0: defaultAnswerWithin; tests shorten it
	mutex        sync.Mutex    // of Debug and Warn
	warned       map[string]bool
}

// defaultAnswerWithin bounds one attempt of a call. The SDK sets no bound, so
// that one silent call would use up the time of all that come after it.
const defaultAnswerWithin = 30 * time.Second

// Access is how to get into an account.
type Access struct {
	Profile    string // a profile of the shared configuration
	Role       string // or the ARN of a role to assume with the default credentials
	ExternalID string // for Role
}

// Load reads what the scope needs.
func (a *AWS) Load(ctx context.Context, scope source.Scope) (*account.Inventory, error) {
	base, err := a.config(ctx, a.Profile)
	if err != nil {
		return nil, err
	}
	inv := &account.Inventory{ReadAt: a.Now().UTC().Truncate(time.Second), SourceAccountMeans: scope.SourceAccountMeans, Accounts: map[string]*account.Account{}}
	identity := sync.OnceValues(func() (caller, error) { return a.caller(ctx, base, a.Profile) })
	if err := a.completeOwners(inv, scope, base, identity); err != nil {
		return nil, err
	}

	// A profile that does not exist is a fault of the configuration, found before anything is read.
	for _, id := range slices.Sorted(maps.Keys(a.Access)) {
		var input *source.InputError
		if _, err := a.config(ctx, a.Access[id].Profile); errors.As(err, &input) {
			return nil, &source.InputError{Err: fmt.Errorf("account %s: %w", id, err)}
		}
	}

	doors := map[string]func() (door, error){} // an account is entered once
	enter := func(id string) func() (door, error) {
		if doors[id] == nil {
			doors[id] = sync.OnceValues(func() (door, error) { return a.enter(ctx, base, identity, id) })
		}
		return doors[id]
	}

	// What Image Builder says first, since it tells what else there is to read.
	var discovery errgroup.Group
	discovery.SetLimit(accountsAtOnce)
	for _, o := range inv.Owners {
		if len(o.Discover) == 0 {
			continue
		}
		out := &account.Account{}
		inv.Accounts[o.Account] = out
		enter, parts := enter(o.Account), discoveryParts(o, scope.Parts)
		discovery.Go(func() error {
			d, err := enter()
			if err != nil {
				out.ImageBuilder = refuseDiscovery(parts, o.Regions, a.unreadAccount(ctx, err))
				return nil
			}
			out.Partition = d.who.partition
			out.ImageBuilder = discover(ctx, d.cfg, parts, o.Regions)
			return nil
		})
	}
	if err := discovery.Wait(); err != nil {
		return nil, err
	}

	var group errgroup.Group
	group.SetLimit(accountsAtOnce)
	for id, p := range plan(inv, scope.Parts) {
		out := inv.Accounts[id]
		if out == nil {
			out = &account.Account{}
			inv.Accounts[id] = out
		}
		enter := enter(id)
		group.Go(func() error {
			d, err := enter()
			if err != nil {
				p.refuse(out, a.unreadAccount(ctx, err))
				return nil
			}
			out.Partition = d.who.partition
			reader{ctx: ctx, cfg: d.cfg, account: id, partition: d.who.partition, parts: scope.Parts}.read(p, out)
			return nil
		})
	}
	return inv, group.Wait()
}

// completeOwners fills in what the credentials tell: which account they are of, and the Region.
func (a *AWS) completeOwners(inv *account.Inventory, scope source.Scope, base aws.Config, identity func() (caller, error)) error {
	for _, o := range scope.Owners {
		if o.Account == "" {
			who, err := identity()
			if err != nil {
				return fmt.Errorf("%w (name the owner account to get a report all the same)", err)
			}
			o.Account = who.account
		}
		if len(o.Regions) == 0 && base.Region != "" {
			o.Regions = []string{base.Region}
		}
		if len(o.Regions) == 0 && len(o.Discover) > 0 {
			return &source.InputError{Err: errors.New("in which Regions does Image Builder build? Set --region (repeatable) or AWS_REGION")}
		}
		o.Repositories = slices.Clone(o.Repositories)
		for i, r := range o.Repositories {
			if r.Region != "" {
				continue
			}
			if base.Region == "" {
				return &source.InputError{Err: fmt.Errorf("repository %s: in which Region? Write REGION/%s, or set --region or AWS_REGION", r.Name, r.Name)}
			}
			o.Repositories[i].Region = base.Region
		}
		if err := o.Validate(); err != nil {
			return &source.InputError{Err: fmt.Errorf("owner %s: %w", o.Account, err)}
		}
		inv.AddOwner(o)
	}
	return nil
}

// config loads the SDK's configuration. The credential providers that it sets up
// are the user's own way to sign in and stay outside the guard; every client that
// reads for iblint is made by guarded.
func (a *AWS) config(ctx context.Context, profile string) (aws.Config, error) {
	load := func(more ...func(*config.LoadOptions) error) (aws.Config, error) {
		return config.LoadDefaultConfig(ctx, append(more, config.WithSharedConfigProfile(profile), config.WithAppID("iblint"))...)
	}
	cfg, err := load()
	var missing config.SharedConfigProfileNotExistError
	var broken config.SharedConfigLoadError
	switch {
	case err == nil:
		return cfg, nil
	case errors.As(err, &missing):
		return cfg, &source.InputError{Err: fmt.Errorf("there is no profile %q in the AWS configuration; see: aws configure list-profiles", missing.Profile)}
	case errors.As(err, &broken):
		return cfg, &source.InputError{Err: fmt.Errorf("the AWS configuration %s cannot be read: %w", broken.Filename, broken.Err)}
	}
	// Credentials that cannot be set up are no reason to stop: they may not be
	// needed, and everything else of the configuration is. Who needs them learns why.
	cfg, again := load(config.WithCredentialsProvider(aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{}, err
	})))
	if again != nil {
		return cfg, &CredentialsError{profile, again}
	}
	return cfg, nil
}

// guarded is the configuration for clients that read for iblint.
func (a *AWS) guarded(cfg aws.Config, id string) aws.Config {
	cfg = cfg.Copy()
	cfg.APIOptions = append(cfg.APIOptions, guard)
	if a.Debug != nil {
		cfg.APIOptions = append(cfg.APIOptions, a.trace(id))
	}
	if cfg.Region == "" {
		// IAM and STS need some Region to find their endpoint. Where the user named
		// none anywhere, the partition can only be the commercial one.
		cfg.Region = "us-east-1"
	}
	client, _ := cfg.HTTPClient.(*awshttp.BuildableClient) // there is one when the user named a CA bundle
	if client == nil {
		client = awshttp.NewBuildableClient()
	}
	cfg.HTTPClient = client.WithTimeout(cmp.Or(a.answerWithin, defaultAnswerWithin))
	return cfg
}

// caller is whose credentials these are.
type caller struct{ account, partition string }

func (a *AWS) caller(ctx context.Context, cfg aws.Config, profile string) (caller, error) {
	if cfg.Credentials == nil {
		return caller{}, &CredentialsError{profile, &credentials.StaticCredentialsEmptyError{}}
	}
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		return caller{}, &CredentialsError{profile, err}
	}
	out, err := sts.NewFromConfig(a.guarded(cfg, "")).GetCallerIdentity(ctx, nil)
	if err != nil {
		return caller{}, &CredentialsError{profile, err}
	}
	partition, id, ok := splitARN(aws.ToString(out.Arn))
	if !ok || id != aws.ToString(out.Account) {
		return caller{}, &CredentialsError{profile, fmt.Errorf("STS answered with the ARN %q", aws.ToString(out.Arn))}
	}
	return caller{id, partition}, nil
}

// warn tells an error once.
func (a *AWS) warn(err error) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.Warn == nil || a.warned[err.Error()] {
		return
	}
	if a.warned == nil {
		a.warned = map[string]bool{}
	}
	a.warned[err.Error()] = true
	a.Warn(err)
}
