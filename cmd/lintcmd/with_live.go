package lintcmd

import (
	"cmp"
	"context"
	"slices"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
)

// overLive reads the code of the run, and returns the function that reads the live accounts and
// deploys the code over them. It reads nothing from AWS itself.
func (f *runFlags) overLive(s invocation, selected []checks.Check) (func(context.Context) (*account.Inventory, error), *live, error) {
	cfg, err := f.scope.configuration()
	if err != nil {
		return nil, nil, err
	}
	owner, err := f.codeOwner(cfg.owners())
	if err != nil {
		return nil, nil, err
	}
	region := f.codeRegion()
	if f.declared, err = f.readCode(owner, region); err != nil {
		return nil, nil, err
	}
	l, err := f.scope.live(s, parts(selected))
	if err != nil {
		return nil, nil, err
	}
	load := func(ctx context.Context) (*account.Inventory, error) {
		id, here := owner, cmp.Or(region, l.aws.Region(ctx))
		if len(f.scope.owners)+len(cfg.Owners) == 0 {
			if id, err = l.aws.Account(ctx); err != nil {
				return nil, err
			}
		}
		if id != owner || here != region {
			f.code.code = nil
			if f.declared, err = f.readCode(id, here); err != nil {
				return nil, err
			}
		}
		owners, err := f.ownersToRead(l.scope.Owners, id, here)
		if err != nil {
			return nil, err
		}
		return f.loadOver(ctx, *l, owners)
	}
	return load, l, nil
}

// ownersToRead are the owners that the user named, and those of the code. Without either, it is the
// account of the credentials, unless the run is about an organization.
func (f *runFlags) ownersToRead(named []account.Owner, id, region string) ([]account.Owner, error) {
	destinations, err := ids("--destination", f.scope.destinations)
	if err != nil {
		return nil, err
	}
	owners := slices.Clone(named)
	of := func(id string) bool {
		return slices.ContainsFunc(owners, func(o account.Owner) bool { return o.Account == id })
	}
	declared := f.declared.Inventory().Owners
	if len(owners) == 1 && of("") && len(declared) > 0 && account.IsAccountID(declared[0].Account) {
		owners[0].Account = declared[0].Account // the code says which accounts it is deployed to
	}
	for _, o := range declared {
		if account.IsAccountID(o.Account) && !of(o.Account) {
			added := account.Owner{Account: o.Account}
			if err := f.scope.applyToOwner(&added, destinations, len(declared) > 1, nil); err != nil {
				return nil, err
			}
			owners = append(owners, added)
		}
	}
	for i := range owners {
		o := &owners[i]
		o.Account = cmp.Or(o.Account, id)
		if len(o.Regions) == 0 && !o.AllRegions && region != "" {
			o.Regions = []string{region}
		}
	}
	return owners, nil
}

// loadOver reads owners, also what the code names in them, and deploys the code over what was read.
func (f *runFlags) loadOver(ctx context.Context, l live, owners []account.Owner) (*account.Inventory, error) {
	scope := account.Inventory{}
	named := map[string][]string{} // execution roles, by owner
	for _, o := range owners {
		named[o.Account] = o.ExecutionRoles
		scope.AddOwner(o)
	}
	for _, o := range f.declared.Inventory().Owners {
		if account.IsAccountID(o.Account) {
			scope.AddOwner(o)
		}
	}
	l.scope.Owners = scope.Owners
	before, err := l.load(ctx)
	if err != nil {
		return nil, err
	}
	for i := range before.Owners {
		o := &before.Owners[i]
		o.PlannedIn = nil
		if roles, ok := named[o.Account]; ok {
			o.ExecutionRoles = roles
		}
	}
	f.before = before
	return f.declared.Over(before), nil
}
