// Command bareaws makes exactly the calls with which iblint reads the tags of all
// ECR repositories of a Region, as many at once, with the AWS SDK and nothing else,
// and prints the names of those that lack the tag: the floor for a program that
// judges them. Like iblint it asks first whose the credentials are.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	tagtypes "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const (
	key, value  = "LifecycleExecutionAccess", "EC2 Image Builder"
	concurrency = 32 // as iblint's
)

func main() {
	ctx := context.Background()
	cfg, err := config.LoadDefaultConfig(ctx)
	check(err)
	// With the SDK's 10 idle connections, most calls would open one of their own.
	cfg.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) { t.MaxIdleConnsPerHost = concurrency })
	registry, tagging := ecr.NewFromConfig(cfg), resourcegroupstaggingapi.NewFromConfig(cfg)

	_, err = sts.NewFromConfig(cfg).GetCallerIdentity(ctx, nil)
	check(err)

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
		})
	}
	singly.Wait()
	for i, r := range repositories {
		if lacks[i] {
			fmt.Println(*r.RepositoryName)
		}
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
