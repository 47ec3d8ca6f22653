package awsapi

import (
	"slices"

	"github.com/iblint/iblint/checks/account"
)

// Operation is an AWS API operation that iblint calls.
type Operation struct {
	Service string // the SDK's service ID
	Name    string
	Action  string       // the IAM action that permits it; empty: it needs no permission
	Part    account.Part // the part that it reads; empty: the account of the credentials
}

// operations are all operations that iblint's clients may call. The guard refuses every other
// operation, and "iblint permissions" prints the actions of this list.
var operations = []Operation{
	{"STS", "GetCallerIdentity", "", ""}, // needs no permission (STS API Reference)
	{"IAM", "GetRole", "iam:GetRole", account.RolePart},
	{"IAM", "ListAttachedRolePolicies", "iam:ListAttachedRolePolicies", account.AttachedPoliciesPart},
	{"IAM", "ListRolePolicies", "iam:ListRolePolicies", account.InlinePoliciesPart},
	{"IAM", "GetRolePolicy", "iam:GetRolePolicy", account.InlinePoliciesPart},
	{"IAM", "ListRoles", "iam:ListRoles", account.RoleNamesPart},
	{"IAM", "GetPolicy", "iam:GetPolicy", account.PolicyDocumentsPart},
	{"IAM", "GetPolicyVersion", "iam:GetPolicyVersion", account.PolicyDocumentsPart},
	{"IAM", "SimulatePrincipalPolicy", "iam:SimulatePrincipalPolicy", account.SimulationPart},
	{"imagebuilder", "ListLifecyclePolicies", "imagebuilder:ListLifecyclePolicies", account.LifecyclePoliciesPart},
	{"imagebuilder", "GetLifecyclePolicy", "imagebuilder:GetLifecyclePolicy", account.LifecycleRulesPart},
	{"imagebuilder", "ListDistributionConfigurations", "imagebuilder:ListDistributionConfigurations", account.DistributionsPart},
	{"imagebuilder", "GetDistributionConfiguration", "imagebuilder:GetDistributionConfiguration", account.DistributionsPart},
	{"imagebuilder", "ListContainerRecipes", "imagebuilder:ListContainerRecipes", account.ContainerRecipesPart},
	{"imagebuilder", "GetContainerRecipe", "imagebuilder:GetContainerRecipe", account.ContainerRecipesPart},
	{"imagebuilder", "ListImageBuildVersions", "imagebuilder:ListImageBuildVersions", account.ImagesPart},
	{"imagebuilder", "ListImagePipelines", "imagebuilder:ListImagePipelines", account.PipelinesPart},
	{"imagebuilder", "ListImageRecipes", "imagebuilder:ListImageRecipes", account.ImageRecipesPart},
	{"RAM", "ListResources", "ram:ListResources", account.SharedImagesPart},
	{"imagebuilder", "ListLifecycleExecutions", "imagebuilder:ListLifecycleExecutions", account.ExecutionsPart},
	{"imagebuilder", "ListLifecycleExecutionResources", "imagebuilder:ListLifecycleExecutionResources", account.ExecutionsPart},
	{"ECR", "ListTagsForResource", "ecr:ListTagsForResource", account.RepositoryTagsPart},
	{"ECR", "DescribeRepositories", "ecr:DescribeRepositories", account.RepositoryNamesPart},
	{"ECR", "GetRepositoryPolicy", "ecr:GetRepositoryPolicy", account.RepositoryPolicyPart},
	{"ECR", "GetRegistryPolicy", "ecr:GetRegistryPolicy", account.RegistryPolicyPart},
	{"ECR", "GetAccountSetting", "ecr:GetAccountSetting", account.RegistryPolicyPart},
	{"Resource Groups Tagging API", "GetResources", "tag:GetResources", account.TaggedPart},
	{"Account", "ListRegions", "account:ListRegions", account.RegionsPart},
	{"Organizations", "ListAccounts", "organizations:ListAccounts", account.MembersPart},
	{"Organizations", "ListAccountsForParent", "organizations:ListAccountsForParent", account.MembersPart},
	{"Organizations", "ListOrganizationalUnitsForParent", "organizations:ListOrganizationalUnitsForParent", account.MembersPart},
	{"Organizations", "DescribeOrganization", "organizations:DescribeOrganization", account.MembershipPart},
	{"Organizations", "ListRoots", "organizations:ListRoots", account.GuardrailsPart},
	{"Organizations", "ListParents", "organizations:ListParents", account.GuardrailsPart},
	{"Organizations", "ListPoliciesForTarget", "organizations:ListPoliciesForTarget", account.GuardrailsPart},
	{"Organizations", "DescribePolicy", "organizations:DescribePolicy", account.GuardrailsPart},
}

func operation(service, name string) (Operation, bool) {
	i := slices.IndexFunc(operations, func(o Operation) bool { return o.Service == service && o.Name == name })
	if i < 0 {
		return Operation{}, false
	}
	return operations[i], true
}

// Actions returns the IAM actions that are required to read a part.
func Actions(part account.Part) []string {
	var actions []string
	for _, o := range operations {
		if o.Part == part && o.Action != "" {
			actions = append(actions, o.Action)
		}
	}
	return actions
}
