package lifecycle

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/policy"
)

// access is what an execution role may do with a repository as it really is.
type access struct {
	role  *account.Role
	maybe error // why it is not known whether lifecycle management uses the role on container images
	why   error // what could not be read and would decide
	policy.Authorization
	requests []*policy.Request // all that were asked
}

// String is a line of evidence.
func (a access) String() string {
	return fmt.Sprintf("role %s: %s, %s", a.role.Name, a.Outcome, a.Reason())
}

// doubt says why it is not known what the role may do.
func (a access) doubt() string {
	text := a.Reason()
	if a.Outcome == policy.Denied {
		text = "whether role " + a.role.Name + " is used on container images is not known"
	}
	if a.why != nil && a.Unread() == nil {
		text += ": " + a.why.Error()
	}
	return text
}

// trace is what decided, as data.
func (a access) trace(r account.ContainerRepository) []checks.Trace {
	return traceOf(a.Authorization, fmt.Sprintf("role %s in repository %s in %s", a.role.Name, r.Name, r.Region))
}

// outcome is Denied only if the role is used.
func (a access) outcome() policy.Outcome {
	if a.maybe != nil && a.Outcome == policy.Denied {
		return policy.Undecidable
	}
	return a.Outcome
}

// accessOf asks, for each execution role that may have work in the repository,
// whether it may do that work, by the policies that policiesOf gives for it. Of
// each role it is the action that fares worst. The error is why there may be other
// roles, or why one of them could not be read.
func accessOf(r account.ContainerRepository, tags account.Tags, policiesOf func(*actor) policy.Policies) (all []access, unread error) {
	used, maybe, err := r.ExecutionRoles()
	for _, gap := range account.Gaps(err) {
		// That no lifecycle policy is there, or none that names a role, is known.
		if unreadOf(gap) != nil {
			unread = gap
			break
		}
	}
	for i, e := range slices.Concat(used, maybe) {
		role, _, err := executionRole(e)
		if err != nil && unread == nil {
			unread = err
		}
		if role == nil {
			continue // execution-role-exists reports it
		}
		a := executionActor(e, role)
		policies := policiesOf(a)
		worst := access{role: role, Authorization: policy.Authorization{Decision: policy.Decision{Outcome: policy.Allowed}}}
		for n, action := range []string{"ecr:BatchGetImage", "ecr:BatchDeleteImage"} {
			request := a.repositoryRequest(action, r, tags)
			request.HasBoundary = policies.Boundary != nil
			worst.requests = append(worst.requests, request)
			said := policies.Authorize(request)
			if n == 0 || said.Outcome == policy.Denied || said.Outcome == policy.Undecidable && worst.Outcome == policy.Allowed {
				worst.Authorization = said
			}
		}
		worst.why = a.whyUndecided(worst.Authorization, policy.Repository)
		if i >= len(used) {
			worst.maybe = e.Uses().PoliciesUnread
			worst.why = cmp.Or(worst.why, worst.maybe)
		}
		all = append(all, worst)
	}
	return all, unread
}

// repositoryRequest is one about a repository with the tags that it has: both
// aws:ResourceTag and ecr:ResourceTag belong to repositories (Service
// Authorization Reference, Amazon ECR).
func (a *actor) repositoryRequest(action string, r account.ContainerRepository, tags account.Tags) *policy.Request {
	c := a.context(r.Region).With().
		Set("aws:ResourceAccount", policy.Known(a.account)).
		Set("aws:ResourceOrgID", a.organization()).
		SetPrefix("aws:ResourceTag/", policy.Absent()).
		SetPrefix("ecr:ResourceTag/", policy.Absent())
	setTags(c, tags, "aws:ResourceTag/", "ecr:ResourceTag/")
	return &policy.Request{
		Principal: policy.Principal{Type: "AWS", ID: a.role.ARN}, Action: action,
		Resource: policy.Known(r.Subject().ARN), Context: c,
	}
}

// repositoryLayer is the repository's own policy; nil when it has none.
func repositoryLayer(r account.ContainerRepository) *policy.Layer {
	l := &policy.Layer{Name: "the policy of repository " + r.Name}
	addPolicy(l, policy.Resource, "repository policy", r.Policy)
	if len(l.Policies) == 0 && l.Unread == nil {
		return nil
	}
	return l
}

// everything is a layer that allows everything: beside it, another shows what it denies.
var everything = func() policy.Layer {
	document, err := policy.Parse(policy.Identity, `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
	if err != nil {
		panic(err)
	}
	return policy.Layer{Name: "everything", Policies: []policy.Policy{{Name: "everything", Document: document}}}
}()
