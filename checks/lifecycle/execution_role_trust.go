package lifecycle

import (
	"fmt"

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
result depends on it, the verdict is unknown. The trust policy in AWS's guide has no condition, so this check requires none.
Other scanners report a service principal without aws:SourceAccount.`,
	Cases: []checks.Case{
		{Status: checks.Pass, When: "the trust policy allows Image Builder to assume the role for the owner, whichever aws:SourceArn it sends"},
		{Status: checks.Warn, When: onlyNameInChina},
		{Status: checks.Fail, When: "the trust policy does not allow Image Builder to assume the role, in at least one of the owner's Regions"},
		{Status: checks.Skip, When: "the role does not exist, which execution-role-exists reports"},
		{Status: checks.Unknown, When: trustPolicyUndecided},
	},
	Links: []string{
		"https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-lifecycle-prerequisites.html",
		"https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html",
	},
	Needs: checks.Needs(account.ExecutionRoleKind,
		account.Need{Part: account.RolePart, Use: account.Required}),
}, (*demand.View).ExecutionRoles, func(r demand.ExecutionRole) (checks.Verdict, error) {
	return executionRoleTrust(r)
})

// executionRoleTrust decides whether Image Builder can assume an execution role.
func executionRoleTrust(r demand.ExecutionRole) (checks.Verdict, error) {
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
		wants := policy.Wants{Values: map[string][]string{"aws:SourceAccount": {r.Owner}}, Statement: compact(executionStatement())}
		v.FindFix = func() *checks.Fix { return t.fix(decided.obstacle, wants, decide) }
	}
	return v, nil
}

// executionTrust decides for one Region. It evaluates a request for each aws:SourceArn that
// Image Builder may send: an image's, a lifecycle policy's, and none.
func executionTrust(r demand.ExecutionRole, t *trust, principal, region string) trustVerdict {
	answers := []answer{
		t.evaluate(caller{principal, r.Owner, imageARN(r.Partition, region, r.Owner, ""), region}),
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
