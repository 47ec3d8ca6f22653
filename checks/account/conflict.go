package account

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Conflict names the first part of an account of which two readings say different things; empty:
// they can be joined. What only one of them read, and what changes with each use or evaluation, such
// as when a role was last used, is no conflict.
func Conflict(a, b *Account) string {
	a, b = a.Unfold(), b.Unfold()
	var found conflict
	found.of("its partition", a.Partition != "" && b.Partition != "" && a.Partition != b.Partition)
	found.of("its organization", differ(a.Membership, b.Membership))
	found.of("the list of its Regions", differentLists(a.Regions, b.Regions))
	for _, name := range bothHave(a.Roles, b.Roles) {
		found.role(name, a.Roles[name], b.Roles[name])
	}
	for _, region := range bothHave(a.ImageBuilder, b.ImageBuilder) {
		found.imageBuilder(region, a.ImageBuilder[region], b.ImageBuilder[region])
	}
	for _, region := range bothHave(a.RepositoryTags, b.RepositoryTags) {
		for _, name := range bothHave(a.RepositoryTags[region], b.RepositoryTags[region]) {
			found.of("the tags of repository "+name+" in "+region, differ(a.RepositoryTags[region][name], b.RepositoryTags[region][name]))
		}
	}
	for _, region := range bothHave(a.RepositoryPolicies, b.RepositoryPolicies) {
		for _, name := range bothHave(a.RepositoryPolicies[region], b.RepositoryPolicies[region]) {
			found.of("the policy of repository "+name+" in "+region, differ(a.RepositoryPolicies[region][name], b.RepositoryPolicies[region][name]))
		}
	}
	for _, region := range bothHave(a.Registries, b.Registries) {
		found.of("the policy of the registry in "+region, differ(a.Registries[region].Policy, b.Registries[region].Policy))
	}
	return string(found)
}

// conflict is the first part that differs.
type conflict string

func (c *conflict) of(part string, is bool) {
	if is && *c == "" {
		*c = conflict(part)
	}
}

func (c *conflict) role(name string, a, b Read[Role]) {
	one, there, err := a.Get()
	other, alsoThere, otherErr := b.Get()
	if err != nil || otherErr != nil {
		return
	}
	c.of("whether role "+name+" exists", there != alsoThere)
	if !there || !alsoThere {
		return
	}
	c.of("role "+name, one.ARN != other.ARN || one.Boundary != other.Boundary)
	c.of("the trust policy of role "+name, differ(one.Trust, other.Trust))
	c.of("the policies attached to role "+name, differentLists(arns(one.Attached), arns(other.Attached)))
	c.of("the inline policies of role "+name, differentLists(one.Inline, other.Inline))
}

// arns are the ARNs of attached policies.
func arns(list List[AttachedPolicy]) List[string] {
	var out []string
	for _, p := range list.items {
		out = append(out, p.ARN)
	}
	slices.Sort(out)
	return List[string]{items: out, complete: list.complete}
}

func (c *conflict) imageBuilder(region string, a, b *ImageBuilder) {
	c.of("the lifecycle policies in "+region, differentLists(withoutRuns(a.LifecyclePolicies), withoutRuns(b.LifecyclePolicies)))
	c.of("the distribution configurations in "+region, differentLists(a.Distributions, b.Distributions))
	c.of("the container recipes in "+region, differentLists(a.ContainerRecipes, b.ContainerRecipes))
	c.of("the images in "+region, differentLists(a.Images, b.Images))
	c.of("the pipelines in "+region, differentLists(a.Pipelines, b.Pipelines))
	c.of("the image recipes in "+region, differentLists(a.ImageRecipes, b.ImageRecipes))
}

// withoutRuns are lifecycle policies without when they last ran.
func withoutRuns(list List[LifecyclePolicy]) List[LifecyclePolicy] {
	out := slices.Clone(list.items)
	for i := range out {
		out[i].LastRun = time.Time{}
	}
	return List[LifecyclePolicy]{items: out, complete: list.complete}
}

// differ reports whether two readings cannot both be true.
func differ[T any](a, b Read[T]) bool {
	return a.state != unread && b.state != unread && (a.state != b.state || !reflect.DeepEqual(a.value, b.value))
}

// differentLists reports whether two complete lists are different.
func differentLists[T any](a, b List[T]) bool {
	if !a.complete || !b.complete || len(a.items)+len(b.items) == 0 {
		return false
	}
	return !reflect.DeepEqual(a.items, b.items)
}

func bothHave[T any](a, b map[string]T) []string {
	return slices.DeleteFunc(slices.SortedFunc(maps.Keys(a), strings.Compare), func(key string) bool { _, ok := b[key]; return !ok })
}
