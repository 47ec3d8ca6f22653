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

// lookalikePolicies are AWS managed policies that users mistake for the managed policy of
// lifecycle management, with their purpose (AWS Managed Policy Reference).
var lookalikePolicies = map[string]string{
	"EC2ImageBuilderExecutionPolicy":                "the policy for workflow execution roles",
	"Ec2ImageBuilderCrossAccountDistributionAccess": "the policy for distribution roles",
}

// managedPolicy decides whether the managed policy is attached to the role and, if not,
// whether other policies grant the same permissions.
func (a *actor) managedPolicy() (checks.Verdict, error) {
	role := a.role
	want := account.ManagedPolicyARN(a.partition)
	var attached, alike []string
	found := false
	for _, p := range role.Attached.Items() {
		attached = append(attached, p.ARN)
		switch {
		case p.ARN == want:
			found = true
		case lookalikePolicies[p.Name] != "":
			alike = append(alike, fmt.Sprintf("%s is %s", p.ARN, lookalikePolicies[p.Name]))
		case strings.EqualFold(p.Name, account.ManagedPolicyName):
			alike = append(alike, cmp.Or(noSuchAWSManaged(p.ARN, p.Document), p.ARN+" has the same name, but is not the AWS managed policy of this partition"))
		}
	}
	v := checks.Verdict{Evidence: []string{"attached: " + list(attached)}}
	if found {
		v.Status = checks.Pass
		v.Message = fmt.Sprintf("%s is attached to role %s", account.ManagedPolicyName, role.Name)
		v.Short = account.ManagedPolicyName + " is attached"
		return v, nil
	}
	if err := role.Attached.Err(); err != nil {
		return v, fmt.Errorf("not all policies attached to role %s could be read: %w", role.Name, err)
	}
	v.Evidence = append(v.Evidence, "needed: "+want)
	v.Short = account.ManagedPolicyName + " not attached"
	what := fmt.Sprintf("%s is not attached to role %s", account.ManagedPolicyName, role.Name)
	if len(alike) > 0 {
		what += ": " + strings.Join(alike, "; ")
	}

	all := a.evaluate()
	// Each lifecycle rule needs at least one of the actions. If all are denied, the verdict
	// does not depend on the rules.
	nothing := !slices.ContainsFunc(all, func(e evaluation) bool { return !demand.NeverNeeded(e.Granted) && e.Outcome != policy.Denied })
	r := a.sort(all)
	denied, doubtful := r.denied, r.doubtful
	if nothing {
		denied, doubtful = slices.Concat(denied, doubtful), nil
	}
	// What other policies grant, and a Deny or the boundary denies, the managed policy would not allow either.
	granted, missing := a.split(denied)
	doubtful = slices.DeleteFunc(doubtful, func(e evaluation) bool { return e.need == demand.Helpful })
	// A policy that could not be read excuses nothing: the managed policy is documented as
	// a prerequisite, and is missing.
	unreadable := func(e evaluation) bool { return excusesNothing(e.Unread()) && e.need == demand.Certain }
	var hidden []evaluation
	for _, e := range doubtful {
		if unreadable(e) {
			hidden = append(hidden, e)
		}
	}
	doubtful = slices.DeleteFunc(doubtful, unreadable)
	v.Fix = &checks.Fix{
		Summary:  fmt.Sprintf("Attach %s to the role.", account.ManagedPolicyName),
		Changes:  []checks.Change{attachChange(a.partition, a.account, role.Name)},
		Cautions: []string{"A role can have 10 managed policies unless the quota was raised.", propagation},
	}
	decisive := slices.Concat(missing, granted, doubtful, hidden)
	v.Evidence = append(v.Evidence, a.explain(decisive)...)
	v.Evidence = append(v.Evidence, catalogued(role)...)
	v.Trace = tracesOf(decisive)
	switch {
	case nothing && len(granted) == 0:
		v.Status = checks.Fail
		v.Message = what + ", and no other policy grants a permission that lifecycle rules need; attached: " + list(attached)
	case len(missing) > 0:
		v.Status = checks.Fail
		v.Message = fmt.Sprintf("%s, and these permissions are missing: %s", what, a.list(missing))
	case len(granted) > 0:
		v.Status = checks.Fail
		v.Short += ", and " + a.refusal(granted)
		v.Message = fmt.Sprintf("%s; other policies grant what lifecycle rules need, but these permissions are denied: %s", what, a.list(granted))
		v.Fix, v.FindFix = nil, func() *checks.Fix { return a.fix(slices.Concat(granted, r.lesser)) } // that of the permissions check
	case len(doubtful) > 0:
		first := doubtful[0]
		why := a.why(first)
		v.Status, v.Fix = checks.Unknown, nil
		if first.Outcome == policy.Denied {
			v.Message = fmt.Sprintf("%s, and other policies do not allow %s; cannot decide whether a lifecycle rule needs it", what, first)
			v.Short += maybeNeedless
		} else {
			v.Short = "not attached, and " + whyUnsure(inPolicy(first.Authorization), first.Decision, cmp.Or(first.Unread(), why))
			v.Message = fmt.Sprintf("%s; cannot decide whether other policies allow %s: %s", what, first, first.Reason())
		}
		v.Settle = settles(why)
		if v.Unread = unreadOf(why); why != nil && first.Unread() == nil {
			v.Message += ": " + why.Error()
		}
	case len(hidden) > 0:
		v.Status = checks.Fail
		v.Message = fmt.Sprintf("%s, and no policy that could be read grants %s: %s", what, hidden[0], hidden[0].Unread())
	default:
		v.Status = checks.Warn
		v.Short += ", but other policies grant the same"
		v.Message = what + "; other policies grant every permission that lifecycle rules need today, but AWS does not update them as it does the managed policy"
	}
	return v, nil
}

// split splits denied evaluations into those that a policy of the role grants, so that only a Deny or
// the boundary denies them, and the others.
func (a *actor) split(denied []evaluation) (granted, others []evaluation) {
	if !slices.ContainsFunc(denied, func(e evaluation) bool { return !a.ungranted(e) }) {
		return nil, denied
	}
	undenied := *a // the role without what denies
	undenied.policies = policy.Policies{Identity: policy.Layer{Name: a.policies.Identity.Name, Unread: a.policies.Identity.Unread}}
	for _, p := range a.policies.Identity.Policies {
		allows := *p.Document
		allows.Statements = slices.DeleteFunc(slices.Clone(allows.Statements), func(s policy.Statement) bool { return s.Effect == policy.Deny })
		undenied.policies.Identity.Policies = append(undenied.policies.Identity.Policies, policy.Policy{Name: p.Name, Document: &allows})
	}
	all := undenied.evaluate()
	for _, e := range denied {
		ungranted := func(other evaluation) bool {
			return other.Granted == e.Granted && other.need == e.need && other.Outcome != policy.Allowed
		}
		if slices.ContainsFunc(all, ungranted) {
			others = append(others, e)
		} else {
			granted = append(granted, e)
		}
	}
	return granted, others
}

// attachChange attaches the managed policy to a role.
func attachChange(partition, accountID, role string) checks.Change {
	return checks.Change{Action: checks.AttachPolicy, Partition: partition, Account: accountID, Role: role, Policy: account.ManagedPolicyARN(partition)}
}

// list joins items with commas.
func list(items []string) string {
	if len(items) == 0 {
		return "none"
	}
	return strings.Join(items, ", ")
}

const managedPolicyDoc = `Other policies may grant the same permissions today, but AWS does not update them when Image Builder changes. iblint
evaluates them as IAM does. It recognizes the managed policy by its full ARN, with service-role/ and the account's partition,
because a customer managed policy can have the same name. EC2ImageBuilderExecutionPolicy is a different policy for a different
role. A catalogue of the AWS managed policies stands in for their documents if these were not read. Policies that could not be
read excuse nothing. The permissions check reports whether a permissions boundary or a Deny denies what the managed policy grants.`

var managedPolicyLinks = []string{
	"https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-lifecycle-prerequisites.html",
	"https://docs.aws.amazon.com/aws-managed-policy/latest/reference/EC2ImageBuilderLifecycleExecutionPolicy.html",
}

var managedPolicyCases = []checks.Case{
	{Status: checks.Pass, When: "the managed policy is attached"},
	{Status: checks.Warn, When: "it is not attached, but other policies grant every permission that the lifecycle rules in scope need"},
	{Status: checks.Fail, When: "it is not attached, and no policy that could be read grants a permission that the lifecycle rules need, or a Deny or the permissions boundary denies it; the message lists each"},
	{Status: checks.Skip, When: roleNotApplicable},
	{Status: checks.Unknown, When: "not all attached policies could be read; or the managed policy is not attached, and policies that were read do not decide whether they grant every permission; or it is not known which permissions the lifecycle rules need"},
}
