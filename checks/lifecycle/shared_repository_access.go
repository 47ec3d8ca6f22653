package lifecycle

import (
	"cmp"
	"fmt"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/checks/policy"
)

// access is the permission of an execution role in a repository with its real tags and
// policy.
type access struct {
	role  *account.Role
	maybe error // why it is not known whether the role is used on container images; nil: it is
	why   error // what could not be read and would decide
	policy.Authorization
	requests []*policy.Request // all that were evaluated
}

// String is a line of evidence.
func (a access) String() string {
	return fmt.Sprintf("role %s: %s, %s", a.role.Name, a.Outcome, a.Reason())
}

// doubt says why the permission of the role is not known.
func (a access) doubt() string {
	text := a.Reason()
	if a.Outcome == policy.Denied {
		text = "it is not known whether role " + a.role.Name + " is used on container images"
	}
	if a.why != nil && a.Unread() == nil {
		text += ": " + a.why.Error()
	}
	return text
}

// inDoubt is doubt in short.
func (a access) inDoubt() string {
	if a.Outcome == policy.Denied && a.why == nil {
		return "role " + a.role.Name + " may not be used on container images"
	}
	return whyUnsure(inPolicy(a.Authorization), a.Decision, cmp.Or(a.why, a.Unread()))
}

// trace is the trace of the decision.
func (a access) trace(r demand.ContainerRepository) []checks.Trace {
	return traceOf(a.Authorization, fmt.Sprintf("role %s in repository %s in %s", a.role.Name, r.Name, r.Region))
}

// outcome is the outcome for lifecycle management: a denial is undecidable if it is not
// known whether the role is used.
func (a access) outcome() policy.Outcome {
	if a.maybe != nil && a.Outcome == policy.Denied {
		return policy.Undecidable
	}
	return a.Outcome
}

// accessOf evaluates, for each execution role that may be used on the container images of a
// repository, whether it has permission to delete them. policiesOf gives the policies to
// evaluate. The result for a role is that of its worst action. The error says why there may
// be more roles, or why a role could not be read.
func accessOf(r demand.ContainerRepository, policiesOf func(*actor) policy.Policies) (all []access, unread error) {
	roles, err := r.ExecutionRoles()
	for _, gap := range account.Gaps(err) {
		// A gap without an Unread says that no lifecycle policy names a role, which is known.
		if why := unreadOf(gap); why != nil && why.Reason != account.NotCollected {
			unread = gap
			break
		}
	}
	for _, e := range roles {
		role, _, err := executionRole(e.ExecutionRole)
		if err != nil && unread == nil {
			unread = err
		}
		if role == nil {
			continue // execution-role-exists reports it
		}
		a := executionActor(e.ExecutionRole, role)
		policies := policiesOf(a)
		worst := access{role: role, Authorization: policy.Authorization{Decision: policy.Decision{Outcome: policy.Allowed}}}
		for n, action := range []string{"ecr:BatchGetImage", "ecr:BatchDeleteImage"} {
			request := a.repositoryRequest(action, r)
			request.HasBoundary = policies.Boundary != nil
			worst.requests = append(worst.requests, request)
			decision := policies.Authorize(request)
			if n == 0 || decision.Outcome == policy.Denied || decision.Outcome == policy.Undecidable && worst.Outcome == policy.Allowed {
				worst.Authorization = decision
			}
		}
		worst.why = a.whyUndecided(worst.Authorization)
		if e.Strength == demand.Possible {
			worst.maybe = e.Why
			worst.why = cmp.Or(worst.why, worst.maybe)
		}
		all = append(all, worst)
	}
	return all, unread
}

// repositoryRequest is a request on a repository with its real tags. Both aws:ResourceTag and
// ecr:ResourceTag are condition keys of repositories (Service Authorization Reference,
// Amazon ECR).
func (a *actor) repositoryRequest(action string, r demand.ContainerRepository) *policy.Request {
	tags, _, err := r.Tags.Get()
	rest := policy.Absent()
	if err != nil {
		rest = policy.Unknown()
	}
	c := a.context(r.Region).With().
		Set("aws:ResourceAccount", policy.Known(a.account)).
		Set("aws:ResourceOrgID", a.organization()).
		SetPrefix("aws:ResourceTag/", rest).
		SetPrefix("ecr:ResourceTag/", rest)
	setTags(c, tags, "aws:ResourceTag/", "ecr:ResourceTag/")
	return &policy.Request{
		Principal: policy.Principal{Type: "AWS", ID: a.role.ARN}, Action: action,
		Resource: policy.Known(r.Subject().ARN), Context: c,
	}
}

// repositoryLayer is the repository's own policy; nil if it has none.
func repositoryLayer(r demand.ContainerRepository) *policy.Layer {
	l := &policy.Layer{Name: "the policy of repository " + r.Name}
	addPolicy(l, policy.Resource, "repository policy", r.Policy)
	if len(l.Policies) == 0 && l.Unread == nil {
		return nil
	}
	return l
}

// everything is a layer that allows everything. Evaluated with it, another layer shows what
// that layer denies.
var everything = func() policy.Layer {
	document, err := policy.Parse(policy.Identity, `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
	if err != nil {
		panic(err)
	}
	return policy.Layer{Name: "everything", Policies: []policy.Policy{{Name: "everything", Document: document}}}
}()
