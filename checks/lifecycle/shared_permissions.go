package lifecycle

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/checks/policy"
)

const permissionsDoc = `iblint evaluates the role's attached policies, inline policies and permissions boundary together, as IAM does. It does so for
each action that a rule of a lifecycle policy takes with the role, in each Region where the rule acts, with the resource and the
condition keys that Image Builder sends. It assumes that resources have the tags that the guide requires; ecr-repository-tag checks
the tag of repositories. It uses the other tags of repositories as they were read. It knows the recipe and the version of images
to come, because the policy selects them. If these do not decide, iblint evaluates up to 200 images and AMIs that exist now. The
check fails if one is denied. If no lifecycle policy uses the role yet, the result is decided if it is the same for every rule
that one can have. AWS does not document which API calls a rule makes, so iblint derives them from the names of the actions. Other
checks report what the organization's guardrails and the repository's own policy deny.`

var permissionsCases = []checks.Case{
	{Status: checks.Pass, When: "the role has every permission that the lifecycle rules need"},
	{Status: checks.Warn, When: "an action is denied that the rules may need: AWS does not document it, but the name of the action suggests it"},
	{Status: checks.Fail, When: "an action that the lifecycle rules need is not granted, or a Deny or the permissions boundary denies it; the message names each"},
	{Status: checks.Skip, When: roleNotApplicable},
	{Status: checks.Unknown, When: policyUndecided + "; or an action is denied, and it is not known whether a lifecycle rule needs it"},
}

var permissionsLinks = []string{
	"https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html",
	"https://docs.aws.amazon.com/aws-managed-policy/latest/reference/EC2ImageBuilderLifecycleExecutionPolicy.html",
}

func permissionsNeeds(kind account.Kind) []account.Need {
	parts := account.DestinationKind.Parts()
	if kind == account.ExecutionRoleKind {
		parts = append(demand.Parts(), account.RepositoryTagsPart)
	}
	own := checks.Required(append(parts,
		account.RolePart, account.AttachedPoliciesPart, account.InlinePoliciesPart, account.PolicyDocumentsPart, account.MembershipPart)...)
	return checks.Needs(kind, append(own, account.Need{Part: account.SimulationPart, Use: account.Evidence})...)
}

// permissions decides whether the role has every permission that lifecycle rules need. If
// actions are denied only because no policy grants them, and the managed policy is not
// attached, the check with the ID policyCheck reports the cause.
func (a *actor) permissions(policyCheck string) (checks.Verdict, error) {
	v := checks.Verdict{Status: checks.Pass, Notes: a.notes()}
	all := a.evaluate()
	needed := slices.DeleteFunc(slices.Clone(all), func(e evaluation) bool { return e.need == demand.NotNeeded })
	v.Trace = tracesOf(needed)
	slices.SortStableFunc(v.Trace, worstFirst)
	r := a.sort(all)
	denied, doubtful, lesser := r.denied, r.doubtful, r.lesser
	v.Evidence = append(a.explain(slices.Concat(denied, doubtful, lesser)), "allowed: "+list(texts(r.allowed)))
	if len(r.others) > 0 {
		v.Evidence = append(v.Evidence, "not needed by any lifecycle rule in scope: "+list(outcomes(r.others)))
	}
	v.Evidence = append(v.Evidence, catalogued(a.role)...)
	v.Evidence = append(v.Evidence, a.simulated()...)

	switch {
	case len(denied) > 0:
		v.Status = checks.Fail
		v.Message = fmt.Sprintf("role %s lacks permissions that lifecycle rules need: %s", a.role.Name, a.list(denied))
		v.Short = a.refusal(denied)
		v.FindFix = func() *checks.Fix { return a.fix(slices.Concat(denied, lesser)) }
		if a.unattached() && !slices.ContainsFunc(denied, func(e evaluation) bool { return !a.ungranted(e) }) {
			v.Cause = policyCheck
		}
	case len(doubtful) > 0:
		v.Status = checks.Unknown
		first := doubtful[0]
		why := a.why(first)
		if first.Outcome == policy.Denied {
			v.Message = fmt.Sprintf("role %s is denied %s; cannot decide whether a lifecycle rule needs it", a.role.Name, first)
			v.Short = a.refusal(doubtful[:1]) + maybeNeedless
		} else {
			v.Message = fmt.Sprintf("cannot decide whether role %s has permission for %s: %s", a.role.Name, first, first.Reason())
			v.Short = whyUnsure(inPolicy(first.Authorization), first.Decision, cmp.Or(first.Unread(), why))
		}
		v.Settle = settles(why)
		if v.Unread = unreadOf(why); why != nil && first.Unread() == nil {
			v.Message += ": " + why.Error()
		}
		if more := len(doubtful) - 1; more > 0 {
			v.Message += fmt.Sprintf("; and %d more", more)
		}
	case len(lesser) > 0:
		v.Status = checks.Warn
		v.Message = fmt.Sprintf("role %s has every permission that lifecycle rules need by AWS's documentation, but may also need %s", a.role.Name, a.list(lesser))
		v.Short = a.refusal(lesser) + ", which rules may need"
		v.FindFix = func() *checks.Fix { return a.fix(lesser) }
	default:
		v.Message = fmt.Sprintf("role %s has every permission that lifecycle rules need", a.role.Name)
		v.Short = "has every permission that lifecycle rules need"
	}
	return v, nil
}

// notes are the lint notes on the role's policies, except AWS managed ones.
func (a *actor) notes() (notes []checks.Note) {
	for _, p := range a.role.Attached.Items() {
		if !isAWSManaged(p.ARN) {
			notes = append(notes, checks.Lint(policy.Identity, "managed policy "+p.ARN, p.Document)...)
		}
	}
	for _, p := range a.role.Inline.Items() {
		notes = append(notes, checks.Lint(policy.Identity, "inline policy "+p.Name, p.Document)...)
	}
	return append(notes, checks.Lint(policy.Identity, "permissions boundary "+a.role.Boundary, a.role.BoundaryDocument)...)
}

// list names at most four denied actions, each with what denies it.
func (a *actor) list(denied []evaluation) string {
	const most = 4
	var all []string
	for i, e := range denied {
		if i == most {
			all = append(all, fmt.Sprintf("and %d more", len(denied)-most))
			break
		}
		all = append(all, fmt.Sprintf("%s (%s)", e, a.by(e)))
	}
	return strings.Join(all, "; ")
}

// refusal says in short what denies the first of several actions, and which others it denies.
func (a *actor) refusal(denied []evaluation) string {
	what := func(e evaluation) string {
		switch {
		case e.Explicit:
			return "Deny in " + inWords(e.Policy) + " blocks"
		case a.ungranted(e):
			return "no policy grants"
		}
		return "permissions boundary does not allow"
	}
	return refusals(denied, what, func(e evaluation) string { return e.Action })
}

// by is a short text that says what denies an action.
func (a *actor) by(e evaluation) string {
	switch {
	case e.Explicit:
		return fmt.Sprintf("denied by %s, %s", e.Policy, e.Statement)
	case a.ungranted(e):
		return "no policy grants it"
	}
	return e.Layer + " does not allow it"
}

// ungranted reports whether an action is denied because no identity-based policy grants
// it, and not because of a Deny or the permissions boundary.
func (a *actor) ungranted(e evaluation) bool {
	return e.Outcome == policy.Denied && !e.Explicit && e.Layer == a.policies.Identity.Name
}

// unattached reports whether it is certain that the managed policy is not attached.
func (a *actor) unattached() bool {
	return a.role.Attached.Err() == nil && !slices.ContainsFunc(a.role.Attached.Items(), func(p account.AttachedPolicy) bool {
		return p.ARN == account.ManagedPolicyARN(a.partition)
	})
}

// texts are the evaluations in words.
func texts(all []evaluation) (out []string) {
	for _, e := range all {
		out = append(out, e.String())
	}
	return out
}

// outcomes are the actions with their outcomes, each once.
func outcomes(all []evaluation) (out []string) {
	for _, e := range all {
		if one := e.Action + " " + e.Outcome.String(); !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	return out
}

// explain returns the evidence for actions that are not allowed: one line for each reason.
func (a *actor) explain(evaluations []evaluation) (evidence []string) {
	type reason struct {
		outcome       policy.Outcome
		policy, layer string
		statement     *policy.Statement
		condition     *policy.Condition
		unread        bool
		ungranted     bool
	}
	alike := map[reason][]evaluation{}
	var reasons []reason
	for _, e := range evaluations {
		r := reason{e.Outcome, e.Policy, e.Layer, e.Statement, e.Condition, e.Unread() != nil, a.ungranted(e)}
		switch {
		case r.ungranted: // the statement that comes closest does not matter
			r = reason{ungranted: true}
		case r.unread:
			r = reason{layer: e.Layer, unread: true}
		}
		if alike[r] == nil {
			reasons = append(reasons, r)
		}
		alike[r] = append(alike[r], e)
	}
	for _, r := range reasons {
		var what []string
		for _, e := range alike[r] {
			text := e.String() + e.forRules()
			if e.some {
				text += " (of the images that exist now, not all were evaluated)"
			}
			what = append(what, text)
		}
		first := alike[r][0]
		if r.ungranted {
			evidence = append(evidence, "no policy grants "+strings.Join(what, "; "))
		} else {
			evidence = append(evidence, fmt.Sprintf("%s: %s, %s", strings.Join(what, "; "), first.Outcome, first.Reason()))
		}
	}
	return evidence
}

// simulated is the evidence from iam:SimulatePrincipalPolicy, if it was called.
func (a *actor) simulated() (evidence []string) {
	var against []string
	items := a.role.Simulated.Items()
	for _, s := range items {
		if s.Decision == "allowed" {
			continue
		}
		text := s.Action + " on " + s.Resource + ": " + s.Decision
		if s.DeniedByBoundary {
			text += " by the permissions boundary"
		}
		if s.DeniedByOrganization {
			text += " by the organization"
		}
		against = append(against, text)
	}
	switch {
	case len(items) == 0:
		return nil
	case len(against) == 0 && a.role.Simulated.Err() == nil:
		return []string{fmt.Sprintf("for comparison, iam:SimulatePrincipalPolicy: allowed in all %d cases", len(items))}
	case len(against) == 0:
		return nil
	}
	for _, text := range against {
		evidence = append(evidence, "for comparison, iam:SimulatePrincipalPolicy: "+text)
	}
	return evidence
}
