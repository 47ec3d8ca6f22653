package cloudformation

import (
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/source/declared"
)

// repository is AWS::ECR::Repository.
func repository(d declaration) {
	r := declared.Repository{
		Place: d.place(), Unsure: d.unsure(), Account: d.account, Partition: d.partition, Region: d.region,
		Name: nameOf(d.resource, d.values, "RepositoryName"), Tags: account.Present(d.in("Tags").tags()),
	}
	if policy := d.in("RepositoryPolicyText"); policy.given() {
		r.Policy = policy.document()
	}
	d.Repositories = append(d.Repositories, r)
}

// registryPolicy is AWS::ECR::RegistryPolicy.
func registryPolicy(d declaration) {
	d.RegistryPolicies = append(d.RegistryPolicies, declared.RegistryPolicy{Place: d.place(), Unsure: d.unsure(), Account: d.account, Region: d.region, Document: d.in("PolicyText").document()})
}
