package demand

import (
	"errors"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks/account"
)

// OwnedPolicy is a lifecycle policy of an owner.
type OwnedPolicy struct {
	Owner     string
	Partition string
	Region    string
	From      []string                    // its last run, where that is known
	Images    account.List[account.Image] // of the Region
	Planned   bool                        // it is to be created
	Like      string                      // name of the policy planned before it that has the same normal name; empty: none
	At        *PolicyRegion               // what else is known of the Region
	account.LifecyclePolicy
}

// PolicyRegion is Image Builder in a Region with lifecycle policies of an owner.
type PolicyRegion struct {
	*account.ImageBuilder // what was read

	// Planned is what is to be created beside planned policies; nil: nothing is.
	Planned *account.ImageBuilder

	// Policies are all lifecycle policies: the planned ones, and the existing ones that no
	// planned policy replaces. Unlisted is why there may be more; nil: there are no more, or
	// the input cannot hold them.
	Policies []OwnedPolicy
	Unlisted error

	listed  bool // the policies that exist are among Policies
	indexed regionIndex
}

// Subject names the lifecycle policy.
func (p OwnedPolicy) Subject() account.Subject {
	return account.Subject{Partition: p.Partition, Account: p.Owner, Region: p.Region, Type: string(account.LifecyclePolicyKind), Name: p.Name, ARN: p.ARN}
}

// NamedBy returns the line of evidence about its last run, where that is known.
func (p OwnedPolicy) NamedBy() []string { return p.From }

// LifecyclePolicies are the lifecycle policies of the owner with this account ID that
// exist or are planned. A planned policy replaces the existing one of its name and Region.
// The error joins what could not be discovered.
func (view *View) LifecyclePolicies(id string) ([]OwnedPolicy, error) {
	var policies []OwnedPolicy
	var gaps []error
	regions := map[string]*PolicyRegion{}
	for _, o := range view.owners(id) {
		for _, p := range view.planned(o) {
			at := regions[p.region]
			if at == nil {
				at = &PolicyRegion{ImageBuilder: view.imageBuilder(id, p.region)}
				regions[p.region] = at
			}
			before := len(at.Policies)
			at.plan(p.ImageBuilder, OwnedPolicy{Owner: id, Partition: view.partition(o), Region: p.region, Images: at.Images, Planned: true, At: at})
			policies = append(policies, at.Policies[before:]...)
			if err := refused(p.LifecyclePolicies.Err()); err != nil {
				gaps = append(gaps, view.undiscovered(o, account.LifecyclePolicyKind, p.region, "lifecycle policies", " to be created are not all known", err))
			}
		}
	}
	for _, o := range view.owners(id) {
		for _, region := range view.regionsOffering(o) {
			at, known := regions[region]
			if !known {
				at = &PolicyRegion{ImageBuilder: view.imageBuilder(id, region)}
				regions[region] = at
			}
			if !at.listed {
				at.list(OwnedPolicy{Owner: id, Partition: view.partition(o), Region: region, Images: at.Images, At: at})
			}
			if discovers(o, account.LifecyclePolicyKind) {
				policies = append(policies, slices.DeleteFunc(slices.Clone(at.Policies), func(p OwnedPolicy) bool { return p.Planned })...)
			}
		}
		if discovers(o, account.LifecyclePolicyKind) {
			gaps = append(gaps, view.policyGaps(o, account.LifecyclePolicyKind, "lifecycle policies", " could not all be read")...)
		}
	}
	return policies, errors.Join(gaps...)
}

// plan adds the policies that are to be created. The policy says what they have in common.
func (at *PolicyRegion) plan(planned *account.ImageBuilder, p OwnedPolicy) {
	at.Planned = planned
	at.Unlisted = refused(planned.LifecyclePolicies.Err())
	first := map[string]string{} // by normal name
	for _, p.LifecyclePolicy = range planned.LifecyclePolicies.Items() {
		name := NormalName(p.Name)
		p.Like = first[name]
		if p.Like == "" {
			first[name] = p.Name
		}
		at.add(p, name)
	}
}

// list adds the policies that exist, unless a planned one replaces them. The policy says what
// they have in common.
func (at *PolicyRegion) list(p OwnedPolicy) {
	at.listed = true
	if err := refused(at.LifecyclePolicies.Err()); err != nil {
		at.Unlisted = err
	}
	replaced, seen := map[string]bool{}, map[string]bool{} // a list that changes while it is read may show one twice
	for _, planned := range at.Policies {
		replaced[NormalName(planned.Name)] = true
	}
	listed := at.LifecyclePolicies.Items()
	at.Policies = slices.Grow(at.Policies, len(listed))
	for _, p.LifecyclePolicy = range listed {
		if p.ARN != "" && seen[p.ARN] || replaced[NormalName(p.Name)] {
			continue
		}
		seen[p.ARN] = true
		p.From = nil
		if line := lastExecution(at.ImageBuilder, "in "+p.Region, p.LifecyclePolicy); line != "" {
			p.From = []string{line}
		}
		at.add(p, strings.ToLower(p.Name))
	}
}

// add adds a policy. It has no ARN before it is created.
func (at *PolicyRegion) add(p OwnedPolicy, name string) {
	if p.ARN == "" {
		p.ARN = "arn:" + p.Partition + ":imagebuilder:" + p.Region + ":" + p.Owner + ":lifecycle-policy/" + name
	}
	at.Policies = append(at.Policies, p)
}

// PolicyRole is a lifecycle policy with the role that it names.
type PolicyRole struct {
	OwnedPolicy
	Role ExecutionRole
}

// PolicyRoles are the lifecycle policies of the owner with this account ID, with
// their roles. The error joins what could not be discovered.
func (view *View) PolicyRoles(id string) ([]PolicyRole, error) {
	policies, err := view.LifecyclePolicies(id)
	all := make([]PolicyRole, 0, len(policies))
	for _, p := range policies {
		all = append(all, PolicyRole{p, view.executionRoleOf(p)})
	}
	return all, err
}

// executionRoleOf is the role that the policy names, as far as it is known.
func (view *View) executionRoleOf(p OwnedPolicy) ExecutionRole {
	ref, _ := account.ParseRoleReference(p.ExecutionRole)
	a := view.account(p.Owner)
	return ExecutionRole{
		Owner: p.Owner, Partition: p.Partition, Regions: []string{p.Region}, Reference: ref, References: []string{p.ExecutionRole}, Role: a.Role(ref.Name), view: view,
	}
}
