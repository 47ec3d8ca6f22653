package lifecycle

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/policy"
)

// ECRRepositoryTag checks that a repository carries the tag that opens it to lifecycle management.
var ECRRepositoryTag = checks.On(checks.Check{
	ID:       "ecr-repository-tag",
	Title:    "The ECR repository is tagged for lifecycle management",
	Severity: checks.Medium,
	Kind:     account.RepositoryKind,
	Doc: `The managed policy lets Image Builder delete container images only from repositories that carry the tag
LifecycleExecutionAccess with the value EC2 Image Builder. Tag values are compared to the letter: another case or a blank
too many does not match. IAM compares the tag's key without regard to case, so a key in another case may work, but
two keys that differ only in case leave IAM's answer undefined. Where the tag is missing, execution roles may be let in
otherwise: by policies without the tag condition, or by the repository's own policy. That works, but is not what the guide asks for.`,
	Cases: []checks.Case{
		{Status: checks.Pass, When: "the tag is there with exactly this key and value"},
		{Status: checks.Warn, When: "the value is right, but the key is written in another case, or a second key differs only in case; or the tag is missing, and every execution role may work in the repository all the same"},
		{Status: checks.Fail, When: "the tag is missing or has another value, and nothing else lets the execution roles in"},
		{Status: checks.Skip, When: "there is no such repository, which ecr-repository-exists reports"},
		{Status: checks.Unknown, When: "the repository's tags could not be read; or the tag is missing, and whether something else lets the execution roles in is not known"},
	},
	Links: []string{
		"https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-lifecycle-prerequisites.html",
		"https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html",
	},
	Needs: repositoryNeeds(account.RepositoryPolicyPart, account.RolePart, account.AttachedPoliciesPart,
		account.InlinePoliciesPart, account.PolicyDocumentsPart, account.MembershipPart),
}, (*account.View).ContainerRepositories, func(r account.ContainerRepository) (checks.Verdict, error) {
	tags, found, err := r.Tags.Get()
	if err != nil {
		return checks.Verdict{}, fmt.Errorf("the tags of repository %s in %s could not be read: %w", r.Name, r.Region, err)
	}
	change := checks.Change{
		Partition: r.Partition, Account: r.Owner, Region: r.Region, Repository: r.Name,
		Key: account.RepositoryTagKey, Value: account.RepositoryTagValue,
	}
	if !found {
		v := noRepository(r)
		v.Cause = "ecr-repository-exists"
		return v, nil
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
		return checks.Verdict{Status: checks.Pass, Message: fmt.Sprintf("repository %s in %s carries the tag", r.Name, r.Region), Evidence: evidence}, nil
	case exact && value == account.RepositoryTagValue:
		return checks.Verdict{
			Status:   checks.Warn,
			Message:  fmt.Sprintf("repository %s in %s carries the tag, and also %s, which differs only in case: IAM does not define which of them counts", r.Name, r.Region, strings.Join(twins, ", ")),
			Evidence: evidence,
			Fix: &checks.Fix{
				Summary: "Remove the tag whose key is written in another case.",
				Changes: untag(),
			},
		}, nil
	case !exact && len(twins) > 0 && !slices.ContainsFunc(twins, func(key string) bool { return tags[key] != account.RepositoryTagValue }):
		return checks.Verdict{
			Status:   checks.Warn,
			Message:  fmt.Sprintf("repository %s in %s: the tag's key is written %s instead of %s; IAM may accept it, the guide asks for the exact key", r.Name, r.Region, strings.Join(twins, ", "), account.RepositoryTagKey),
			Evidence: evidence,
			Fix: &checks.Fix{
				Summary: "Add the tag with the exact key, then remove the other one.",
				Changes: append([]checks.Change{change}, untag()...),
			},
		}, nil
	}

	message := fmt.Sprintf("repository %s in %s lacks the tag %s = %s", r.Name, r.Region, account.RepositoryTagKey, visible(account.RepositoryTagValue))
	if exact {
		message = fmt.Sprintf("repository %s in %s: the tag's value is %s instead of %s%s", r.Name, r.Region, visible(value), visible(account.RepositoryTagValue), difference(value))
	} else if len(twins) > 0 {
		message += fmt.Sprintf("; there is %s = %s, where neither key nor value is right", twins[0], visible(tags[twins[0]]))
	}
	v := checks.Verdict{
		Status:   checks.Fail,
		Message:  message,
		Evidence: evidence,
		Fix: &checks.Fix{
			Summary: fmt.Sprintf("Tag the repository with %s = %s.", account.RepositoryTagKey, visible(account.RepositoryTagValue)),
			Changes: append([]checks.Change{change}, untag()...),
		},
	}
	return withoutTag(r, tags, v), nil
})

// withoutTag is the verdict about a repository without the tag, which fails
// unless every execution role is let in otherwise.
func withoutTag(r account.ContainerRepository, tags account.Tags, fail checks.Verdict) checks.Verdict {
	all, unread := accessOf(r, tags, func(a *actor) policy.Policies {
		policies := a.policies
		policies.Resource = repositoryLayer(r)
		return policies
	})
	v := fail
	var doubtful []access
	for _, one := range all {
		v.Evidence = append(v.Evidence, one.String())
		v.Trace = append(v.Trace, one.trace(r)...)
		switch one.outcome() {
		case policy.Denied:
			return v
		case policy.Undecidable:
			doubtful = append(doubtful, one)
		}
	}
	const whether = "; whether something else lets the execution roles in is not known: "
	switch {
	case len(doubtful) > 0:
		v.Status, v.Fix, v.Unread = checks.Unknown, nil, unreadOf(doubtful[0].why)
		v.Message += whether + doubtful[0].doubt()
	case unread != nil:
		v.Status, v.Fix, v.Unread = checks.Unknown, nil, unreadOf(unread)
		v.Message += whether + unread.Error()
	case len(all) > 0:
		v.Status = checks.Warn
		v.Message += ", but every execution role may work in it all the same: " + all[0].Reason()
	}
	return v
}

// visible shows a value so that blanks at its ends, control characters and
// letters of other alphabets can be seen.
func visible(value string) string { return strconv.QuoteToASCII(value) }

// difference tells how a value that is nearly right differs.
func difference(value string) string {
	switch squeezed := strings.Join(strings.Fields(value), " "); {
	case strings.TrimSpace(value) == account.RepositoryTagValue:
		return ": it begins or ends with a blank"
	case squeezed == account.RepositoryTagValue:
		return ": its blanks are not the same"
	case strings.EqualFold(value, account.RepositoryTagValue):
		return ": it differs in letter case"
	case strings.EqualFold(strings.Join(strings.Fields(value), ""), "EC2ImageBuilder"):
		return ": it differs in blanks and letter case"
	}
	return ""
}
