package awsapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/source"
)

// Examination is what Examine found out about an account.
type Examination struct {
	Account string
	Name    string // in the organization; empty: not known
	Kinds   []AccountKind

	// NotEntered is why iblint cannot enter the account; nil: it can.
	NotEntered *account.Unread

	Permitted int // operations that are permitted
	Refused   []Refusal
	Undecided []Refusal // operations that failed for another reason, such as throttling
}

// Refusal is an operation that is not permitted in a Region.
type Refusal struct {
	Region string // empty: the service is global
	account.Unread
}

// Examine enters each account that a run over the scope names, and tries each operation whose
// action the run uses there by its cheapest call. Uses returns the actions for a kind of account.
// Services with Regions are tried in the first Region, and Image Builder in each, because guardrails
// close Regions. Destinations that only Image Builder names are not known before a run.
func (a *AWS) Examine(ctx context.Context, scope source.Scope, uses func(AccountKind) map[string]account.Use) ([]Examination, account.Unread, error) {
	a.begin()
	var gap account.Unread
	base, err := a.config(ctx, a.Profile)
	if err != nil {
		return nil, gap, err
	}
	inv := &account.Inventory{Accounts: map[string]*account.Account{}}
	identity := callOnceValues(func() (caller, error) { return a.caller(ctx, base, a.Profile) })
	if err := a.completeOwners(ctx, inv, scope, base, identity); err != nil {
		return nil, gap, err
	}
	var all []Examination
	add := func(id, name string, kind AccountKind) {
		i := slices.IndexFunc(all, func(e Examination) bool { return e.Account == id })
		if i < 0 {
			all, i = append(all, Examination{Account: id}), len(all)
		}
		all[i].Name = cmp.Or(all[i].Name, name)
		if !slices.Contains(all[i].Kinds, kind) {
			all[i].Kinds = append(all[i].Kinds, kind)
		}
	}
	names := map[string]string{}
	if scope.Organization != nil {
		who, err := identity()
		if err != nil {
			return nil, gap, &NoIdentityError{err}
		}
		organization := *scope.Organization
		if organization.Owner, err = completeOwner(organization.Owner, base.Region); err != nil {
			return nil, gap, &source.InputError{Err: err}
		}
		add(who.account, "", ManagementAccount)
		a.listOrganization(ctx, who, base, organization, inv)
		errors.As(inv.Organization.Members.Err(), &gap)
		for _, m := range inv.Organization.Members.Items() {
			names[m.Account] = m.Name
		}
	}
	for _, o := range inv.Owners {
		add(o.Account, names[o.Account], OwnerAccount)
		for _, d := range o.Destinations {
			add(d.Account, names[d.Account], DestinationAccount)
		}
	}
	slices.SortFunc(all, func(a, b Examination) int { return cmp.Compare(a.Account, b.Account) })
	regions := map[string][]string{}
	for _, o := range inv.Owners {
		regions[o.Account] = o.Regions
	}
	eachAtOnce(len(all), cap(a.meter.slots), func(i int) {
		e := &all[i]
		entered, err := a.enter(ctx, base, identity, e.Account)
		if err != nil {
			why := a.unreadAccount(ctx, err)
			e.NotEntered = &why
			return
		}
		actions := map[string]account.Use{}
		for _, kind := range e.Kinds {
			for action := range uses(kind) {
				actions[action] = uses(kind)[action]
			}
		}
		a.examine(ctx, entered, actions, regions[e.Account], e)
	})
	return all, gap, nil
}

// examine tries the operations of the actions in one account.
func (a *AWS) examine(ctx context.Context, entered accountConfig, actions map[string]account.Use, regions []string, e *Examination) {
	first := entered.cfg
	if len(regions) > 0 {
		first = inRegion(first, regions[0])
	}
	var all []probe
	for _, o := range operations {
		if _, used := actions[o.Action]; !used {
			continue
		}
		all = append(all, probe{Operation: o, cfg: first})
		if o.Name == "ListLifecyclePolicies" {
			for _, region := range regions[min(1, len(regions)):] {
				all = append(all, probe{Operation: o, cfg: inRegion(first, region)})
			}
		}
	}
	refused, undecided := make([]*Refusal, len(all)), make([]*Refusal, len(all))
	eachAtOnce(len(all), 8, func(i int) {
		p := all[i]
		region := p.cfg.Region
		if slices.Contains([]string{"IAM", "Organizations", "Account"}, p.Service) {
			region = ""
		}
		err := probes[p.Service+" "+p.Name](ctx, p.cfg, entered.who)
		if err == nil {
			return
		}
		switch why := unread(ctx, p.Action, err); {
		case why.Reason == account.AccessDenied:
			refused[i] = &Refusal{region, why}
		case answeredRequest(err) && (why.Reason == account.Failed || why.Reason == account.Contradicted): // the resource does not exist
		default:
			undecided[i] = &Refusal{region, why}
		}
	})
	for i := range all {
		switch {
		case refused[i] != nil:
			e.Refused = append(e.Refused, *refused[i])
		case undecided[i] != nil:
			e.Undecided = append(e.Undecided, *undecided[i])
		default:
			e.Permitted++
		}
	}
}

// probe is a call that shows whether an operation is permitted.
type probe struct {
	Operation
	cfg aws.Config
}

func inRegion(cfg aws.Config, region string) aws.Config {
	cfg = cfg.Copy()
	cfg.Region = region
	return cfg
}

// answeredRequest reports whether an error is the service's answer about the request, such as that a
// resource does not exist. A service decides first whether the caller may make the request.
func answeredRequest(err error) bool {
	var api smithy.APIError
	var response *awshttp.ResponseError
	return errors.As(err, &api) && !errors.As(err, new(*responseError)) &&
		errors.As(err, &response) && response.HTTPStatusCode() >= http.StatusBadRequest && response.HTTPStatusCode() < http.StatusInternalServerError
}

func (r Refusal) String() string {
	if r.Region == "" {
		return r.Action
	}
	return fmt.Sprintf("%s in %s", r.Action, r.Region)
}
