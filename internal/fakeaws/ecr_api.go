package fakeaws

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks/account"
)

func (s *Server) listTagsForResource(c Call, _ Fault) response {
	var in struct {
		ResourceARN string `json:"resourceArn"`
	}
	if err := json.Unmarshal(c.body, &in); err != nil {
		return c.fail(http.StatusBadRequest, "SerializationException", "")
	}
	parts := strings.SplitN(in.ResourceARN, ":", 6)
	if len(parts) != 6 || parts[1] != s.partition(c.Account) || parts[2] != "ecr" || parts[3] != c.Region || !strings.HasPrefix(parts[5], "repository/") {
		return c.fail(http.StatusBadRequest, "InvalidParameterException", "Invalid parameter at 'resourceArn' failed to satisfy constraint")
	}
	if parts[4] != c.Account {
		return c.unread(account.Unread{Reason: account.AccessDenied})
	}
	name := strings.TrimPrefix(parts[5], "repository/")
	read := s.inventory.Accounts[c.Account].Tags(account.Repository{Region: parts[3], Name: name})
	if _, found, err := read.Get(); err == nil && !found {
		return c.fail(http.StatusBadRequest, "RepositoryNotFoundException", "The repository with name '"+name+"' does not exist in the registry with id '"+c.Account+"'")
	}
	return respond(c, read, func(tags account.Tags) response {
		return c.succeed(toJSON(map[string]any{"tags": tagList(tags)}))
	})
}

func (s *Server) getRepositoryPolicy(c Call, _ Fault) response {
	var in struct {
		Name string `json:"repositoryName"`
	}
	if err := json.Unmarshal(c.body, &in); err != nil {
		return c.fail(http.StatusBadRequest, "SerializationException", "")
	}
	a, r := s.inventory.Accounts[c.Account], account.Repository{Region: c.Region, Name: in.Name}
	read := a.Policy(r)
	if _, found, err := read.Get(); err == nil && !found {
		if _, there, err := a.Tags(r).Get(); err == nil && !there {
			return c.fail(http.StatusBadRequest, "RepositoryNotFoundException", "The repository with name '"+in.Name+"' does not exist in the registry with id '"+c.Account+"'")
		}
		return c.fail(http.StatusBadRequest, "RepositoryPolicyNotFoundException", "Repository policy does not exist for the repository with name '"+in.Name+"' in the registry with id '"+c.Account+"'")
	}
	return respond(c, read, func(text string) response {
		return c.succeed(toJSON(object{"registryId": c.Account, "repositoryName": in.Name, "policyText": text}))
	})
}

// getRegistryPolicy returns the policy of the registry. If the inventory does not contain the
// registry, it has no policy.
func (s *Server) getRegistryPolicy(c Call, _ Fault) response {
	none := c.fail(http.StatusBadRequest, "RegistryPolicyNotFoundException", "Registry policy does not exist in the registry with id '"+c.Account+"'")
	a := s.inventory.Accounts[c.Account]
	if a == nil {
		return none
	}
	registry, recorded := a.Registries[c.Region]
	if _, found, err := registry.Policy.Get(); !recorded || err == nil && !found {
		return none
	}
	return respond(c, registry.Policy, func(text string) response {
		return c.succeed(toJSON(object{"registryId": c.Account, "policyText": text}))
	})
}

func (s *Server) getAccountSetting(c Call, _ Fault) response {
	var in struct{ Name string }
	if err := json.Unmarshal(c.body, &in); err != nil || in.Name != "REGISTRY_POLICY_SCOPE" {
		return c.fail(http.StatusBadRequest, "InvalidParameterException", "fakeaws knows only REGISTRY_POLICY_SCOPE")
	}
	return respond(c, s.inventory.Accounts[c.Account].Registry(c.Region).Scope, func(scope string) response {
		return c.succeed(toJSON(object{"name": in.Name, "value": scope}))
	})
}

// existing returns the names of the repositories in the Region of the call: those in the recorded
// list, and those with recorded tags, unless the tags are absent.
func (s *Server) existing(c Call) account.List[string] {
	a := s.inventory.Accounts[c.Account]
	if a == nil {
		return account.Complete([]string{})
	}
	recorded, listed := a.RepositoryNames[c.Region]
	names := slices.Clone(recorded.Items())
	for name, read := range a.RepositoryTags[c.Region] {
		if _, found, err := read.Get(); found || err != nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	var why account.Unread
	if listed && errors.As(recorded.Err(), &why) {
		return account.Partial(names, why)
	}
	return account.Complete(names)
}

func (s *Server) describeRepositories(c Call, f Fault) response {
	return pageJSON(s, c, f, s.existing(c), paging{"maxResults", "nextToken", "nextToken", 100, 1000}, "repositories", func(name string) any {
		repository := account.Repository{Region: c.Region, Name: name}
		return object{"repositoryName": name, "registryId": c.Account, "repositoryArn": account.RepositoryARN(s.partition(c.Account), c.Account, repository)}
	})
}

// getResources lists the repositories with the requested tag. With a PageSize it also lists a
// deleted repository, as the tagging API sometimes does.
func (s *Server) getResources(c Call, f Fault) response {
	var in struct {
		ResourceTypeFilters []string
		TagFilters          []struct {
			Key    string
			Values []string
		}
	}
	if err := json.Unmarshal(c.body, &in); err != nil || !slices.Equal(in.ResourceTypeFilters, []string{"ecr:repository"}) || len(in.TagFilters) > 1 {
		return c.fail(http.StatusBadRequest, "InvalidParameterException", "fakeaws knows ecr:repository, and one tag")
	}
	type resource struct {
		name string
		tags account.Tags
	}
	var all []resource
	if s.options.PageSize > 0 {
		all = append(all, resource{"deleted/long-ago", account.Tags{account.RepositoryTagKey: account.RepositoryTagValue}})
	}
	wanted, values := "", []string(nil) // of the tag; without values: any value
	if len(in.TagFilters) > 0 {
		wanted, values = in.TagFilters[0].Key, in.TagFilters[0].Values
	}
	for _, name := range s.existing(c).Items() {
		tags, found, _ := s.inventory.Accounts[c.Account].RepositoryTags[c.Region][name].Get()
		if !found || len(tags) == 0 { // the tagging API omits resources that were never tagged
			continue
		}
		if value, has := tags[wanted]; wanted == "" || has && (len(values) == 0 || slices.Contains(values, value)) {
			all = append(all, resource{name, tags})
		}
	}
	return pageJSON(s, c, f, account.Complete(all), paging{"ResourcesPerPage", "PaginationToken", "PaginationToken", 100, 100}, "ResourceTagMappingList", func(r resource) any {
		return object{
			"ResourceARN": account.RepositoryARN(s.partition(c.Account), c.Account, account.Repository{Region: c.Region, Name: r.name}),
			"Tags":        tagList(r.tags),
		}
	})
}

func tagList(tags account.Tags) []map[string]string {
	list := []map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, map[string]string{"Key": key, "Value": tags[key]})
	}
	return list
}
