package lifecycle

import (
	"fmt"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
)

// LifecyclePolicyRole checks that a lifecycle policy can run with the role that it names.
var LifecyclePolicyRole = checks.On(checks.Check{
	ID:       "lifecycle-policy-role",
	Title:    "The lifecycle policy can run with the execution role that it names",
	Severity: checks.High,
	Kind:     account.LifecyclePolicyKind,
	Doc: `A lifecycle policy runs with the execution role that it names. If the role does not exist, or Image Builder cannot assume it,
every run of the policy fails. The execution-role checks evaluate each role once, even if several policies name it. This check says
which policies fail because of it.`,
	Cases: []checks.Case{
		{Status: checks.Pass, When: "the role exists as the policy names it, and Image Builder can assume it"},
		{Status: checks.Warn, When: "Image Builder can assume the role only with a key or a name that AWS does not document for it; see execution-role-trust"},
		{Status: checks.Fail, When: "the role cannot be used, and the check that reports why was not selected"},
		{Status: checks.Skip, When: "the role cannot be used, which an execution-role check reports"},
		{Status: checks.Unknown, When: "the role could not be read, or the policy names neither a role name nor a role ARN"},
	},
	Links: []string{
		"https://docs.aws.amazon.com/imagebuilder/latest/userguide/create-lifecycle-policies.html",
		"https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-lifecycle-prerequisites.html",
	},
	Needs: trustNeeds(account.LifecyclePolicyKind),
}, (*demand.View).PolicyRoles, func(p demand.PolicyRole) (checks.Verdict, error) {
	if p.Role.Reference.Name == "" {
		return checks.Verdict{}, checks.InShort("names its role by neither a role name nor a role ARN",
			fmt.Errorf("lifecycle policy %s in %s names its role as %s, which is neither a role name nor a role ARN", p.Name, p.Region, visible(p.ExecutionRole)))
	}
	v, err := executionRoleTrust(p.Role)
	if err != nil {
		return v, fmt.Errorf("lifecycle policy %s in %s: %w", p.Name, p.Region, err)
	}
	if p.Planned {
		v = referFiles(v, []demand.OwnedPolicy{p.OwnedPolicy}, false)
	}
	role := p.Role.Subject()
	v.CauseSubject = &role
	switch v.Status {
	case checks.Pass:
		v.Message = fmt.Sprintf("lifecycle policy %s in %s can run with role %s", p.Name, p.Region, p.Role.Reference.Name)
		v.Short = "can run with role " + p.Role.Reference.Name
	case checks.Fail:
		if v.Cause == "" {
			v.Cause = "execution-role-trust"
		}
		fallthrough
	default:
		v.Message = aboutPolicy(p.OwnedPolicy, v.Message)
	}
	return v, nil
})
