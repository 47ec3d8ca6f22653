package checks

import (
	"fmt"
	"strings"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/policy"
)

// Policies that are easily taken for the managed policy (AWS managed policy
// reference): the workflow role's and the distribution role's.
var lookalikePolicies = map[string]string{
	"EC2ImageBuilderExecutionPolicy":                "the policy for workflow execution roles",
	"Ec2ImageBuilderCrossAccountDistributionAccess": "the policy for distribution roles",
}

// managedPolicyAttached decides whether the managed policy is attached to a role
// and nothing that is known to limit the role stands beside it.
func managedPolicyAttached(partition, accountID string, role *account.Role) (Verdict, error) {
	want := account.ManagedPolicyARN(partition)
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
	evidence := []string{"attached: " + list(attached)}

	if !found {
		if err := role.Attached.Err(); err != nil {
			return Verdict{Evidence: evidence}, fmt.Errorf("the policies attached to role %s could not all be read: %w", role.Name, err)
		}
		message := fmt.Sprintf("%s is not attached to role %s", account.ManagedPolicyName, role.Name)
		if len(alike) > 0 {
			message += ": " + strings.Join(alike, "; ")
		} else {
			message += "; attached: " + list(attached)
		}
		for _, p := range role.Inline.Items() {
			evidence = append(evidence, "inline policy: "+p.Name)
		}
		return Verdict{
			Status: Fail, Message: message, Evidence: append(evidence, "needed: "+want),
			Remediation: &Remediation{
				Summary:  fmt.Sprintf("Attach %s to the role.", account.ManagedPolicyName),
				Changes:  []Change{attachChange(partition, accountID, role.Name)},
				Cautions: []string{"A role takes 10 managed policies unless the quota was raised.", propagation},
			},
		}, nil
	}

	limit := Change{Partition: partition, Account: accountID, Role: role.Name}
	if role.Boundary != "" {
		limit.Action, limit.Policy = LookAtBoundary, role.Boundary
		return limited(role, "the permissions boundary "+role.Boundary, append(evidence, "permissions boundary: "+role.Boundary), limit), nil
	}
	var inline []string
	for _, p := range role.Inline.Items() {
		inline = append(inline, p.Name)
		text, there, err := p.Document.Get()
		if err != nil {
			return Verdict{Evidence: evidence}, fmt.Errorf("inline policy %s of role %s could not be read, and it may hold a Deny: %w", p.Name, role.Name, err)
		}
		if !there {
			continue
		}
		document, err := policy.Parse(policy.Identity, text)
		if err != nil {
			return Verdict{Evidence: evidence}, fmt.Errorf("inline policy %s of role %s is not understood, and it may hold a Deny: %w", p.Name, role.Name, err)
		}
		if statement, ok := document.HasDeny(); ok {
			limit.Action, limit.Policy = LookAtInlinePolicy, p.Name
			return limited(role, fmt.Sprintf("the Deny in %s of its inline policy %s", statement, p.Name), append(evidence, fmt.Sprintf("inline policy %s: %s denies", p.Name, statement)), limit), nil
		}
	}
	if err := role.Inline.Err(); err != nil {
		return Verdict{Evidence: evidence}, fmt.Errorf("the inline policies of role %s could not all be read, and one may hold a Deny: %w", role.Name, err)
	}
	return Verdict{
		Status:   Pass,
		Message:  fmt.Sprintf("%s is attached to role %s", account.ManagedPolicyName, role.Name),
		Evidence: append(evidence, "permissions boundary: none", "inline policies: "+list(inline)+", no Deny"),
	}, nil
}

func limited(role *account.Role, by string, evidence []string, look Change) Verdict {
	return Verdict{
		Status:   Warn,
		Message:  fmt.Sprintf("%s is attached to role %s, but %s may take permissions away again; iblint does not evaluate that yet", account.ManagedPolicyName, role.Name, by),
		Evidence: evidence,
		Remediation: &Remediation{
			Summary: "Make sure that it leaves every action of the managed policy allowed.",
			Changes: []Change{look},
		},
	}
}

func attachChange(partition, accountID, role string) Change {
	return Change{Action: AttachPolicy, Partition: partition, Account: accountID, Role: role, Policy: account.ManagedPolicyARN(partition)}
}

func list(items []string) string {
	if len(items) == 0 {
		return "none"
	}
	return strings.Join(items, ", ")
}

const managedPolicyDoc = `Adding permissions of one's own instead of the managed policy may work today, but does not follow when AWS changes what
Image Builder does. The policy is known by its full ARN, with service-role/ and the account's own partition: a customer
policy may bear the same name, and EC2ImageBuilderExecutionPolicy is another policy for another role.`

var managedPolicyLinks = []string{
	"https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-lifecycle-prerequisites.html",
	"https://docs.aws.amazon.com/aws-managed-policy/latest/reference/EC2ImageBuilderLifecycleExecutionPolicy.html",
}

var managedPolicyNeeds = []account.Need{
	{Part: account.RolePart, Use: account.Required},
	{Part: account.AttachedPoliciesPart, Use: account.Required},
	{Part: account.InlinePoliciesPart, Use: account.Required},
}
