// Command server serves a generated organization on loopback for measurements. It uses the test
// server of package fakeaws. It prints the environment variables for a client, and stops
// when its standard input ends. Then it prints the number of calls by operation.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/fixtures"
	"github.com/iblint/iblint/internal/fakeaws"
	"github.com/iblint/iblint/internal/source/recorded"
)

var (
	accounts     = flag.Int("accounts", 1, "number of accounts directly below the root of one organization; the first of several is the management account")
	regions      = flag.Int("regions", 1, "number of Regions of each account")
	repositories = flag.Int("repositories", 200, "number of ECR repositories in each Region of each account")
	tagged       = flag.Float64("tagged", 1, "fraction of the repositories that have the tag, from 0 to 1")
	latency      = flag.Duration("latency", 0, "delay of each response")
	throttle     = flag.Int("throttle", 0, "throttle every n-th call of each operation; 0: none")
)

var names = []string{"eu-west-1", "us-east-1", "eu-central-1", "us-west-2", "ap-south-1", "ca-central-1", "eu-north-1", "sa-east-1"}

const trust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"imagebuilder.amazonaws.com"},"Action":"sts:AssumeRole"}]}`

func id(n int) string { return fmt.Sprintf("1%011d", n) }

const (
	organization = "o-0123456789"
	root         = "r-0123"
)

func main() {
	flag.Parse()
	management := id(0)
	if *accounts == 1 {
		management = "999988887777" // so that guardrails limit the only account, too
	}
	full := map[string]account.List[string]{
		account.ServiceControlPolicy:  account.Complete([]string{"p-FullAWSAccess"}),
		account.ResourceControlPolicy: account.Complete([]string{"p-RCPFullAWSAccess"}),
	}
	guardrails := &account.Guardrails{
		Enabled:  account.Present([]string{account.ResourceControlPolicy, account.ServiceControlPolicy}),
		Parents:  map[string]account.Read[string]{root: account.Absent[string]()},
		Attached: map[string]map[string]account.List[string]{root: full},
		Policies: map[string]account.Read[account.Guardrail]{
			"p-FullAWSAccess":    account.Present(account.Guardrail{Name: "FullAWSAccess", Document: `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`}),
			"p-RCPFullAWSAccess": account.Present(account.Guardrail{Name: "RCPFullAWSAccess", Document: `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}`}),
		},
	}
	inv := &account.Inventory{Accounts: map[string]*account.Account{}, Guardrails: map[string]*account.Guardrails{organization: guardrails}}
	policy := managedPolicy()
	var members []account.Member
	for n := range *accounts {
		inv.Accounts[id(n)] = made(id(n), policy)
		inv.Accounts[id(n)].Membership = account.Present(account.Membership{Organization: organization, ManagementAccount: management})
		guardrails.Parents[id(n)], guardrails.Attached[id(n)] = account.Present(root), full
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

// managedPolicy returns the AWS managed policy from the demo.
func managedPolicy() account.AttachedPolicy {
	demo, err := recorded.Parse("demo.json", fixtures.Demo)
	if err != nil {
		log.Fatal(err)
	}
	for _, id := range slices.Sorted(maps.Keys(demo.Accounts)) {
		for _, name := range slices.Sorted(maps.Keys(demo.Accounts[id].Roles)) {
			role, _, _ := demo.Accounts[id].Roles[name].Get()
			for _, p := range role.Attached.Items() {
				if p.ARN == account.ManagedPolicyARN("aws") {
					return p
				}
			}
		}
	}
	log.Fatal("the demo has no role with the managed policy")
	return account.AttachedPolicy{}
}

// simulated returns results of IAM's policy simulator that allow every action of the role.
func simulated(id string) account.List[account.SimulatedAction] {
	var all []account.SimulatedAction
	for _, on := range []struct {
		resource string
		actions  []string
	}{
		{"*", []string{"ec2:DescribeImages", "tag:GetResources"}},
		{"arn:aws:ec2:" + names[0] + "::image/ami-00000000000000000", []string{
			"ec2:DescribeImageAttribute", "ec2:EnableImageDeprecation", "ec2:DisableImageDeprecation",
			"ec2:DisableImage", "ec2:EnableImage", "ec2:DeregisterImage", "ec2:CreateTags", "ec2:DeleteTags",
		}},
		{"arn:aws:ec2:" + names[0] + "::snapshot/snap-00000000000000000", []string{"ec2:DeleteSnapshot"}},
		{"arn:aws:ecr:" + names[0] + ":" + id + ":repository/example", []string{"ecr:BatchGetImage", "ecr:BatchDeleteImage"}},
		{"arn:aws:imagebuilder:" + names[0] + ":" + id + ":image/example/1.0.0/1", []string{"imagebuilder:DeleteImage"}},
	} {
		for _, action := range on.actions {
			all = append(all, account.SimulatedAction{Action: action, Resource: on.resource, Decision: "allowed"})
		}
	}
	return account.Complete(all)
}

// made returns an account that builds images in each Region. Each Region has one lifecycle
// policy for AMIs and one for containers, a distribution configuration, a container
// recipe and an image recipe with a pipeline for each, two images and one execution role
// that they all use.
func made(id string, managed account.AttachedPolicy) *account.Account {
	role := account.Role{
		Name: "ImageBuilderLifecycle", Path: "/", ARN: account.RoleARN("aws", id, "/", "ImageBuilderLifecycle"), Trust: account.Present(trust),
		LastUsed: account.Present(account.LastUsed{Date: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), Region: names[0]}),
		Attached: account.Complete([]account.AttachedPolicy{managed}), Inline: account.Complete([]account.InlinePolicy{}), Simulated: simulated(id),
	}
	a := &account.Account{
		Partition: "aws", Roles: map[string]account.Read[account.Role]{role.Name: account.Present(role)},
		RoleNames:    account.Complete([]account.RoleName{{Name: role.Name, Path: role.Path}}),
		ImageBuilder: map[string]*account.ImageBuilder{}, RepositoryTags: map[string]map[string]account.Read[account.Tags]{}, RepositoryPolicies: map[string]map[string]account.Read[string]{},
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
					Rules:     account.Present([]account.LifecycleRule{{Action: "DELETE", AMIs: true, Snapshots: true, Filter: &account.RuleFilter{Type: "AGE", Value: 6, Unit: "MONTHS"}}}),
					Selection: account.Present(account.Selection{Recipes: []account.Recipe{{Name: "base", Version: "1.x.x"}}})},
				{ARN: arn("lifecycle-policy", "containers"), Name: "containers", Status: "ENABLED", ExecutionRole: role.Name, ResourceType: account.ContainerImage,
					Rules:     account.Present([]account.LifecycleRule{{Action: "DELETE", Containers: true, Filter: &account.RuleFilter{Type: "COUNT", Value: 5}}}),
					Selection: account.Present(account.Selection{Recipes: []account.Recipe{{Name: "app", Version: "1.x.x"}}})},
			}),
			Distributions:    account.Complete([]account.Distribution{{ARN: arn("distribution-configuration", "d"), Name: "d", Settings: account.Present([]account.DistributionSettings{{Region: region, TargetAccounts: []string{id}}})}}),
			ContainerRecipes: account.Complete([]account.ContainerRecipe{{ARN: arn("container-recipe", "app/1.0.0"), Name: "app", Repository: account.Present("team/app-000")}}),
			ImageRecipes:     account.Complete([]account.ImageRecipe{{ARN: arn("image-recipe", "base/1.0.0"), Name: "base", ParentImage: "ami-0"}}),
			Pipelines: account.Complete([]account.Pipeline{
				{ARN: arn("image-pipeline", "amis"), Name: "amis", Status: "ENABLED", Recipe: arn("image-recipe", "base/1.0.0"), Distribution: arn("distribution-configuration", "d")},
				{ARN: arn("image-pipeline", "containers"), Name: "containers", Status: "ENABLED", Recipe: arn("container-recipe", "app/1.0.0")},
			}),
			Images: account.Complete([]account.Image{
				{ARN: arn("image", "base/1.0.0/1"), AMIs: []account.AMI{{ID: "ami-1", Region: region, Account: id}}, State: "AVAILABLE", Type: "AMI", BuildType: "SCHEDULED", Created: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)},
				{ARN: arn("image", "app/1.0.0/1"), Containers: []account.Container{{Region: region, URIs: []string{"team/app-000:1.0.0-1"}}}, State: "AVAILABLE", Type: "DOCKER", BuildType: "SCHEDULED", Created: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)},
			}),
			SharedImages: account.Complete([]account.SharedImage{}),
			LastExecutions: map[string]account.Read[account.Execution]{
				arn("lifecycle-policy", "amis"): account.Present(account.Execution{
					ID: "lce-" + region, Status: "SUCCESS", Started: time.Date(2026, 11, 1, 2, 0, 0, 0, time.UTC), Resources: account.Complete([]account.ExecutionResource{}),
				}),
				arn("lifecycle-policy", "containers"): account.Absent[account.Execution](),
			},
		}
		tags, policies := map[string]account.Read[account.Tags]{}, map[string]account.Read[string]{}
		for n := range *repositories {
			own := account.Tags{"team": "images"}
			if float64(n) < *tagged*float64(*repositories) {
				own[account.RepositoryTagKey] = account.RepositoryTagValue
			}
			name := fmt.Sprintf("team/app-%03d", n)
			tags[name], policies[name] = account.Present(own), account.Absent[string]()
		}
		a.RepositoryTags[region], a.RepositoryPolicies[region] = tags, policies
	}
	a.Regions = account.Complete(regional)
	return a
}
