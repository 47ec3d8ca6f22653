package lifecycle

import (
	"fmt"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
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
result depends on it, the verdict is unknown. The trust policy in AWS's guide has no condition, so this check requires none.
Other scanners report a service principal without aws:SourceAccount. Whoever else can assume the role can delete images, too.`,
	Cases: []checks.Case{
		{Status: checks.Pass, When: "the trust policy allows Image Builder to assume the role for the owner, whichever aws:SourceArn it sends"},
		{Status: checks.Warn, When: "principals other than Image Builder can assume the role too, such as another service or an account, and the message names them; or, " + onlyNameInChina},
		{Status: checks.Fail, When: "the trust policy does not allow Image Builder to assume the role, in at least one of the owner's Regions"},
		{Status: checks.Skip, When: "the role does not exist, which execution-role-exists reports"},
		{Status: checks.Unknown, When: trustPolicyUndecided},
	},
	Links: []string{
		"https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-lifecycle-prerequisites.html",
		"https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html",
	},
	Needs: trustNeeds(account.ExecutionRoleKind),
}, (*account.View).ExecutionRoles, func(r account.ExecutionRole) (checks.Verdict, error) {
	v, err := executionRoleTrust(r)
	if err == nil && v.Status == checks.Pass {
		warnOfOthers(r, &v)
	}
	return v, err
})

// warnOfOthers turns a pass into a warning if other principals can assume the role too: they
// can do everything that lifecycle management can.
func warnOfOthers(r account.ExecutionRole, v *checks.Verdict) {
	role, _, _ := r.Role.Get()
	t, err := readTrust(r.Partition, r.Owner, &role)
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
	v.FindFix = func() *checks.Fix {
		if why := notToWiden(role); why != "" {
			return ownRole(r, role, why)
		}
		return &checks.Fix{
			Summary: fmt.Sprintf("Remove %s from the trust policy if nothing else uses the role. Otherwise create a role of its own for lifecycle management.", who),
			Changes: []checks.Change{{
				Action: checks.EditTrust, Partition: r.Partition, Account: r.Owner, Role: role.Name,
				Hint: fmt.Sprintf("remove %s if nothing else uses the role", who),
			}},
			Cautions: []string{"What uses the role now cannot assume it after this change. Find out who does first (RoleLastUsed, CloudTrail).", propagation},
		}
	}
}

// trustNeeds are the needs of executionRoleTrust. What the role may do decides no verdict, but
// whether its trust may be widened.
func trustNeeds(kind account.Kind) []account.Need {
	needs := []account.Need{{Part: account.RolePart, Use: account.Required}}
	for _, part := range []account.Part{account.AttachedPoliciesPart, account.InlinePoliciesPart, account.PolicyDocumentsPart} {
		needs = append(needs, account.Need{Part: part, Use: account.Evidence})
	}
	return checks.Needs(kind, needs...)
}

// executionRoleTrust decides whether Image Builder can assume an execution role.
func executionRoleTrust(r account.ExecutionRole) (checks.Verdict, error) {
	role, failure, err := executionRole(r)
	if role == nil {
		failure.Cause = "execution-role-exists"
		return failure, err
	}
	notes := checks.Lint(policy.Trust, "trust policy", role.Trust)
	t, err := readTrust(r.Partition, r.Owner, role)
	if err != nil {
		return checks.Verdict{Notes: notes}, err
	}
	decide := func(t *trust) trustVerdict {
		return t.verdict(r.Regions, func(principal string) trustVerdict {
			var verdicts []trustVerdict
			for _, region := range regionsOf(r.Regions) {
				verdicts = append(verdicts, executionTrust(r, t, principal, region))
			}
			return worst(verdicts)
		})
	}
	decided := decide(t)
	v := decided.Verdict
	v.Notes = notes
	if v.Status == checks.Fail || v.Status == checks.Warn {
		if why := notToWiden(*role); why != "" {
			v.FindFix = func() *checks.Fix { return ownRole(r, *role, why) }
			return v, nil
		}
		wants := policy.Wants{Values: map[string][]string{"aws:SourceAccount": {r.Owner}}, Statement: compact(executionStatement())}
		v.FindFix = func() *checks.Fix {
			fix := t.fix(decided.obstacle, wants, decide)
			if who := namesOf(t.others()); who != "" {
				fix.AddCautions(fmt.Sprintf("The role is not for Image Builder alone: %s can assume it, too, and will have its permissions. A role of its own for lifecycle management avoids that.", who))
			}
			return fix
		}
	}
	return v, nil
}

// executionTrust decides for one Region. It evaluates a request for each aws:SourceArn that
// Image Builder may send: an image's, a lifecycle policy's, and none.
func executionTrust(r account.ExecutionRole, t *trust, principal, region string) trustVerdict {
	answers := []answer{
		t.evaluate(caller{principal, r.Owner, imageARN(r.Partition, region, r.Owner), region}),
		t.evaluate(caller{principal, r.Owner, fmt.Sprintf("arn:%s:imagebuilder:%s:%s:lifecycle-policy/?*", r.Partition, orAny(region), r.Owner), region}),
		t.evaluate(caller{principal, r.Owner, "", region}),
	}
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
	switch {
	case len(refused) == 0 && len(undecided) == 0:
		return trustVerdict{Verdict: checks.Verdict{
			Status: checks.Pass, Evidence: evidence, Trace: traces(answers...),
			Message: fmt.Sprintf("the trust policy of role %s allows Image Builder to assume it", r.Reference.Name),
		}}
	case len(refused) == len(answers):
		return trustVerdict{Verdict: checks.Verdict{
			Status: checks.Fail, Evidence: evidence, Trace: traces(refused...),
			Message: fmt.Sprintf("Image Builder cannot assume role %s for images%s: %s", r.Reference.Name, inRegion(region), refused[0].Reason()),
		}, obstacle: refused[0].Decision}
	case len(undecided) > 0:
		return trustVerdict{Verdict: checks.Verdict{
			Status: checks.Unknown, Evidence: evidence, Trace: traces(undecided...),
			Message: fmt.Sprintf("cannot decide whether Image Builder can assume role %s for images%s: %s", r.Reference.Name, inRegion(region), undecided[0].Reason()),
		}}
	}
	return trustVerdict{Verdict: checks.Verdict{
		Status: checks.Unknown, Evidence: evidence, Trace: traces(append(refused, allowed...)...),
		Message: fmt.Sprintf("cannot decide whether Image Builder can assume role %s for images%s: it depends on the aws:SourceArn that Image Builder sends, which AWS does not document: %s", r.Reference.Name, inRegion(region), refused[0].Reason()),
	}}
}

// inRegion is " in REGION" for the end of a phrase; empty for an unknown Region.
func inRegion(region string) string {
	if region == "" {
		return ""
	}
	return " in " + region
}
