// Command server serves a made-up organization on loopback for measurements, with
// the test server that speaks AWS's protocols (internal/fakeaws). It prints the
// environment for a client and stops when its standard input ends; then it prints
// how many calls came, by operation.
package main

import (
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/fakeaws"
)

var (
	accounts     = flag.Int("accounts", 1, "accounts; of several, the first owns the others' organization")
	regions      = flag.Int("regions", 1, "Regions of each account")
	repositories = flag.Int("repositories", 200, "ECR repositories in each Region of each account")
	tagged       = flag.Float64("tagged", 1, "how many of them carry the tag, from 0 to 1")
	latency      = flag.Duration("latency", 0, "before each answer")
	throttle     = flag.Int("throttle", 0, "throttle every so-manyth call of an operation; 0: none")
)

var names = []string{"eu-west-1", "us-east-1", "eu-central-1", "us-west-2", "ap-south-1", "ca-central-1", "eu-north-1", "sa-east-1"}

const trust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"imagebuilder.amazonaws.com"},"Action":"sts:AssumeRole"}]}`

func id(n int) string { return fmt.Sprintf("1%011d", n) }

func main() {
	flag.Parse()
	inv := &account.Inventory{Accounts: map[string]*account.Account{}}
	var members []account.Member
	for n := range *accounts {
		inv.Accounts[id(n)] = made(id(n))
		members = append(members, account.Member{Account: id(n), Name: fmt.Sprintf("account-%d", n), State: "ACTIVE"})
	}
	inv.Organization = &account.Organization{Account: id(0), Members: account.Complete(members)}
	server := fakeaws.Start(inv, fakeaws.Options{Latency: *latency, Fault: func(c fakeaws.Call) fakeaws.Fault {
		if *throttle > 0 && c.N%*throttle == 0 {
			return fakeaws.Throttle
		}
		return fakeaws.None
	}})
	fmt.Printf("AWS_ENDPOINT_URL=%s\nAWS_ENDPOINT_URL_STS=%s\nAWS_ACCESS_KEY_ID=%s\nAWS_SECRET_ACCESS_KEY=secret\nAWS_EC2_METADATA_DISABLED=true\nAWS_REGION=%s\n\n", server.URL, server.URL, fakeaws.Key(id(0)), names[0])
	_, _ = io.Copy(io.Discard, os.Stdin)
	calls := server.Calls()
	for _, operation := range slices.Sorted(maps.Keys(calls)) {
		fmt.Printf("%d %s\n", calls[operation], operation)
	}
	server.Close()
}

// made is an account that builds images in each Region, with one lifecycle policy
// for AMIs and one for containers, a distribution configuration, a container
// recipe, two images and one execution role that they all use.
func made(id string) *account.Account {
	role := account.Role{
		Name: "ImageBuilderLifecycle", Path: "/", ARN: account.RoleARN("aws", id, "/", "ImageBuilderLifecycle"), Trust: account.Present(trust),
		LastUsed: account.Present(account.LastUsed{Date: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), Region: names[0]}),
		Attached: account.Complete([]account.AttachedPolicy{{Name: account.ManagedPolicyName, ARN: account.ManagedPolicyARN("aws")}}),
		Inline:   account.Complete([]account.InlinePolicy{}),
	}
	a := &account.Account{
		Partition: "aws", Roles: map[string]account.Read[account.Role]{role.Name: account.Present(role)},
		RoleNames:    account.Complete([]account.RoleName{{Name: role.Name, Path: role.Path}}),
		ImageBuilder: map[string]*account.ImageBuilder{}, RepositoryTags: map[string]map[string]account.Read[account.Tags]{},
	}
	var regional []string
	for _, region := range names[:*regions] {
		regional = append(regional, region)
		arn := func(kind, name string) string {
			return "arn:aws:imagebuilder:" + region + ":" + id + ":" + kind + "/" + name
		}
		a.ImageBuilder[region] = &account.ImageBuilder{
			LifecyclePolicies: account.Complete([]account.LifecyclePolicy{
				{ARN: arn("lifecycle-policy", "amis"), Name: "amis", Status: "ENABLED", ExecutionRole: role.Name, ResourceType: account.AMIImage,
					Rules:     account.Present([]account.LifecycleRule{{Action: "DELETE", AMIs: true, Snapshots: true}}),
					Selection: account.Present(account.Selection{Recipes: []account.Recipe{{Name: "base", Version: "1.x.x"}}})},
				{ARN: arn("lifecycle-policy", "containers"), Name: "containers", Status: "ENABLED", ExecutionRole: role.Name, ResourceType: account.ContainerImage,
					Rules:     account.Present([]account.LifecycleRule{{Action: "DELETE", Containers: true}}),
					Selection: account.Present(account.Selection{Recipes: []account.Recipe{{Name: "app", Version: "1.x.x"}}})},
			}),
			Distributions:    account.Complete([]account.Distribution{{ARN: arn("distribution-configuration", "d"), Name: "d", Settings: account.Present([]account.DistributionSettings{{Region: region, TargetAccounts: []string{id}}})}}),
			ContainerRecipes: account.Complete([]account.ContainerRecipe{{ARN: arn("container-recipe", "app/1.0.0"), Name: "app", Repository: account.Present("team/app-000")}}),
			Images: account.Complete([]account.Image{
				{ARN: arn("image", "base/1.0.0/1"), AMIs: []account.AMI{{ID: "ami-1", Region: region, Account: id}}},
				{ARN: arn("image", "app/1.0.0/1"), Containers: []account.Container{{Region: region, URIs: []string{"team/app-000:1.0.0-1"}}}},
			}),
			LastExecutions: map[string]account.Read[account.Execution]{
				arn("lifecycle-policy", "amis"):       account.Present(account.Execution{ID: "lce-1", Status: "SUCCESS", Started: time.Date(2026, 11, 1, 2, 0, 0, 0, time.UTC)}),
				arn("lifecycle-policy", "containers"): account.Absent[account.Execution](),
			},
		}
		tags := map[string]account.Read[account.Tags]{}
		for n := range *repositories {
			own := account.Tags{"team": "images"}
			if float64(n) < *tagged*float64(*repositories) {
				own[account.RepositoryTagKey] = account.RepositoryTagValue
			}
			tags[fmt.Sprintf("team/app-%03d", n)] = account.Present(own)
		}
		a.RepositoryTags[region] = tags
	}
	a.Regions = account.Complete(regional)
	return a
}
