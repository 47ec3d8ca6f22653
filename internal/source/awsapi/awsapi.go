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

	mostOfAnswer int64                               // 0: maxAnswer; tests lower it
	through      func(aws.HTTPClient) aws.HTTPClient // tests put themselves in between
	meter        *meter                              // set by Load
	clients      map[aws.HTTPClient]aws.HTTPClient   // by what they are made of
	mutex        sync.Mutex                          // of Debug, Warn, meter and clients
	warned       map[string]bool
	tagSets      sync.Map // account.Tags by content: most repositories have the same
	texts        sync.Map // documents of policies, by themselves
	done, total  atomic.Int64
}

// Progress tells, at any time of a Load, how many visits of the accounts known so
// far are done, two for each account; and how many calls were sent.
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
	// A profile that does not exist is a fault of the configuration, found before anything is read.
	for _, id := range slices.Sorted(maps.Keys(a.Access)) {
		if a.Access[id].Profile == "" {
			continue // the configuration of the run, which was read
		}
		var input *source.InputError
		if _, err := a.config(ctx, a.Access[id].Profile); errors.As(err, &input) {
			return nil, &source.InputError{Err: fmt.Errorf("account %s: %w", id, err)}
		}
	}
	inv := &account.Inventory{ReadAt: a.Now().UTC().Truncate(time.Second), SourceAccountMeans: scope.SourceAccountMeans, Accounts: map[string]*account.Account{}}
	identity := onceValues(func() (caller, error) { return a.caller(ctx, base, a.Profile) })
	if err := a.completeOwners(inv, scope, base, identity); err != nil {
		return nil, err
	}

	if scope.Organization != nil {
		asked := *scope.Organization
		if asked.Owner, err = completeOwner(asked.Owner, base.Region); err != nil {
			return nil, &source.InputError{Err: err}
		}
		who, err := identity()
		switch {
		case err == nil:
			a.listOrganization(ctx, who, base, asked, inv)
		case ctx.Err() != nil && len(inv.Owners) > 0:
			a.warn(fmt.Errorf("the report does not contain the accounts of the organization: %w", err))
		default:
			return nil, withoutIdentity(err)
		}
	}

	// As in a recording: what names a destination is told in this order.
	slices.SortFunc(inv.Owners, func(a, b account.Owner) int { return cmp.Compare(a.Account, b.Account) })

	visits := visits{load: a, all: map[string]*visit{}, open: func(ctx context.Context, id string) (door, error) { return a.enter(ctx, base, identity, id) }}
	visits.base = func() (door, error) {
		who, err := identity()
		return door{a.guarded(base, who.account), who}, err
	}
	// What Image Builder says first, since it tells what else there is to read.
	a.discoverAll(ctx, inv, scope.Parts, &visits)
	a.readAll(ctx, inv, scope.Parts, &visits)
	visits.end()
	if inv.Organization != nil {
		for _, m := range inv.Organization.Members.Items() {
			accountOf(inv, m.Account).Name = m.Name
		}
	}
	inv.Calls = a.meter.counts()
	inv.Reconcile()
	return inv, nil
}

// discoverAll reads what the owners' Image Builder says, accounts side by side.
// What fails stands in what was read.
func (a *AWS) discoverAll(ctx context.Context, inv *account.Inventory, needed map[account.Part]bool, visits *visits) {
	for _, o := range inv.Owners {
		visits.of(o.Account) // so that progress knows of all from the beginning
	}
	var group errgroup.Group
	group.SetLimit(cap(a.meter.slots))
	for _, o := range inv.Owners {
		if len(o.Discover) == 0 && !o.AllRegions {
			continue
		}
		out, visit, parts := accountOf(inv, o.Account), visits.of(o.Account), discoveryParts(o, needed)
		group.Go(func() error {
			defer visit.done()
			ctx, leave := visit.come(ctx)
			defer leave()
			d, err := visit.enter(ctx)
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
			out.ImageBuilder = a.discover(ctx, d.cfg, parts, append(slices.Clone(o.Regions), out.Regions.Items()...), visit)
			withoutService(out.ImageBuilder, o.Regions)
			return nil
		})
	}
	_ = group.Wait()
}

// readAll reads the roles and repositories that the owners need, accounts side by
// side, and as soon as it is known of all of them which organizations they belong
// to, what those let them do. What fails stands in what was read.
func (a *AWS) readAll(ctx context.Context, inv *account.Inventory, needed map[account.Part]bool, visits *visits) {
	var group errgroup.Group
	group.SetLimit(cap(a.meter.slots))
	plans := plan(inv, needed)
	for id, visit := range visits.all {
		if plans[id] == nil {
			visit.last()
		}
	}
	var memberships, guardrails sync.WaitGroup
	memberships.Add(len(plans))
	if needed[account.MembershipPart] && needed[account.GuardrailsPart] {
		guardrails.Go(func() {
			memberships.Wait()
			inv.Guardrails = a.guardrails(ctx, inv, visits)
		})
	}
	for _, id := range slices.Sorted(maps.Keys(plans)) {
		p, out, visit := plans[id], accountOf(inv, id), visits.of(id)
		group.Go(func() error {
			defer visit.last()
			ctx, leave := visit.come(ctx)
			defer leave()
			d, err := visit.enter(ctx)
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
					out.Membership = membership(ctx, d.cfg)
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

// accountOf is where what is read of an account goes.
func accountOf(inv *account.Inventory, id string) *account.Account {
	if inv.Accounts[id] == nil {
		inv.Accounts[id] = &account.Account{}
	}
	return inv.Accounts[id]
}

// begin sets up what all clients of one Load share.
func (a *AWS) begin() {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.meter, a.clients = newMeter(cmp.Or(a.Concurrency, defaultConcurrency)), map[aws.HTTPClient]aws.HTTPClient{}
	a.done.Store(0)
	a.total.Store(0)
}

// completeOwners fills in what the credentials tell: which account they are of, and the Region.
func (a *AWS) completeOwners(inv *account.Inventory, scope source.Scope, base aws.Config, identity func() (caller, error)) error {
	for _, o := range scope.Owners {
		if o.Account == "" {
			who, err := identity()
			if err != nil {
				return withoutIdentity(err)
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

// withoutIdentity says why there is no report: no account is known to report on.
func withoutIdentity(err error) error {
	var why account.Unread
	if errors.As(err, &why) {
		err = fmt.Errorf("no report is possible, because AWS did not return the account of the credentials: %w", err)
	}
	return fmt.Errorf("%w (to get a report anyway, name the owner account)", err)
}

// completeOwner puts in the Region of the run where an owner names none.
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
