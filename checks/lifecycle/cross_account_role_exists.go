package lifecycle

import (
	"fmt"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
)

// The role for the step before lifecycle management, distribution; it is often
// taken for the one that lifecycle management needs.
const distributionRoleName = "EC2ImageBuilderDistributionCrossAccountRole"

// CrossAccountRoleExists checks that a destination account has the role that Image Builder looks for there.
var CrossAccountRoleExists = checks.On(checks.Check{
	ID:       "cross-account-role-exists",
	Title:    "The cross-account role exists in the destination account",
	Severity: checks.Medium,
	Kind:     account.DestinationKind,
	Doc: `AMIs that were copied into another account belong to that account. Image Builder reaches them there with the role
Ec2ImageBuilderCrossAccountLifecycleAccess; the name is fixed, to the letter, and the path must be /. Without it the image
resource is handled in the owner's account and the copies stay. An account that only received launch permission owns
no AMI of Image Builder's and needs no role. EC2ImageBuilderDistributionCrossAccountRole is the role that copies AMIs
into the account; it does not serve lifecycle management.`,
	Cases: []checks.Case{
		{Status: checks.Pass, When: "the role exists with this name and path /"},
		{Status: checks.Fail, When: "there is no such role, or its name differs in letter case, or its path is not /"},
		{Status: checks.Skip, When: "the account only received launch permission: all AMI resources stay in the owner's account"},
		{Status: checks.Unknown, When: "the role could not be read"},
	},
	Links: []string{
		"https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-lifecycle-prerequisites.html",
		"https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
	},
	Needs: checks.Needs(account.DestinationKind,
		account.Need{Part: account.RolePart, Use: account.Required}, account.Need{Part: account.RoleNamesPart, Use: account.Evidence}),
}, (*account.View).Destinations, func(d account.Destination) (checks.Verdict, error) {
	role, other, err := crossAccountRole(d)
	if role == nil {
		return other, err
	}
	return checks.Verdict{
		Status:   checks.Pass,
		Message:  fmt.Sprintf("role %s exists", role.Name),
		Evidence: []string{"the role's ARN is " + role.ARN},
	}, nil
})

// crossAccountRole is the role when the destination needs one and has it. Else
// it is nil, and the verdict tells why, or the error why that is not known.
func crossAccountRole(d account.Destination) (*account.Role, checks.Verdict, error) {
	if len(d.Owners) == 0 {
		return nil, checks.Verdict{
			Status: checks.Skip,
			Message: "not needed: the account only received launch permission from " + accounts(d.Sharers) +
				"; with launch permission all of the AMI resources remain in the owner's account",
		}, nil
	}
	role, found, err := d.Role.Get()
	if err != nil {
		return nil, checks.Verdict{}, fmt.Errorf("role %s could not be read: %w", account.CrossAccountRoleName, err)
	}
	if !found {
		distribution := ""
		for _, other := range d.RoleNames.Items() {
			if strings.EqualFold(other.Name, account.CrossAccountRoleName) && other.Name != account.CrossAccountRoleName {
				return nil, misnamed(d, account.Role{Name: other.Name, Path: other.Path}), nil
			}
			if other.Name == distributionRoleName {
				distribution = "; " + distributionRoleName + " is there, but that role is for distribution and does not serve lifecycle management"
			}
		}
		return nil, checks.Verdict{
			Status:   checks.Fail,
			Message:  fmt.Sprintf("there is no role %s in account %s%s", account.CrossAccountRoleName, d.Account, distribution),
			Evidence: []string{"no role of this name was found"},
			Fix: &checks.Fix{
				Summary: fmt.Sprintf("Create the role %s in account %s with the trust policy for Image Builder and attach the managed policy.", account.CrossAccountRoleName, d.Account),
				Changes: createCrossAccountRole(d),
			},
		}, nil
	}
	if role.Name != account.CrossAccountRoleName || role.Path != "/" {
		return nil, misnamed(d, role), nil
	}
	return &role, checks.Verdict{}, nil
}

// misnamed is the verdict about a role that has nearly the right name. Neither
// name nor path of a role can be changed, and IAM's names are unique ignoring
// case, so the old role has to go before the right one can be created.
func misnamed(d account.Destination, role account.Role) checks.Verdict {
	var wrong []string
	if role.Name != account.CrossAccountRoleName {
		wrong = append(wrong, fmt.Sprintf("differs in letter case from the required %s", account.CrossAccountRoleName))
	}
	if role.Path != "/" {
		wrong = append(wrong, fmt.Sprintf("has the path %s instead of /", role.Path))
	}
	return checks.Verdict{
		Status:   checks.Fail,
		Message:  fmt.Sprintf("the role %s %s, so Image Builder does not find it", role.Name, strings.Join(wrong, " and ")),
		Evidence: []string{"the role's name is " + role.Name, "its path is " + role.Path},
		Fix: &checks.Fix{
			Summary: fmt.Sprintf("Delete the role %s and create %s with path /: neither name nor path of a role can be changed.", role.Name, account.CrossAccountRoleName),
			Changes: append([]checks.Change{{Action: checks.DeleteRole, Partition: d.Partition, Account: d.Account, Role: role.Name}}, createCrossAccountRole(d)...),
			Cautions: []string{
				"This deletes a role: find out first whether anything else uses it (RoleLastUsed), and keep the files that the commands save.",
				"Policies elsewhere that name the role keep its dead ID after it is created again.",
				"When CloudFormation or Terraform made the role, change it there, or it comes back.",
			},
		},
	}
}

func createCrossAccountRole(d account.Destination) []checks.Change {
	return []checks.Change{
		{Action: checks.CreateRole, Partition: d.Partition, Account: d.Account, Role: account.CrossAccountRoleName, Document: trustDocument(crossAccountStatement(d))},
		attachChange(d.Partition, d.Account, account.CrossAccountRoleName),
	}
}

func accounts(origins []account.Origin) string {
	var ids []string
	for _, o := range origins {
		ids = append(ids, o.Account)
	}
	return strings.Join(ids, ", ")
}
