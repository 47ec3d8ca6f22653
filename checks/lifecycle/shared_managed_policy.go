package lifecycle

import (
	"fmt"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/policy"
)

// Policies that are easily taken for the managed policy (AWS managed policy
// reference): the workflow role's and the distribution role's.
var lookalikePolicies = map[string]string{
	"EC2ImageBuilderExecutionPolicy":                "the policy for workflow execution roles",
	"Ec2ImageBuilderCrossAccountDistributionAccess": "the policy for distribution roles",
}

// managedPolicy decides whether the managed policy is attached to the role or, if
// not, whether other policies grant what it would.
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
			alike = append(alike, fmt.Sprintf("%s only has the same name; it is not AWS's managed policy of this partition", p.ARN))
		}
	}
	v := checks.Verdict{Evidence: []string{"attached: " + list(attached)}}
	if found {
		v.Status = checks.Pass
		v.Message = fmt.Sprintf("%s is attached to role %s", account.ManagedPolicyName, role.Name)
		return v, nil
	}
	if err := role.Attached.Err(); err != nil {
		return v, fmt.Errorf("the policies attached to role %s could not all be read: %w", role.Name, err)
	}
	v.Evidence = append(v.Evidence, "needed: "+want)
	what := fmt.Sprintf("%s is not attached to role %s", account.ManagedPolicyName, role.Name)
	if len(alike) > 0 {
		what += ": " + strings.Join(alike, "; ")
	}

	// Each lifecycle rule needs at least one of the actions: without any of them the
	// rules need not be known.
	var missing, doubtful []judgement
	nothing := true
	for _, j := range a.judge() {
		nothing = nothing && (j.need == neverNeeded || j.Outcome == policy.Denied)
		switch {
		case j.need < maybeNeeded || j.Outcome == policy.Allowed:
		case j.Outcome == policy.Denied && !a.ungranted(j): // granted and taken away again: for the permissions check
		case j.need == needed && a.ungranted(j):
			missing = append(missing, j)
		default:
			doubtful = append(doubtful, j)
		}
	}
	v.Fix = &checks.Fix{
		Summary:  fmt.Sprintf("Attach %s to the role.", account.ManagedPolicyName),
		Changes:  []checks.Change{attachChange(a.partition, a.account, role.Name)},
		Cautions: []string{"A role takes 10 managed policies unless the quota was raised.", propagation},
	}
	v.Evidence = append(v.Evidence, a.explain(slices.Concat(missing, doubtful))...)
	for _, j := range slices.Concat(missing, doubtful) {
		v.Trace = append(v.Trace, traceOf(j.Authorization, j.String())...)
	}
	switch {
	case nothing:
		v.Status = checks.Fail
		v.Message = what + ", and nothing else lets it do anything that lifecycle rules ask for; attached: " + list(attached)
	case len(missing) > 0:
		v.Status = checks.Fail
		v.Message = fmt.Sprintf("%s, and these are missing: %s", what, a.list(missing))
	case len(doubtful) > 0:
		first := doubtful[0]
		why := a.why(first)
		v.Status, v.Fix = checks.Unknown, nil
		if first.Outcome == policy.Denied {
			v.Message = fmt.Sprintf("%s, and other policies do not allow %s; whether a lifecycle rule asks for it is not known", what, first)
		} else {
			v.Message = fmt.Sprintf("%s; whether other policies allow %s is not known: %s", what, first, first.Reason())
		}
		if v.Unread = unreadOf(why); why != nil && first.Unread() == nil {
			v.Message += ": " + why.Error()
		}
	default:
		v.Status = checks.Warn
		v.Message = what + "; other policies grant all that lifecycle rules ask for today, but do not follow when AWS changes the managed policy"
	}
	return v, nil
}

func attachChange(partition, accountID, role string) checks.Change {
	return checks.Change{Action: checks.AttachPolicy, Partition: partition, Account: accountID, Role: role, Policy: account.ManagedPolicyARN(partition)}
}

func list(items []string) string {
	if len(items) == 0 {
		return "none"
	}
	return strings.Join(items, ", ")
}

const managedPolicyDoc = `Permissions of one's own instead of the managed policy may be enough today, but do not follow when AWS changes what
Image Builder does. They are evaluated as IAM evaluates them. The policy is known by its full ARN, with service-role/ and the
account's own partition: a customer policy may bear the same name, and EC2ImageBuilderExecutionPolicy is another policy for another
role. Whether a permissions boundary or a Deny takes away again what the managed policy grants is for the permissions check.`

var managedPolicyLinks = []string{
	"https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-lifecycle-prerequisites.html",
	"https://docs.aws.amazon.com/aws-managed-policy/latest/reference/EC2ImageBuilderLifecycleExecutionPolicy.html",
}

var managedPolicyCases = []checks.Case{
	{Status: checks.Pass, When: "the managed policy is attached"},
	{Status: checks.Warn, When: "it is not attached, but other policies grant everything that the lifecycle rules in scope ask for"},
	{Status: checks.Fail, When: "it is not attached, and nothing grants something that the lifecycle rules ask for; what is missing is listed"},
	{Status: checks.Skip, When: "the role does not exist, or is not needed, which other checks report"},
	{Status: checks.Unknown, When: "the attached policies could not all be read; or the managed policy is not attached, and whether others allow everything is not known"},
}
