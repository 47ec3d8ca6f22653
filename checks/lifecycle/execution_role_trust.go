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
	Doc: `The trust policy of the execution role must let the service imagebuilder.amazonaws.com call sts:AssumeRole. The policy
is evaluated, not compared with the guide's text: statements, NotAction, conditions and Denies count as IAM counts them.
AWS does not document which aws:SourceArn Image Builder sends here, an image's, a lifecycle policy's or none; a policy whose
answer depends on it is unknown. The guide's own trust policy has no condition, so none is asked for here, although
other scanners report a service principal without aws:SourceAccount.`,
	Cases: []checks.Case{
		{Status: checks.Pass, When: "Image Builder may assume the role for the owner, whichever aws:SourceArn it sends"},
		{Status: checks.Warn, When: "in China, the trust policy names the service only as imagebuilder.amazonaws.com.cn"},
		{Status: checks.Fail, When: "Image Builder may not assume the role, in one of the owner's Regions at least"},
		{Status: checks.Skip, When: "the role does not exist, which execution-role-exists reports"},
		{Status: checks.Unknown, When: "the trust policy could not be read or understood, or the answer depends on something that is not known; it is named"},
	},
	Links: []string{
		"https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-lifecycle-prerequisites.html",
		"https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html",
	},
	Needs: checks.Needs(account.ExecutionRoleKind,
		account.Need{Part: account.RolePart, Use: account.Required}),
}, (*account.View).ExecutionRoles, func(r account.ExecutionRole) (checks.Verdict, error) {
	return executionRoleTrust(r)
})

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
		return t.judge(r.Regions, func(principal string) trustVerdict {
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
		v.FindFix = func() *checks.Fix { return t.mend(decided.obstacle, wants, decide) }
	}
	return v, nil
}

func executionTrust(r account.ExecutionRole, t *trust, principal, region string) trustVerdict {
	asked := []answer{
		t.ask(caller{principal, r.Owner, imageARN(r.Partition, region, r.Owner), region}),
		t.ask(caller{principal, r.Owner, fmt.Sprintf("arn:%s:imagebuilder:%s:%s:lifecycle-policy/?*", r.Partition, orAny(region), r.Owner), region}),
		t.ask(caller{principal, r.Owner, "", region}),
	}
	var evidence []string
	var refused, undecided, allowed []answer
	for _, a := range asked {
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
			Status: checks.Pass, Evidence: evidence, Trace: traces(asked...),
			Message: fmt.Sprintf("the trust policy of role %s lets Image Builder assume it", r.Reference.Name),
		}}
	case len(refused) == len(asked):
		return trustVerdict{Verdict: checks.Verdict{
			Status: checks.Fail, Evidence: evidence, Trace: traces(refused...),
			Message: fmt.Sprintf("Image Builder cannot assume role %s for images%s: %s", r.Reference.Name, inRegion(region), refused[0].Reason()),
		}, obstacle: refused[0].Decision}
	case len(undecided) > 0:
		return trustVerdict{Verdict: checks.Verdict{
			Status: checks.Unknown, Evidence: evidence, Trace: traces(undecided...),
			Message: fmt.Sprintf("whether Image Builder can assume role %s for images%s is not decidable: %s", r.Reference.Name, inRegion(region), undecided[0].Reason()),
		}}
	}
	return trustVerdict{Verdict: checks.Verdict{
		Status: checks.Unknown, Evidence: evidence, Trace: traces(append(refused, allowed...)...),
		Message: fmt.Sprintf("whether Image Builder can assume role %s for images%s depends on the aws:SourceArn it sends, which AWS does not document: %s", r.Reference.Name, inRegion(region), refused[0].Reason()),
	}}
}

func inRegion(region string) string {
	if region == "" {
		return ""
	}
	return " in " + region
}
