package lifecycle

import (
	"fmt"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/checks/policy"
)

// ECRRepositoryPolicy checks that a repository's own policy does not deny lifecycle management.
var ECRRepositoryPolicy = checks.On(checks.Check{
	ID:       "ecr-repository-policy",
	Title:    "The ECR repository's own policy does not deny lifecycle management",
	Severity: checks.Medium,
	Kind:     account.RepositoryKind,
	Doc: `A Deny in a repository's policy overrides every permission of the execution role, even if the repository has the right tag.
A Deny with NotPrincipal also denies every role that has a permissions boundary, including roles that NotPrincipal lists. iblint
evaluates the policy for each execution role that may delete container images, with the real tags of the repository. For
repositories that are checked only because of --all-repositories, it reads the policy only if the tag is missing. No Image Builder
resource names these repositories.`,
	Cases: []checks.Case{
		{Status: checks.Pass, When: "the repository has no policy, or its policy denies no request of lifecycle management"},
		{Status: checks.Fail, When: "a statement of its policy denies an execution role; the message names it"},
		{Status: checks.Skip, When: "no lifecycle rule deletes container images in the repository; or it does not exist; or it is checked only because of --all-repositories, and its policy was not read; or its policy has a Deny, and no execution role is known"},
		{Status: checks.Unknown, When: "the policy or an execution role could not be read or parsed, or the result depends on a value that is not known"},
	},
	Links: []string{
		"https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html",
		"https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html",
	},
	Needs: repositoryNeeds(account.RepositoryPolicyPart, account.RolePart, account.MembershipPart),
}, (*demand.View).ContainerRepositories, func(r demand.ContainerRepository) (checks.Verdict, error) {
	if r.Unneeded != "" {
		return notUsed(r), nil
	}
	tags, found, err := r.Tags.Get()
	if err != nil {
		return checks.Verdict{}, tagsUnread(r.Repository, err)
	}
	if !found {
		v := noRepository(r)
		v.Cause = "ecr-repository-exists"
		return ifNeeded(v, r.Strength, r.Why), nil
	}
	if !r.Named {
		roles, gaps := r.ExecutionRoles()
		switch unread := unreadOf(gaps); {
		case r.NamingUnread != nil && r.Policy.IsZero():
			return checks.Verdict{}, fmt.Errorf("cannot decide whether an Image Builder resource names repository %s in %s, and its policy was not read: %w", r.Name, r.Region, r.NamingUnread)
		case len(roles) == 0 && unread != nil:
			return checks.Verdict{}, fmt.Errorf("cannot decide whether an execution role is used in repository %s in %s: %w", r.Name, r.Region, *unread)
		case len(roles) == 0 || r.Policy.IsZero():
			return checks.Verdict{Status: checks.Skip, Message: fmt.Sprintf("no Image Builder resource names repository %s in %s; its policy was not checked", r.Name, r.Region), Short: "no Image Builder resource names it"}, nil
		}
	}
	notes := checks.Lint(policy.Resource, "repository policy", r.Policy)
	layer := repositoryLayer(r)
	what := fmt.Sprintf("the policy of repository %s in %s", r.Name, r.Region)
	switch {
	case layer == nil:
		return checks.Verdict{Status: checks.Pass, Message: fmt.Sprintf("repository %s in %s has no policy", r.Name, r.Region), Short: "has no policy", Evidence: []string{"ECR has no policy for it"}}, nil
	case layer.Unread != nil:
		return checks.Verdict{Notes: notes}, fmt.Errorf("%s: %w", what, layer.Unread)
	}
	document := layer.Policies[0].Document
	if _, denies := document.HasDeny(); !denies {
		return checks.Verdict{Status: checks.Pass, Message: what + " denies nothing", Short: "its policy denies nothing", Notes: notes, Evidence: []string{fmt.Sprintf("statements: %d, none of them a Deny", len(document.Statements))}}, nil
	}

	v, err := repositoryPolicyVerdict(r, tags, layer, what, notes)
	return ifNeeded(v, r.Strength, r.Why), err
})

// Short forms about a policy of a repository or a registry.
const (
	denyForNoOne = "its policy has a Deny, but no execution role is known"
	deniesNoRole = "its policy denies no request of the execution roles"
)

// repositoryPolicyVerdict is the verdict about a repository policy that has a Deny: whether
// it denies a request of an execution role.
func repositoryPolicyVerdict(r demand.ContainerRepository, tags account.Tags, layer *policy.Layer, what string, notes []checks.Note) (checks.Verdict, error) {
	all, unread := accessOf(r, func(a *actor) policy.Policies {
		alone := policy.Policies{Identity: everything, Resource: layer}
		if a.policies.Boundary != nil {
			alone.Boundary = &everything
		}
		return alone
	})
	v := checks.Verdict{Status: checks.Pass, Notes: notes}
	var denied, undecided []access
	for _, one := range all {
		switch one.outcome() {
		case policy.Allowed:
			v.Evidence = append(v.Evidence, fmt.Sprintf("role %s: not denied", one.role.Name))
			continue
		case policy.Denied:
			denied = append(denied, one)
		default:
			undecided = append(undecided, one)
		}
		v.Evidence = append(v.Evidence, one.String())
		v.Trace = append(v.Trace, one.trace(r)...)
	}
	switch {
	case len(denied) > 0:
		first := denied[0]
		v.Status = checks.Fail
		v.Message = fmt.Sprintf("%s denies lifecycle management with %s: %s", what, names(denied), first.Statement)
		v.Short = "repository policy denies " + someOf(rolesIn(denied), 2, ", ")
		v.Fix = repositoryPolicyFix(r, denied, undecided)
	case len(undecided) > 0:
		v.Status, v.Unread = checks.Unknown, unreadOf(undecided[0].why)
		v.Message = fmt.Sprintf("cannot decide whether %s denies lifecycle management with %s: %s", what, names(undecided), undecided[0].doubt())
		v.Short = undecided[0].inDoubt()
	case unread != nil:
		return v, fmt.Errorf("%s has a Deny, and not all execution roles are known: %w", what, unread)
	case len(all) == 0:
		v.Status, v.Short = checks.Skip, denyForNoOne
		v.Message = what + " has a Deny, but no execution role is known that it could deny"
	default:
		v.Message, v.Short = what+" denies no request of the execution roles", deniesNoRole
	}
	return v, nil
}

// repositoryPolicyFix exempts the execution roles from the Deny. Its summary names the first
// statement that denies one.
func repositoryPolicyFix(r demand.ContainerRepository, denied, undecided []access) *checks.Fix {
	statement := denied[0].Statement
	c := checks.Change{
		Action: checks.EditRepositoryPolicy, Partition: r.Partition, Account: r.Owner, Region: r.Region, Repository: r.Name,
		Hint: fmt.Sprintf("exempt %s from %s", names(denied), statement),
	}
	affected := slices.Concat(denied, undecided)
	text, _, _ := r.Policy.Get()
	edit(&c, policy.Resource, text, policy.Wants{
		Values:    map[string][]string{"aws:PrincipalArn": arns(affected)},
		Exemption: []policy.Condition{{Operator: "ArnNotEquals", Key: "aws:PrincipalArn", Values: arns(affected)}},
	}, func(d *policy.Document) (policy.Decision, bool) {
		for _, one := range affected {
			for _, request := range one.requests {
				edited := policy.Policies{Identity: everything, Resource: &policy.Layer{Policies: []policy.Policy{{Document: d}}}}
				if request.HasBoundary {
					edited.Boundary = &everything
				}
				if result := edited.Authorize(request); result.Outcome != policy.Allowed {
					return result.Decision, false
				}
			}
		}
		return policy.Decision{}, true
	})
	return &checks.Fix{
		Summary:  fmt.Sprintf("Exempt the execution role from %s of the repository's policy. Agree on the change with its author.", statement),
		Changes:  []checks.Change{c},
		Cautions: cautions(c),
	}
}

// arns are the ARNs of the roles.
func arns(all []access) (arns []string) {
	for _, one := range all {
		arns = append(arns, one.role.ARN)
	}
	return arns
}

// names lists the roles.
func names(all []access) string { return strings.Join(rolesIn(all), ", ") }

func rolesIn(all []access) (roles []string) {
	for _, one := range all {
		roles = append(roles, "role "+one.role.Name)
	}
	return roles
}
