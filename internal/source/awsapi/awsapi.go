// Package awsapi reads live accounts. It is the only importer of the AWS SDK.
package awsapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
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

// AWS reads accounts with the AWS SDK's usual credential chain.
type AWS struct {
	Profile string            // of the shared configuration; empty: the default
	Access  map[string]Access // by account ID

	// RoleName is the role, perhaps with its path, that is assumed to read an
	// account that Access does not name and the default credentials are not of.
	// Empty: such an account is not read.
	RoleName    string
	ExternalID  string // for RoleName
	SessionName string // of assumed roles; empty: iblint

	Concurrency      int           // calls under way at most, and accounts at once; 0: 32
	AccountTimeout   time.Duration // how long one account may take; 0: as long as the run
	ConfirmNegatives int           // repositories a Region that are confirmed to lack the tag; 0: all, below 0: none

	Debug io.Writer // where each call is told, without secrets; nil: nowhere
	Now   func() time.Time
	Warn  func(error) // told once for each set of credentials that cannot be used

	answerWithin time.Duration                       // 0: defaultAnswerWithin; tests shorten it
	through      func(aws.HTTPClient) aws.HTTPClient // tests put themselves in between
	meter        *meter                              // set by Load
	clients      map[aws.HTTPClient]aws.HTTPClient   // by what they are made of
	mutex        sync.Mutex                          // of Debug, Warn, meter and clients
	warned       map[string]bool
	tagSets      sync.Map // account.Tags by content: most repositories have the same
	done, total  atomic.Int64
}

// Progress tells, at any time of a Load, how much is done of the accounts known so
// far, in parts of an account, of which there are two; and how many calls were sent.
func (a *AWS) Progress() (done, total, calls int) {
	a.mutex.Lock()
	m := a.meter
	a.mutex.Unlock()
	if m != nil {
		for _, c := range m.counts() {
			calls += c.Calls
		}
	}
	return int(a.done.Load()), int(a.total.Load()), calls
}

// defaultConcurrency keeps the pipe full at usual latencies, and is far below what
// any one account's services take.
const defaultConcurrency = 32

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
	a.begin()
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
	if scope.Organization != nil {
		asked := *scope.Organization
		if asked.Owner, err = completeOwner(asked.Owner, base.Region); err != nil {
			return nil, &source.InputError{Err: err}
		}
		who, err := identity()
		if err != nil {
			return nil, err
		}
		a.listOrganization(ctx, who, base, asked, inv)
	}

	visits := map[string]*visit{} // an account is entered once
	visitOf := func(id string) *visit {
		if visits[id] == nil {
			visits[id] = &visit{left: a.AccountTimeout, enter: sync.OnceValues(func() (door, error) { return a.enter(ctx, base, identity, id) })}
			a.total.Add(stays)
		}
		return visits[id]
	}

	for _, o := range inv.Owners {
		visitOf(o.Account)
	}

	// What Image Builder says first, since it tells what else there is to read.
	var discovery errgroup.Group
	discovery.SetLimit(cap(a.meter.slots))
	for _, o := range inv.Owners {
		if len(o.Discover) == 0 && !o.AllRegions {
			continue
		}
		out := &account.Account{}
		inv.Accounts[o.Account] = out
		visit, parts := visitOf(o.Account), discoveryParts(o, scope.Parts)
		discovery.Go(func() error {
			defer a.done.Add(1)
			visit.stays++
			ctx, leave := visit.come(ctx)
			defer leave()
			d, err := visit.enter()
			if err != nil {
				why := a.unreadAccount(ctx, err)
				if o.AllRegions {
					out.Regions = account.Partial[string](nil, why)
				}
				out.ImageBuilder = refuseDiscovery(parts, o.Regions, why)
				return nil
			}
			out.Partition = d.who.partition
			regions := slices.Clone(o.Regions)
			if o.AllRegions {
				out.Regions = enabledRegions(ctx, d.cfg)
				regions = append(regions, out.Regions.Items()...)
			}
			out.ImageBuilder = a.discover(ctx, d.cfg, parts, regions, visit)
			return nil
		})
	}
	_ = discovery.Wait() // what fails stands in what was read

	plans := plan(inv, scope.Parts)
	var reading errgroup.Group
	reading.SetLimit(cap(a.meter.slots))
	for _, id := range slices.Sorted(maps.Keys(plans)) {
		p, out := plans[id], inv.Accounts[id]
		if out == nil {
			out = &account.Account{}
			inv.Accounts[id] = out
		}
		visit := visitOf(id)
		reading.Go(func() error {
			defer a.done.Add(stays - visit.stays)
			ctx, leave := visit.come(ctx)
			defer leave()
			d, err := visit.enter()
			if err != nil {
				p.refuse(out, a.unreadAccount(ctx, err))
				return nil
			}
			out.Partition = d.who.partition
			reader{AWS: a, ctx: ctx, cfg: d.cfg, account: id, partition: d.who.partition, parts: scope.Parts}.read(p, out)
			return nil
		})
	}
	for id, v := range visits {
		if plans[id] == nil {
			a.done.Add(stays - v.stays)
		}
	}
	_ = reading.Wait()
	for _, v := range visits {
		v.end()
	}
	if inv.Organization != nil {
		for _, m := range inv.Organization.Members.Items() {
			if inv.Accounts[m.Account] == nil {
				inv.Accounts[m.Account] = &account.Account{}
			}
			inv.Accounts[m.Account].Name = m.Name
		}
	}
	inv.Calls = a.meter.counts()
	return inv, nil
}

// stays are how often an account is visited at most: for what Image Builder says,
// and for what that tells to read.
const stays = 2

// begin sets up what all clients of one Load share.
func (a *AWS) begin() {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.meter, a.clients = newMeter(cmp.Or(a.Concurrency, defaultConcurrency)), map[aws.HTTPClient]aws.HTTPClient{}
	a.done.Store(0)
	a.total.Store(0)
}

// visit is the way into an account, and the time that is left for it.
type visit struct {
	enter func() (door, error)
	stays int64
	left  time.Duration // 0: no bound of its own
	leave []func()

	evidence sync.WaitGroup // what is read meanwhile
	mutex    sync.Mutex
	told     []func() // puts it into the inventory
}

// come bounds a stay in the account; what it took is gone for the next. Evidence
// may go on being read with the stay's context until the visit ends.
func (v *visit) come(ctx context.Context) (_ context.Context, leave func()) {
	if v.left == 0 {
		return ctx, func() {}
	}
	began := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, v.left, errAccountTime)
	v.leave = append(v.leave, cancel)
	return ctx, func() { v.left = max(v.left-time.Since(began), time.Nanosecond) }
}

// end waits for the evidence and writes it down.
func (v *visit) end() {
	v.evidence.Wait()
	for _, tell := range v.told {
		tell()
	}
	for _, cancel := range v.leave {
		cancel()
	}
}

// errAccountTime is why calls of an account end when its time is up.
var errAccountTime = fmt.Errorf("the time for the account was up: %w", context.DeadlineExceeded)

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
		o, err := completeOwner(o, base.Region)
		if err != nil {
			return &source.InputError{Err: err}
		}
		if err := o.Validate(); err != nil {
			return &source.InputError{Err: fmt.Errorf("owner %s: %w", o.Account, err)}
		}
		inv.AddOwner(o)
	}
	return nil
}

// completeOwner puts in the Region of the run where an owner names none.
func completeOwner(o account.Owner, region string) (account.Owner, error) {
	if len(o.Regions) == 0 && region != "" && !o.AllRegions {
		o.Regions = []string{region}
	}
	if len(o.Regions) == 0 && (len(o.Discover) > 0 || o.AllRepositories) && !o.AllRegions {
		return o, errors.New("in which Regions does Image Builder build? Set --region (repeatable; all for every one that is enabled) or AWS_REGION")
	}
	o.Repositories = slices.Clone(o.Repositories)
	for i, r := range o.Repositories {
		if r.Region != "" {
			continue
		}
		if region == "" {
			return o, fmt.Errorf("repository %s: in which Region? Write REGION/%s, or set --region or AWS_REGION", r.Name, r.Name)
		}
		o.Repositories[i].Region = region
	}
	return o, nil
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
	cfg.APIOptions = append(cfg.APIOptions, a.meter.forAccount())
	cfg.Retryer = retryer(cfg.RetryMaxAttempts)
	cfg.HTTPClient = a.httpClient(cfg.HTTPClient)
	return cfg
}

// httpClient is one for all accounts, so that their calls share connections; a
// user's CA bundle makes another.
func (a *AWS) httpClient(of aws.HTTPClient) aws.HTTPClient {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if made, ok := a.clients[of]; ok {
		return made
	}
	client, _ := of.(*awshttp.BuildableClient) // there is one when the user named a CA bundle
	if client == nil {
		client = awshttp.NewBuildableClient()
	}
	var made aws.HTTPClient = client.WithTimeout(cmp.Or(a.answerWithin, defaultAnswerWithin)).WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConnsPerHost, t.MaxIdleConns = cap(a.meter.slots), 16*cap(a.meter.slots)
	})
	if a.through != nil {
		made = a.through(made)
	}
	a.clients[of] = made
	return made
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
