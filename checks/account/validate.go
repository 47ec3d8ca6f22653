package account

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks/symbol"
)

// Validate checks the form of all IDs and names in an inventory that was given by a
// user. The error names the field and the expected form.
func (inv *Inventory) Validate() error {
	if err := inv.SourceAccountMeans.Validate(); err != nil {
		return fmt.Errorf("sourceAccountMeans: %w", err)
	}
	for i, o := range inv.Owners {
		if err := o.Validate(); err != nil {
			return fmt.Errorf("owners[%d].%w", i, err)
		}
	}
	if o := inv.Organization; o != nil {
		members := o.Members.Items()
		if !IsAccountID(o.Account) || slices.ContainsFunc(members, func(m Member) bool { return !IsAccountID(m.Account) }) {
			return errors.New("organization: expected account IDs (12 digits)")
		}
		if !slices.IsSortedFunc(members, func(a, b Member) int { return cmp.Compare(a.Account, b.Account) }) {
			return errors.New("organization.members: expected the accounts in ascending order")
		}
	}
	for _, id := range slices.Sorted(maps.Keys(inv.Guardrails)) {
		if id == "" && !inv.givenGuardrails() || inv.Guardrails[id] == nil {
			return fmt.Errorf("guardrails[%s]: expected the ID of an organization with an object", id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(inv.Accounts)) {
		if !IsAccountID(id) {
			return fmt.Errorf("accounts: %q is not an account ID (12 digits)", id)
		}
		a := inv.Accounts[id]
		if a == nil {
			return fmt.Errorf("accounts[%s]: expected an object, found null", id)
		}
		if a.Partition != "" && !partitionName().MatchString(a.Partition) {
			return fmt.Errorf("accounts[%s].partition: %q is not a partition such as aws or aws-cn", id, a.Partition)
		}
		for region := range a.RepositoryNames {
			if !IsRegion(region) {
				return fmt.Errorf("accounts[%s].repositoryNames: %q is not a Region such as eu-west-1", id, region)
			}
		}
		for region := range a.Registries {
			if !IsRegion(region) {
				return fmt.Errorf("accounts[%s].registries: %q is not a Region such as eu-west-1", id, region)
			}
		}
		if i := slices.IndexFunc(a.Regions.Items(), func(r string) bool { return !IsRegion(r) }); i >= 0 {
			return fmt.Errorf("accounts[%s].regions: %q is not a Region such as eu-west-1", id, a.Regions.Items()[i])
		}
		for region, ib := range a.ImageBuilder {
			if !IsRegion(region) || ib == nil {
				return fmt.Errorf("accounts[%s].imageBuilder: %q: expected a Region with an object", id, region)
			}
		}
		for name, read := range a.Roles {
			role, found, _ := read.Get()
			if found && (role.Name == "" || !strings.HasPrefix(role.Path, "/") || !strings.HasSuffix(role.Path, "/") || !strings.HasPrefix(role.ARN, "arn:")) {
				return fmt.Errorf("accounts[%s].roles: %q: expected a name, a path that begins and ends with / and an ARN", id, name)
			}
		}
		if _, found, _ := a.OtherRoles.Get(); found {
			return fmt.Errorf(`accounts[%s].otherRoles: expected "absent" or "unread", not a value`, id)
		}
	}
	return nil
}

// Validate checks the form of the IDs and names of an owner.
func (o Owner) Validate() error {
	if !IsAccountID(o.Account) && !symbol.Is(o.Account) { // code may not say which account it is for
		return fmt.Errorf("account: %q is not an account ID (12 digits)", o.Account)
	}
	for _, r := range o.Regions {
		if !IsRegion(r) {
			return fmt.Errorf("regions: %q is not a Region such as eu-west-1", r)
		}
	}
	for _, r := range o.ExecutionRoles {
		if _, ok := ParseRoleReference(r); !ok {
			return fmt.Errorf("executionRoles: %q is neither a role name nor a role ARN", r)
		}
	}
	for _, t := range o.Destinations {
		if !IsAccountID(t.Account) {
			return fmt.Errorf("destinations: %q is not an account ID (12 digits)", t.Account)
		}
		if t.Account == o.Account {
			return fmt.Errorf("destinations: %s is the owner itself, which needs no cross-account role; the owner is the account that builds the images", t.Account)
		}
	}
	for _, r := range o.Repositories {
		if !IsRegion(r.Region) {
			return fmt.Errorf("repositories: %q is not a Region such as eu-west-1", r.Region)
		}
		if !IsRepositoryName(r.Name) {
			return fmt.Errorf("repositories: %q is not an ECR repository name", r.Name)
		}
	}
	return nil
}

// Validate returns an error unless m is one of the constants of its type.
func (m SourceAccountMeaning) Validate() error {
	switch m {
	case Unsettled, MeansDestination, MeansOwner, MeansEither:
		return nil
	}
	return fmt.Errorf("%q is none of destination, owner, either", string(m))
}
