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

// ECRRegistryPolicy checks that the policy of an ECR registry does not deny lifecycle management.
var ECRRegistryPolicy = checks.On(checks.Check{
	ID:       "ecr-registry-policy",
	Title:    "The policy of the ECR registry does not deny lifecycle management",
	Severity: checks.Medium,
	Kind:     account.RepositoryKind,
	Doc: `Each account has one ECR registry in a Region, which may have a policy. In scope V2 the policy applies to all requests to ECR,
so a Deny in it overrides every permission of the execution role in every repository of the Region. New registries have that scope.
In scope V1 the policy applies only to replication, pull-through caches and CreateRepository. iblint evaluates the policy for each
execution role and each repository that lifecycle rules delete container images in, with the real tags of the repository.`,
	Cases: []checks.Case{
		{Status: checks.Pass, When: "the registry has no policy, or its policy denies no request of lifecycle management, or the scope of the policy is V1"},
		{Status: checks.Fail, When: "a statement of its policy denies an execution role in a repository, and the scope is V2; the message names the statement"},
		{Status: checks.Skip, When: "no lifecycle rule deletes container images in a repository of the Region; or the policy was not collected; or it has a Deny, and no execution role is known, or its scope was not collected"},
		{Status: checks.Unknown, When: "the policy, its scope or an execution role could not be read or parsed, or the result depends on a value that is not known"},
	},
	Links: []string{
		"https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html",
		"https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAccountSetting.html",
	},
	Needs: repositoryNeeds(account.RegistryPolicyPart, account.RolePart, account.MembershipPart),
}, (*demand.View).ContainerRegistries, func(r demand.ContainerRegistry) (checks.Verdict, error) {
	registry := "the ECR registry in " + r.Region
	switch {
	case r.Unneeded != "" && r.Gap != nil:
		return checks.Verdict{}, fmt.Errorf("cannot decide whether lifecycle management uses a repository in %s: %w", registry, r.Gap)
	case r.Unneeded != "":
		return checks.Verdict{Status: checks.Skip, Message: fmt.Sprintf("the policy of %s does not matter: %s", registry, r.Unneeded), Short: "not used by lifecycle management"}, nil
	}
	layer := &policy.Layer{Name: "the policy of " + registry}
	addPolicy(layer, policy.Resource, "registry policy", r.Policy)
	notes := checks.Lint(policy.Resource, "registry policy", r.Policy)
	switch {
	case notCollected(layer.Unread):
		return checks.Verdict{Status: checks.Skip, Message: fmt.Sprintf("the policy of %s was not collected", registry), Short: "its policy was not collected"}, nil
	case layer.Unread != nil:
		return checks.Verdict{Notes: notes}, fmt.Errorf("the policy of %s: %w", registry, layer.Unread)
	case len(layer.Policies) == 0:
		return checks.Verdict{Status: checks.Pass, Message: registry + " has no policy", Short: "has no policy", Evidence: []string{"ECR has no policy for the registry"}}, nil
	}
	document := layer.Policies[0].Document
	if _, denies := document.HasDeny(); !denies {
		return checks.Verdict{
			Status: checks.Pass, Message: fmt.Sprintf("the policy of %s denies nothing", registry), Short: "its policy denies nothing", Notes: notes,
			Evidence: []string{fmt.Sprintf("statements: %d, none of them a Deny", len(document.Statements))},
		}, nil
	}
	if scope, _, _ := r.Scope.Get(); scope == "V1" {
		return checks.Verdict{
			Status: checks.Pass, Message: fmt.Sprintf("the policy of %s does not apply to lifecycle management, because its scope is V1", registry), Short: "its policy does not apply: the scope is V1", Notes: notes,
			Evidence: []string{"REGISTRY_POLICY_SCOPE: " + scope},
		}, nil
	}
	return registryPolicyVerdict(r, layer, "the policy of "+registry, notes)
})

// registryAccess is the access of an execution role to a repository.
type registryAccess struct {
	access
	repository demand.ContainerRepository
}

// registryPolicyVerdict is the verdict about a registry policy that has a Deny.
func registryPolicyVerdict(r demand.ContainerRegistry, layer *policy.Layer, what string, notes []checks.Note) (checks.Verdict, error) {
	v := checks.Verdict{Status: checks.Pass, Notes: notes}
	allowed, denied, undecided, unread := accessInRegistry(r, layer)
	for _, one := range slices.Concat(denied, undecided) {
		if len(v.Trace) < mostRepositories {
			v.Evidence = append(v.Evidence, fmt.Sprintf("repository %s, %s", one.repository.Name, one))
			v.Trace = append(v.Trace, one.trace(one.repository)...)
		}
	}
	if more := len(denied) + len(undecided) - mostRepositories; more > 0 {
		v.Evidence = append(v.Evidence, fmt.Sprintf("and %d more like these", more))
	}
	if allowed > 0 {
		v.Evidence = append(v.Evidence, fmt.Sprintf("pairs of an execution role and a repository that no statement denies: %d", allowed))
	}

	scope, _, err := r.Scope.Get()
	if len(denied)+len(undecided) == 0 {
		switch {
		case unread != nil:
			return v, fmt.Errorf("%s has a Deny, and not all execution roles are known: %w", what, unread)
		case r.Gap != nil:
			return v, fmt.Errorf("%s has a Deny, and not all repositories are known that it could apply to: %w", what, r.Gap)
		case allowed == 0 && err != nil && !notCollected(err):
			return v, fmt.Errorf("%s has a Deny, and no execution role is known; its scope could not be read: %w", what, err)
		case allowed == 0:
			v.Status, v.Message, v.Short = checks.Skip, what+" has a Deny, but no execution role is known that it could deny", denyForNoOne
		default:
			v.Message, v.Short = what+" denies no request of the execution roles", deniesNoRole
		}
		return v, nil
	}
	both := slices.Concat(denied, undecided)
	first := both[0]
	inScope := fmt.Sprintf("%s has a Deny for %s in %s (%s), which applies only in scope V2", what, rolesOf(both), repositoriesOf(both), first.Statement)
	switch {
	case notCollected(err):
		v.Status, v.Message = checks.Skip, inScope+"; the scope was not collected"
		v.Short = "its Deny applies only in scope V2, and the scope is not known"
	case err != nil:
		return v, fmt.Errorf("%s; the scope could not be read: %w", inScope, err)
	case scope != account.RegistryScope:
		return v, checks.InShort("iblint does not know the scope of its policy", fmt.Errorf("%s has the scope %s, which iblint does not know", what, visible(scope)))
	case len(denied) > 0:
		v.Status = checks.Fail
		v.Message = fmt.Sprintf("%s denies lifecycle management with %s in %s: %s", what, rolesOf(denied), repositoriesOf(denied), first.Statement)
		v.Short = "registry policy denies " + someOf(roleNames(denied), 2, ", ")
		v.Evidence = append(v.Evidence, "REGISTRY_POLICY_SCOPE: "+scope)
		v.FindFix = func() *checks.Fix { return registryPolicyFix(r, denied, undecided) }
	default:
		v.Status, v.Unread = checks.Unknown, unreadOf(first.why)
		v.Message = fmt.Sprintf("cannot decide whether %s denies lifecycle management with %s in %s: %s", what, rolesOf(undecided), repositoriesOf(undecided), first.doubt())
		v.Short = first.inDoubt()
	}
	return v, nil
}

// mostRepositories bounds the evidence and the names in a message. A Region can have thousands
// of repositories.
const mostRepositories = 5

// accessInRegistry evaluates what the registry policy alone denies, in each repository that
// exists or may exist.
func accessInRegistry(r demand.ContainerRegistry, layer *policy.Layer) (allowed int, denied, undecided []registryAccess, unread error) {
	for _, repository := range r.Repositories {
		if _, found, err := repository.Tags.Get(); err == nil && !found {
			continue // ecr-repository-exists reports it
		}
		all, gap := accessOf(repository, func(a *actor) policy.Policies {
			alone := policy.Policies{Identity: everything, Resource: layer}
			if a.policies.Boundary != nil {
				alone.Boundary = &everything
			}
			return alone
		})
		if unread == nil {
			unread = gap
		}
		for _, one := range all {
			if one.Outcome == policy.Denied && repository.Strength == demand.Possible && one.maybe == nil {
				one.maybe, one.why = repository.Why, repository.Why
			}
			if _, _, err := repository.Tags.Get(); err != nil && one.Outcome == policy.Undecidable && one.why == nil {
				one.why = tagsUnread(repository.Repository, err)
			}
			switch one.outcome() {
			case policy.Allowed:
				allowed++
			case policy.Denied:
				denied = append(denied, registryAccess{one, repository})
			default:
				undecided = append(undecided, registryAccess{one, repository})
			}
		}
	}
	return allowed, denied, undecided, unread
}

// registryPolicyFix exempts the execution roles from the Deny.
func registryPolicyFix(r demand.ContainerRegistry, denied, undecided []registryAccess) *checks.Fix {
	statement := denied[0].Statement
	c := checks.Change{
		Action: checks.EditRegistryPolicy, Partition: r.Partition, Account: r.Owner, Region: r.Region,
		Hint: fmt.Sprintf("exempt %s from %s", rolesOf(denied), statement),
	}
	affected := slices.Concat(denied, undecided)
	var roles []string
	for _, one := range affected {
		if !slices.Contains(roles, one.role.ARN) {
			roles = append(roles, one.role.ARN)
		}
	}
	text, _, _ := r.Policy.Get()
	edit(&c, policy.Resource, text, policy.Wants{
		Exemption: []policy.Condition{{Operator: "ArnNotEquals", Key: "aws:PrincipalArn", Values: roles}},
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
		Summary:  fmt.Sprintf("Exempt the execution roles from %s of the registry's policy. Agree on the change with its author.", statement),
		Changes:  []checks.Change{c},
		Cautions: cautions(c),
	}
}

// rolesOf lists the roles, each once.
func rolesOf(all []registryAccess) string { return strings.Join(roleNames(all), ", ") }

func roleNames(all []registryAccess) (roles []string) {
	for _, one := range all {
		if name := "role " + one.role.Name; !slices.Contains(roles, name) {
			roles = append(roles, name)
		}
	}
	return roles
}

// repositoriesOf lists the first repositories, and how many others there are.
func repositoriesOf(all []registryAccess) string {
	var names []string
	for _, one := range all {
		if !slices.Contains(names, one.repository.Name) {
			names = append(names, one.repository.Name)
		}
	}
	if len(names) == 1 {
		return "repository " + names[0]
	}
	more := ""
	if n := len(names) - mostRepositories; n > 0 {
		names, more = names[:mostRepositories], fmt.Sprintf(" and %d more", n)
	}
	return "repositories " + strings.Join(names, ", ") + more
}
