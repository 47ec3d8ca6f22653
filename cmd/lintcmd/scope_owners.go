package lintcmd

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/lazyregexp"
)

// setRegions sets the Regions of an owner, which may be all.
func setRegions(o *account.Owner, regions []string) {
	o.AllRegions = slices.Contains(regions, allRegions)
	o.Regions = regions
	if o.AllRegions {
		o.Regions = slices.DeleteFunc(slices.Clone(regions), func(r string) bool { return r == allRegions })
	}
}

// discover returns the kinds of subjects to take from Image Builder: those that a recording
// was made for, and those of which the user named none, if Image Builder was read or can be
// read. It omits kinds that a flag names, and kinds that no selected check needs.
func (f *scopeFlags) discover(o account.Owner, live bool, a *account.Account) []account.Kind {
	kinds := slices.Clone(o.Discover)
	for _, k := range []struct {
		kinds  []account.Kind
		named  int
		byFlag int
	}{
		{[]account.Kind{account.ExecutionRoleKind, account.LifecyclePolicyKind}, len(o.ExecutionRoles), len(f.executionRoles)},
		{[]account.Kind{account.DestinationKind}, len(o.Destinations), len(f.destinations)},
		{[]account.Kind{account.RepositoryKind}, len(o.Repositories) + number(o.AllRepositories), len(f.repositories) + number(f.allRepositories)},
	} {
		for _, kind := range k.kinds {
			switch {
			case k.byFlag > 0:
				kinds = slices.DeleteFunc(kinds, func(have account.Kind) bool { return have == kind })
			case k.named == 0 && !slices.Contains(kinds, kind) && (live || a != nil && a.ImageBuilder != nil):
				kinds = append(kinds, kind)
			}
		}
	}
	return slices.DeleteFunc(kinds, func(k account.Kind) bool { return !slices.Contains(f.kinds, k) })
}

func number(is bool) int {
	if is {
		return 1
	}
	return 0
}

// applyOwners sets the owners of inv: those of --owner, else those that inv has, else the only
// account in the input files.
func (f *scopeFlags) applyOwners(inv *account.Inventory, read map[string]*account.Account, destinations []string) error {
	owners, err := ids("--owner", f.owners)
	if err != nil {
		return err
	}
	switch {
	case len(owners) > 0:
		have := inv.Owners
		// Code says itself which accounts build images.
		inv.Owners = slices.DeleteFunc(slices.Clone(have), func(o account.Owner) bool { return len(o.PlannedIn) == 0 || slices.Contains(owners, o.Account) })
		for _, id := range owners {
			o := account.Owner{Account: id}
			if i := slices.IndexFunc(have, func(o account.Owner) bool { return o.Account == id }); i >= 0 {
				o = have[i]
			}
			inv.Owners = append(inv.Owners, o)
		}
	case len(inv.Owners) == 0 && len(f.code) > 0:
		inv.Owners = []account.Owner{{Account: slices.Sorted(maps.Keys(read))[0]}}
	case len(inv.Owners) == 0 && inv.Organization != nil: // the recording is of an organization with no account to check
	case len(inv.Owners) == 0 && len(read) == 1 && !slices.Contains(destinations, slices.Collect(maps.Keys(read))[0]):
		for id := range read {
			inv.Owners = []account.Owner{{Account: id}}
		}
	case len(inv.Owners) == 0 && !f.organization:
		return usage("the account that builds the images is unknown: name it with --owner ACCOUNT")
	}
	return nil
}

// warnOfAbsentOwners names the accounts of --owner that no input file has. Their verdicts are unknown.
func (f *scopeFlags) warnOfAbsentOwners(s invocation, inv *account.Inventory) {
	for _, id := range f.owners {
		if inv.Accounts[id] == nil {
			fmt.Fprintf(s.err, "iblint: --owner %s: no input file has this account\n", id)
		}
	}
}

// applyToOwner applies the flags to one owner. Several is true if there are other owners. Read
// holds the accounts in the input files, and is nil for a live run.
func (f *scopeFlags) applyToOwner(o *account.Owner, destinations []string, several bool, read map[string]*account.Account) error {
	offline := read != nil
	if len(f.regions) > 0 {
		setRegions(o, f.regions)
	}
	o.AllRepositories = o.AllRepositories || f.allRepositories
	o.ResourceType = cmp.Or(resourceTypes[f.resourceType], o.ResourceType)
	if len(f.executionRoles) > 0 {
		o.ExecutionRoles = f.executionRoles
	}
	if len(destinations) > 0 {
		o.Destinations = nil
		for _, id := range destinations {
			if several && id == o.Account {
				continue // one owner's destination may be another owner
			}
			o.Destinations = append(o.Destinations, account.Target{Account: id})
		}
	}
	if len(f.repositories) > 0 {
		o.Repositories = nil
		for _, text := range f.repositories {
			r, err := f.repository(text, o.Regions, offline || o.AllRegions)
			if err != nil {
				return err
			}
			o.Repositories = append(o.Repositories, r...)
		}
	}
	o.Discover = f.discover(*o, !offline, read[o.Account].Unfold())
	if o.Account == "" {
		return nil // completed and validated once the account of the credentials is known
	}
	check := *o
	check.Repositories = slices.DeleteFunc(slices.Clone(o.Repositories), func(r account.Repository) bool { return r.Region == "" })
	if err := check.Validate(); err != nil {
		return usage("owner %s: %w", o.Account, err)
	}
	return nil
}

var regionAndName = lazyregexp.New(`^([a-z]{2,}(?:-[a-z]+)+-[0-9]{1,2})/(.+)$`)

// repository parses [REGION/]NAME. Without a Region, it returns the repository in each of
// regions. The name of a repository may begin like a Region, so REGION must be a published
// Region or one that --region names.
func (f *scopeFlags) repository(text string, regions []string, mustName bool) ([]account.Repository, error) {
	name := text
	if m := regionAndName().FindStringSubmatch(text); m != nil && (account.KnownRegion(m[1]) || slices.Contains(f.regions, m[1])) {
		regions, name = []string{m[1]}, m[2]
	}
	if !account.IsRepositoryName(name) {
		return nil, usage("--repository %s: expected [REGION/]NAME with the name of an ECR repository, without registry host or tag", text)
	}
	if len(regions) == 0 {
		if mustName {
			return nil, usage("--repository %s: its Region is unknown; write REGION/%s or set --region", text, name)
		}
		return []account.Repository{{Name: name}}, nil
	}
	var all []account.Repository
	for _, region := range regions {
		all = append(all, account.Repository{Region: region, Name: name})
	}
	return all, nil
}

// ids returns the account IDs of ACCOUNT[=…] values, each once.
func ids(flag string, values []string) ([]string, error) {
	var ids []string
	for _, v := range values {
		id, _, _ := strings.Cut(v, "=")
		if !account.IsAccountID(id) {
			return nil, notAnAccountID(flag, v, id)
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func notAnAccountID(flag, value, id string) error {
	return usage("%s %s: %q is not an account ID (12 digits)", flag, value, id)
}
