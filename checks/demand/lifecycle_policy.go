package demand

import (
	"errors"
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
	account.LifecyclePolicy
}

// Subject names the lifecycle policy.
func (p OwnedPolicy) Subject() account.Subject {
	return account.Subject{Partition: p.Partition, Account: p.Owner, Region: p.Region, Type: string(account.LifecyclePolicyKind), Name: p.Name, ARN: p.ARN}
}

// NamedBy tells of its last run, where that is known; nobody names a lifecycle policy.
func (p OwnedPolicy) NamedBy() []string { return p.From }

// LifecyclePolicies are the lifecycle policies of the owner with this account ID,
// if it is asked for them. The error joins what could not be discovered.
func (view *View) LifecyclePolicies(id string) ([]OwnedPolicy, error) {
	var policies []OwnedPolicy
	var gaps []error
	for _, o := range view.owners(id) {
		places, more := view.places(o, account.LifecyclePolicyKind)
		gaps = append(gaps, more...)
		for _, at := range places {
			seen := map[string]bool{} // a list that changes while it is read may show one twice
			for _, p := range at.LifecyclePolicies.Items() {
				if p.ARN != "" && seen[p.ARN] {
					continue
				}
				seen[p.ARN] = true
				owned := OwnedPolicy{Owner: o.Account, Partition: view.partition(o), Region: at.region, Images: at.Images}
				if line := at.lastExecution(p); line != "" {
					owned.From = []string{line}
				}
				if p.ARN == "" { // it has none before it is created
					p.ARN = "arn:" + view.partition(o) + ":imagebuilder:" + at.region + ":" + o.Account + ":lifecycle-policy/" + strings.ToLower(p.Name)
					owned.Images, owned.Planned = view.imageBuilder(o.Account, at.region).Images, true
				}
				owned.LifecyclePolicy = p
				policies = append(policies, owned)
			}
			if err := at.LifecyclePolicies.Err(); err != nil {
				gaps = append(gaps, view.undiscovered(o, account.LifecyclePolicyKind, at.region, "lifecycle policies", " could not all be read", err))
			}
		}
	}
	return policies, errors.Join(gaps...)
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
		Owner: p.Owner, Partition: p.Partition, Regions: []string{p.Region}, Reference: ref, References: []string{p.ExecutionRole}, Role: a.Role(ref.Name),
		view: view, owner: account.Owner{Account: p.Owner, Regions: []string{p.Region}},
	}
}
