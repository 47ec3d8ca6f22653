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

// fewRepositories is how many are read one by one: in bulk they take two calls at least.
const fewRepositories = 2

// shelf is what has to be read of the repositories in one Region.
type shelf struct {
	names []string
	all   bool // of the Region, besides
	used  bool // execution roles may work in them
}

// registry is what was read of the repositories in one Region.
type registry struct {
	names    account.List[string]
	tags     map[string]account.Read[account.Tags]
	policies map[string]account.Read[string]
}

// registry reads tags and policies of repositories in one Region. Policies are read
// one by one: beside the tags for the repositories that something names; of those
// that are only there, which may have nothing to do with Image Builder, behind the
// tags and where the right one is missing, if a role is known that they might let in.
func (r reader) registry(region string, s *shelf) registry {
	client := ecr.NewFromConfig(r.cfg, func(o *ecr.Options) { o.Region = region })
	out := registry{policies: map[string]account.Read[string]{}}
	var group errgroup.Group
	if r.parts[account.RepositoryTagsPart] {
		group.Go(func() error { out.names, out.tags = r.repositoryTags(client, region, s); return nil })
	}
	if r.parts[account.RepositoryPolicyPart] {
		group.Go(func() error { r.repositoryPolicies(client, s.names, out.policies); return nil })
	}
	_ = group.Wait() // what fails stands in what was read
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
			out.policies[name] = account.Absent[string]() // no repository, no policy: both answers agree
			continue
		}
		out.tags[name] = account.Unreadable[account.Tags](account.Contradiction("ecr:ListTagsForResource", "there is no repository "+name,
			"ecr:GetRepositoryPolicy shows that it exists"))
	}
	return out
}

// repositoryPolicies adds the policies of repositories.
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

// repositoryTags reads the tags of repositories in one Region. In bulk that takes
//
//	⌈repositories/1000⌉ + ⌈tagged/100⌉ calls, and one for each that is not tagged:
//
// DescribeRepositories lists those that exist, and the tagging API those that carry
// the tag. It is not asked alone: it leaves out what was never tagged, and may
// still show what was deleted or changed. That a tag or a repository is missing, or
// that a tag is wrong, is therefore confirmed one by one. So is everything where
// either list cannot be read. A right tag that only the tagging API shows is a
// contradiction.
func (r reader) repositoryTags(client *ecr.Client, region string, s *shelf) (names account.List[string], tags map[string]account.Read[account.Tags]) {
	tags = map[string]account.Read[account.Tags]{}
	known := map[string]account.Tags{} // of repositories that exist, by name
	shown := map[string]bool{}         // those that carry the right tag, as the tagging API shows them
	inBulk := false
	wanted := s.names
	if s.all || len(wanted) > fewRepositories {
		var tagged account.List[repositoryTags]
		var group errgroup.Group
		group.Go(func() error { names = r.repositoryNames(client); return nil })
		group.Go(func() error { tagged = r.tagged(region); return nil })
		_ = group.Wait() // what fails stands in the lists
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
	account.ReconcileTags(tags, names) // the list is kept only where all repositories are looked at
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

// repositoryTags are the tags of one repository as the tagging API shows it.
type repositoryTags struct {
	name string
	tags account.Tags
}

// tagged are the repositories of a Region that carry the tag, with all their tags.
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
			return repositoryTags{} // not what was asked for; no repository has this name
		}
		return repositoryTags{name, tags}
	})
}

// share keeps one copy of tags that many repositories have alike.
func (r reader) share(tags account.Tags) account.Tags {
	var key strings.Builder
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		fmt.Fprintf(&key, "%q=%q ", k, tags[k])
	}
	shared, _ := r.tagSets.LoadOrStore(key.String(), tags)
	return shared.(account.Tags)
}
