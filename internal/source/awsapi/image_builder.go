package awsapi

import (
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	"github.com/aws/aws-sdk-go-v2/service/ram"
	"golang.org/x/sync/errgroup"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
)

// builder reads EC2 Image Builder in one Region of an account.
type builder struct {
	ctx    context.Context
	client *imagebuilder.Client
	ram    *ram.Client
	parts  map[account.Part]bool
	atOnce int // maximum number of concurrent calls
}

// discoveryParts returns the parts of Image Builder to read of an owner, as far as the checks
// need them. The user names subjects of all kinds or lets them be discovered: also what a
// named role needs follows from the lifecycle policies, and from where their images are.
func discoveryParts(o account.Owner, needed map[account.Part]bool) map[account.Part]bool {
	parts := map[account.Part]bool{}
	if len(o.Discover) == 0 {
		return parts
	}
	for _, part := range append(demand.Parts(), account.ImageRecipesPart, account.ExecutionsPart, account.SharedImagesPart) {
		parts[part] = needed[part]
	}
	return parts
}

// discover reads Image Builder in all Regions concurrently. The last executions name nothing
// that has to be read, so they are read in the background.
//
// For each Region with L lifecycle policies, D distribution configurations, C container
// recipes, I build versions of images, P pipelines, A image recipes and S images that AWS RAM
// shares, it makes
//
//	⌈L/100⌉ + L + ⌈D/100⌉ + D + ⌈C/100⌉ + C + ⌈I/100⌉ + ⌈P/100⌉ + ⌈A/100⌉ + ⌈S/500⌉ calls,
//
// and at least one for each list. The build versions include deleted ones that the service
// still lists. For the executions, it makes for each policy one call, one more if the policy
// has run, and one for each image of the last run that was not skipped.
func (a *AWS) discover(ctx context.Context, cfg aws.Config, parts map[account.Part]bool, regions []string, c *connection) map[string]*account.ImageBuilder {
	out := map[string]*account.ImageBuilder{}
	var group errgroup.Group
	for _, region := range regions {
		if out[region] != nil {
			continue
		}
		ib := &account.ImageBuilder{}
		out[region] = ib
		b := builder{
			ctx, imagebuilder.NewFromConfig(cfg, func(o *imagebuilder.Options) { o.Region = region }),
			ram.NewFromConfig(cfg, func(o *ram.Options) { o.Region = region }), parts, cap(a.meter.slots),
		}
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
		if parts[account.PipelinesPart] {
			group.Go(func() error { ib.Pipelines = b.pipelines(); return nil })
		}
		if parts[account.ImageRecipesPart] {
			group.Go(func() error { ib.ImageRecipes = b.imageRecipes(); return nil })
		}
		if parts[account.SharedImagesPart] {
			group.Go(func() error { ib.SharedImages = b.sharedImages(); return nil })
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
		for _, err := range []error{
			ib.LifecyclePolicies.Err(), ib.Distributions.Err(), ib.ContainerRecipes.Err(), ib.Images.Err(), ib.Pipelines.Err(), ib.ImageRecipes.Err(),
		} {
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
		if parts[account.PipelinesPart] {
			ib.Pipelines = account.Partial[account.Pipeline](nil, why)
		}
		if parts[account.ImageRecipesPart] {
			ib.ImageRecipes = account.Partial[account.ImageRecipe](nil, why)
		}
		if parts[account.SharedImagesPart] {
			ib.SharedImages = account.Partial[account.SharedImage](nil, why)
		}
	}
	return out
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
