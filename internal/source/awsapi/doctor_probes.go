package awsapi

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	accountapi "github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/aws-sdk-go-v2/service/ram"
	ramtypes "github.com/aws/aws-sdk-go-v2/service/ram/types"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"

	"github.com/iblint/iblint/checks/account"
)

// nowhere is the name of resources that do not exist. Asking for one is the cheapest call: AWS
// decides whether the caller may ask, and then has nothing to return.
const nowhere = "iblint-doctor-no-such-resource"

// trial is one call that reads as little as possible.
type trial func(context.Context, aws.Config, caller) error

// probes are the cheapest call of each operation in the list.
var probes = map[string]trial{
	"IAM GetRole": ofIAM((*iam.Client).GetRole, func(caller) *iam.GetRoleInput { return &iam.GetRoleInput{RoleName: aws.String(nowhere)} }),
	"IAM ListAttachedRolePolicies": ofIAM((*iam.Client).ListAttachedRolePolicies, func(caller) *iam.ListAttachedRolePoliciesInput {
		return &iam.ListAttachedRolePoliciesInput{RoleName: aws.String(nowhere)}
	}),
	"IAM ListRolePolicies": ofIAM((*iam.Client).ListRolePolicies, func(caller) *iam.ListRolePoliciesInput {
		return &iam.ListRolePoliciesInput{RoleName: aws.String(nowhere)}
	}),
	"IAM GetRolePolicy": ofIAM((*iam.Client).GetRolePolicy, func(caller) *iam.GetRolePolicyInput {
		return &iam.GetRolePolicyInput{RoleName: aws.String(nowhere), PolicyName: aws.String(nowhere)}
	}),
	"IAM ListRoles": ofIAM((*iam.Client).ListRoles, func(caller) *iam.ListRolesInput { return &iam.ListRolesInput{MaxItems: aws.Int32(1)} }),
	"IAM GetPolicy": ofIAM((*iam.Client).GetPolicy, func(who caller) *iam.GetPolicyInput {
		return &iam.GetPolicyInput{PolicyArn: aws.String("arn:" + who.partition + ":iam::" + who.account + ":policy/" + nowhere)}
	}),
	"IAM GetPolicyVersion": ofIAM((*iam.Client).GetPolicyVersion, func(who caller) *iam.GetPolicyVersionInput {
		return &iam.GetPolicyVersionInput{PolicyArn: aws.String("arn:" + who.partition + ":iam::" + who.account + ":policy/" + nowhere), VersionId: aws.String("v1")}
	}),
	"IAM SimulatePrincipalPolicy": ofIAM((*iam.Client).SimulatePrincipalPolicy, func(who caller) *iam.SimulatePrincipalPolicyInput {
		return &iam.SimulatePrincipalPolicyInput{PolicySourceArn: aws.String(account.RoleARN(who.partition, who.account, "/", nowhere)), ActionNames: []string{"ec2:DescribeImages"}}
	}),

	"imagebuilder ListLifecyclePolicies": ofImageBuilder((*imagebuilder.Client).ListLifecyclePolicies, func(func(string) *string) *imagebuilder.ListLifecyclePoliciesInput {
		return &imagebuilder.ListLifecyclePoliciesInput{MaxResults: aws.Int32(1)}
	}),
	"imagebuilder GetLifecyclePolicy": ofImageBuilder((*imagebuilder.Client).GetLifecyclePolicy, func(arn func(string) *string) *imagebuilder.GetLifecyclePolicyInput {
		return &imagebuilder.GetLifecyclePolicyInput{LifecyclePolicyArn: arn("lifecycle-policy/" + nowhere)}
	}),
	"imagebuilder ListDistributionConfigurations": ofImageBuilder((*imagebuilder.Client).ListDistributionConfigurations, func(func(string) *string) *imagebuilder.ListDistributionConfigurationsInput {
		return &imagebuilder.ListDistributionConfigurationsInput{MaxResults: aws.Int32(1)}
	}),
	"imagebuilder GetDistributionConfiguration": ofImageBuilder((*imagebuilder.Client).GetDistributionConfiguration, func(arn func(string) *string) *imagebuilder.GetDistributionConfigurationInput {
		return &imagebuilder.GetDistributionConfigurationInput{DistributionConfigurationArn: arn("distribution-configuration/" + nowhere)}
	}),
	"imagebuilder ListContainerRecipes": ofImageBuilder((*imagebuilder.Client).ListContainerRecipes, func(func(string) *string) *imagebuilder.ListContainerRecipesInput {
		return &imagebuilder.ListContainerRecipesInput{MaxResults: aws.Int32(1)}
	}),
	"imagebuilder GetContainerRecipe": ofImageBuilder((*imagebuilder.Client).GetContainerRecipe, func(arn func(string) *string) *imagebuilder.GetContainerRecipeInput {
		return &imagebuilder.GetContainerRecipeInput{ContainerRecipeArn: arn("container-recipe/" + nowhere + "/1.0.0")}
	}),
	"imagebuilder ListImageBuildVersions": ofImageBuilder((*imagebuilder.Client).ListImageBuildVersions, func(func(string) *string) *imagebuilder.ListImageBuildVersionsInput {
		return &imagebuilder.ListImageBuildVersionsInput{MaxResults: aws.Int32(1)}
	}),
	"imagebuilder ListImagePipelines": ofImageBuilder((*imagebuilder.Client).ListImagePipelines, func(func(string) *string) *imagebuilder.ListImagePipelinesInput {
		return &imagebuilder.ListImagePipelinesInput{MaxResults: aws.Int32(1)}
	}),
	"imagebuilder ListImageRecipes": ofImageBuilder((*imagebuilder.Client).ListImageRecipes, func(func(string) *string) *imagebuilder.ListImageRecipesInput {
		return &imagebuilder.ListImageRecipesInput{MaxResults: aws.Int32(1)}
	}),
	"imagebuilder ListLifecycleExecutions": ofImageBuilder((*imagebuilder.Client).ListLifecycleExecutions, func(arn func(string) *string) *imagebuilder.ListLifecycleExecutionsInput {
		return &imagebuilder.ListLifecycleExecutionsInput{ResourceArn: arn("lifecycle-policy/" + nowhere), MaxResults: aws.Int32(1)}
	}),
	"imagebuilder ListLifecycleExecutionResources": ofImageBuilder((*imagebuilder.Client).ListLifecycleExecutionResources, func(func(string) *string) *imagebuilder.ListLifecycleExecutionResourcesInput {
		return &imagebuilder.ListLifecycleExecutionResourcesInput{LifecycleExecutionId: aws.String("lce-00000000-0000-0000-0000-000000000000"), MaxResults: aws.Int32(1)}
	}),

	"RAM ListResources": func(ctx context.Context, cfg aws.Config, _ caller) error {
		_, err := ram.NewFromConfig(cfg).ListResources(ctx, &ram.ListResourcesInput{ResourceOwner: ramtypes.ResourceOwnerSelf, ResourceType: aws.String("imagebuilder:Image"), MaxResults: aws.Int32(1)})
		return err
	},
	"Resource Groups Tagging API GetResources": func(ctx context.Context, cfg aws.Config, _ caller) error {
		_, err := resourcegroupstaggingapi.NewFromConfig(cfg).GetResources(ctx, &resourcegroupstaggingapi.GetResourcesInput{ResourceTypeFilters: []string{"ecr:repository"}, ResourcesPerPage: aws.Int32(1)})
		return err
	},
	"Account ListRegions": func(ctx context.Context, cfg aws.Config, _ caller) error {
		_, err := accountapi.NewFromConfig(cfg).ListRegions(ctx, &accountapi.ListRegionsInput{MaxResults: aws.Int32(1)})
		return err
	},

	"ECR ListTagsForResource": ofECR((*ecr.Client).ListTagsForResource, func(who caller, region string) *ecr.ListTagsForResourceInput {
		return &ecr.ListTagsForResourceInput{ResourceArn: aws.String(account.RepositoryARN(who.partition, who.account, account.Repository{Region: region, Name: nowhere}))}
	}),
	"ECR DescribeRepositories": ofECR((*ecr.Client).DescribeRepositories, func(caller, string) *ecr.DescribeRepositoriesInput {
		return &ecr.DescribeRepositoriesInput{MaxResults: aws.Int32(1)}
	}),
	"ECR GetRepositoryPolicy": ofECR((*ecr.Client).GetRepositoryPolicy, func(caller, string) *ecr.GetRepositoryPolicyInput {
		return &ecr.GetRepositoryPolicyInput{RepositoryName: aws.String(nowhere)}
	}),
	"ECR GetRegistryPolicy": ofECR((*ecr.Client).GetRegistryPolicy, func(caller, string) *ecr.GetRegistryPolicyInput { return &ecr.GetRegistryPolicyInput{} }),
	"ECR GetAccountSetting": ofECR((*ecr.Client).GetAccountSetting, func(caller, string) *ecr.GetAccountSettingInput {
		return &ecr.GetAccountSettingInput{Name: aws.String("REGISTRY_POLICY_SCOPE")}
	}),

	"Organizations ListAccounts": ofOrganizations((*organizations.Client).ListAccounts, func(caller) *organizations.ListAccountsInput {
		return &organizations.ListAccountsInput{MaxResults: aws.Int32(1)}
	}),
	"Organizations ListAccountsForParent": ofOrganizations((*organizations.Client).ListAccountsForParent, func(caller) *organizations.ListAccountsForParentInput {
		return &organizations.ListAccountsForParentInput{ParentId: aws.String(noRoot), MaxResults: aws.Int32(1)}
	}),
	"Organizations ListOrganizationalUnitsForParent": ofOrganizations((*organizations.Client).ListOrganizationalUnitsForParent, func(caller) *organizations.ListOrganizationalUnitsForParentInput {
		return &organizations.ListOrganizationalUnitsForParentInput{ParentId: aws.String(noRoot), MaxResults: aws.Int32(1)}
	}),
	"Organizations DescribeOrganization": ofOrganizations((*organizations.Client).DescribeOrganization, func(caller) *organizations.DescribeOrganizationInput {
		return &organizations.DescribeOrganizationInput{}
	}),
	"Organizations ListRoots": ofOrganizations((*organizations.Client).ListRoots, func(caller) *organizations.ListRootsInput {
		return &organizations.ListRootsInput{MaxResults: aws.Int32(1)}
	}),
	"Organizations ListParents": ofOrganizations((*organizations.Client).ListParents, func(who caller) *organizations.ListParentsInput {
		return &organizations.ListParentsInput{ChildId: aws.String(who.account), MaxResults: aws.Int32(1)}
	}),
	"Organizations ListPoliciesForTarget": ofOrganizations((*organizations.Client).ListPoliciesForTarget, func(who caller) *organizations.ListPoliciesForTargetInput {
		return &organizations.ListPoliciesForTargetInput{TargetId: aws.String(who.account), Filter: orgtypes.PolicyTypeServiceControlPolicy, MaxResults: aws.Int32(1)}
	}),
	"Organizations DescribePolicy": ofOrganizations((*organizations.Client).DescribePolicy, func(caller) *organizations.DescribePolicyInput {
		return &organizations.DescribePolicyInput{PolicyId: aws.String("p-FullAWSAccess")}
	}),
}

// noRoot is the ID of no root.
const noRoot = "r-0000"

func ofIAM[In, Out any](call func(*iam.Client, context.Context, *In, ...func(*iam.Options)) (*Out, error), input func(caller) *In) trial {
	return func(ctx context.Context, cfg aws.Config, who caller) error {
		_, err := call(iam.NewFromConfig(cfg), ctx, input(who))
		return err
	}
}

func ofImageBuilder[In, Out any](call func(*imagebuilder.Client, context.Context, *In, ...func(*imagebuilder.Options)) (*Out, error), input func(arn func(string) *string) *In) trial {
	return func(ctx context.Context, cfg aws.Config, who caller) error {
		arn := func(resource string) *string {
			return aws.String("arn:" + who.partition + ":imagebuilder:" + cfg.Region + ":" + who.account + ":" + resource)
		}
		_, err := call(imagebuilder.NewFromConfig(cfg), ctx, input(arn))
		return err
	}
}

func ofECR[In, Out any](call func(*ecr.Client, context.Context, *In, ...func(*ecr.Options)) (*Out, error), input func(who caller, region string) *In) trial {
	return func(ctx context.Context, cfg aws.Config, who caller) error {
		_, err := call(ecr.NewFromConfig(cfg), ctx, input(who, cfg.Region))
		return err
	}
}

func ofOrganizations[In, Out any](call func(*organizations.Client, context.Context, *In, ...func(*organizations.Options)) (*Out, error), input func(caller) *In) trial {
	return func(ctx context.Context, cfg aws.Config, who caller) error {
		_, err := call(organizations.NewFromConfig(cfg), ctx, input(who))
		return err
	}
}
