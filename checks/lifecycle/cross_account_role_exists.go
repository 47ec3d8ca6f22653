package lifecycle

import (
	"fmt"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
)

// distributionRoleName is the role that Image Builder uses to distribute images. Users
// mistake it for the role that lifecycle management needs.
const distributionRoleName = "EC2ImageBuilderDistributionCrossAccountRole"

// CrossAccountRoleExists checks that a destination account has the role that Image Builder uses there.
var CrossAccountRoleExists = checks.On(checks.Check{
	ID:       "cross-account-role-exists",
	Title:    "The cross-account role exists in the destination account",
	Severity: checks.Medium,
	Kind:     account.DestinationKind,
	Doc: `AMIs that were copied into another account belong to that account. Image Builder manages them there with the role
Ec2ImageBuilderCrossAccountLifecycleAccess. The role must have exactly this name and the path /. Without it, Image Builder
updates the image resource in the owner's account and leaves the copies unchanged. An account that only received launch
permission owns no copies and needs no role. EC2ImageBuilderDistributionCrossAccountRole is another role: it copies AMIs
into the account, and lifecycle management does not use it. An account that is suspended or closed cannot be used, and neither can
a Region that is not enabled for the account. iblint takes the state of accounts from the list of the organization's accounts, and
the Regions of accounts for which it reads them (--region all).`,
	Cases: []checks.Case{
		{Status: checks.Pass, When: "the role exists with this name and path /, and no Region with AMIs is known to be disabled for the account"},
		{Status: checks.Fail, When: "the role does not exist, its name differs in letter case, or its path is not /; or the account is suspended or closed; or a Region where a rule acts on AMIs is not enabled for it"},
		{Status: checks.Skip, When: "no rule of a lifecycle policy acts on AMIs in the account; or the account only received launch permission, and all AMIs are in the owner's account"},
		{Status: checks.Unknown, When: "the role, or which Regions are enabled, could not be read; or it is missing, and it is not known whether a rule acts on AMIs in the account"},
	},
	Links: []string{
		"https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-lifecycle-prerequisites.html",
		"https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
		"https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html",
		"https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html",
	},
	Needs: checks.Needs(account.DestinationKind,
		account.Need{Part: account.RolePart, Use: account.Required}, account.Need{Part: account.RoleNamesPart, Use: account.Evidence}),
}, (*demand.View).Destinations, func(d demand.Destination) (checks.Verdict, error) {
	role, other, err := crossAccountRole(d)
	if role == nil {
		return ifNeeded(other, d.Strength, d.Why), err
	}
	off, err := d.RegionsOff()
	switch {
	case err != nil:
		return checks.Verdict{}, fmt.Errorf("cannot decide whether lifecycle management needs %s in account %s, and the Region is enabled: %w", strings.Join(off, ", "), d.Account, err)
	case len(off) > 0:
		return ifNeeded(regionsOff(d, off), d.Strength, d.Why), nil
	}
	return checks.Verdict{
		Status:   checks.Pass,
		Message:  fmt.Sprintf("role %s exists", role.Name),
		Short:    "exists",
		Evidence: []string{"the role's ARN is " + role.ARN},
	}, nil
})

// crossAccountRole returns the role if the destination needs it and has it. Otherwise the
// result is nil: the verdict says why, or the error says why the role could not be read.
func crossAccountRole(d demand.Destination) (*account.Role, checks.Verdict, error) {
	if len(d.Owners) == 0 && d.Unneeded != "" {
		return nil, checks.Verdict{Status: checks.Skip, Message: "not needed: " + d.Unneeded, Short: notNeeded}, nil
	}
	if len(d.Owners) == 0 {
		return nil, checks.Verdict{
			Status: checks.Skip,
			Message: "not needed: the account only received launch permission from " + accounts(d.Sharers) +
				"; the AMIs are in the owner's account",
			Short: "not needed: only has launch permission",
		}, nil
	}
	if state := d.State(); state == "SUSPENDED" || state == "CLOSED" {
		return nil, unusable(d, state), nil
	}
	role, found, err := d.Role.Get()
	if err != nil {
		return nil, checks.Verdict{}, roleUnread(account.CrossAccountRoleName, err)
	}
	if !found {
		distribution, short := "", noSuchRole
		for _, other := range d.RoleNames.Items() {
			if strings.EqualFold(other.Name, account.CrossAccountRoleName) && other.Name != account.CrossAccountRoleName {
				return nil, misnamed(d, account.Role{Name: other.Name, Path: other.Path}), nil
			}
			if other.Name == distributionRoleName {
				distribution = "; " + distributionRoleName + " exists, but it is for distribution and not for lifecycle management"
				short = "only the role for distribution exists"
			}
		}
		return nil, checks.Verdict{
			Status:   checks.Fail,
			Message:  fmt.Sprintf("role %s does not exist in account %s%s", account.CrossAccountRoleName, d.Account, distribution),
			Short:    short,
			Evidence: []string{noRoleOfThisName},
			Fix: &checks.Fix{
				Summary: fmt.Sprintf("Create the role %s in account %s with the trust policy for Image Builder, and attach the managed policy.", account.CrossAccountRoleName, d.Account),
				Changes: createCrossAccountRole(d),
			},
		}, nil
	}
	if role.Name != account.CrossAccountRoleName || role.Path != "/" {
		return nil, misnamed(d, role), nil
	}
	return &role, checks.Verdict{}, nil
}

// unusable is the verdict for an account that is suspended or closed.
func unusable(d demand.Destination, state string) checks.Verdict {
	return checks.Verdict{
		Status:   checks.Fail,
		Message:  fmt.Sprintf("account %s is %s in its organization, so Image Builder cannot manage the AMIs that were copied into it", d.Account, state),
		Short:    "account is " + state + " in its organization",
		Evidence: []string{"state of the account: " + state},
		Fix: &checks.Fix{
			Summary: "Remove the account from the distribution settings, or reopen it. AWS deletes the content of a closed account after 90 days.",
			Changes: []checks.Change{{Action: checks.LookAtAccount, Partition: d.Partition, Account: d.Account}},
		},
	}
}

// regionsOff is the verdict for Regions that are not enabled for the account.
func regionsOff(d demand.Destination, regions []string) checks.Verdict {
	v := checks.Verdict{
		Status:   checks.Fail,
		Message:  fmt.Sprintf("%s is not enabled for account %s, so Image Builder cannot manage the AMIs that were copied there", strings.Join(regions, ", "), d.Account),
		Short:    someOf(regions, 2, ", ") + " not enabled for the account",
		Evidence: []string{"the Regions that are enabled for the account do not include " + strings.Join(regions, ", ")},
		Fix:      &checks.Fix{Summary: "Enable the Region for the account, or remove it from the distribution settings. While a Region is disabled, its AMIs and snapshots remain, and are billed."},
	}
	for _, region := range regions {
		v.Fix.Changes = append(v.Fix.Changes, checks.Change{Action: checks.LookAtAccount, Partition: d.Partition, Account: d.Account, Region: region})
	}
	return v
}

// misnamed is the verdict for a role whose name differs in letter case or whose path is
// not /. IAM cannot change the name or path of a role, and does not allow two role names that
// differ only in case. So the fix deletes the role before it creates the right one.
func misnamed(d demand.Destination, role account.Role) checks.Verdict {
	var wrong []string
	short := "role has the path " + role.Path + ", must have /"
	if role.Name != account.CrossAccountRoleName {
		wrong = append(wrong, fmt.Sprintf("differs in letter case from the required %s", account.CrossAccountRoleName))
		have, must := apart(role.Name, account.CrossAccountRoleName)
		short = fmt.Sprintf("role is spelled %s, must be %s", have, must)
	}
	if role.Path != "/" {
		wrong = append(wrong, fmt.Sprintf("has the path %s instead of /", role.Path))
	}
	old := []checks.Change{{Action: checks.DeleteRole, Partition: d.Partition, Account: d.Account, Role: role.Name, Path: role.Path}}
	if isReserved(role.Path) || isServiceLinked(role.Path) { // only AWS can delete it
		old = nil
	}
	return checks.Verdict{
		Status:   checks.Fail,
		Message:  fmt.Sprintf("role %s %s, so Image Builder does not find it", role.Name, strings.Join(wrong, " and ")),
		Short:    short,
		Evidence: []string{"the role's name is " + role.Name, "its path is " + role.Path},
		Fix: &checks.Fix{
			Summary: fmt.Sprintf("Delete the role %s and create %s with path /. IAM cannot change the name or path of a role.", role.Name, account.CrossAccountRoleName),
			Changes: append(old, createCrossAccountRole(d)...),
			Cautions: []string{
				"This deletes a role. First check whether anything else uses it (RoleLastUsed), and keep the files that the commands save.",
				"Other policies that name the role keep the ID of the deleted role; they do not match the new role.",
				"If CloudFormation or Terraform manages the role, change it there; otherwise the old role is created again.",
			},
		},
	}
}

// apart are two spellings of a name, cut where they are alike: "EC2Image…" and "Ec2Image…".
func apart(have, must string) (string, string) {
	const shown = 8
	if len(have) != len(must) || !strings.EqualFold(have, must) { // a name of the user's own stays whole: a part of it cannot be redacted
		return have, must
	}
	at := 0
	for at < len(must)-shown && have[at:at+shown] == must[at:at+shown] {
		at += shown
	}
	excerpt := func(name string) string {
		part := name[at:min(at+shown, len(name))]
		if at > 0 {
			part = "…" + part
		}
		if at+shown < len(name) {
			part += "…"
		}
		return part
	}
	return excerpt(have), excerpt(must)
}

func createCrossAccountRole(d demand.Destination) []checks.Change {
	return []checks.Change{
		{Action: checks.CreateRole, Partition: d.Partition, Account: d.Account, Role: account.CrossAccountRoleName, Document: trustDocument(crossAccountStatement(d))},
		attachChange(d.Partition, d.Account, account.CrossAccountRoleName),
	}
}

func accounts(origins []demand.Origin) string {
	var ids []string
	for _, o := range origins {
		ids = append(ids, o.Account)
	}
	return strings.Join(ids, ", ")
}
