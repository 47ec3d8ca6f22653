package awsapi

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	accountapi "github.com/aws/aws-sdk-go-v2/service/account"
	accounttypes "github.com/aws/aws-sdk-go-v2/service/account/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/source"
)

// listOrganization lists the accounts of the organization and adds the selected active ones
// to the inventory's owners. The credentials must belong to the management account or to a
// delegated administrator.
func (a *AWS) listOrganization(ctx context.Context, who caller, cfg aws.Config, selected source.Organization, inv *account.Inventory) {
	l := lister{ctx, organizations.NewFromConfig(a.guarded(cfg, who.account))}
	var members account.List[account.Member]
	if len(selected.Units) == 0 {
		members = l.accounts()
	} else {
		members = l.below(selected.Units)
	}
	members = wellFormed("organizations:ListAccounts", func(m account.Member) bool { return account.IsAccountID(m.Account) }, members)
	all := slices.DeleteFunc(members.Items(), func(m account.Member) bool {
		return len(selected.Accounts) > 0 && !slices.Contains(selected.Accounts, m.Account)
	})
	for _, id := range selected.Accounts { // accounts that are not listed are checked, too
		if !slices.ContainsFunc(all, func(m account.Member) bool { return m.Account == id }) {
			all = append(all, account.Member{Account: id, State: active})
		}
	}
	for i := range all {
		all[i].Excluded = slices.Contains(selected.Exclude, all[i].Account)
	}
	slices.SortFunc(all, func(a, b account.Member) int { return cmp.Compare(a.Account, b.Account) })
	all = slices.CompactFunc(all, func(a, b account.Member) bool { return a.Account == b.Account })
	inv.Organization = &account.Organization{Account: who.account, Members: account.Complete(all)}
	var why account.Unread
	if errors.As(members.Err(), &why) {
		inv.Organization.Members = account.Partial(all, why)
	}
	for _, m := range all {
		if m.Looked() {
			o := selected.Owner
			o.Account, o.Listed = m.Account, true
			o.Destinations = slices.DeleteFunc(slices.Clone(o.Destinations), func(d account.Target) bool { return d.Account == m.Account })
			inv.AddOwner(o)
		}
	}
}

const active = string(orgtypes.AccountStateActive)

// lister lists accounts of an organization. A page has at most 20 items and may be empty
// (Organizations API Reference, ListAccounts).
type lister struct {
	ctx    context.Context
	client *organizations.Client
}

func (l lister) accounts() account.List[account.Member] {
	return pages(l.ctx, "organizations:ListAccounts", func(token *string) (p page[orgtypes.Account], err error) {
		out, err := l.client.ListAccounts(l.ctx, &organizations.ListAccountsInput{NextToken: token, MaxResults: aws.Int32(20)})
		if err != nil {
			return p, err
		}
		return page[orgtypes.Account]{items: out.Accounts, marker: out.NextToken}, nil
	}, member)
}

// below lists the accounts in organizational units and in all units below them.
func (l lister) below(units []string) account.List[account.Member] {
	var all []account.Member
	var gap error
	for seen := map[string]bool{}; len(units) > 0; units = units[1:] {
		unit := units[0]
		if seen[unit] {
			continue
		}
		seen[unit] = true
		members := pages(l.ctx, "organizations:ListAccountsForParent", func(token *string) (p page[orgtypes.Account], err error) {
			out, err := l.client.ListAccountsForParent(l.ctx, &organizations.ListAccountsForParentInput{ParentId: aws.String(unit), NextToken: token, MaxResults: aws.Int32(20)})
			if err != nil {
				return p, err
			}
			return page[orgtypes.Account]{items: out.Accounts, marker: out.NextToken}, nil
		}, member)
		children := pages(l.ctx, "organizations:ListOrganizationalUnitsForParent", func(token *string) (p page[orgtypes.OrganizationalUnit], err error) {
			out, err := l.client.ListOrganizationalUnitsForParent(l.ctx, &organizations.ListOrganizationalUnitsForParentInput{ParentId: aws.String(unit), NextToken: token, MaxResults: aws.Int32(20)})
			if err != nil {
				return p, err
			}
			return page[orgtypes.OrganizationalUnit]{items: out.OrganizationalUnits, marker: out.NextToken}, nil
		}, func(u orgtypes.OrganizationalUnit) string { return aws.ToString(u.Id) })
		all = append(all, members.Items()...)
		units = append(units, children.Items()...)
		if gap == nil {
			gap = errors.Join(members.Err(), children.Err())
		}
	}
	var why account.Unread
	if errors.As(gap, &why) {
		return account.Partial(all, why)
	}
	return account.Complete(all)
}

// member converts an account. AWS replaced Status by State in September 2026, but some
// responses contain only Status.
func member(a orgtypes.Account) account.Member {
	m := account.Member{Account: aws.ToString(a.Id), Name: aws.ToString(a.Name), State: string(a.State)}
	if m.State == "" {
		m.State = string(a.Status) //nolint:staticcheck // see above
	}
	return m
}

// enabledRegions lists the Regions that are enabled for the account of the configuration.
func enabledRegions(ctx context.Context, cfg aws.Config) account.List[string] {
	client := accountapi.NewFromConfig(cfg)
	list := wellFormed("account:ListRegions", account.IsRegion, pages(ctx, "account:ListRegions", func(token *string) (p page[accounttypes.Region], err error) {
		out, err := client.ListRegions(ctx, &accountapi.ListRegionsInput{
			NextToken: token, MaxResults: aws.Int32(50),
			RegionOptStatusContains: []accounttypes.RegionOptStatus{accounttypes.RegionOptStatusEnabled, accounttypes.RegionOptStatusEnabledByDefault},
		})
		if err != nil {
			return p, err
		}
		return page[accounttypes.Region]{items: out.Regions, marker: out.NextToken}, nil
	}, func(r accounttypes.Region) string { return aws.ToString(r.RegionName) }))
	if list.Err() == nil && len(list.Items()) == 0 { // impossible, since some Regions are enabled by default
		return account.Partial([]string{}, account.Unread{Reason: account.Malformed, Action: "account:ListRegions", Detail: "the response contains no Region"})
	}
	return list
}

// wellFormed removes items that are not valid, and makes the list incomplete if there are any.
// It protects the use of the items: Regions become part of host names, and account IDs part
// of the ARNs of roles to assume.
func wellFormed[T any](action string, valid func(T) bool, list account.List[T]) account.List[T] {
	good := slices.DeleteFunc(list.Items(), func(item T) bool { return !valid(item) })
	if len(good) == len(list.Items()) {
		return list
	}
	return account.Partial(good, account.Unread{Reason: account.Malformed, Action: action, Detail: "the list contains items that are not valid"})
}
