package lintcmd

import (
	"slices"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/lazyregexp"
	"github.com/iblint/iblint/internal/source"
)

// inOrganization returns which accounts of the organization to check, and for what.
// It returns nil if the run does not check an organization.
func (f *scopeFlags) inOrganization(cfg configuration) (*source.Organization, error) {
	if !f.organization {
		if given := givenOf(f.flags, "ou", "account", "exclude"); len(given) > 0 {
			return nil, usage("%s --organization", given.with("requires", "require"))
		}
		return nil, nil
	}
	selected := source.Organization{Units: f.units, Accounts: f.accounts, Exclude: f.exclude}
	if of := cfg.Organization; of != nil {
		setRegions(&selected.Owner, of.Regions)
		selected.Owner.ExecutionRoles = of.ExecutionRoles
		if len(f.units)+len(f.accounts) == 0 {
			selected.Units, selected.Accounts = of.Units, of.Accounts
		}
		selected.Exclude = append(selected.Exclude, of.Exclude...)
	}
	for i, id := range slices.Concat(f.accounts, f.exclude) {
		flag := "--account"
		if i >= len(f.accounts) {
			flag = "--exclude"
		}
		if !account.IsAccountID(id) {
			return nil, notAnAccountID(flag, id, id)
		}
	}
	for _, id := range selected.Units {
		if !organizationalUnit().MatchString(id) {
			return nil, usage("--ou %s: expected the ID of an organizational unit or root, such as ou-ab12-cdefghij or r-ab12", id)
		}
	}
	destinations, err := ids("--destination", f.destinations)
	if err != nil {
		return nil, err
	}
	return &selected, f.applyToOwner(&selected.Owner, destinations, true, nil)
}

// organizationalUnit matches IDs of organizational units and roots (Organizations API
// Reference, ListAccountsForParent).
var organizationalUnit = lazyregexp.New(`^(r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$`)
