package awsapi

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	tagtypes "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
	"golang.org/x/sync/errgroup"

	"github.com/iblint/iblint/checks/account"
)

// fewRepositories is the number of repositories that are read one by one, because bulk lists
// need at least two calls.
const fewRepositories = 2

// repositoryPlan is what to read of the repositories in one Region.
type repositoryPlan struct {
	names []string
	all   bool // read all repositories of the Region, too
	used  bool // an execution role of the account is known

	mayBeUsed bool // one is known or may exist
}

// registry is what was read of the repositories in one Region, and of their registry.
type registry struct {
	settings account.Registry
	names    account.List[string]
	tags     map[string]account.Read[account.Tags]
	policies map[string]account.Read[string]
}

// registry reads tags and policies of repositories in one Region. Each policy takes a call.
// The policies of named repositories are read concurrently with the tags. Other repositories
// may not belong to Image Builder. Their policies are read after the tags, if the right tag
// is missing and an execution role is known that the policy may permit. The policy of the
// registry takes a call, and one more for its scope if there is a policy.
func (r reader) registry(region string, s *repositoryPlan) registry {
	client := ecr.NewFromConfig(r.cfg, func(o *ecr.Options) { o.Region = region })
	out := registry{policies: map[string]account.Read[string]{}}
	var group errgroup.Group
	if r.parts[account.RepositoryTagsPart] {
		group.Go(func() error { out.names, out.tags = r.repositoryTags(client, region, s); return nil })
	}
	if r.parts[account.RepositoryPolicyPart] {
		group.Go(func() error { r.repositoryPolicies(client, s.names, out.policies); return nil })
	}
	if r.parts[account.RegistryPolicyPart] && (len(s.names) > 0 || s.mayBeUsed) {
		group.Go(func() error { out.settings = r.registrySettings(client); return nil })
	}
	_ = group.Wait() // errors are in the parts that were read
	if r.parts[account.RepositoryPolicyPart] && s.all && s.used {
		var untagged []string
		for name, read := range out.tags {
			tags, found, _ := read.Get()
			if _, named := out.policies[name]; found && !named && tags[account.RepositoryTagKey] != account.RepositoryTagValue {
				untagged = append(untagged, name)
			}
		}
		r.repositoryPolicies(client, untagged, out.policies)
	}
	for name, policy := range out.policies {
		if _, found, err := out.tags[name].Get(); err != nil || found {
			continue
		}
		if _, _, err := policy.Get(); err != nil {
			out.policies[name] = account.Absent[string]() // without the repository, there is no policy
			continue
		}
		out.tags[name] = account.Unreadable[account.Tags](account.Contradiction("ecr:ListTagsForResource", "there is no repository "+name,
			"ecr:GetRepositoryPolicy shows that it exists"))
	}
	return out
}

// repositoryPolicies reads the policies of repositories and adds them to out.
func (r reader) repositoryPolicies(client *ecr.Client, names []string, out map[string]account.Read[string]) {
	read := make([]account.Read[string], len(names))
	r.eachAtOnce(len(names), func(i int) { read[i] = r.repositoryPolicy(client, names[i]) })
	for i, name := range names {
		out[name] = read[i]
	}
}

func (r reader) repositoryPolicy(client *ecr.Client, name string) account.Read[string] {
	const action = "ecr:GetRepositoryPolicy"
	out, err := call(r.ctx, client.GetRepositoryPolicy, &ecr.GetRepositoryPolicyInput{RepositoryName: aws.String(name)})
	var none *ecrtypes.RepositoryPolicyNotFoundException
	switch {
	case errors.As(err, &none):
		return account.Absent[string]()
	case err != nil:
		return account.Unreadable[string](unread(r.ctx, action, err))
	case aws.ToString(out.PolicyText) == "" || aws.ToString(out.RepositoryName) != name:
		return account.Unreadable[string](account.Unread{Reason: account.Malformed, Action: action, Detail: "the response does not contain the repository's policy"})
	}
	return r.shareText(account.Present(*out.PolicyText))
}

// registrySettings reads the policy of the registry, and its scope if there is one.
func (r reader) registrySettings(client *ecr.Client) (out account.Registry) {
	const action = "ecr:GetRegistryPolicy"
	response, err := call(r.ctx, client.GetRegistryPolicy, &ecr.GetRegistryPolicyInput{})
	var none *ecrtypes.RegistryPolicyNotFoundException
	switch {
	case errors.As(err, &none):
		out.Policy = account.Absent[string]()
	case err != nil:
		out.Policy = account.Unreadable[string](unread(r.ctx, action, err))
	case aws.ToString(response.PolicyText) == "":
		out.Policy = account.Unreadable[string](account.Unread{Reason: account.Malformed, Action: action, Detail: "the response contains no policy"})
	default:
		out.Policy, out.Scope = r.shareText(account.Present(*response.PolicyText)), r.registryScope(client)
	}
	return out
}

func (r reader) registryScope(client *ecr.Client) account.Read[string] {
	const action, name = "ecr:GetAccountSetting", "REGISTRY_POLICY_SCOPE"
	out, err := call(r.ctx, client.GetAccountSetting, &ecr.GetAccountSettingInput{Name: aws.String(name)})
	switch {
	case err != nil:
		return account.Unreadable[string](unread(r.ctx, action, err))
	case aws.ToString(out.Name) != name || aws.ToString(out.Value) == "":
		return account.Unreadable[string](account.Unread{Reason: account.Malformed, Action: action, Detail: "the response does not contain the setting"})
	}
	return account.Present(*out.Value)
}

// repositoryTags reads the tags of repositories in one Region. Bulk lists take
//
//	⌈repositories/1000⌉ + ⌈tagged/100⌉ calls, and one for each that is not tagged.
//
// DescribeRepositories lists the repositories that exist, and the tagging API those that have
// the tag. The tagging API alone is not enough: it omits repositories that were never tagged,
// and it may return repositories that were deleted or changed. So a missing repository, a
// missing tag and a wrong tag are confirmed by ListTagsForResource. If a list cannot be read,
// all tags are read that way. A right tag that only the tagging API returns is a
// contradiction.
func (r reader) repositoryTags(client *ecr.Client, region string, s *repositoryPlan) (names account.List[string], tags map[string]account.Read[account.Tags]) {
	tags = map[string]account.Read[account.Tags]{}
	known := map[string]account.Tags{} // tags of repositories that exist, by name
	shown := map[string]bool{}         // repositories with the right tag according to the tagging API
	inBulk := false
	wanted := s.names
	if s.all || len(wanted) > fewRepositories {
		var tagged account.List[repositoryTags]
		var group errgroup.Group
		group.Go(func() error { names = r.repositoryNames(client); return nil })
		group.Go(func() error { tagged = r.tagged(region); return nil })
		_ = group.Wait() // errors are in the lists
		exists := make(map[string]bool, len(names.Items()))
		for _, name := range names.Items() {
			exists[name] = true
		}
		for _, t := range tagged.Items() {
			if t.tags[account.RepositoryTagKey] != account.RepositoryTagValue {
				continue
			}
			shown[t.name] = true
			if exists[t.name] {
				known[t.name] = t.tags
			}
		}
		inBulk = names.Err() == nil && tagged.Err() == nil
		if s.all {
			wanted = append(slices.Clone(wanted), names.Items()...)
			slices.Sort(wanted)
			wanted = slices.Compact(wanted)
		}
	}

	var single []string
	for _, name := range wanted {
		if t, ok := known[name]; ok {
			tags[name] = account.Present(r.share(t))
		} else {
			single = append(single, name)
		}
	}
	if most := max(r.ConfirmNegatives, 0); inBulk && r.ConfirmNegatives != 0 && len(single) > most {
		for _, name := range single[most:] {
			tags[name] = account.Unreadable[account.Tags](account.Unread{
				Reason: account.NotCollected, Action: "ecr:ListTagsForResource",
				Detail: fmt.Sprintf("the bulk lists do not show the tag, and --confirm-negatives limits the confirmation to %d repositories of a Region", most),
			})
		}
		single = single[:most]
	}
	read := make([]account.Read[account.Tags], len(single))
	r.eachAtOnce(len(single), func(i int) {
		read[i] = r.tags(client, account.Repository{Region: region, Name: single[i]})
	})
	for i, name := range single {
		tags[name] = read[i]
		if t, found, _ := read[i].Get(); found && shown[name] && t[account.RepositoryTagKey] != account.RepositoryTagValue {
			tags[name] = account.Unreadable[account.Tags](account.Contradiction("ecr:ListTagsForResource", "repository "+name+" lacks the right tag", "tag:GetResources shows it"))
		}
	}
	account.ReconcileTags(tags, names) // the inventory keeps the list only if all repositories are read
	return names, tags
}

func (r reader) repositoryNames(client *ecr.Client) account.List[string] {
	return wellFormed("ecr:DescribeRepositories", func(name string) bool { return name != "" }, pages(r.ctx, "ecr:DescribeRepositories", func(token *string) (p page[ecrtypes.Repository], err error) {
		out, err := client.DescribeRepositories(r.ctx, &ecr.DescribeRepositoriesInput{NextToken: token, MaxResults: aws.Int32(1000)})
		if err != nil {
			return p, err
		}
		return page[ecrtypes.Repository]{items: out.Repositories, marker: out.NextToken}, nil
	}, func(repository ecrtypes.Repository) string { return aws.ToString(repository.RepositoryName) }))
}

// repositoryTags are the tags of one repository according to the tagging API.
type repositoryTags struct {
	name string
	tags account.Tags
}

// tagged lists the repositories of a Region that have the tag, with all their tags.
func (r reader) tagged(region string) account.List[repositoryTags] {
	client := resourcegroupstaggingapi.NewFromConfig(r.cfg, func(o *resourcegroupstaggingapi.Options) { o.Region = region })
	prefix := account.RepositoryARN(r.partition, r.account, account.Repository{Region: region})
	return pages(r.ctx, "tag:GetResources", func(token *string) (p page[tagtypes.ResourceTagMapping], err error) {
		out, err := client.GetResources(r.ctx, &resourcegroupstaggingapi.GetResourcesInput{
			PaginationToken: token, ResourcesPerPage: aws.Int32(100), ResourceTypeFilters: []string{"ecr:repository"},
			TagFilters: []tagtypes.TagFilter{{Key: aws.String(account.RepositoryTagKey)}},
		})
		if err != nil {
			return p, err
		}
		return page[tagtypes.ResourceTagMapping]{items: out.ResourceTagMappingList, marker: out.PaginationToken}, nil
	}, func(m tagtypes.ResourceTagMapping) repositoryTags {
		name, own := strings.CutPrefix(aws.ToString(m.ResourceARN), prefix)
		tags := account.Tags{}
		for _, t := range m.Tags {
			tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
		}
		if _, carries := tags[account.RepositoryTagKey]; !own || !carries {
			return repositoryTags{} // not a requested resource; no repository has an empty name
		}
		return repositoryTags{name, tags}
	})
}

// share keeps one copy of equal tags, which many repositories have.
func (r reader) share(tags account.Tags) account.Tags {
	var key strings.Builder
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		fmt.Fprintf(&key, "%q=%q ", k, tags[k])
	}
	shared, _ := r.tagSets.LoadOrStore(key.String(), tags)
	return shared.(account.Tags)
}
