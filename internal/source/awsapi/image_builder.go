package awsapi

import (
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	ibtypes "github.com/aws/aws-sdk-go-v2/service/imagebuilder/types"
	"github.com/aws/smithy-go"
	"golang.org/x/sync/errgroup"

	"github.com/iblint/iblint/checks/account"
)

// builder reads EC2 Image Builder in one Region of an account.
type builder struct {
	ctx    context.Context
	client *imagebuilder.Client
	parts  map[account.Part]bool
	atOnce int // maximum number of concurrent calls
}

// discoveryParts returns the parts of Image Builder to read for the kinds of subjects in
// o.Discover, as far as the checks need them.
func discoveryParts(o account.Owner, needed map[account.Part]bool) map[account.Part]bool {
	parts := map[account.Part]bool{}
	for _, kind := range o.Discover {
		kindParts := append(kind.Parts(), account.ExecutionsPart)
		switch kind {
		case account.LifecyclePolicyKind:
			kindParts = append(kindParts, account.LifecycleRulesPart, account.ImagesPart)
		case account.ExecutionRoleKind, account.DestinationKind: // rules decide which actions the roles need
			kindParts = append(kindParts, account.LifecycleRulesPart)
		}
		for _, part := range kindParts {
			parts[part] = needed[part]
		}
	}
	return parts
}

// discover reads Image Builder in all Regions concurrently. The last executions are
// evidence only, so they are read in the background.
//
// For each Region with P lifecycle policies, D distribution configurations, C container
// recipes and V versions of images, it makes
//
//	⌈P/25⌉ + P + ⌈D/25⌉ + D + ⌈C/25⌉ + C + ⌈V/25⌉ + V calls,
//
// and at least one for each list. For the executions, it makes one call for each policy. For
// an execution that did not succeed, it makes one more, and one for each of its images.
func (a *AWS) discover(ctx context.Context, cfg aws.Config, parts map[account.Part]bool, regions []string, c *connection) map[string]*account.ImageBuilder {
	out := map[string]*account.ImageBuilder{}
	var group errgroup.Group
	for _, region := range regions {
		if out[region] != nil {
			continue
		}
		ib := &account.ImageBuilder{}
		out[region] = ib
		b := builder{ctx, imagebuilder.NewFromConfig(cfg, func(o *imagebuilder.Options) { o.Region = region }), parts, cap(a.meter.slots)}
		if parts[account.LifecyclePoliciesPart] {
			group.Go(func() error {
				ib.LifecyclePolicies = b.lifecyclePolicies(func(policies []account.LifecyclePolicy) { c.executions(b, ib, policies) })
				return nil
			})
		}
		if parts[account.DistributionsPart] {
			group.Go(func() error { ib.Distributions = b.distributions(); return nil })
		}
		if parts[account.ContainerRecipesPart] {
			group.Go(func() error { ib.ContainerRecipes = b.containerRecipes(); return nil })
		}
		if parts[account.ImagesPart] {
			group.Go(func() error { ib.Images = b.images(); return nil })
		}
	}
	_ = group.Wait() // errors are in the parts that were read
	return out
}

// executions reads the last execution of each policy in the background.
func (c *connection) executions(b builder, ib *account.ImageBuilder, policies []account.LifecyclePolicy) {
	if !b.parts[account.ExecutionsPart] || len(policies) == 0 {
		return
	}
	arns := make([]string, len(policies))
	for i, p := range policies {
		arns[i] = p.ARN
	}
	last := make([]account.Read[account.Execution], len(arns))
	c.background.Add(1)
	go func() {
		defer c.background.Done()
		b.eachAtOnce(len(arns), func(i int) { last[i] = b.lastExecution(arns[i]) })
		c.mutex.Lock()
		defer c.mutex.Unlock()
		c.results = append(c.results, func() {
			ib.LastExecutions = map[string]account.Read[account.Execution]{}
			for i, arn := range arns {
				ib.LastExecutions[arn] = last[i]
			}
		})
	}()
}

// withoutService marks the Regions where Image Builder is not available, because the host
// name of its endpoint does not exist. If no Region responds, it marks none, because the
// network may be the cause. It never marks a Region that the user named, because the name may
// be mistyped.
func withoutService(regions map[string]*account.ImageBuilder, named []string) {
	answered := false
	var without []string
	for region, ib := range regions {
		complete, nameless := 0, 0
		for _, err := range []error{ib.LifecyclePolicies.Err(), ib.Distributions.Err(), ib.ContainerRecipes.Err(), ib.Images.Err()} {
			var why account.Unread
			switch errors.As(err, &why); {
			case err == nil:
				complete++
			case why.Reason == account.Failed && why.Detail == noEndpoint:
				nameless++
			}
		}
		answered = answered || complete > 0
		if complete == 0 && nameless > 0 {
			without = append(without, region)
		}
	}
	for _, region := range without {
		if answered && !slices.Contains(named, region) {
			regions[region] = &account.ImageBuilder{Unavailable: true}
		}
	}
}

// refuseDiscovery returns the parts of Image Builder as unread, for an account that cannot be
// entered.
func refuseDiscovery(parts map[account.Part]bool, regions []string, why account.Unread) map[string]*account.ImageBuilder {
	out := map[string]*account.ImageBuilder{}
	for _, region := range regions {
		ib := &account.ImageBuilder{}
		out[region] = ib
		if parts[account.LifecyclePoliciesPart] {
			ib.LifecyclePolicies = account.Partial[account.LifecyclePolicy](nil, why)
		}
		if parts[account.DistributionsPart] {
			ib.Distributions = account.Partial[account.Distribution](nil, why)
		}
		if parts[account.ContainerRecipesPart] {
			ib.ContainerRecipes = account.Partial[account.ContainerRecipe](nil, why)
		}
		if parts[account.ImagesPart] {
			ib.Images = account.Partial[account.Image](nil, why)
		}
	}
	return out
}

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

func (b builder) eachAtOnce(n int, do func(i int)) { eachAtOnce(n, b.atOnce, do) }

// eachAtOnce calls do for 0 to n-1, at most atOnce of them concurrently.
func eachAtOnce(n, atOnce int, do func(i int)) {
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i := range n {
		group.Go(func() error { do(i); return nil })
	}
	_ = group.Wait()
}
