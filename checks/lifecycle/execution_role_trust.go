package lifecycle

import (
	"fmt"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/checks/policy"
)

// ExecutionRoleTrust checks that Image Builder can assume the execution role.
var ExecutionRoleTrust = checks.On(checks.Check{
	ID:       "execution-role-trust",
	Title:    "Image Builder can assume the execution role",
	Severity: checks.High,
	Kind:     account.ExecutionRoleKind,
	Doc: `The trust policy of the execution role must allow the service imagebuilder.amazonaws.com to call sts:AssumeRole. iblint
evaluates the policy as IAM does, including NotAction, conditions and Deny. It does not compare the text with the guide's.
AWS does not document which aws:SourceArn Image Builder sends for this role: an image's, a lifecycle policy's or none. If the
result depends on it, the verdict is unknown. AWS documents aws:SourceAccount for the cross-account role and not for this one, so
a policy that requires it is a warning. The trust policy in AWS's guide has no condition, so this check requires none. Other
scanners report a service principal without aws:SourceAccount. Whoever else can assume the role can delete images, too.`,
	Cases: []checks.Case{
		{Status: checks.Pass, When: "the trust policy allows Image Builder to assume the role, whichever aws:SourceAccount and aws:SourceArn it sends"},
		{Status: checks.Warn, When: "principals other than Image Builder can assume the role too, such as another service or an account, and the message names them; or the trust policy requires aws:SourceAccount, which AWS does not document for this role; or names the service only as imagebuilder.amazonaws.com.cn, in China"},
		{Status: checks.Fail, When: "the trust policy does not allow Image Builder to assume the role, in at least one of the owner's Regions"},
		{Status: checks.Skip, When: "the role does not exist, which execution-role-exists reports"},
		{Status: checks.Unknown, When: trustPolicyUndecided},
	},
	Links: []string{
		"https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-lifecycle-prerequisites.html",
		"https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html",
	},
	Needs: trustNeeds(account.ExecutionRoleKind),
}, referringRoles, referring(func(r demand.ExecutionRole) (checks.Verdict, error) {
	v, err := executionRoleTrust(r)
	if err == nil && v.Status == checks.Pass {
		warnOfOthers(r, &v)
	}
	return ifUsed(v, r), err
}))

// warnOfOthers turns a pass into a warning if other principals can assume the role too: they
// can do everything that lifecycle management can.
func warnOfOthers(r demand.ExecutionRole, v *checks.Verdict) {
	role, _, _ := r.Role.Get()
	t, err := readExecutionTrust(r, &role)
	if err != nil {
		return // it was read before
	}
	others := t.others()
	if len(others) == 0 {
		return
	}
	for _, o := range others {
		v.Evidence = append(v.Evidence, o.who+": "+o.Reason())
	}
	who := namesOf(others)
	v.Status = checks.Warn
	v.Message = fmt.Sprintf("Image Builder can assume role %s, and so can %s", role.Name, who)
	v.Short = firstOf(others) + " can assume the role too"
	v.FindFix = func() *checks.Fix {
		if why := notToWiden(role); why != "" {
			return ownRole(r, role, why)
		}
		what, ok := t.exclude(others, func(edited *trust) bool {
			return decideExecution(r, edited).Status == checks.Pass && len(edited.others()) == 0
		})
		if !ok {
			return ownRole(r, role, "other principals can assume it, too")
		}
		return &checks.Fix{
			Summary: fmt.Sprintf("Edit the trust policy: %s if nothing else uses the role. Otherwise create a role of its own for lifecycle management.", what),
			Changes: []checks.Change{{
				Action: checks.EditTrust, Partition: r.Partition, Account: r.Owner, Role: role.Name,
				Hint: what + " if nothing else uses the role",
			}},
			Cautions: []string{"What uses the role now cannot assume it after this change. Find out who does first (RoleLastUsed, CloudTrail).", propagation},
		}
	}
}

// trustNeeds are the needs of executionRoleTrust. What the role may do decides no verdict, but
// whether its trust may be widened.
func trustNeeds(kind account.Kind) []account.Need {
	needs := checks.Required(account.RolePart, account.MembershipPart)
	for _, part := range []account.Part{account.AttachedPoliciesPart, account.InlinePoliciesPart, account.PolicyDocumentsPart} {
		needs = append(needs, account.Need{Part: part, Use: account.Evidence})
	}
	return checks.Needs(kind, needs...)
}

// executionRoleTrust decides whether Image Builder can assume an execution role.
func executionRoleTrust(r demand.ExecutionRole) (checks.Verdict, error) {
	role, failure, err := executionRole(r)
	if role == nil {
		failure.Cause = "execution-role-exists"
		return failure, err
	}
	notes := checks.Lint(policy.Trust, "trust policy", role.Trust)
	t, err := readExecutionTrust(r, role)
	if err != nil {
		return checks.Verdict{Notes: notes}, err
	}
	decide := func(t *trust) trustVerdict { return decideExecution(r, t) }
	decided := decide(t)
	v := decided.Verdict
	v.Notes = notes
	if v.Status != checks.Fail && v.Status != checks.Warn {
		return v, nil
	}
	if why := notToWiden(*role); why != "" {
		v.FindFix = func() *checks.Fix { return ownRole(r, *role, why) }
		return v, nil
	}
	wants := policy.Wants{Values: map[string][]string{"aws:SourceAccount": {r.Owner}}, Statement: compact(executionStatement())}
	v.FindFix = func() *checks.Fix {
		fix := t.fix(decided.obstacle, wants, decide)
		if decided.guarded && v.Status == checks.Warn {
			fix.Cautions = append(fix.Cautions, anyAccount+" If the last lifecycle execution succeeded, aws:SourceAccount is sent and the policy needs no change.")
		} else if unguards(fix.Changes[0]) {
			fix.Cautions = append(fix.Cautions, anyAccount)
		}
		edited := *t
		if after := documentOf(fix.Changes[0].After); after != nil {
			edited.document = after
		}
		if who := namesOf(edited.others()); who != "" {
			fix.AddCautions(fmt.Sprintf("The role is not for Image Builder alone: %s can assume it, too, and will have its permissions. A role of its own for lifecycle management avoids that.", who))
		}
		return fix
	}
	return v, nil
}

// readExecutionTrust is readTrust for an execution role, with the organization and the time of requests.
func readExecutionTrust(r demand.ExecutionRole, role *account.Role) (*trust, error) {
	t, err := readTrust(r.Partition, r.Owner, role)
	if err != nil {
		return nil, err
	}
	t.membershipOf = func(string) account.Read[account.Membership] { return r.Membership() } // source and role are in one account
	t.time = requestTime(r.ReadAt(), r.EvaluatedAt())
	return t, nil
}

// decideExecution decides for all Regions of an execution role.
func decideExecution(r demand.ExecutionRole, t *trust) trustVerdict {
	return t.verdict(r.Regions, func(principal string) trustVerdict {
		var verdicts []trustVerdict
		for _, region := range regionsOf(r.Regions) {
			verdicts = append(verdicts, executionTrust(r, t, principal, region))
		}
		return worst(verdicts)
	})
}

// anyAccount is the caution for an edit that removes a condition on the source.
const anyAccount = "Image Builder can then assume the role on behalf of any account."

// unguards reports whether an edit removes a condition on the source from a statement that allows.
func unguards(c checks.Change) bool {
	before, after := documentOf(c.Before), documentOf(c.After)
	return before != nil && after != nil && sourceConditions(after) < sourceConditions(before)
}

// sourceConditions is how many conditions on the source the statements have that allow.
func sourceConditions(d *policy.Document) (n int) {
	for _, s := range d.Statements {
		for _, c := range s.Conditions {
			if s.Effect == policy.Allow && strings.HasPrefix(strings.ToLower(c.Key), "aws:source") {
				n++
			}
		}
	}
	return n
}

// executionCallers are the requests that Image Builder may send to assume an execution
// role. AWS documents neither which aws:SourceArn it sends for it, an image's, a lifecycle
// policy's or none, nor that it sends aws:SourceAccount. The last request is without both.
func executionCallers(r demand.ExecutionRole, principal, region string) []caller {
	return []caller{
		{principal, r.Owner, imageARN(r.Partition, region, r.Owner), region},
		{principal, r.Owner, fmt.Sprintf("arn:%s:imagebuilder:%s:%s:lifecycle-policy/?*", r.Partition, orAny(region), r.Owner), region},
		{principal, r.Owner, "", region},
		{principal, "", "", region},
	}
}

// executionTrust decides for one Region. It evaluates each request that Image Builder may
// send.
func executionTrust(r demand.ExecutionRole, t *trust, principal, region string) trustVerdict {
	var answers []answer
	for _, c := range executionCallers(r, principal, region) {
		answers = append(answers, t.evaluate(c))
	}
	last := len(answers) - 1
	answers, bare := answers[:last], answers[last]
	var evidence []string
	var refused, undecided, allowed []answer
	for _, a := range answers {
		evidence = append(evidence, a.String())
		switch a.Outcome {
		case policy.Denied:
			refused = append(refused, a)
		case policy.Undecidable:
			undecided = append(undecided, a)
		default:
			allowed = append(allowed, a)
		}
	}
	v := trustVerdict{Verdict: checks.Verdict{Status: checks.Unknown, Evidence: evidence}}
	undecidable := fmt.Sprintf("cannot decide whether Image Builder can assume role %s for images%s: ", r.Reference.Name, inRegion(region))
	switch {
	case len(allowed) == len(answers) && bare.Outcome == policy.Allowed:
		v.Status, v.Trace = checks.Pass, traces(answers...)
		v.Message = fmt.Sprintf("the trust policy of role %s allows Image Builder to assume it", r.Reference.Name)
		v.Short = "trusts Image Builder"
	case len(allowed) == len(answers):
		v.Status, v.Trace = checks.Warn, traces(append([]answer{bare}, allowed...)...)
		v.Evidence = append(v.Evidence, bare.String())
		v.obstacle, v.guarded = bare.Decision, true
		key := sourceKey(bare)
		v.Message = fmt.Sprintf("the trust policy of role %s allows Image Builder to assume it only if the request has %s, which AWS does not document for execution roles", r.Reference.Name, key)
		v.Short = fmt.Sprintf("trust policy requires %s, which may not be sent", key)
		if use := t.lastUse(); use != "" {
			v.Evidence = append(v.Evidence, use+"; if the trust policy has not changed since, the request has "+key)
		}
	case len(refused) == len(answers) && bare.Outcome == policy.Denied:
		v.Status, v.Trace, v.obstacle = checks.Fail, traces(refused...), refused[0].Decision
		v.Message = fmt.Sprintf("Image Builder cannot assume role %s for images%s: %s", r.Reference.Name, inRegion(region), refused[0].Reason())
		v.Short = refused[0].refusal()
	case len(undecided) > 0:
		v.Trace, v.Message = traces(undecided...), undecidable+undecided[0].Reason()
		v.Short = whyUnsure("trust policy", undecided[0].Decision, nil)
		if why := t.whyUndecided(undecided[0]); why != nil {
			v.Unread = unreadOf(why)
			v.Message += ": " + why.Error()
		}
	case len(refused) == len(answers):
		v.Trace, v.Evidence = traces(append(refused, bare)...), append(v.Evidence, bare.String())
		v.Message = undecidable + fmt.Sprintf("it depends on whether the request has %s, which AWS does not document for execution roles: ", sourceKey(refused[0])) + refused[0].Reason()
		v.Short = fmt.Sprintf("trust policy depends on %s, which may not be sent", sourceKey(refused[0]))
	default:
		v.Trace = traces(append(refused, allowed...)...)
		v.Message = undecidable + "it depends on the aws:SourceArn that Image Builder sends, which AWS does not document: " + refused[0].Reason()
		v.Short = "trust policy depends on aws:SourceArn, which may not be sent"
	}
	return v
}

// sourceKey is the condition key about the source of the request that decided.
func sourceKey(a answer) string {
	if a.Condition != nil && strings.HasPrefix(strings.ToLower(a.Condition.Key), "aws:sourceorg") {
		return "aws:SourceOrg" + a.Condition.Key[len("aws:SourceOrg"):]
	}
	return "aws:SourceAccount"
}

// inRegion is " in REGION" for the end of a phrase; empty for an unknown Region.
func inRegion(region string) string {
	if region == "" {
		return ""
	}
	return " in " + region
}
