package redact

import (
	_ "embed"
	"regexp"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/policy"
)

// What stays is what AWS or iblint owns. Whether a word of the user's looks harmless
// decides nothing: a digit, a date or the name of a service can name a secret project.

// owned says whether AWS owns a word wherever it stands.
func owned(word string) bool {
	switch {
	case !hasLetterOrDigit(word), account.KnownRegion(word):
		return true
	}
	return vocabulary[strings.ToLower(word)]
}

func hasLetterOrDigit(text string) bool {
	for i := range len(text) {
		if isWord(text[i]) {
			return true
		}
	}
	return false
}

// vocabulary are AWS's own names and the fixed names of the user guide, in lower case:
// elements of policies, types of resources in ARNs, condition operators and actions.
var vocabulary = func() map[string]bool {
	words := map[string]bool{}
	add := func(more ...string) {
		for _, word := range more {
			words[strings.ToLower(word)] = true
		}
	}
	add(account.CrossAccountRoleName, account.ManagedPolicyName, account.RepositoryTagKey, account.RepositoryTagValue, "CreatedBy", "DeprecatedBy",
		"FullAWSAccess", "RCPFullAWSAccess", "p-FullAWSAccess", "p-RCPFullAWSAccess", "service-role", "aws-service-role", "aws-reserved",
		"AWSServiceRoleForImageBuilder",
		// Partitions.
		"aws", "aws-cn", "aws-us-gov", "aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "arn",
		// Types of resources, in ARNs.
		"role", "assumed-role", "policy", "user", "group", "root", "repository", "image", "snapshot", "component", "image-recipe", "container-recipe",
		"image-pipeline", "distribution-configuration", "infrastructure-configuration", "lifecycle-policy", "lifecycle-execution", "AssumedRole",
		"account", "organization", "ou", "instance-profile", "oidc-provider", "saml-provider", "security-group", "vpc-endpoint",
		// What container images and launch permissions have.
		"all", "sha256", "latest",
		// Elements of policies and values that they define (IAM User Guide, reference_policies_elements).
		"Version", "2012-10-17", "2008-10-17", "Id", "Statement", "Sid", "Effect", "Allow", "Deny", "Principal", "NotPrincipal", "Service", "Federated",
		"CanonicalUser", "Action", "NotAction", "Resource", "NotResource", "Condition", "Bool", "Null", "true", "false", "0.0.0.0/0", "::/0",
		account.ServiceControlPolicy, account.ResourceControlPolicy, "TAG_POLICY", "BACKUP_POLICY", "AISERVICES_OPT_OUT_POLICY",
		// iblint's own.
		"iblint", ".iblint.yaml",
		// Services that iblint calls or that lifecycle management works with.
		"imagebuilder", "iam", "sts", "ec2", "ecr", "organizations", "tag", "ssm", "s3", "kms", "logs", "lambda", "events", "cloudformation")
	for _, action := range knownActions {
		_, name, _ := strings.Cut(action, ":")
		add(name)
	}
	for _, operator := range []string{
		"StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike",
		"ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike", "NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals",
		"NumericGreaterThan", "NumericGreaterThanEquals", "DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan",
		"DateGreaterThanEquals", "BinaryEquals", "IpAddress", "NotIpAddress",
	} {
		add(operator, operator+"IfExists")
	}
	return words
}()

// knownActions are the IAM actions that iblint evaluates, and those that it needs.
var knownActions = append(policy.KnownActions(),
	"account:ListRegions", "ecr:DescribeImages", "ecr:DescribeRepositories", "ecr:GetRepositoryPolicy", "ecr:ListTagsForResource",
	"ecr:SetRepositoryPolicy", "ecr:TagResource", "ecr:UntagResource", "iam:AttachRolePolicy", "iam:CreateRole", "iam:GetAccountAuthorizationDetails",
	"iam:GetPolicy", "iam:GetPolicyVersion", "iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies",
	"iam:ListRoles", "iam:PassRole", "iam:PutRolePolicy", "iam:SimulatePrincipalPolicy", "iam:UpdateAssumeRolePolicy",
	"imagebuilder:GetContainerRecipe", "imagebuilder:GetDistributionConfiguration", "imagebuilder:GetLifecyclePolicy",
	"imagebuilder:ListContainerRecipes", "imagebuilder:ListDistributionConfigurations", "imagebuilder:ListImageBuildVersions",
	"imagebuilder:ListImages", "imagebuilder:ListLifecycleExecutionResources", "imagebuilder:ListLifecycleExecutions",
	"imagebuilder:ListLifecyclePolicies", "organizations:DescribeOrganization", "organizations:DescribePolicy", "organizations:ListAccounts",
	"organizations:ListAccountsForParent", "organizations:ListOrganizationalUnitsForParent", "organizations:ListParents",
	"organizations:ListPoliciesForTarget", "organizations:ListRoots", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity",
	"sts:GetCallerIdentity", "sts:SetSourceIdentity", "sts:TagSession")

// knownKeys are condition keys of services, in lower case, without what stands behind
// the slash. Global ones are known to package policy.
var knownKeys = lower(
	"ec2:CreateAction", "ec2:Owner", "ec2:Public", "ec2:Region", "ec2:ResourceTag", "ecr:ResourceTag", "iam:PassedToService", "iam:PermissionsBoundary",
	"iam:PolicyARN", "iam:ResourceTag", "imagebuilder:CreatedResourceTag", "imagebuilder:CreatedResourceTagKeys", "kms:EncryptionContext",
	"kms:ViaService", "sts:ExternalId", "sts:RoleSessionName", "sts:SourceIdentity", "sts:TransitiveTagKeys")

func isKey(name string) bool { return knownKeys[strings.ToLower(name)] || policy.IsGlobalKey(name) }

var actionNames = lower(knownActions...)

// isCompound says whether a word with a colon in it is an action or a condition key.
func isCompound(word string) bool { return actionNames[strings.ToLower(word)] || isKey(word) }

func lower(words ...string) map[string]bool {
	set := map[string]bool{}
	for _, word := range words {
		set[strings.ToLower(word)] = true
	}
	return set
}

//go:embed services.txt
var servicesText string

// services are the names of AWS's services in actions, ARNs and service principals
// (Service Authorization Reference). Elsewhere most are plain words that may name anything.
var services = lower(strings.Fields(servicesText)...)

// awsDomains end the names of AWS's hosts and service principals.
var awsDomains = []string{".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu", ".on.aws", ".api.aws", ".c2s.ic.gov", ".sc2s.sgov.gov"}

// awsHost cuts the domain off one of AWS's hosts.
func awsHost(text string) (labels, domain string, ok bool) {
	if strings.IndexByte(text, '.') < 0 {
		return "", "", false
	}
	low := strings.ToLower(text)
	for _, d := range awsDomains {
		if strings.HasSuffix(low, d) {
			return text[:len(text)-len(d)], text[len(text)-len(d):], true
		}
	}
	return "", "", false
}

// isHostLabel says whether AWS owns a label of its hosts.
func isHostLabel(label string) bool {
	low := strings.ToLower(label)
	return services[low] || account.KnownRegion(low) || low == "dkr" || low == "dkr-ecr" || low == "ecr-fips" || low == "fips"
}

// allNames are all that a pattern in the place of an action or a Region may stand for.
var regionNames = account.KnownRegions()

// standsFor says whether a pattern, in any letter case, matches one of the names.
func standsFor(pattern string, names []string) bool {
	pattern = strings.ToLower(pattern)
	return slices.ContainsFunc(names, func(name string) bool { return policy.Like(pattern, strings.ToLower(name)) })
}

// version is the version of an Image Builder resource, in which x and * stand for any
// number, or the number of a build. Recipes and images are compared by them.
var version = regexp.MustCompile(`^[0-9x*?]{1,5}(\.[0-9x*?]{1,5}){0,2}$`)

// semanticVersion is a version of a recipe.
var semanticVersion = regexp.MustCompile(`^[0-9x]{1,5}(\.[0-9x]{1,5}){2}$`)

//go:embed prose.txt
var proseText string

// proseWords are the words of which iblint's errors consist, and those of AWS's, Go's and
// the operating system's as far as they were met. In text of theirs every other
// word may be a name.
var proseWords = lower(strings.Fields(proseText)...)
