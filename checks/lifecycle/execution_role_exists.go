package lifecycle

import (
	"fmt"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/checks/symbol"
)

// ExecutionRoleExists checks that the execution role exists under exactly the name or ARN given.
var ExecutionRoleExists = checks.On(checks.Check{
	ID:       "execution-role-exists",
	Title:    "The execution role exists",
	Severity: checks.High,
	Kind:     account.ExecutionRoleKind,
	Doc: `Image Builder runs a lifecycle policy with the execution role that the policy names. If the role does not exist in the
policy's account, Image Builder deprecates, disables and deletes nothing. Two roles of an account cannot have names that
differ only in letter case. Role names are nevertheless case-sensitive when a role is assumed, so a name in another case
does not match the role. An ARN is compared exactly: partition, account, path and name. Service-linked roles, such as
AWSServiceRoleForImageBuilder, cannot be execution roles.`,
	Cases: []checks.Case{
		{Status: checks.Pass, When: "the role exists under exactly this name or ARN"},
		{Status: checks.Fail, When: "the role does not exist, its name or path differs, it is a service-linked role, or its ARN names another account or partition"},
		{Status: checks.Skip, When: "only disabled lifecycle policies name the role; or the account is known only from the organization's account list, and has no lifecycle policy"},
		{Status: checks.Unknown, When: "the role could not be read, or no lifecycle policy names a role"},
	},
	Links: []string{
		"https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-lifecycle-prerequisites.html",
		"https://docs.aws.amazon.com/imagebuilder/latest/userguide/create-lifecycle-policies.html",
		"https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
	},
	Needs: checks.Needs(account.ExecutionRoleKind,
		account.Need{Part: account.RolePart, Use: account.Required}, account.Need{Part: account.RoleNamesPart, Use: account.Evidence}),
}, referringRoles, referring(func(r demand.ExecutionRole) (checks.Verdict, error) {
	role, failure, err := executionRole(r)
	if role == nil {
		return ifUsed(failure, r), err
	}
	return checks.Verdict{
		Status:   checks.Pass,
		Message:  fmt.Sprintf("role %s exists", role.Name),
		Short:    "exists",
		Evidence: []string{"the role's ARN is " + role.ARN},
	}, nil
}))

// ifUsed is a verdict about an execution role. What fails is unknown if it is not known whether
// lifecycle management uses the role.
func ifUsed(v checks.Verdict, r demand.ExecutionRole) checks.Verdict {
	if r.Open == nil {
		return v
	}
	return ifNeeded(v, demand.Possible, r.Open)
}

// executionRole returns the role that the reference names. If there is no such role, or
// it cannot be an execution role, the result is nil and the verdict says why. If the role
// could not be read, the result is nil and the error says why.
func executionRole(r demand.ExecutionRole) (*account.Role, checks.Verdict, error) {
	ref := r.Reference
	switch {
	case r.Unneeded != "":
		return nil, checks.Verdict{Status: checks.Skip, Message: "not needed: " + r.Unneeded, Short: "not needed: only disabled lifecycle policies name it"}, nil
	case ref.Account != "" && !symbol.MayEqual(ref.Partition+":"+ref.Account, r.Partition+":"+r.Owner):
		// The reference alone decides: it names no role of this account.
		return nil, checks.Verdict{
			Status:   checks.Fail,
			Message:  fmt.Sprintf("%s is in another account or partition than the lifecycle policy; the execution role must be in account %s, partition %s", ref.Text, r.Owner, r.Partition),
			Short:    "role is in another account or partition",
			Evidence: []string{"the role is given as " + ref.Text},
			Fix:      newExecutionRole(r, usableName(ref)),
		}, nil
	case isServiceLinked(ref.Path):
		return nil, serviceLinked(r, ref.Text), nil
	}

	role, found, err := r.Role.Get()
	if err != nil {
		return nil, checks.Verdict{}, roleUnread(ref.Name, err)
	}
	if !found {
		for _, other := range r.RoleNames.Items() {
			if strings.EqualFold(other.Name, ref.Name) && other.Name != ref.Name {
				if isServiceLinked(other.Path) {
					return nil, serviceLinked(r, account.RoleARN(r.Partition, r.Owner, other.Path, other.Name)), nil
				}
				return nil, otherCase(r, other.Name, other.Path), nil
			}
		}
		fix := &checks.Fix{
			Summary: fmt.Sprintf("Create the role %s with the trust policy for Image Builder, and attach the managed policy.", ref.Name),
			Changes: createExecutionRole(r, ref.Path, ref.Name),
		}
		if isReserved(ref.Path) { // only AWS can create a role with this path
			fix = newExecutionRole(r, ownRoleName)
		}
		return nil, checks.Verdict{
			Status:   checks.Fail,
			Message:  fmt.Sprintf("role %s does not exist in account %s", ref.Name, r.Owner),
			Short:    noSuchRole,
			Evidence: []string{noRoleOfThisName},
			Fix:      fix,
		}, nil
	}
	switch {
	case role.ARN == ref.Text:
	case isServiceLinked(role.Path):
		return nil, serviceLinked(r, role.ARN), nil
	case ref.Account != "" && symbol.MayEqual(role.ARN, ref.Text):
		// The path of a role that code looks up is that of the very role.
		if ref.Account != r.Owner || !strings.HasPrefix(symbol.First(ref.Path).Name, account.PathOf) {
			return nil, checks.Verdict{}, notSurelyNamed(ref, role)
		}
	case role.Name != ref.Name:
		return nil, otherCase(r, role.Name, role.Path), nil
	case ref.Path != "" && role.Path != ref.Path || ref.Account != "" && role.ARN != ref.Text:
		return nil, checks.Verdict{
			Status:   checks.Fail,
			Message:  fmt.Sprintf("role %s exists, but its ARN is %s, not %s", role.Name, role.ARN, ref.Text),
			Short:    "role exists, but with the path " + role.Path,
			Evidence: []string{"the role's ARN is " + role.ARN, "the role is given as " + ref.Text},
			Fix:      referTo(r, role.ARN),
		}, nil
	}
	return &role, checks.Verdict{}, nil
}

// notSurelyNamed is the error for a reference that may be the ARN of a role, or not, because of a
// symbol in one of them.
func notSurelyNamed(ref account.RoleReference, role account.Role) error {
	s := symbol.First(ref.Text + role.ARN)
	return fmt.Errorf("cannot decide whether %s is role %s: %w", ref.Text, role.ARN, account.Unread{Reason: account.Unresolved, Detail: s.String() + ": " + s.Why})
}

// isServiceLinked reports whether a path is that of service-linked roles. Only AWS can
// create roles with this path (IAM User Guide, "Create a service-linked role").
func isServiceLinked(path string) bool { return strings.HasPrefix(path, "/aws-service-role/") }

func serviceLinked(r demand.ExecutionRole, arn string) checks.Verdict {
	return checks.Verdict{
		Status:   checks.Fail,
		Message:  fmt.Sprintf("%s is a service-linked role; a lifecycle policy cannot use it as its execution role", arn),
		Short:    "role is service-linked, which lifecycle policies cannot use",
		Evidence: []string{"its path begins with /aws-service-role/"},
		Fix:      newExecutionRole(r, ownRoleName),
	}
}

// otherCase is the verdict when a role exists whose name differs only in letter case.
func otherCase(r demand.ExecutionRole, name, path string) checks.Verdict {
	return checks.Verdict{
		Status:   checks.Fail,
		Message:  fmt.Sprintf("role %s does not exist; the name of role %s differs in letter case, and role names are case-sensitive when a role is assumed", r.Reference.Name, name),
		Short:    "role does not exist, but one spelled " + name,
		Evidence: []string{"the role's name is " + name, "the role is given as " + r.Reference.Text},
		Fix:      referTo(r, account.RoleARN(r.Partition, r.Owner, path, name)),
	}
}

// referTo is the fix that changes the reference in the lifecycle policies, and not the role.
func referTo(r demand.ExecutionRole, arn string) *checks.Fix {
	if ref, ok := account.ParseRoleReference(arn); ok && isReserved(ref.Path) {
		return newExecutionRole(r, ownRoleName) // the account cannot make the other role trust Image Builder
	}
	return &checks.Fix{
		Summary: fmt.Sprintf("Set the execution role to %s in every lifecycle policy that uses the role.", arn),
		Changes: []checks.Change{referChange(r, arn)},
		Cautions: []string{
			"Updating a lifecycle policy requires iam:PassRole on the role.",
			"An enabled lifecycle policy with a DELETE rule deletes resources within a day of this fix.",
		},
	}
}

// usableName is the name for a new role in place of the referenced one. A role with a name that
// AWS creates in every account may exist already, and must not be edited.
func usableName(ref account.RoleReference) string {
	if notToWiden(account.Role{Name: ref.Name, Path: ref.Path}) != "" {
		return ownRoleName
	}
	return ref.Name
}

// newExecutionRole is the fix for a reference that names no role of the owner's account:
// create a role there, and refer to it.
func newExecutionRole(r demand.ExecutionRole, name string) *checks.Fix {
	fix := referTo(r, account.RoleARN(r.Partition, r.Owner, "/", name))
	fix.Summary = fmt.Sprintf("Create the role %s in account %s if it does not exist, then set it as the execution role in every lifecycle policy.", name, r.Owner)
	fix.Changes = append(createExecutionRole(r, "", name), fix.Changes...)
	return fix
}

func referChange(r demand.ExecutionRole, arn string) checks.Change {
	return checks.Change{Action: checks.ReferToRole, Partition: r.Partition, Account: r.Owner, References: r.References, NewReference: arn, Regions: r.Regions}
}

func createExecutionRole(r demand.ExecutionRole, path, name string) []checks.Change {
	return []checks.Change{
		{Action: checks.CreateRole, Partition: r.Partition, Account: r.Owner, Role: name, Path: path, Document: trustDocument(executionStatement())},
		attachChange(r.Partition, r.Owner, name),
	}
}
