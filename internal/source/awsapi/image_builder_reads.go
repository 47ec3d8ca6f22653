package awsapi

import (
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	ibtypes "github.com/aws/aws-sdk-go-v2/service/imagebuilder/types"
	"github.com/aws/smithy-go"

	"github.com/iblint/iblint/checks/account"
)

// largestPage is the maximum of maxResults in Image Builder's lists.
var largestPage = aws.Int32(25)

// lifecyclePolicies lists the policies, passes the list to listed, and then reads the rules of
// each policy.
func (b builder) lifecyclePolicies(listed func([]account.LifecyclePolicy)) account.List[account.LifecyclePolicy] {
	list := pages(b.ctx, "imagebuilder:ListLifecyclePolicies", func(token *string) (p page[ibtypes.LifecyclePolicySummary], err error) {
		out, err := b.client.ListLifecyclePolicies(b.ctx, &imagebuilder.ListLifecyclePoliciesInput{NextToken: token, MaxResults: largestPage})
		if err != nil {
			return p, err
		}
		return page[ibtypes.LifecyclePolicySummary]{items: out.LifecyclePolicySummaryList, marker: out.NextToken}, nil
	}, func(p ibtypes.LifecyclePolicySummary) account.LifecyclePolicy {
		return account.LifecyclePolicy{
			ARN: aws.ToString(p.Arn), Name: aws.ToString(p.Name), Status: string(p.Status),
			ExecutionRole: aws.ToString(p.ExecutionRole), ResourceType: string(p.ResourceType),
		}
	})
	listed(list.Items())
	if items := list.Items(); b.parts[account.LifecycleRulesPart] {
		b.eachAtOnce(len(items), func(i int) { items[i].Rules, items[i].Selection = b.policy(items[i].ARN) })
	}
	return list
}

// policy reads the rules and the selection of a lifecycle policy.
func (b builder) policy(arn string) (account.Read[[]account.LifecycleRule], account.Read[account.Selection]) {
	const action = "imagebuilder:GetLifecyclePolicy"
	out, err := call(b.ctx, b.client.GetLifecyclePolicy, &imagebuilder.GetLifecyclePolicyInput{LifecyclePolicyArn: aws.String(arn)})
	var why account.Unread
	switch {
	case notFound(err): // contradicts the list, see account.Reconcile
		return account.Absent[[]account.LifecycleRule](), account.Absent[account.Selection]()
	case err != nil:
		why = unread(b.ctx, action, err)
	case out.LifecyclePolicy == nil:
		why = account.Unread{Reason: account.Malformed, Action: action, Detail: "the response contains no lifecycle policy"}
	default:
		return rules(out.LifecyclePolicy), selection(out.LifecyclePolicy)
	}
	return account.Unreadable[[]account.LifecycleRule](why), account.Unreadable[account.Selection](why)
}

func selection(p *ibtypes.LifecyclePolicy) account.Read[account.Selection] {
	s := p.ResourceSelection
	if s == nil || len(s.Recipes) == 0 && len(s.TagMap) == 0 { // the API requires one of them
		return account.Unreadable[account.Selection](account.Unread{Reason: account.Malformed, Action: "imagebuilder:GetLifecyclePolicy", Detail: "the response contains no selection"})
	}
	out := account.Selection{Tags: s.TagMap}
	for _, r := range s.Recipes {
		out.Recipes = append(out.Recipes, account.Recipe{Name: aws.ToString(r.Name), Version: aws.ToString(r.SemanticVersion)})
	}
	return account.Present(out)
}

func rules(p *ibtypes.LifecyclePolicy) account.Read[[]account.LifecycleRule] {
	if len(p.PolicyDetails) == 0 { // the API requires at least one
		return account.Unreadable[[]account.LifecycleRule](account.Unread{Reason: account.Malformed, Action: "imagebuilder:GetLifecyclePolicy", Detail: "the response contains no rules"})
	}
	rules := []account.LifecycleRule{}
	for _, detail := range p.PolicyDetails {
		rule := account.LifecycleRule{}
		if detail.Action != nil {
			rule.Action = string(detail.Action.Type)
			if include := detail.Action.IncludeResources; include != nil {
				rule.AMIs, rule.Snapshots, rule.Containers = include.Amis, include.Snapshots, include.Containers
			}
		}
		if exclude := detail.ExclusionRules; exclude != nil && exclude.Amis != nil {
			rule.ExcludedRegions = exclude.Amis.Regions
			rule.ReadsAttributes = exclude.Amis.IsPublic || len(exclude.Amis.SharedAccounts) > 0 || exclude.Amis.LastLaunched != nil
		}
		rules = append(rules, rule)
	}
	return account.Present(rules)
}

func (b builder) distributions() account.List[account.Distribution] {
	list := pages(b.ctx, "imagebuilder:ListDistributionConfigurations", func(token *string) (p page[ibtypes.DistributionConfigurationSummary], err error) {
		out, err := b.client.ListDistributionConfigurations(b.ctx, &imagebuilder.ListDistributionConfigurationsInput{NextToken: token, MaxResults: largestPage})
		if err != nil {
			return p, err
		}
		return page[ibtypes.DistributionConfigurationSummary]{items: out.DistributionConfigurationSummaryList, marker: out.NextToken}, nil
	}, func(d ibtypes.DistributionConfigurationSummary) account.Distribution {
		return account.Distribution{ARN: aws.ToString(d.Arn), Name: aws.ToString(d.Name)}
	})
	items := list.Items()
	b.eachAtOnce(len(items), func(i int) { items[i].Settings = b.settings(items[i].ARN) })
	return list
}

func (b builder) settings(arn string) account.Read[[]account.DistributionSettings] {
	const action = "imagebuilder:GetDistributionConfiguration"
	out, err := call(b.ctx, b.client.GetDistributionConfiguration, &imagebuilder.GetDistributionConfigurationInput{DistributionConfigurationArn: aws.String(arn)})
	switch {
	case notFound(err):
		return account.Absent[[]account.DistributionSettings]() // contradicts the list, see account.Reconcile
	case err != nil:
		return account.Unreadable[[]account.DistributionSettings](unread(b.ctx, action, err))
	case out.DistributionConfiguration == nil || out.DistributionConfiguration.Distributions == nil:
		return account.Unreadable[[]account.DistributionSettings](account.Unread{Reason: account.Malformed, Action: action, Detail: "the response contains no distributions"})
	}
	settings := []account.DistributionSettings{}
	for _, d := range out.DistributionConfiguration.Distributions {
		s := account.DistributionSettings{Region: aws.ToString(d.Region)}
		if ami := d.AmiDistributionConfiguration; ami != nil {
			s.TargetAccounts = ami.TargetAccountIds
			if ami.LaunchPermission != nil {
				s.SharedAccounts = ami.LaunchPermission.UserIds
				s.Shares = slices.Concat(ami.LaunchPermission.UserGroups, ami.LaunchPermission.OrganizationArns, ami.LaunchPermission.OrganizationalUnitArns)
			}
		}
		if c := d.ContainerDistributionConfiguration; c != nil && c.TargetRepository != nil {
			s.Repository = aws.ToString(c.TargetRepository.RepositoryName)
		}
		settings = append(settings, s)
	}
	return account.Present(settings)
}

func (b builder) containerRecipes() account.List[account.ContainerRecipe] {
	list := pages(b.ctx, "imagebuilder:ListContainerRecipes", func(token *string) (p page[ibtypes.ContainerRecipeSummary], err error) {
		out, err := b.client.ListContainerRecipes(b.ctx, &imagebuilder.ListContainerRecipesInput{NextToken: token, MaxResults: largestPage, Owner: ibtypes.OwnershipSelf})
		if err != nil {
			return p, err
		}
		return page[ibtypes.ContainerRecipeSummary]{items: out.ContainerRecipeSummaryList, marker: out.NextToken}, nil
	}, func(r ibtypes.ContainerRecipeSummary) account.ContainerRecipe {
		return account.ContainerRecipe{ARN: aws.ToString(r.Arn), Name: aws.ToString(r.Name)}
	})
	items := list.Items()
	b.eachAtOnce(len(items), func(i int) { items[i].Repository = b.targetRepository(items[i].ARN) })
	return list
}

func (b builder) targetRepository(arn string) account.Read[string] {
	const action = "imagebuilder:GetContainerRecipe"
	out, err := call(b.ctx, b.client.GetContainerRecipe, &imagebuilder.GetContainerRecipeInput{ContainerRecipeArn: aws.String(arn)})
	switch {
	case notFound(err):
		return account.Absent[string]() // contradicts the list, see account.Reconcile
	case err != nil:
		return account.Unreadable[string](unread(b.ctx, action, err))
	case out.ContainerRecipe == nil || out.ContainerRecipe.TargetRepository == nil || aws.ToString(out.ContainerRecipe.TargetRepository.RepositoryName) == "":
		return account.Unreadable[string](account.Unread{Reason: account.Malformed, Action: action, Detail: "the response contains no target repository"})
	}
	return account.Present(aws.ToString(out.ContainerRecipe.TargetRepository.RepositoryName))
}

// notFound compares the error code, because the Get operations do not declare the error type.
func notFound(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && api.ErrorCode() == "ResourceNotFoundException"
}

// images returns the image build versions that exist. ListImages lists image versions. The
// AMIs and container images are in the build versions of each.
func (b builder) images() account.List[account.Image] {
	versions := pages(b.ctx, "imagebuilder:ListImages", func(token *string) (p page[ibtypes.ImageVersion], err error) {
		out, err := b.client.ListImages(b.ctx, &imagebuilder.ListImagesInput{NextToken: token, MaxResults: largestPage, Owner: ibtypes.OwnershipSelf, IncludeDeprecated: aws.Bool(true)})
		if err != nil {
			return p, err
		}
		return page[ibtypes.ImageVersion]{items: out.ImageVersionList, marker: out.NextToken}, nil
	}, func(v ibtypes.ImageVersion) string { return aws.ToString(v.Arn) })

	builds := make([]account.List[build], len(versions.Items()))
	b.eachAtOnce(len(builds), func(i int) { builds[i] = b.builds(versions.Items()[i]) })

	images := []account.Image{}
	gap := versions.Err()
	for _, list := range builds {
		for _, build := range list.Items() {
			switch {
			case build.gone:
			case build.ARN == "":
				gap = account.Unread{Reason: account.Malformed, Action: "imagebuilder:ListImageBuildVersions", Detail: "the response contains an image without ARN"}
			default:
				images = append(images, build.Image)
			}
		}
		if gap == nil {
			gap = list.Err()
		}
	}
	var why account.Unread
	if errors.As(gap, &why) {
		return account.Partial(images, why)
	}
	return account.Complete(images)
}

// build is an image build version. One that is gone was deleted, failed or cancelled, so
// lifecycle management has nothing to do with it.
type build struct {
	account.Image
	gone bool
}

// builds returns the build versions of an image version.
func (b builder) builds(version string) account.List[build] {
	return pages(b.ctx, "imagebuilder:ListImageBuildVersions", func(token *string) (p page[ibtypes.ImageSummary], err error) {
		out, err := b.client.ListImageBuildVersions(b.ctx, &imagebuilder.ListImageBuildVersionsInput{ImageVersionArn: aws.String(version), NextToken: token, MaxResults: largestPage})
		if err != nil {
			return p, err
		}
		return page[ibtypes.ImageSummary]{items: out.ImageSummaryList, marker: out.NextToken}, nil
	}, func(s ibtypes.ImageSummary) build {
		if s.State != nil {
			switch s.State.Status {
			case ibtypes.ImageStatusDeleted, ibtypes.ImageStatusFailed, ibtypes.ImageStatusCancelled:
				return build{gone: true}
			}
		}
		image := build{Image: account.Image{ARN: aws.ToString(s.Arn), Tags: s.Tags}}
		if s.OutputResources == nil {
			return image
		}
		for _, ami := range s.OutputResources.Amis {
			image.AMIs = append(image.AMIs, account.AMI{ID: aws.ToString(ami.Image), Region: aws.ToString(ami.Region), Account: aws.ToString(ami.AccountId)})
		}
		for _, c := range s.OutputResources.Containers {
			image.Containers = append(image.Containers, account.Container{Region: aws.ToString(c.Region), URIs: c.ImageUris})
		}
		return image
	})
}
