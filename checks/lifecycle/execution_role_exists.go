package lifecycle

import (
	"fmt"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
)

// ExecutionRoleExists checks that the role which lifecycle policies name is there, exactly as named.
var ExecutionRoleExists = checks.On(checks.Check{
	ID:       "execution-role-exists",
	Title:    "The execution role exists",
	Severity: checks.High,
	Kind:     account.ExecutionRoleKind,
	Doc: `Image Builder runs a lifecycle policy with the execution role that the policy names. When there is no such role in
the account of the policy, nothing is deprecated, disabled or deleted. IAM role names are unique ignoring letter case,
but they are case-sensitive when a role is assumed, so a name in another case is not the role. A role given as an ARN
is compared to the letter: partition, account, path and name. Service-linked roles, such as AWSServiceRoleForImageBuilder,
cannot be used as execution role.`,
	Cases: []checks.Case{
		{Status: checks.Pass, When: "the role exists under exactly this name or ARN"},
		{Status: checks.Fail, When: "there is no such role, or it differs in letter case or path, or it is a service-linked role, or the ARN names another account or partition"},
		{Status: checks.Skip, When: "an account that only the organization's list names has no lifecycle policy"},
		{Status: checks.Unknown, When: "the role could not be read, or there is no lifecycle policy that names one"},
	},
	Links: []string{
		"https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-lifecycle-prerequisites.html",
		"https://docs.aws.amazon.com/imagebuilder/latest/userguide/create-lifecycle-policies.html",
		"https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
	},
	Needs: checks.Needs(account.ExecutionRoleKind,
		account.Need{Part: account.RolePart, Use: account.Required}, account.Need{Part: account.RoleNamesPart, Use: account.Evidence}),
}, (*account.View).ExecutionRoles, func(r account.ExecutionRole) (checks.Verdict, error) {
	role, failure, err := executionRole(r)
	if role == nil {
		return failure, err
	}
	return checks.Verdict{
		Status:   checks.Pass,
		Message:  fmt.Sprintf("role %s exists", role.Name),
		Evidence: []string{"the role's ARN is " + role.ARN},
	}, nil
})

// executionRole is the role when it can serve as the one that the reference
// names. Else it is nil, and the verdict tells why it cannot, or the error why
// that is not known.
func executionRole(r account.ExecutionRole) (*account.Role, checks.Verdict, error) {
	ref := r.Reference
	switch {
	case ref.Account != "" && (ref.Account != r.Owner || ref.Partition != r.Partition):
		// Decided by the reference alone: it can never be a role of this account.
		return nil, checks.Verdict{
			Status:   checks.Fail,
			Message:  fmt.Sprintf("%s is not in the lifecycle policies' own account: the execution role must be in account %s, partition %s", ref.Text, r.Owner, r.Partition),
			Evidence: []string{"the role is named as " + ref.Text},
			Fix:      newExecutionRole(r, ref.Name),
		}, nil
	case isServiceLinked(ref.Path):
		return nil, serviceLinked(r, ref.Text), nil
	}

	role, found, err := r.Role.Get()
	if err != nil {
		return nil, checks.Verdict{}, fmt.Errorf("role %s could not be read: %w", ref.Name, err)
	}
	if !found {
		for _, other := range r.RoleNames.Items() {
			if strings.EqualFold(other.Name, ref.Name) && other.Name != ref.Name {
				return nil, otherCase(r, other.Name, other.Path), nil
			}
		}
		return nil, checks.Verdict{
			Status:   checks.Fail,
			Message:  fmt.Sprintf("there is no role %s in account %s", ref.Name, r.Owner),
			Evidence: []string{"no role of this name was found"},
			Fix: &checks.Fix{
				Summary: fmt.Sprintf("Create the role %s with the trust policy for Image Builder and attach the managed policy.", ref.Name),
				Changes: createExecutionRole(r, ref.Path, ref.Name),
			},
		}, nil
	}
	switch {
	case isServiceLinked(role.Path):
		return nil, serviceLinked(r, role.ARN), nil
	case role.Name != ref.Name:
		return nil, otherCase(r, role.Name, role.Path), nil
	case ref.Path != "" && role.Path != ref.Path || ref.Account != "" && role.ARN != ref.Text:
		return nil, checks.Verdict{
			Status:   checks.Fail,
			Message:  fmt.Sprintf("role %s is there, but not as named: its ARN is %s, the reference says %s", role.Name, role.ARN, ref.Text),
			Evidence: []string{"the role's ARN is " + role.ARN, "the role is named as " + ref.Text},
			Fix:      referTo(r, role.ARN),
		}, nil
	}
	return &role, checks.Verdict{}, nil
}

// isServiceLinked knows service-linked roles by their path
// (IAM User Guide, "Create a service-linked role"; nobody else may use it).
func isServiceLinked(path string) bool { return strings.HasPrefix(path, "/aws-service-role/") }

func serviceLinked(r account.ExecutionRole, arn string) checks.Verdict {
	return checks.Verdict{
		Status:   checks.Fail,
		Message:  fmt.Sprintf("%s is a service-linked role; those cannot run lifecycle policies", arn),
		Evidence: []string{"its path begins with /aws-service-role/"},
		Fix:      newExecutionRole(r, "EC2ImageBuilderLifecycleExecutionRole"),
	}
}

func otherCase(r account.ExecutionRole, name, path string) checks.Verdict {
	return checks.Verdict{
		Status:   checks.Fail,
		Message:  fmt.Sprintf("there is no role %s; there is %s, which differs in letter case and cannot be assumed under this name", r.Reference.Name, name),
		Evidence: []string{"the role's name is " + name, "the role is named as " + r.Reference.Text},
		Fix:      referTo(r, account.RoleARN(r.Partition, r.Owner, path, name)),
	}
}

// referTo mends the reference: the role is fine as it is.
func referTo(r account.ExecutionRole, arn string) *checks.Fix {
	return &checks.Fix{
		Summary: fmt.Sprintf("Name the role as %s in every lifecycle policy that uses it.", arn),
		Changes: []checks.Change{referChange(r, arn)},
		Cautions: []string{
			"Whoever updates a lifecycle policy needs iam:PassRole on the role.",
			"An enabled lifecycle policy with a DELETE rule deletes within a day of being mended.",
		},
	}
}

// newExecutionRole is for references that no role can mend: there must be a
// role in the owner's account first.
func newExecutionRole(r account.ExecutionRole, name string) *checks.Fix {
	fix := referTo(r, account.RoleARN(r.Partition, r.Owner, "/", name))
	fix.Summary = fmt.Sprintf("Use a role of account %s: create %s there unless it exists, then name it in every lifecycle policy.", r.Owner, name)
	fix.Changes = append(createExecutionRole(r, "", name), fix.Changes...)
	return fix
}

func referChange(r account.ExecutionRole, arn string) checks.Change {
	return checks.Change{Action: checks.ReferToRole, Partition: r.Partition, Account: r.Owner, References: r.References, NewReference: arn, Regions: r.Regions}
}

func createExecutionRole(r account.ExecutionRole, path, name string) []checks.Change {
	return []checks.Change{
		{Action: checks.CreateRole, Partition: r.Partition, Account: r.Owner, Role: name, Path: path, Document: trustDocument(executionStatement())},
		attachChange(r.Partition, r.Owner, name),
	}
}
