// Command bareaws makes the same calls as iblint when it checks the tags of all ECR
// repositories of a Region, with the same concurrency and only the AWS SDK. It prints the
// names of the repositories without the tag. Its time is the minimum for such a program. Like
// iblint, it first calls GetCallerIdentity, and it reads the policies of the execution roles
// and of the repositories without the tag, because these can replace the tag. It does not
// evaluate the policies.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	tagtypes "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const (
	key, value  = "LifecycleExecutionAccess", "EC2 Image Builder"
	concurrency = 32 // iblint's default
)

func main() {
	ctx := context.Background()
	cfg, err := config.LoadDefaultConfig(ctx)
	check(err)
	// With the SDK's default of 10 idle connections, most calls would open a new one.
	cfg.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) { t.MaxIdleConnsPerHost = concurrency })
	registry, tagging := ecr.NewFromConfig(cfg), resourcegroupstaggingapi.NewFromConfig(cfg)
	builder, roles := imagebuilder.NewFromConfig(cfg), iam.NewFromConfig(cfg)

	_, err = sts.NewFromConfig(cfg).GetCallerIdentity(ctx, nil)
	check(err)

	var reading sync.WaitGroup
	reading.Go(func() {
		_, err := organizations.NewFromConfig(cfg).DescribeOrganization(ctx, nil)
		check(err)
	})
	reading.Go(func() { readRoles(ctx, builder, roles) })

	var repositories []ecrtypes.Repository
	tagged := map[string]bool{} // by ARN: the tag has the value
	var lists sync.WaitGroup
	lists.Go(func() {
		pages := ecr.NewDescribeRepositoriesPaginator(registry, &ecr.DescribeRepositoriesInput{MaxResults: aws.Int32(1000)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			check(err)
			repositories = append(repositories, page.Repositories...)
		}
	})
	lists.Go(func() {
		pages := resourcegroupstaggingapi.NewGetResourcesPaginator(tagging, &resourcegroupstaggingapi.GetResourcesInput{
			ResourcesPerPage: aws.Int32(100), ResourceTypeFilters: []string{"ecr:repository"}, TagFilters: []tagtypes.TagFilter{{Key: aws.String(key)}},
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			check(err)
			for _, m := range page.ResourceTagMappingList {
				for _, t := range m.Tags {
					if *t.Key == key {
						tagged[*m.ResourceARN] = *t.Value == value
					}
				}
			}
		}
	})
	lists.Wait()

	lacks := make([]bool, len(repositories))
	var singly sync.WaitGroup
	slots := make(chan struct{}, concurrency)
	for i, r := range repositories {
		if right, ok := tagged[*r.RepositoryArn]; ok {
			lacks[i] = !right
			continue
		}
		slots <- struct{}{}
		singly.Go(func() {
			defer func() { <-slots }()
			out, err := registry.ListTagsForResource(ctx, &ecr.ListTagsForResourceInput{ResourceArn: r.RepositoryArn})
			check(err)
			lacks[i] = true
			for _, t := range out.Tags {
				if *t.Key == key && *t.Value == value {
					lacks[i] = false
				}
			}
			if !lacks[i] {
				return
			}
			_, err = registry.GetRepositoryPolicy(ctx, &ecr.GetRepositoryPolicyInput{RepositoryName: r.RepositoryName})
			if missing := new(ecrtypes.RepositoryPolicyNotFoundException); !errors.As(err, &missing) {
				check(err)
			}
		})
	}
	singly.Wait()
	reading.Wait()
	for i, r := range repositories {
		if lacks[i] {
			fmt.Println(*r.RepositoryName)
		}
	}
}

// readRoles reads the execution roles of all lifecycle policies, and their attached policies.
// The roles of the measurement have no inline policies.
func readRoles(ctx context.Context, builder *imagebuilder.Client, roles *iam.Client) {
	policies, err := builder.ListLifecyclePolicies(ctx, &imagebuilder.ListLifecyclePoliciesInput{})
	check(err)
	var names []string
	var details sync.WaitGroup
	for _, p := range policies.LifecyclePolicySummaryList {
		names = append(names, *p.ExecutionRole)
		details.Go(func() {
			runs, err := builder.ListLifecycleExecutions(ctx, &imagebuilder.ListLifecycleExecutionsInput{ResourceArn: p.Arn})
			check(err)
			if n := len(runs.LifecycleExecutions); n > 0 { // the last one, of which the server has no resources
				_, err := builder.ListLifecycleExecutionResources(ctx, &imagebuilder.ListLifecycleExecutionResourcesInput{
					LifecycleExecutionId: runs.LifecycleExecutions[n-1].LifecycleExecutionId,
				})
				check(err)
			}
		})
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		name = name[strings.LastIndex(name, "/")+1:]
		details.Go(func() {
			_, err := roles.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
			check(err)
		})
		details.Go(func() {
			_, err := roles.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: &name})
			check(err)
		})
		details.Go(func() {
			attached, err := roles.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: &name})
			check(err)
			for _, a := range attached.AttachedPolicies {
				policy, err := roles.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: a.PolicyArn})
				check(err)
				_, err = roles.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: a.PolicyArn, VersionId: policy.Policy.DefaultVersionId})
				check(err)
			}
		})
	}
	details.Wait()
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
