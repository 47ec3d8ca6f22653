package awsapi

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	ibtypes "github.com/aws/aws-sdk-go-v2/service/imagebuilder/types"
	"github.com/aws/smithy-go"

	"github.com/iblint/iblint/checks/account"
)

// largestPage is the maximum of maxResults in Image Builder's lists (API model of 2026; it
// was 25 before).
var largestPage = aws.Int32(100)

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
			Updated: toSecond(cmp.Or(p.DateUpdated, p.DateCreated)), LastRun: toSecond(p.DateLastRun),
		}
	})
	listed(list.Items())
	if items := list.Items(); b.parts[account.LifecycleRulesPart] {
		b.eachAtOnce(len(items), func(i int) { items[i].Rules, items[i].Selection = b.policy(items[i]) })
	}
	return withoutContradicted(list)
}

// withoutContradicted leaves out the policies of which two answers say different things. The list
// is then partial: verdicts about another role or status than the right one would be wrong.
func withoutContradicted(list account.List[account.LifecyclePolicy]) account.List[account.LifecyclePolicy] {
	var why account.Unread
	kept := slices.DeleteFunc(slices.Clone(list.Items()), func(p account.LifecyclePolicy) bool {
		_, _, err := p.Rules.Get()
		var unread account.Unread
		contradicted := errors.As(err, &unread) && unread.Reason == account.Contradicted
		if contradicted && why.Reason == "" {
			why = unread
		}
		return contradicted
	})
	if why.Reason == "" {
		return list
	}
	return account.Partial(kept, why)
}

// policy reads the rules and the selection of a listed lifecycle policy.
func (b builder) policy(listed account.LifecyclePolicy) (account.Read[[]account.LifecycleRule], account.Read[account.Selection]) {
	const action = "imagebuilder:GetLifecyclePolicy"
	out, err := call(b.ctx, b.client.GetLifecyclePolicy, &imagebuilder.GetLifecyclePolicyInput{LifecyclePolicyArn: aws.String(listed.ARN)})
	var why account.Unread
	switch {
	case notFound(err): // contradicts the list, see account.Reconcile
		return account.Absent[[]account.LifecycleRule](), account.Absent[account.Selection]()
	case err != nil:
		why = unread(b.ctx, action, err)
	case out.LifecyclePolicy == nil:
		why = account.Unread{Reason: account.Malformed, Action: action, Detail: "the response contains no lifecycle policy"}
	default:
		var contradicted bool
		if why, contradicted = otherThanListed(listed, out.LifecyclePolicy); !contradicted {
			return rules(out.LifecyclePolicy), selection(out.LifecyclePolicy)
		}
	}
	return account.Unreadable[[]account.LifecycleRule](why), account.Unreadable[account.Selection](why)
}

// otherThanListed finds what the list and GetLifecyclePolicy say differently of a policy: one of
// them is older than a change, and the rules may be those of before, too.
func otherThanListed(listed account.LifecyclePolicy, p *ibtypes.LifecyclePolicy) (account.Unread, bool) {
	for _, one := range []struct{ what, listed, got string }{
		{"status", listed.Status, string(p.Status)},
		{"execution role", listed.ExecutionRole, aws.ToString(p.ExecutionRole)},
		{"resource type", listed.ResourceType, string(p.ResourceType)},
	} {
		if one.listed != "" && one.got != "" && one.listed != one.got {
			return account.Contradiction("imagebuilder:GetLifecyclePolicy", fmt.Sprintf("the %s of lifecycle policy %s is %s", one.what, listed.Name, one.got),
				"imagebuilder:ListLifecyclePolicies lists "+one.listed), true
		}
	}
	return account.Unread{}, false
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
		rules = append(rules, rule(detail))
	}
	return account.Present(rules)
}

func rule(detail ibtypes.LifecyclePolicyDetail) account.LifecycleRule {
	var out account.LifecycleRule
	if detail.Action != nil {
		out.Action = string(detail.Action.Type)
		if include := detail.Action.IncludeResources; include != nil {
			out.AMIs, out.Snapshots, out.Containers = include.Amis, include.Snapshots, include.Containers
		}
	}
	if f := detail.Filter; f != nil {
		out.Filter = &account.RuleFilter{Type: string(f.Type), Value: int(aws.ToInt32(f.Value)), Unit: string(f.Unit)}
		if f.RetainAtLeast != nil {
			out.Filter.RetainAtLeast = new(int(*f.RetainAtLeast))
		}
	}
	exclude := detail.ExclusionRules
	if exclude == nil {
		return out
	}
	out.ExcludedTags = exclude.TagMap
	if amis := exclude.Amis; amis != nil {
		out.IsPublic, out.SharedAccounts, out.AMITags, out.ExcludedRegions = amis.IsPublic, amis.SharedAccounts, amis.TagMap, amis.Regions
		if last := amis.LastLaunched; last != nil {
			out.LastLaunched = &account.Period{Unit: string(last.Unit), Value: int(aws.ToInt32(last.Value))}
		}
		out.ReadsAttributes = out.IsPublic || len(out.SharedAccounts) > 0 || out.LastLaunched != nil
	}
	return out
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
			s.TargetAccounts, s.AMITags = ami.TargetAccountIds, ami.AmiTags
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
		return account.ContainerRecipe{ARN: aws.ToString(r.Arn), Name: aws.ToString(r.Name), ParentImage: aws.ToString(r.ParentImage)}
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

func (b builder) imageRecipes() account.List[account.ImageRecipe] {
	return pages(b.ctx, "imagebuilder:ListImageRecipes", func(token *string) (p page[ibtypes.ImageRecipeSummary], err error) {
		out, err := b.client.ListImageRecipes(b.ctx, &imagebuilder.ListImageRecipesInput{NextToken: token, MaxResults: largestPage, Owner: ibtypes.OwnershipSelf})
		if err != nil {
			return p, err
		}
		return page[ibtypes.ImageRecipeSummary]{items: out.ImageRecipeSummaryList, marker: out.NextToken}, nil
	}, func(r ibtypes.ImageRecipeSummary) account.ImageRecipe {
		return account.ImageRecipe{ARN: aws.ToString(r.Arn), Name: aws.ToString(r.Name), ParentImage: aws.ToString(r.ParentImage)}
	})
}

func (b builder) pipelines() account.List[account.Pipeline] {
	return pages(b.ctx, "imagebuilder:ListImagePipelines", func(token *string) (p page[ibtypes.ImagePipeline], err error) {
		out, err := b.client.ListImagePipelines(b.ctx, &imagebuilder.ListImagePipelinesInput{NextToken: token, MaxResults: largestPage})
		if err != nil {
			return p, err
		}
		return page[ibtypes.ImagePipeline]{items: out.ImagePipelineList, marker: out.NextToken}, nil
	}, func(p ibtypes.ImagePipeline) account.Pipeline {
		out := account.Pipeline{
			ARN: aws.ToString(p.Arn), Name: aws.ToString(p.Name), Status: string(p.Status), ImageTags: p.ImageTags,
			Recipe:       cmp.Or(aws.ToString(p.ImageRecipeArn), aws.ToString(p.ContainerRecipeArn)),
			Distribution: aws.ToString(p.DistributionConfigurationArn),
		}
		for _, w := range p.Workflows {
			out.Workflows = append(out.Workflows, aws.ToString(w.WorkflowArn))
		}
		return out
	})
}

// images returns the image build versions that are not deleted. Without an image version, the
// operation lists those of all images of the account (Image Builder API Reference,
// ListImageBuildVersions).
func (b builder) images() account.List[account.Image] {
	const action = "imagebuilder:ListImageBuildVersions"
	list := pages(b.ctx, action, func(token *string) (p page[ibtypes.ImageSummary], err error) {
		out, err := b.client.ListImageBuildVersions(b.ctx, &imagebuilder.ListImageBuildVersionsInput{NextToken: token, MaxResults: largestPage})
		if err != nil {
			return p, err
		}
		return page[ibtypes.ImageSummary]{items: out.ImageSummaryList, marker: out.NextToken}, nil
	}, image)

	images := []account.Image{}
	gap := list.Err()
	for _, image := range list.Items() {
		switch {
		case image.State == string(ibtypes.ImageStatusDeleted):
		case image.ARN == "":
			gap = account.Unread{Reason: account.Malformed, Action: action, Detail: "the response contains an image without ARN"}
		default:
			images = append(images, image)
		}
	}
	var why account.Unread
	if errors.As(gap, &why) {
		return account.Partial(images, why)
	}
	return account.Complete(images)
}

func image(s ibtypes.ImageSummary) account.Image {
	out := account.Image{
		ARN: aws.ToString(s.Arn), Tags: s.Tags, Type: string(s.Type), BuildType: string(s.BuildType), Created: timeOf(aws.ToString(s.DateCreated)),
	}
	out.DeprecationTime = toSecond(s.DeprecationTime)
	if s.State != nil {
		out.State = string(s.State.Status)
	}
	// Outputs of a build that failed or was cancelled are not read: no document says what they are.
	failed := out.State == string(ibtypes.ImageStatusFailed) || out.State == string(ibtypes.ImageStatusCancelled)
	if s.OutputResources == nil || failed {
		return out
	}
	for _, ami := range s.OutputResources.Amis {
		out.AMIs = append(out.AMIs, account.AMI{ID: aws.ToString(ami.Image), Region: aws.ToString(ami.Region), Account: aws.ToString(ami.AccountId)})
	}
	for _, c := range s.OutputResources.Containers {
		out.Containers = append(out.Containers, account.Container{Region: aws.ToString(c.Region), URIs: c.ImageUris})
	}
	return out
}

// toSecond is a time as recordings contain it; zero if there is none.
func toSecond(at *time.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	return at.UTC().Truncate(time.Second)
}

// timeOf parses a date of Image Builder, which is a string in ISO 8601. It returns zero if the
// string has another form.
func timeOf(text string) time.Time {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return at.UTC().Truncate(time.Second)
}
