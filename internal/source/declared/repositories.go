package declared

import (
	"cmp"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/symbol"
)

// repositories adds the ECR repositories, with the policies that are declared apart from them,
// and the registries.
func (c *Code) repositories(inv *account.Inventory) {
	for _, r := range c.Repositories {
		a := at(inv, r.Account)
		if r.Unsure != nil {
			put(&a.RepositoryTags, r.Region, r.Name, account.Unreadable[account.Tags](*r.Unsure))
			put(&a.RepositoryPolicies, r.Region, r.Name, account.Unreadable[string](*r.Unsure))
			continue
		}
		put(&a.RepositoryTags, r.Region, r.Name, r.Tags)
		put(&a.RepositoryPolicies, r.Region, r.Name, c.repositoryPolicy(r))
	}
	for _, p := range c.RepositoryPolicies { // of repositories that are there already
		if a := at(inv, p.Account); !symbol.In(p.Name) && a.RepositoryPolicies[p.Region][p.Name].IsZero() {
			put(&a.RepositoryPolicies, p.Region, p.Name, p.document())
		}
	}
	for _, p := range c.RegistryPolicies {
		document := p.Document
		if p.Unsure != nil {
			document = account.Unreadable[string](*p.Unsure)
		}
		setRegistry(at(inv, p.Account), p.Region, document)
	}
}

func setRegistry(a *account.Account, region string, policy account.Read[string]) {
	if a.Registries == nil {
		a.Registries = map[string]account.Registry{}
	}
	a.Registries[region] = account.Registry{Policy: policy, Scope: account.Unreadable[string](undeclared)}
}

// document is the document, as far as it is known whether the policy will exist.
func (p RepositoryPolicy) document() account.Read[string] {
	if p.Unsure != nil {
		return account.Unreadable[string](*p.Unsure)
	}
	return p.Document
}

// repositoryPolicy is the policy of a declared repository: absent if nothing declares one.
func (c *Code) repositoryPolicy(r Repository) account.Read[string] {
	if !r.Policy.IsZero() {
		return r.Policy
	}
	var why *account.Unread
	for _, p := range c.RepositoryPolicies {
		switch {
		case p.Account != r.Account || p.Region != r.Region || !symbol.MayEqual(p.Name, r.Name):
		case p.Name != r.Name:
			why = cmp.Or(why, unresolved(p.Name, "a repository policy is set on the repository"))
		case p.Unsure != nil:
			why = cmp.Or(why, p.Unsure)
		default:
			return p.Document
		}
	}
	if why != nil {
		return account.Unreadable[string](*why)
	}
	return account.Absent[string]()
}

func put[T any](regions *map[string]map[string]account.Read[T], region, name string, read account.Read[T]) {
	if *regions == nil {
		*regions = map[string]map[string]account.Read[T]{}
	}
	if (*regions)[region] == nil {
		(*regions)[region] = map[string]account.Read[T]{}
	}
	(*regions)[region][name] = read
}
