package redact

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/policy"
	"github.com/iblint/iblint/internal/lazyregexp"
)

// Words that AWS or iblint defines are kept. A user's word is replaced even if it looks
// harmless: a digit, a date or the name of a service can be the name of a secret project.

// owned reports whether AWS defines a word, in whatever context.
func owned(word string) bool {
	switch {
	case !hasLetterOrDigit(word), account.KnownRegion(word):
		return true
	}
	return vocabulary()[strings.ToLower(word)]
}

func hasLetterOrDigit(text string) bool {
	for i := range len(text) {
		if isWord(text[i]) {
			return true
		}
	}
	return false
}

// vocabulary holds names that AWS defines and the fixed names of the user guide, in lower case:
// elements of policies, types of resources in ARNs, condition operators and actions.
var vocabulary = sync.OnceValue(func() map[string]bool {
	words := map[string]bool{}
	add := func(more ...string) {
		for _, word := range more {
			words[strings.ToLower(word)] = true
		}
	}
	add(account.CrossAccountRoleName, account.ManagedPolicyName, account.RepositoryTagKey, account.RepositoryTagValue, "CreatedBy", "DeprecatedBy", "Ec2ImageBuilderArn",
		"FullAWSAccess", "RCPFullAWSAccess", "p-FullAWSAccess", "p-RCPFullAWSAccess", "service-role", "aws-service-role", "aws-reserved",
		"AWSServiceRoleForImageBuilder",
		// Partitions.
		"aws", "aws-cn", "aws-us-gov", "aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "arn",
		// Types of resources, in ARNs.
		"role", "assumed-role", "policy", "user", "group", "root", "repository", "image", "snapshot", "component", "image-recipe", "container-recipe",
		"image-pipeline", "distribution-configuration", "infrastructure-configuration", "lifecycle-policy", "lifecycle-execution", "workflow", "resource-share", "AssumedRole",
		"account", "organization", "ou", "instance-profile", "oidc-provider", "saml-provider", "security-group", "vpc-endpoint",
		// Words of container images and launch permissions.
		"all", "sha256", "latest",
		// Elements of policies and values that they define (IAM User Guide, reference_policies_elements).
		"Version", "2012-10-17", "2008-10-17", "Id", "Statement", "Sid", "Effect", "Allow", "Deny", "Principal", "NotPrincipal", "Service", "Federated",
		"CanonicalUser", "Action", "NotAction", "Resource", "NotResource", "Condition", "Bool", "Null", "true", "false", "0.0.0.0/0", "::/0",
		account.ServiceControlPolicy, account.ResourceControlPolicy, "TAG_POLICY", "BACKUP_POLICY", "AISERVICES_OPT_OUT_POLICY",
		// Words of iblint.
		"iblint", ".iblint.yaml",
		// Services that iblint calls or that lifecycle management works with.
		"imagebuilder", "iam", "sts", "ec2", "ecr", "organizations", "tag", "ssm", "s3", "kms", "logs", "lambda", "events", "cloudformation")
	for _, action := range knownActions() {
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
})

// knownActions are the IAM actions that iblint evaluates and those that it calls.
var knownActions = sync.OnceValue(func() []string {
	return append(policy.KnownActions(),
		"account:ListRegions", "ecr:DescribeImages", "ecr:DescribeRepositories", "ecr:GetAccountSetting", "ecr:GetRegistryPolicy", "ecr:GetRepositoryPolicy", "ecr:ListTagsForResource", "ecr:PutRegistryPolicy",
		"ecr:SetRepositoryPolicy", "ecr:TagResource", "ecr:UntagResource", "iam:AttachRolePolicy", "iam:CreateRole", "iam:GetAccountAuthorizationDetails",
		"iam:GetPolicy", "iam:GetPolicyVersion", "iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies",
		"iam:ListRoles", "iam:PassRole", "iam:PutRolePolicy", "iam:SimulatePrincipalPolicy", "iam:UpdateAssumeRolePolicy",
		"imagebuilder:GetContainerRecipe", "imagebuilder:GetDistributionConfiguration", "imagebuilder:GetLifecyclePolicy",
		"imagebuilder:ListContainerRecipes", "imagebuilder:ListDistributionConfigurations", "imagebuilder:ListImageBuildVersions",
		"imagebuilder:ListImagePipelines", "imagebuilder:ListImageRecipes", "imagebuilder:ListImages", "imagebuilder:ListLifecycleExecutionResources",
		"imagebuilder:ListLifecycleExecutions", "imagebuilder:ListLifecyclePolicies", "organizations:DescribeOrganization", "organizations:DescribePolicy", "organizations:ListAccounts",
		"organizations:ListAccountsForParent", "organizations:ListOrganizationalUnitsForParent", "organizations:ListParents",
		"organizations:ListPoliciesForTarget", "organizations:ListRoots", "ram:ListResources", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity",
		"sts:GetCallerIdentity", "sts:SetSourceIdentity", "sts:TagSession")
})

// knownKeys are condition keys of services, in lower case, without the part after the
// slash. Package policy knows the global keys.
var knownKeys = sync.OnceValue(func() map[string]bool {
	return lower(
		"ec2:CreateAction", "ec2:ImageID", "ec2:ImageType", "ec2:Owner", "ec2:Public", "ec2:Region", "ec2:ResourceTag", "ec2:RoleDelivery",
		"ec2:RootDeviceType", "ec2:SnapshotID", "ec2:SourceInstanceArn", "ecr:ResourceTag", "iam:PassedToService", "iam:PermissionsBoundary",
		"iam:PolicyARN", "iam:ResourceTag", "imagebuilder:CreatedResourceTag", "imagebuilder:CreatedResourceTagKeys", "kms:EncryptionContext",
		"kms:ViaService", "sts:ExternalId", "sts:RoleSessionName", "sts:SourceIdentity", "sts:TransitiveTagKeys")
})

func isKey(name string) bool { return knownKeys()[strings.ToLower(name)] || policy.IsGlobalKey(name) }

var actionNames = sync.OnceValue(func() map[string]bool { return lower(knownActions()...) })

// isCompound reports whether a word with a colon is an action or a condition key.
func isCompound(word string) bool { return actionNames()[strings.ToLower(word)] || isKey(word) }

func lower(words ...string) map[string]bool {
	set := map[string]bool{}
	for _, word := range words {
		set[strings.ToLower(word)] = true
	}
	return set
}

//go:embed services.txt
var servicesText string

// services are the names of AWS services in actions, ARNs and service principals
// (Service Authorization Reference). Elsewhere most are plain words that may be names.
var services = sync.OnceValue(func() map[string]bool { return lower(strings.Fields(servicesText)...) })

// awsDomains are the suffixes of AWS host names and service principals.
var awsDomains = []string{".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu", ".on.aws", ".api.aws", ".c2s.ic.gov", ".sc2s.sgov.gov"}

// awsHost splits an AWS host name into labels and domain.
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

// isHostLabel reports whether AWS defines a label of a host name.
func isHostLabel(label string) bool {
	low := strings.ToLower(label)
	return services()[low] || account.KnownRegion(low) || low == "dkr" || low == "dkr-ecr" || low == "ecr-fips" || low == "fips"
}

// regionNames are the names that a pattern in place of a Region may match.
var regionNames = sync.OnceValue(account.KnownRegions)

// standsFor reports whether a pattern, ignoring case, matches one of the names.
func standsFor(pattern string, names []string) bool {
	pattern = strings.ToLower(pattern)
	return slices.ContainsFunc(names, func(name string) bool { return policy.Like(pattern, strings.ToLower(name)) })
}

// version matches the version of an Image Builder resource, in which x and * match any
// number, or a build number. Checks compare recipes and images by version.
var version = lazyregexp.New(`^[0-9x*?]{1,5}(\.[0-9x*?]{1,5}){0,2}$`)

// semanticVersion matches the version of a recipe.
var semanticVersion = lazyregexp.New(`^[0-9x]{1,5}(\.[0-9x]{1,5}){2}$`)

//go:embed prose.txt
var proseText string

// proseWords are the words of the error messages of iblint, and of known messages of
// AWS, Go and the operating system. Every other word in a message may be a name.
var proseWords = sync.OnceValue(func() map[string]bool { return lower(strings.Fields(proseText)...) })
