package lintcmd

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
)

// mistake is what is wrong with the value at a path of the configuration file.
type mistake struct {
	path []string
	error
}

func (m mistake) Error() string {
	if len(m.path) == 0 {
		return m.error.Error()
	}
	return dotted(m.path) + ": " + m.error.Error()
}

// below returns the mistake in the value at a path, whose own path is relative to that; nil if
// there is none.
func (m *mistake) below(path ...string) *mistake {
	if m == nil {
		return nil
	}
	return &mistake{slices.Concat(path, m.path), m.error}
}

// wrong is a mistake in the value at a path.
func wrong(err error, path ...string) *mistake { return &mistake{path, err} }

// validate returns the first mistake of the kinds that the types do not exclude; nil if there is none.
func (c configuration) validate(all []checks.Check) *mistake {
	for i, o := range c.Owners {
		if m := o.validate(); m != nil {
			return m.below("owners", strconv.Itoa(i))
		}
	}
	if ref, ok := account.ParseRoleReference(c.RoleName); c.RoleName != "" && (!ok || ref.Account != "") {
		return wrong(fmt.Errorf("%q: %s", c.RoleName, expectedRoleName), "roleName")
	}
	if c.SessionName != "" && !sessionName().MatchString(c.SessionName) {
		return wrong(fmt.Errorf("%q: %s", c.SessionName, expectedSessionName), "sessionName")
	}
	if c.Organization != nil {
		if m := c.Organization.validate(); m != nil {
			return m.below("organization")
		}
	}
	if err := c.meaning().Validate(); err != nil {
		return wrong(fmt.Errorf("%w%s", err, didYouMean(c.SourceAccountMeans, meanings)), "sourceAccountMeans")
	}
	for i, text := range c.Paths {
		if p, err := parsePath(text); err != nil || p.path == "" {
			return wrong(fmt.Errorf("%q is neither PATH nor ACCOUNT=PATH with an account ID of 12 digits", text), "paths", strconv.Itoa(i))
		}
	}
	for i, s := range c.Suppressions {
		if m := s.validate(all); m != nil {
			return m.below("suppressions", strconv.Itoa(i))
		}
	}
	return nil
}

func (o ownerConfig) validate() *mistake {
	if m := o.AccessConfig.validate(); m != nil {
		return m
	}
	if m := validRegions(o.Regions); m != nil {
		return m
	}
	if m := validRoles(o.ExecutionRoles); m != nil {
		return m
	}
	for i, d := range o.Destinations {
		m := d.validate()
		if m == nil && d.Account == o.Account {
			m = wrong(fmt.Errorf("%s is the owner itself, which needs no cross-account role; the owner is the account that builds the images", d.Account), "account")
		}
		if m != nil {
			return m.below("destinations", strconv.Itoa(i))
		}
	}
	for _, region := range slices.Sorted(maps.Keys(o.Repositories)) {
		if !account.IsRegion(region) {
			return wrong(notARegion(region), "repositories", region)
		}
		for i, name := range o.Repositories[region] {
			if !account.IsRepositoryName(name) {
				return wrong(fmt.Errorf("%q is not an ECR repository name", name), "repositories", region, strconv.Itoa(i))
			}
		}
	}
	return nil
}

func (o organizationConfig) validate() *mistake {
	if m := validRegions(o.Regions); m != nil {
		return m
	}
	if m := validRoles(o.ExecutionRoles); m != nil {
		return m
	}
	for i, id := range o.Accounts {
		if m := validAccount(id, "accounts", strconv.Itoa(i)); m != nil {
			return m
		}
	}
	for i, id := range o.Exclude {
		if m := validAccount(id, "exclude", strconv.Itoa(i)); m != nil {
			return m
		}
	}
	for i, id := range o.Units {
		if !organizationalUnit().MatchString(id) {
			return wrong(fmt.Errorf("%q is not the ID of an organizational unit or root, such as ou-ab12-cdefghij or r-ab12", id), "units", strconv.Itoa(i))
		}
	}
	return nil
}

func (a AccessConfig) validate() *mistake {
	if a.Account == "" {
		return wrong(errors.New("account is missing; expected an account ID (12 digits)"))
	}
	if m := validAccount(a.Account, "account"); m != nil {
		return m
	}
	if a.Role != "" && a.Profile != "" {
		return wrong(errors.New("profile and role exclude each other; give one of them"))
	}
	if a.ExternalID != "" && a.Role == "" {
		return wrong(errors.New("externalId requires role"))
	}
	if ref, ok := account.ParseRoleReference(a.Role); a.Role != "" && (!ok || ref.Account == "") {
		return wrong(fmt.Errorf("%q is not a role ARN", a.Role), "role")
	}
	return nil
}

func validAccount(id string, path ...string) *mistake {
	if account.IsAccountID(id) {
		return nil
	}
	return wrong(fmt.Errorf("%q is not an account ID (12 digits); put quotes around account IDs, because YAML reads some of them as other numbers", id), path...)
}

func validRegions(regions []string) *mistake {
	for i, r := range regions {
		if r != allRegions && !account.IsRegion(r) {
			return wrong(notARegion(r), "regions", strconv.Itoa(i))
		}
	}
	return nil
}

func notARegion(name string) error {
	return fmt.Errorf("%q is not a Region such as eu-west-1%s", name, didYouMean(name, regions()))
}

func validRoles(roles []string) *mistake {
	for i, r := range roles {
		if _, ok := account.ParseRoleReference(r); !ok {
			return wrong(fmt.Errorf("%q is neither a role name nor a role ARN", r), "executionRoles", strconv.Itoa(i))
		}
	}
	return nil
}
