package lifecycle

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/checks/policy"
	"github.com/iblint/iblint/checks/symbol"
)

// ECRRepositoryTag checks that a repository has the tag that the managed policy requires.
var ECRRepositoryTag = checks.On(checks.Check{
	ID:       "ecr-repository-tag",
	Title:    "The ECR repository is tagged for lifecycle management",
	Severity: checks.Medium,
	Kind:     account.RepositoryKind,
	Doc: `The managed policy allows Image Builder to delete container images only from repositories that have the tag
LifecycleExecutionAccess with the value EC2 Image Builder. IAM compares tag values exactly: a different case or an extra space
does not match. IAM ignores the case of tag keys, so a key in another case may work. If two keys differ only in case, AWS does not
define which one IAM uses. Without the tag, execution roles can have access through policies without the tag condition, or
through the repository's own policy. That works, but the guide requires the tag. Policies that could not be read excuse no missing
tag. A repository that no lifecycle rule deletes container images in needs no tag.`,
	Cases: []checks.Case{
		{Status: checks.Pass, When: "the repository has the tag with exactly this key and value"},
		{Status: checks.Warn, When: "the value is right, but the key is in another case, or a second key differs only in case; or the tag is missing, but every execution role has access to the repository without it"},
		{Status: checks.Fail, When: "the tag is missing or has another value, and nothing that was read says that every execution role has access without it"},
		{Status: checks.Skip, When: "no lifecycle rule deletes container images in the repository; or it does not exist, which ecr-repository-exists reports"},
		{Status: checks.Unknown, When: "the repository's tags could not be read; or the tag is missing, and the policies of the execution roles do not decide whether they have access without it; or it is not known whether a lifecycle rule deletes container images in the repository"},
	},
	Links: []string{
		"https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-lifecycle-prerequisites.html",
		"https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html",
	},
	Needs: repositoryNeeds(account.RepositoryPolicyPart, account.RolePart, account.AttachedPoliciesPart,
		account.InlinePoliciesPart, account.PolicyDocumentsPart, account.MembershipPart),
}, (*demand.View).ContainerRepositories, func(r demand.ContainerRepository) (checks.Verdict, error) {
	if r.Unneeded != "" {
		return notUsed(r), nil
	}
	tags, found, err := r.Tags.Get()
	if err != nil {
		return checks.Verdict{}, tagsUnread(r.Repository, err)
	}
	change := checks.Change{
		Partition: r.Partition, Account: r.Owner, Region: r.Region, Repository: r.Name,
		Key: account.RepositoryTagKey, Value: account.RepositoryTagValue,
	}
	if !found {
		v := noRepository(r)
		v.Cause = "ecr-repository-exists"
		return ifNeeded(v, r.Strength, r.Why), nil
	}

	if err := openTag(tags, account.RepositoryTagKey, account.RepositoryTagValue); err != nil {
		return checks.Verdict{}, fmt.Errorf("cannot decide whether repository %s in %s has the tag: %w", r.Name, r.Region, err)
	}

	change.Action = checks.TagRepository
	value, exact := tags[account.RepositoryTagKey]
	var twins []string // keys that differ only in case
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		if key != account.RepositoryTagKey && strings.EqualFold(key, account.RepositoryTagKey) {
			twins = append(twins, key)
		}
	}
	evidence := []string{"the keys of the repository's tags: " + list(slices.Sorted(maps.Keys(tags)))}
	if exact {
		evidence = []string{fmt.Sprintf("tag %s = %s", account.RepositoryTagKey, visible(value))}
		change.OldValue = &value
	}
	for _, key := range twins {
		evidence = append(evidence, fmt.Sprintf("tag %s = %s", key, visible(tags[key])))
	}
	untag := func() (changes []checks.Change) {
		for _, key := range twins {
			u, old := change, tags[key]
			u.Action, u.Key, u.Value, u.OldValue = checks.UntagRepository, key, "", &old
			changes = append(changes, u)
		}
		return changes
	}

	switch {
	case exact && value == account.RepositoryTagValue && len(twins) == 0:
		return checks.Verdict{Status: checks.Pass, Message: fmt.Sprintf("repository %s in %s has the tag", r.Name, r.Region), Short: "has the tag", Evidence: evidence}, nil
	case exact && value == account.RepositoryTagValue:
		return checks.Verdict{
			Status:   checks.Warn,
			Message:  fmt.Sprintf("repository %s in %s has the tag, and also the tag %s, whose key differs only in case; AWS does not define which one IAM uses", r.Name, r.Region, strings.Join(twins, ", ")),
			Short:    "tag key exists in two spellings",
			Evidence: evidence,
			Fix: &checks.Fix{
				Summary: "Remove the tag whose key is in another case.",
				Changes: untag(),
			},
		}, nil
	case !exact && len(twins) > 0 && !slices.ContainsFunc(twins, func(key string) bool { return tags[key] != account.RepositoryTagValue }):
		return checks.Verdict{
			Status:   checks.Warn,
			Message:  fmt.Sprintf("repository %s in %s has the tag key %s instead of %s; IAM may accept it, but the guide requires the exact key", r.Name, r.Region, strings.Join(twins, ", "), account.RepositoryTagKey),
			Short:    "tag key is in the wrong case",
			Evidence: evidence,
			Fix: &checks.Fix{
				Summary: "Add the tag with the exact key, then remove the other one.",
				Changes: append([]checks.Change{change}, untag()...),
			},
		}, nil
	}

	short := "tag " + account.RepositoryTagKey + " is missing"
	message := fmt.Sprintf("repository %s in %s does not have the tag %s = %s", r.Name, r.Region, account.RepositoryTagKey, visible(account.RepositoryTagValue))
	if exact {
		message = fmt.Sprintf("repository %s in %s: the tag's value is %s instead of %s%s", r.Name, r.Region, visible(value), visible(account.RepositoryTagValue), difference(value))
		short = wrongValue(value)
	} else if len(twins) > 0 {
		message += fmt.Sprintf("; it has the tag %s = %s, whose key and value are both wrong", twins[0], visible(tags[twins[0]]))
		short = "tag key and value are wrong"
	}
	v := checks.Verdict{
		Status:   checks.Fail,
		Message:  message,
		Short:    short,
		Evidence: evidence,
		Fix: &checks.Fix{
			Summary: fmt.Sprintf("Tag the repository with %s = %s.", account.RepositoryTagKey, visible(account.RepositoryTagValue)),
			Changes: append([]checks.Change{change}, untag()...),
		},
	}
	return ifNeeded(withoutTag(r, tags, v), r.Strength, r.Why), nil
})

// openTag is why it is not known whether a resource has a tag: code leaves open the value, or
// which tags there are. It is nil if the resource has the tag, or surely has not.
func openTag(tags account.Tags, key, value string) error {
	have, exact := tags[key]
	if exact && (have == value || !symbol.MayEqual(have, value)) {
		return nil
	}
	open := have
	for _, other := range slices.Sorted(maps.Keys(tags)) {
		if !exact && symbol.In(other) {
			open = other
		}
	}
	if !symbol.In(open) {
		return nil
	}
	s := symbol.First(open)
	return account.Unread{Reason: account.Unresolved, Detail: s.String() + ": " + s.Why}
}

// withoutTag is the verdict for a repository without the tag. The tag is a prerequisite:
// the verdict is a failure unless something that was read says that every execution role
// has access without the tag.
func withoutTag(r demand.ContainerRepository, tags account.Tags, fail checks.Verdict) checks.Verdict {
	all, unread := accessOf(r, func(a *actor) policy.Policies {
		policies := a.policies
		policies.Resource = repositoryLayer(r)
		return policies
	})
	v := fail
	var undecided []access
	excused := len(all) > 0 // by policies that were read
	for _, one := range all {
		v.Evidence = append(v.Evidence, one.String())
		v.Trace = append(v.Trace, one.trace(r)...)
		switch {
		case one.Outcome == policy.Allowed:
		case one.Outcome == policy.Denied:
			return v
		case excusesNothing(one.Unread()):
			excused = false
		default:
			undecided = append(undecided, one)
		}
	}
	switch {
	case len(undecided) > 0:
		v.Status, v.Fix, v.Unread = checks.Unknown, nil, unreadOf(undecided[0].why)
		v.Message += "; cannot decide whether the execution roles have access without it: " + undecided[0].doubt()
		v.Short += maybeNeedless
	case unread != nil && !excusesNothing(unread):
		v.Status, v.Fix, v.Unread = checks.Unknown, nil, unreadOf(unread)
		v.Message += "; cannot decide whether the execution roles have access without it: " + unread.Error()
		v.Short += maybeNeedless
	case unread != nil:
		v.Evidence = append(v.Evidence, "not all execution roles could be read: "+unread.Error())
	case !excused: // it fails
	default:
		v.Status = checks.Warn
		v.Message += ", but every execution role has access without it: " + all[0].Reason()
		v.Short += ", but no role needs it"
	}
	return v
}

// visible quotes a value so that spaces at its ends, control characters and letters of
// other alphabets can be seen.
func visible(value string) string { return strconv.QuoteToASCII(symbol.Text(value)) }

// wrongValue says in short what is wrong with the value of the tag.
func wrongValue(value string) string {
	const right = account.RepositoryTagValue
	switch {
	case strings.TrimSpace(value) != right && strings.Join(strings.Fields(value), " ") == right:
		return "tag value has wrong spaces"
	case strings.TrimLeft(value, " ") == right:
		return "tag value has a leading space"
	case strings.TrimRight(value, " ") == right:
		return "tag value has a trailing space"
	case strings.TrimSpace(value) == right:
		return "tag value has white space around it"
	case strings.EqualFold(value, right):
		return "tag value is in the wrong case"
	}
	return "tag value must be " + visible(right)
}

// difference says how a value differs that is almost right; empty for other values.
func difference(value string) string {
	switch squeezed := strings.Join(strings.Fields(value), " "); {
	case strings.TrimSpace(value) == account.RepositoryTagValue:
		return ": it has leading or trailing white space"
	case squeezed == account.RepositoryTagValue:
		return ": its spaces differ"
	case strings.EqualFold(value, account.RepositoryTagValue):
		return ": it differs in letter case"
	case strings.EqualFold(strings.Join(strings.Fields(value), ""), "EC2ImageBuilder"):
		return ": it differs in spaces and letter case"
	}
	return ""
}
