package declared

import (
	"errors"
	"maps"
	"slices"

	"github.com/iblint/iblint/checks/account"
)

// Removed is what is there until the deployment deletes it.
type Removed struct {
	Roles              []RoleName
	Attachments        []Attachment
	Policies           []RolePolicy // inline policies
	Repositories       []RepositoryName
	RepositoryPolicies []RepositoryName
	RegistryPolicies   []RegistryName

	// ImageBuilder are the ARNs of lifecycle policies, distribution configurations, recipes and
	// pipelines.
	ImageBuilder []string

	GuardrailAttachments []GuardrailAttachment
}

// RoleName names a role.
type RoleName struct{ Account, Name string }

// RepositoryName names an ECR repository.
type RepositoryName struct{ Account, Region, Name string }

// RegistryName names the ECR registry of an account in a Region.
type RegistryName struct{ Account, Region string }

// Remove notes what is in past and no longer in c.
func (c *Code) Remove(past Code) {
	now := c.names()
	past.Attachments, past.RolePolicies = slices.Clip(past.Attachments), slices.Clip(past.RolePolicies)
	open := map[RoleName]bool{} // roles of which the code does not say all that they have
	for _, r := range c.Roles {
		open[RoleName{r.Account, r.Name}] = r.Rest != nil
	}
	for _, r := range past.Roles {
		name := RoleName{r.Account, r.Name}
		if !now[name] {
			c.Removed.Roles = append(c.Removed.Roles, name)
			continue
		}
		if open[name] {
			continue
		}
		for _, arn := range r.Attached { // in the role itself
			past.Attachments = append(past.Attachments, Attachment{Account: r.Account, Role: r.Name, Policy: arn})
		}
		for _, p := range r.Inline {
			past.RolePolicies = append(past.RolePolicies, RolePolicy{Account: r.Account, Role: r.Name, InlinePolicy: p})
		}
	}
	for _, a := range past.Attachments {
		if !now[attachmentKey{a.Account, a.Role, a.Policy}] {
			c.Removed.Attachments = append(c.Removed.Attachments, a)
		}
	}
	for _, p := range past.RolePolicies {
		if !now[inlineKey{p.Account, p.Role, p.Name}] {
			c.Removed.Policies = append(c.Removed.Policies, p)
		}
	}
	for _, r := range past.Repositories {
		if name := (RepositoryName{r.Account, r.Region, r.Name}); !now[name] {
			c.Removed.Repositories = append(c.Removed.Repositories, name)
		}
	}
	for _, p := range past.RepositoryPolicies {
		if name := (RepositoryName{p.Account, p.Region, p.Name}); !now[policyKey{name}] {
			c.Removed.RepositoryPolicies = append(c.Removed.RepositoryPolicies, name)
		}
	}
	for _, p := range past.RegistryPolicies {
		if name := (RegistryName{p.Account, p.Region}); !now[name] {
			c.Removed.RegistryPolicies = append(c.Removed.RegistryPolicies, name)
		}
	}
	for _, arn := range past.imageBuilder() {
		if !now[arn] {
			c.Removed.ImageBuilder = append(c.Removed.ImageBuilder, arn)
		}
	}
	for _, a := range past.GuardrailAttachments {
		if !now[guardrailKey{a.Policy, a.Target}] {
			c.Removed.GuardrailAttachments = append(c.Removed.GuardrailAttachments, a)
		}
	}
}

type (
	attachmentKey struct{ account, role, policy string }
	inlineKey     struct{ account, role, name string }
	policyKey     struct{ RepositoryName }
	guardrailKey  struct{ policy, target string }
)

// names are the keys of what the code declares.
func (c *Code) names() map[any]bool {
	names := map[any]bool{}
	for _, r := range c.Roles {
		names[RoleName{r.Account, r.Name}] = true
		for _, arn := range r.Attached {
			names[attachmentKey{r.Account, r.Name, arn}] = true
		}
		for _, p := range r.Inline {
			names[inlineKey{r.Account, r.Name, p.Name}] = true
		}
	}
	for _, a := range c.Attachments {
		names[attachmentKey{a.Account, a.Role, a.Policy}] = true
	}
	for _, p := range c.RolePolicies {
		names[inlineKey{p.Account, p.Role, p.Name}] = true
	}
	for _, r := range c.Repositories {
		name := RepositoryName{r.Account, r.Region, r.Name}
		names[name] = true
		if !r.Policy.IsZero() {
			names[policyKey{name}] = true
		}
	}
	for _, p := range c.RepositoryPolicies {
		names[policyKey{RepositoryName{p.Account, p.Region, p.Name}}] = true
	}
	for _, p := range c.RegistryPolicies {
		names[RegistryName{p.Account, p.Region}] = true
	}
	for _, arn := range c.imageBuilder() {
		names[arn] = true
	}
	for _, a := range c.GuardrailAttachments {
		names[guardrailKey{a.Policy, a.Target}] = true
	}
	return names
}

// imageBuilder are the ARNs of the resources of Image Builder.
func (c *Code) imageBuilder() (arns []string) {
	for _, p := range c.LifecyclePolicies {
		arns = append(arns, p.ARN)
	}
	for _, d := range c.Distributions {
		arns = append(arns, d.Value.ARN)
	}
	for _, r := range c.ContainerRecipes {
		arns = append(arns, r.Value.ARN)
	}
	for _, r := range c.ImageRecipes {
		arns = append(arns, r.Value.ARN)
	}
	for _, p := range c.Pipelines {
		arns = append(arns, p.Value.ARN)
	}
	return arns
}

func (r *Removed) add(other Removed) {
	r.Roles = append(r.Roles, other.Roles...)
	r.Attachments = append(r.Attachments, other.Attachments...)
	r.Policies = append(r.Policies, other.Policies...)
	r.Repositories = append(r.Repositories, other.Repositories...)
	r.RepositoryPolicies = append(r.RepositoryPolicies, other.RepositoryPolicies...)
	r.RegistryPolicies = append(r.RegistryPolicies, other.RegistryPolicies...)
	r.ImageBuilder = append(r.ImageBuilder, other.ImageBuilder...)
	r.GuardrailAttachments = append(r.GuardrailAttachments, other.GuardrailAttachments...)
}

// mark marks what is deleted as absent, unless something declares it.
func (r *Removed) mark(inv *account.Inventory) {
	for _, one := range r.Roles {
		if roles := at(inv, one.Account).Roles; roles[one.Name].IsZero() {
			roles[one.Name] = account.Absent[account.Role]()
		}
	}
	for _, one := range r.RepositoryPolicies {
		if a := at(inv, one.Account); a.RepositoryPolicies[one.Region][one.Name].IsZero() {
			put(&a.RepositoryPolicies, one.Region, one.Name, account.Absent[string]())
		}
	}
	for _, one := range r.Repositories {
		if a := at(inv, one.Account); a.RepositoryTags[one.Region][one.Name].IsZero() {
			put(&a.RepositoryTags, one.Region, one.Name, account.Absent[account.Tags]())
			put(&a.RepositoryPolicies, one.Region, one.Name, account.Absent[string]())
		}
	}
	for _, one := range r.RegistryPolicies {
		if a := at(inv, one.Account); a.Registries[one.Region].Policy.IsZero() {
			setRegistry(a, one.Region, account.Absent[string]())
		}
	}
}

// from takes what is detached from a role that was read.
func (r *Removed) from(id string, role account.Role) account.Role {
	role.Attached = without(role.Attached, func(p account.AttachedPolicy) bool {
		return slices.ContainsFunc(r.Attachments, func(a Attachment) bool {
			return a.Account == id && a.Role == role.Name && a.Policy == p.ARN
		})
	})
	role.Inline = without(role.Inline, func(p account.InlinePolicy) bool {
		return slices.ContainsFunc(r.Policies, func(one RolePolicy) bool {
			return one.Account == id && one.Role == role.Name && one.Name == p.Name
		})
	})
	return role
}

// imageBuilderWithout is what Image Builder has without what is deleted.
func (r *Removed) imageBuilderWithout(regions map[string]*account.ImageBuilder) map[string]*account.ImageBuilder {
	if len(r.ImageBuilder) == 0 {
		return regions
	}
	gone := func(arn string) bool { return slices.Contains(r.ImageBuilder, arn) }
	out := maps.Clone(regions)
	for region, have := range out {
		ib := *have
		ib.LifecyclePolicies = without(ib.LifecyclePolicies, func(p account.LifecyclePolicy) bool { return gone(p.ARN) })
		ib.Distributions = without(ib.Distributions, func(d account.Distribution) bool { return gone(d.ARN) })
		ib.ContainerRecipes = without(ib.ContainerRecipes, func(r account.ContainerRecipe) bool { return gone(r.ARN) })
		ib.ImageRecipes = without(ib.ImageRecipes, func(r account.ImageRecipe) bool { return gone(r.ARN) })
		ib.Pipelines = without(ib.Pipelines, func(p account.Pipeline) bool { return gone(p.ARN) })
		out[region] = &ib
	}
	return out
}

// without is a list without some of its items.
func without[T any](list account.List[T], gone func(T) bool) account.List[T] {
	if !slices.ContainsFunc(list.Items(), gone) {
		return list
	}
	items := slices.DeleteFunc(slices.Clone(list.Items()), gone)
	var why account.Unread
	if errors.As(list.Err(), &why) {
		return account.Partial(items, why)
	}
	return account.Complete(items)
}

// touched are the names of the roles of an account from which something is detached.
func (r *Removed) touched(id string) (names []string) {
	for _, a := range r.Attachments {
		if a.Account == id {
			names = append(names, a.Role)
		}
	}
	for _, p := range r.Policies {
		if p.Account == id {
			names = append(names, p.Role)
		}
	}
	return names
}
