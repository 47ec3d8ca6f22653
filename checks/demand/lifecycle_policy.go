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

// NamedBy returns the line of evidence about its last run, where that is known.
func (p OwnedPolicy) NamedBy() []string { return p.From }

// LifecyclePolicies are the lifecycle policies of the owner with this account ID that
// exist or are planned. A planned policy replaces the existing one of its name and Region.
// The error joins what could not be discovered.
func (view *View) LifecyclePolicies(id string) ([]OwnedPolicy, error) {
	var policies []OwnedPolicy
	var gaps []error
	for _, o := range view.owners(id) {
		replaced := map[string]bool{}
		if o.Planned != nil {
			region := ""
			if regions := view.regionsRead(o); len(regions) > 0 {
				region = regions[0]
			}
			for _, p := range o.Planned.LifecyclePolicies.Items() {
				replaced[region+"/"+NormalName(p.Name)] = true
				if p.ARN == "" { // it has none before it is created
					p.ARN = "arn:" + view.partition(o) + ":imagebuilder:" + region + ":" + id + ":lifecycle-policy/" + NormalName(p.Name)
				}
				policies = append(policies, OwnedPolicy{
					Owner: id, Partition: view.partition(o), Region: region, Images: view.imageBuilder(id, region).Images, Planned: true, LifecyclePolicy: p,
				})
			}
		}
		if !discovers(o, account.LifecyclePolicyKind) {
			continue
		}
		for _, region := range view.regionsOffering(o) {
			ib := view.imageBuilder(id, region)
			seen := map[string]bool{} // a list that changes while it is read may show one twice
			for _, p := range ib.LifecyclePolicies.Items() {
				if p.ARN != "" && seen[p.ARN] || replaced[region+"/"+NormalName(p.Name)] {
					continue
				}
				seen[p.ARN] = true
				owned := OwnedPolicy{Owner: id, Partition: view.partition(o), Region: region, Images: ib.Images, LifecyclePolicy: p}
				if line := lastExecution(ib, "in "+region, p); line != "" {
					owned.From = []string{line}
				}
				if p.ARN == "" {
					owned.ARN = "arn:" + view.partition(o) + ":imagebuilder:" + region + ":" + id + ":lifecycle-policy/" + strings.ToLower(p.Name)
				}
				policies = append(policies, owned)
			}
		}
		gaps = append(gaps, view.policyGaps(o, account.LifecyclePolicyKind, "lifecycle policies", " could not all be read")...)
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
		Owner: p.Owner, Partition: p.Partition, Regions: []string{p.Region}, Reference: ref, References: []string{p.ExecutionRole}, Role: a.Role(ref.Name), view: view,
	}
}
