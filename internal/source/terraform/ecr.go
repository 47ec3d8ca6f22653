package terraform

import (
	"maps"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/source/declared"
)

// repository is aws_ecr_repository. It has the default tags of its provider, too.
func repository(d declaration) {
	d.addRepository(d.in("name").text(), d.tagsWithDefaults(), account.Read[string]{})
}

func (d declaration) addRepository(name string, tags account.Tags, policy account.Read[string]) {
	d.Repositories = append(d.Repositories, declared.Repository{
		Place: place(d.resource), Unsure: d.unsure(), Account: d.account, Partition: d.partition, Region: d.region, Name: name,
		Tags: account.Present(tags), Policy: policy,
	})
}

// tagsWithDefaults are the tags of a resource: its own win over the default tags of its provider
// (AWS provider, default_tags).
func (d declaration) tagsWithDefaults() account.Tags {
	provider := values{resource: d.resource, value: d.resource.Provider.Values}
	all := account.Tags{}
	blocks, unread := provider.in("default_tags").blocks()
	if unread != nil {
		all[provider.in("default_tags").text()] = ""
	}
	for _, block := range blocks {
		maps.Copy(all, block.in("tags").tags())
	}
	maps.Copy(all, d.in("tags").tags())
	return all
}

// cloudControlRepository is awscc_ecr_repository.
func cloudControlRepository(d declaration) {
	policy := account.Read[string]{}
	if text := d.in("repository_policy_text"); text.given() {
		policy = text.jsonDocument()
	}
	d.addRepository(d.in("repository_name").text(), d.in("tags").tags(), policy)
}

// repositoryPolicy is aws_ecr_repository_policy.
func repositoryPolicy(d declaration) {
	d.RepositoryPolicies = append(d.RepositoryPolicies, declared.RepositoryPolicy{
		Unsure: d.unsure(), Account: d.account, Region: d.region, Name: d.in("repository").text(), Document: d.in("policy").document(),
	})
}

// registryPolicy is aws_ecr_registry_policy and awscc_ecr_registry_policy.
func registryPolicy(d declaration) {
	document := d.in("policy")
	if !document.given() {
		document = d.in("policy_text")
	}
	d.RegistryPolicies = append(d.RegistryPolicies, declared.RegistryPolicy{Place: place(d.resource), Unsure: d.unsure(), Account: d.account, Region: d.region, Document: document.jsonDocument()})
}
