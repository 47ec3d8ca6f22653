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
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"golang.org/x/sync/errgroup"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/symbol"
	"github.com/iblint/iblint/internal/source"
)

// AWS reads accounts with the AWS SDK's usual credential chain.
type AWS struct {
	Profile string            // profile of the shared configuration; empty: the default
	Access  map[string]Access // by account ID

	// RoleName is the role, with its path if it has one, to assume in accounts that
	// Access does not name, except the account of the default credentials. If it is
	// empty, such accounts are not read.
	RoleName    string
	ExternalID  string // for RoleName
	SessionName string // session name for assumed roles; empty: iblint

	Concurrency    int           // maximum number of concurrent calls, and of concurrent accounts; 0: 32
	AccountTimeout time.Duration // time limit for one account; 0: only the run limits it
	// OwnerMayBeUnknown lets a run that ends before it knows the account of the credentials
	// read nothing of an account that is a symbol, so that there is a report. Otherwise that
	// is an error.
	OwnerMayBeUnknown bool

	ConfirmNegatives int // maximum number of repositories in a Region whose missing tag is confirmed; 0: all, below 0: none

	Debug io.Writer // gets a line for each call, without parameters and responses; nil: none
	Now   func() time.Time
	Warn  func(error) // called once for each different warning; nil: warnings are dropped

	responseLimit int64                               // 0: maxResponse; tests lower it
	through       func(aws.HTTPClient) aws.HTTPClient // lets tests wrap the HTTP client
	meter         *meter                              // set by Load
	clients       map[aws.HTTPClient]aws.HTTPClient   // by the client of the SDK configuration
	mutex         sync.Mutex                          // guards Debug, Warn, meter, clients and warned
	warned        map[string]bool
	sdk           sdkWarnings
	tagSets       sync.Map // account.Tags by content, because most repositories have the same tags
	texts         sync.Map // policy documents by content, see shareText
	done, total   atomic.Int64
}

// Progress returns how many phases of the known accounts are done, out of how many, and how
// many calls were sent. Each account has two phases. It may be called during a Load.
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

// defaultConcurrency is enough to be limited by the services at usual latencies, and is far
// below the rate limits of any one account.
const defaultConcurrency = 32

// Access names the credentials to read an account with.
type Access struct {
	Profile    string // a profile of the shared configuration
	Role       string // or the ARN of a role to assume with the default credentials
	ExternalID string // for Role
}

// Load reads what the scope needs. It implements source.Source.
func (a *AWS) Load(ctx context.Context, scope source.Scope) (*account.Inventory, error) {
	a.begin()
	defer a.sdk.pass(a.warn)
	base, err := a.config(ctx, a.Profile)
	if err != nil {
		return nil, err
	}
	// A profile that does not exist is a fault of the configuration, found before anything is read.
	for _, id := range slices.Sorted(maps.Keys(a.Access)) {
		if a.Access[id].Profile == "" {
			continue // config has already loaded the configuration of the run
		}
		var input *source.InputError
		if _, err := a.config(ctx, a.Access[id].Profile); errors.As(err, &input) {
			return nil, &source.InputError{Err: fmt.Errorf("account %s: %w", id, err)}
		}
	}
	inv := &account.Inventory{ReadAt: a.Now().UTC().Truncate(time.Second), SourceAccountMeans: scope.SourceAccountMeans, Accounts: map[string]*account.Account{}}
	identity := callOnceValues(func() (caller, error) { return a.caller(ctx, base, a.Profile) })
	if err := a.completeOwners(ctx, inv, scope, base, identity); err != nil {
		return nil, err
	}

	if scope.Organization != nil {
		organization := *scope.Organization
		if organization.Owner, err = completeOwner(organization.Owner, base.Region); err != nil {
			return nil, &source.InputError{Err: err}
		}
		who, err := identity()
		switch {
		case err == nil:
			a.listOrganization(ctx, who, base, organization, inv)
		case ctx.Err() != nil && len(inv.Owners) > 0:
			a.warn(fmt.Errorf("the report does not contain the accounts of the organization: %w", err))
		default:
			return nil, &NoIdentityError{err}
		}
	}

	inv.Owners = slices.DeleteFunc(inv.Owners, func(o account.Owner) bool { return !scope.Part.Has(o.Account) })

	// Evidence lists owners in this order, as it does for a recording.
	slices.SortFunc(inv.Owners, func(a, b account.Owner) int { return cmp.Compare(a.Account, b.Account) })

	connections := connections{aws: a, all: map[string]*connection{}, open: func(ctx context.Context, id string) (accountConfig, error) { return a.enter(ctx, base, identity, id) }}
	connections.base = func() (accountConfig, error) {
		who, err := identity()
		return accountConfig{a.guarded(base, who.account), who}, err
	}
	// Image Builder first, because it names the roles and repositories to read.
	a.discoverAll(ctx, inv, scope.Parts, &connections)
	a.readAll(ctx, inv, scope.Parts, &connections)
	connections.finish()
	if inv.Organization != nil {
		for _, m := range inv.Organization.Members.Items() {
			if inv.Accounts[m.Account] != nil || scope.Part.Has(m.Account) {
				accountOf(inv, m.Account).Name = m.Name
			}
		}
	}
	inv.Calls = a.meter.counts()
	inv.Reconcile()
	return inv, nil
}

// discoverAll reads Image Builder in all owners concurrently. Errors are stored in the parts
// that they concern.
func (a *AWS) discoverAll(ctx context.Context, inv *account.Inventory, needed map[account.Part]bool, connections *connections) {
	for _, o := range inv.Owners {
		connections.of(o.Account) // so that Progress counts all accounts from the start
	}
	var group errgroup.Group
	group.SetLimit(cap(a.meter.slots))
	for _, o := range inv.Owners {
		if len(o.Discover) == 0 && !o.AllRegions {
			continue
		}
		out, connection, parts := accountOf(inv, o.Account), connections.of(o.Account), discoveryParts(o, needed)
		group.Go(func() error {
			defer connection.phaseDone()
			ctx, endPhase := connection.beginPhase(ctx)
			defer endPhase()
			d, err := connection.enter(ctx)
			if err != nil {
				why := a.unreadAccount(ctx, err)
				if o.AllRegions {
					out.Regions = account.Partial[string](nil, why)
				}
				out.ImageBuilder = refuseDiscovery(parts, o.Regions, why)
				return nil
			}
			out.Partition = d.who.partition
			if o.AllRegions {
				out.Regions = enabledRegions(ctx, d.cfg)
			}
			out.ImageBuilder = a.discover(ctx, d.cfg, parts, append(slices.Clone(o.Regions), out.Regions.Items()...), connection)
			withoutService(out.ImageBuilder, o.Regions)
			return nil
		})
	}
	_ = group.Wait()
}

// readAll reads the roles and repositories that the owners need, in all accounts
// concurrently. As soon as it knows the organizations of all accounts, it reads their
// guardrails. Errors are stored in the parts that they concern.
func (a *AWS) readAll(ctx context.Context, inv *account.Inventory, needed map[account.Part]bool, connections *connections) {
	var group errgroup.Group
	group.SetLimit(cap(a.meter.slots))
	plans := plan(inv, needed)
	for id, connection := range connections.all {
		if plans[id] == nil {
			connection.allDone()
		}
	}
	ofMember := a.membershipFromAbove(ctx, connections)
	var memberships, guardrails sync.WaitGroup
	memberships.Add(len(plans))
	if needed[account.MembershipPart] && needed[account.GuardrailsPart] {
		guardrails.Go(func() {
			memberships.Wait()
			inv.Guardrails = a.guardrails(ctx, inv, connections)
		})
	}
	for _, id := range slices.Sorted(maps.Keys(plans)) {
		p, out, connection := plans[id], accountOf(inv, id), connections.of(id)
		group.Go(func() error {
			defer connection.allDone()
			ctx, endPhase := connection.beginPhase(ctx)
			defer endPhase()
			d, err := connection.enter(ctx)
			if err != nil {
				p.refuse(out, needed, a.unreadAccount(ctx, err))
				memberships.Done()
				return nil
			}
			out.Partition = d.who.partition
			var beside sync.WaitGroup
			beside.Go(func() {
				defer memberships.Done()
				if needed[account.MembershipPart] {
					out.Membership = ofMember(id, membership(ctx, d.cfg))
				}
			})
			reader{AWS: a, ctx: ctx, cfg: d.cfg, account: id, partition: d.who.partition, region: cmp.Or(p.region, d.cfg.Region), parts: needed, policies: &sync.Map{}}.read(p, out)
			beside.Wait()
			return nil
		})
	}
	_ = group.Wait()
	guardrails.Wait()
}

// accountOf returns the account in the inventory, which it creates if needed.
func accountOf(inv *account.Inventory, id string) *account.Account {
	if inv.Accounts[id] == nil {
		inv.Accounts[id] = &account.Account{}
	}
	return inv.Accounts[id]
}

// begin resets the state that all clients of one Load share.
func (a *AWS) begin() {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.meter, a.clients = newMeter(cmp.Or(a.Concurrency, defaultConcurrency)), map[aws.HTTPClient]aws.HTTPClient{}
	a.done.Store(0)
	a.total.Store(0)
}

// completeOwners adds the owners to the inventory. An owner without account ID gets the account
// of the credentials, one without Region the Region of the AWS configuration.
func (a *AWS) completeOwners(ctx context.Context, inv *account.Inventory, scope source.Scope, base aws.Config, identity func() (caller, error)) error {
	for _, o := range scope.Owners {
		if o.Account == "" {
			who, err := identity()
			var why account.Unread
			switch {
			case err == nil:
				o.Account = who.account
			case a.OwnerMayBeUnknown && ctx.Err() != nil && errors.As(err, &why):
				o.Account = symbol.New("account of the credentials", why.Error())
			default:
				return &NoIdentityError{err}
			}
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

// NoIdentityError says that nothing can be read, because the run names no account, and that of the
// credentials is not known.
type NoIdentityError struct{ Err error }

func (e *NoIdentityError) Error() string {
	var why account.Unread
	if errors.As(e.Err, &why) {
		return "AWS did not return the account of the credentials: " + e.Err.Error()
	}
	return e.Err.Error()
}

func (e *NoIdentityError) Unwrap() error { return e.Err }

// completeOwner sets the Region of owners and repositories that have none.
func completeOwner(o account.Owner, region string) (account.Owner, error) {
	if len(o.Regions) == 0 && region != "" && !o.AllRegions {
		o.Regions = []string{region}
	}
	if len(o.Regions) == 0 && (len(o.Discover) > 0 || o.AllRepositories) && !o.AllRegions {
		return o, errors.New("the Region of Image Builder is unknown: set --region (repeatable; all for every enabled Region) or AWS_REGION")
	}
	o.Repositories = slices.Clone(o.Repositories)
	for i, r := range o.Repositories {
		if r.Region != "" {
			continue
		}
		if region == "" {
			return o, fmt.Errorf("repository %s: its Region is unknown; write REGION/%s, or set --region or AWS_REGION", r.Name, r.Name)
		}
		o.Repositories[i].Region = region
	}
	return o, nil
}
