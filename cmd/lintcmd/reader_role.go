package lintcmd

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/lazyregexp"
	"github.com/iblint/iblint/internal/source/awsapi"
)

// readerFlags describe the role that iblint reads an account with.
type readerFlags struct {
	of         string // the kind of account
	as         string
	roleName   string
	principal  string
	externalID string
}

func (f *readerFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.of, "for", "", "print what iblint needs in one kind of account: owner, destination or management (default: the policy for all of them)")
	flags.StringVar(&f.as, "as", "", "print the role with its trust policy, as json, cloudformation, terraform or stackset (requires --for and --principal; default: the policy only)")
	flags.StringVar(&f.roleName, "role-name", readerRoleName, "name of the role, with its path if it has one; the same as for iblint check")
	flags.StringVar(&f.principal, "principal", "", "ARN of the role or user that iblint runs as, the only principal that may assume the role")
	flags.StringVar(&f.externalID, "external-id", "", "external ID that iblint must send to assume the role; the same as for iblint check")
}

// accountKinds are the values of --for.
var accountKinds = []string{string(awsapi.OwnerAccount), string(awsapi.DestinationAccount), string(awsapi.ManagementAccount)}

// readerRoleName is the default name of the role.
const readerRoleName = "iblint"

// readerRole is a role with its policies, in the words of CloudFormation and of the output of
// aws iam get-account-authorization-details.
type readerRole struct {
	RoleName                 string
	Path                     string
	Description              string
	AssumeRolePolicyDocument policyDocument
	Policies                 []inlinePolicy
}

type inlinePolicy struct {
	PolicyName     string
	PolicyDocument policyDocument
}

var (
	iamPrincipal = lazyregexp.New(`^arn:(aws(?:-[a-z]+)*):iam::([0-9]{12}):(?:role|user)/(?:[\w+=,.@-]+/)*[\w+=,.@-]{1,64}$`) // IAM API Reference, CreateRole and CreateUser
	externalID   = lazyregexp.New(`^[\w+=,.@:/-]{2,}$`)                                                                       // STS API Reference, AssumeRole
)

// validate returns the kind of account; empty: all kinds.
func (f *readerFlags) validate(flags *pflag.FlagSet) (awsapi.AccountKind, error) {
	kind := awsapi.AccountKind(f.of)
	if f.of != "" && !slices.Contains(accountKinds, f.of) {
		return "", usage("--for %s: expected owner, destination or management%s", f.of, didYouMean(f.of, accountKinds))
	}
	if f.as == "" {
		if given := givenOf(flags, "role-name", "principal", "external-id"); len(given) > 0 {
			return "", usage("%s a role; add --as json, cloudformation, terraform or stackset", given.with("describes", "describe"))
		}
		return kind, nil
	}
	ref, isName := account.ParseRoleReference(f.roleName)
	switch {
	case roleFormats[f.as] == nil:
		return "", usage("--as %s: expected json, cloudformation, terraform or stackset%s", f.as, didYouMean(f.as, roleLanguages()))
	case kind == "":
		return "", usage("--as requires --for: owner, destination or management")
	case kind == awsapi.ManagementAccount && f.as == "stackset":
		return "", usage("--as stackset: AWS CloudFormation StackSets do not deploy to the management account; use --as cloudformation there")
	case !isName || ref.Account != "":
		return "", usage("--role-name %s: expected the name of a role, with its path if it has one", f.roleName)
	case f.principal == "":
		return "", usage("--as requires --principal: the ARN of the role or user that iblint runs as, such as arn:aws:iam::111122223333:role/ci")
	case !iamPrincipal().MatchString(f.principal):
		return "", usage("--principal %s: expected the ARN of one role or user, such as arn:aws:iam::111122223333:role/ci; an account or * would let others in", f.principal)
	case f.externalID != "" && (len(f.externalID) > 1224 || !externalID().MatchString(f.externalID)):
		return "", usage("--external-id %s: expected 2 to 1224 letters, digits or _+=,.@:/-", f.externalID)
	}
	return kind, nil
}

// role returns the role for a kind of account, with the permissions of the policy.
func (f *readerFlags) role(kind awsapi.AccountKind, permissions policyDocument) readerRole {
	trust := statement{Effect: "Allow", Principal: map[string]string{"AWS": f.principal}, Action: []string{"sts:AssumeRole"}}
	if f.externalID != "" {
		trust.Condition = conditions{"StringEquals": {"sts:ExternalId": f.externalID}}
	}
	path, name := "/", f.roleName
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		path, name = "/"+strings.Trim(name[:i], "/")+"/", name[i+1:]
	}
	if kind == awsapi.ManagementAccount {
		// Only into accounts of the organization, and only into the role of this name.
		partition := iamPrincipal().FindStringSubmatch(f.principal)[1]
		permissions.Statement = append(permissions.Statement, statement{
			Sid: "EnterAccounts", Effect: "Allow", Action: []string{"sts:AssumeRole"}, Resource: "arn:" + partition + ":iam::*:role" + cmp.Or(path, "/") + name,
			Condition: conditions{"StringEquals": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}},
		})
	}
	return readerRole{
		RoleName: name, Path: path, Description: "Lets iblint read the prerequisites of EC2 Image Builder lifecycle management",
		AssumeRolePolicyDocument: policyDocument{Version: "2012-10-17", Statement: []statement{trust}},
		Policies:                 []inlinePolicy{{"iblint", permissions}},
	}
}
