package lifecycle

import (
	"fmt"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/policy"
)

// ECRRepositoryPolicy checks that a repository's own policy does not shut lifecycle management out.
var ECRRepositoryPolicy = checks.On(checks.Check{
	ID:       "ecr-repository-policy",
	Title:    "The ECR repository's own policy does not deny lifecycle management",
	Severity: checks.Medium,
	Kind:     account.RepositoryKind,
	Doc: `A Deny in a repository's policy wins over everything that the execution role is granted, and defeats a right tag. So does a Deny
with NotPrincipal against any role that has a permissions boundary, whoever is listed. The policy is evaluated for each execution
role that may delete container images, with the tags that the repository has. Of repositories that only --all-repositories brings in,
policies are read where the tag is missing; nothing of Image Builder names the others.`,
	Cases: []checks.Case{
		{Status: checks.Pass, When: "the repository has no policy, or its policy denies nothing that lifecycle management does"},
		{Status: checks.Fail, When: "a statement of its policy denies an execution role; it is named"},
		{Status: checks.Skip, When: "the repository does not exist; or only --all-repositories brings it in, and its policy was not read; or its policy denies something, and no execution role is known"},
		{Status: checks.Unknown, When: "the policy, or an execution role, could not be read or understood, or the answer depends on something that is not known"},
	},
	Links: []string{
		"https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html",
		"https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html",
	},
	Needs: repositoryNeeds(account.RepositoryPolicyPart, account.RolePart, account.MembershipPart),
}, (*account.View).ContainerRepositories, func(r account.ContainerRepository) (checks.Verdict, error) {
	tags, found, err := r.Tags.Get()
	if err != nil {
		return checks.Verdict{}, fmt.Errorf("the tags of repository %s in %s could not be read: %w", r.Name, r.Region, err)
	}
	if !found {
		v := noRepository(r)
		v.Cause = "ecr-repository-exists"
		return v, nil
	}
	if !r.Named {
		used, unread := r.MayBeUsed()
		switch {
		case r.NamingUnread != nil && r.Policy.IsZero():
			return checks.Verdict{}, fmt.Errorf("whether something names repository %s in %s is not known, and its policy was not read: %w", r.Name, r.Region, r.NamingUnread)
		case !used && unread != nil:
			return checks.Verdict{}, fmt.Errorf("whether an execution role works in repository %s in %s is not known: %w", r.Name, r.Region, unread)
		case !used || r.Policy.IsZero():
			return checks.Verdict{Status: checks.Skip, Message: fmt.Sprintf("nothing names repository %s in %s, and its policy was not looked at", r.Name, r.Region)}, nil
		}
	}
	notes := checks.Lint(policy.Resource, "repository policy", r.Policy)
	layer := repositoryLayer(r)
	what := fmt.Sprintf("the policy of repository %s in %s", r.Name, r.Region)
	switch {
	case layer == nil:
		return checks.Verdict{Status: checks.Pass, Message: fmt.Sprintf("repository %s in %s has no policy of its own", r.Name, r.Region), Evidence: []string{"ECR found no policy of it"}}, nil
	case layer.Unread != nil:
		return checks.Verdict{Notes: notes}, fmt.Errorf("%s: %w", what, layer.Unread)
	}
	document := layer.Policies[0].Document
	if _, denies := document.HasDeny(); !denies {
		return checks.Verdict{Status: checks.Pass, Message: what + " denies nothing", Notes: notes, Evidence: []string{fmt.Sprintf("statements: %d, none of them a Deny", len(document.Statements))}}, nil
	}

	all, unread := accessOf(r, tags, func(a *actor) policy.Policies {
		alone := policy.Policies{Identity: everything, Resource: layer}
		if a.policies.Boundary != nil {
			alone.Boundary = &everything
		}
		return alone
	})
	v := checks.Verdict{Status: checks.Pass, Notes: notes}
	var denied, doubtful []access
	for _, one := range all {
		switch one.outcome() {
		case policy.Allowed:
			v.Evidence = append(v.Evidence, fmt.Sprintf("role %s: not denied", one.role.Name))
			continue
		case policy.Denied:
			denied = append(denied, one)
		default:
			doubtful = append(doubtful, one)
		}
		v.Evidence = append(v.Evidence, one.String())
		v.Trace = append(v.Trace, one.trace(r)...)
	}
	switch {
	case len(denied) > 0:
		first := denied[0]
		v.Status = checks.Fail
		v.Message = fmt.Sprintf("%s denies the work of %s: %s", what, names(denied), first.Statement)
		c := checks.Change{
			Action: checks.EditRepositoryPolicy, Partition: r.Partition, Account: r.Owner, Region: r.Region, Repository: r.Name,
			Hint: fmt.Sprintf("make %s leave out %s", first.Statement, names(denied)),
		}
		affected := slices.Concat(denied, doubtful)
		text, _, _ := r.Policy.Get()
		edit(&c, policy.Resource, text, policy.Wants{
			Exemption: []policy.Condition{{Operator: "ArnNotEquals", Key: "aws:PrincipalArn", Values: arns(affected)}},
		}, func(d *policy.Document) (policy.Decision, bool) {
			for _, one := range affected {
				for _, request := range one.requests {
					edited := policy.Policies{Identity: everything, Resource: &policy.Layer{Policies: []policy.Policy{{Document: d}}}}
					if request.HasBoundary {
						edited.Boundary = &everything
					}
					if said := edited.Authorize(request); said.Outcome != policy.Allowed {
						return said.Decision, false
					}
				}
			}
			return policy.Decision{}, true
		})
		v.Fix = &checks.Fix{
			Summary:  fmt.Sprintf("Make %s of the repository's policy leave out the execution role; decide with its author how.", first.Statement),
			Changes:  []checks.Change{c},
			Cautions: cautions(c),
		}
	case len(doubtful) > 0:
		v.Status, v.Unread = checks.Unknown, unreadOf(doubtful[0].why)
		v.Message = fmt.Sprintf("whether %s denies the work of %s is not decidable: %s", what, names(doubtful), doubtful[0].doubt())
	case unread != nil:
		return v, fmt.Errorf("%s holds a Deny, and not all execution roles are known: %w", what, unread)
	case len(all) == 0:
		v.Status = checks.Skip
		v.Message = what + " holds a Deny, but no execution role is known that it could deny"
	default:
		v.Message = what + " denies nothing that the execution roles do"
	}
	return v, nil
})

func arns(all []access) (arns []string) {
	for _, one := range all {
		arns = append(arns, one.role.ARN)
	}
	return arns
}

func names(all []access) string {
	var roles []string
	for _, one := range all {
		roles = append(roles, "role "+one.role.Name)
	}
	return strings.Join(roles, ", ")
}
