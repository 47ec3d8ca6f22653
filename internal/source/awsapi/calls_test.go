package awsapi

import (
	"fmt"
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/fakeaws"
)

// size is the number of resources in each account of a generated organization.
type size struct {
	accounts, regions, repositories               int
	policies, distributions, recipes, versions, n int // n: builds of each version
	pipelines, imageRecipes                       int
}

var manyRegions = []string{"eu-west-1", "us-east-1", "ap-south-1"}

// sized returns accounts with all prerequisites. The first is the account of the credentials.
func sized(s size) *account.Inventory {
	inv := &account.Inventory{Accounts: map[string]*account.Account{}, Organization: &account.Organization{Account: auditor}}
	unit := &account.Guardrails{
		Enabled:  account.Present([]string{account.ResourceControlPolicy, account.ServiceControlPolicy}),
		Parents:  map[string]account.Read[string]{"ou-0123-all": account.Present("r-0123"), "r-0123": account.Absent[string]()},
		Attached: map[string]map[string]account.List[string]{"ou-0123-all": attachedTo("p-FullAWSAccess"), "r-0123": attachedTo("p-FullAWSAccess")},
		Policies: map[string]account.Read[account.Guardrail]{
			"p-FullAWSAccess": account.Present(account.Guardrail{Name: "FullAWSAccess", Document: allowActions}), "p-RCPFullAWSAccess": account.Present(account.Guardrail{Name: "RCPFullAWSAccess", Document: allowEverybody}),
		},
	}
	inv.Guardrails = map[string]*account.Guardrails{inOrganization: unit}
	var members []account.Member
	for i := range s.accounts {
		id := fmt.Sprintf("1%011d", i)
		a := &account.Account{
			Partition: "aws", Membership: account.Present(account.Membership{Organization: inOrganization, ManagementAccount: "999988887777"}), ImageBuilder: map[string]*account.ImageBuilder{}, RepositoryTags: map[string]map[string]account.Read[account.Tags]{}, RepositoryNames: map[string]account.List[string]{}, Registries: map[string]account.Registry{},
			Roles: map[string]account.Read[account.Role]{"Lifecycle": account.Present(account.Role{
				Name: "Lifecycle", Path: "/", ARN: account.RoleARN("aws", id, "/", "Lifecycle"), Trust: account.Present(trusting),
				Attached: account.Complete([]account.AttachedPolicy{{Name: account.ManagedPolicyName, ARN: account.ManagedPolicyARN("aws"), Document: account.Present(managedDocument)}}), Inline: account.Complete([]account.InlinePolicy{}),
				Simulated: simulatedOn(id, account.SimulatedAction{}),
			})},
		}
		unit.Parents[id], unit.Attached[id] = account.Present("ou-0123-all"), attachedTo("p-FullAWSAccess")
		for _, region := range manyRegions[:s.regions] {
			a.RepositoryTags[region] = map[string]account.Read[account.Tags]{}
			var names []string
			for n := range s.repositories {
				names = append(names, fmt.Sprintf("app/r%04d", n))
				a.RepositoryTags[region][names[n]] = account.Present(account.Tags{account.RepositoryTagKey: account.RepositoryTagValue})
			}
			a.RepositoryNames[region], a.Registries[region] = account.Complete(names), account.Registry{Policy: account.Absent[string]()}
			arn := func(kind string, n int) string {
				return fmt.Sprintf("arn:aws:imagebuilder:%s:%s:%s/n%d", region, id, kind, n)
			}
			ib := &account.ImageBuilder{LastExecutions: map[string]account.Read[account.Execution]{}}
			policies, distributions, recipes, images := []account.LifecyclePolicy{}, []account.Distribution{}, []account.ContainerRecipe{}, []account.Image{}
			pipelines, imageRecipes := []account.Pipeline{}, []account.ImageRecipe{}
			for n := range s.policies {
				ib.LastExecutions[arn("lifecycle-policy", n)] = account.Present(account.Execution{
					ID: fmt.Sprintf("lce-%s-%d", region, n), Status: "SUCCESS", Started: time.Date(2026, 11, 1, 2, 0, 0, 0, time.UTC),
					Resources: account.Complete([]account.ExecutionResource{{ID: "arn:skipped", Status: "SKIPPED"}, {ID: "arn:done", Status: "SUCCESS"}, {ID: "ami-1", Image: "arn:done", Status: "SUCCESS"}}),
				})
				policies = append(policies, account.LifecyclePolicy{
					ARN: arn("lifecycle-policy", n), Name: fmt.Sprintf("n%d", n), Status: "ENABLED", ExecutionRole: "Lifecycle", ResourceType: account.AMIImage,
					Rules: account.Present([]account.LifecycleRule{{Action: "DELETE", AMIs: true}}), Selection: account.Present(account.Selection{Recipes: []account.Recipe{{Name: "base", Version: "x.x.x"}}}),
				})
			}
			for n := range s.distributions {
				distributions = append(distributions, account.Distribution{ARN: arn("distribution-configuration", n), Name: "d", Settings: account.Present([]account.DistributionSettings{{Region: region}})})
			}
			for n := range s.recipes {
				recipes = append(recipes, account.ContainerRecipe{ARN: arn("container-recipe", n), Name: "c", Repository: account.Present("app/r0000")})
			}
			for v := range s.versions {
				for n := range s.n {
					images = append(images, account.Image{ARN: fmt.Sprintf("arn:aws:imagebuilder:%s:%s:image/base/1.0.%d/%d", region, id, v, n), AMIs: []account.AMI{{ID: "ami-1", Region: region, Account: id}}})
				}
			}
			for n := range s.imageRecipes {
				imageRecipes = append(imageRecipes, account.ImageRecipe{ARN: arn("image-recipe", n) + "/1.0.0", Name: fmt.Sprintf("n%d", n)})
			}
			for n := range s.pipelines {
				pipelines = append(pipelines, account.Pipeline{ARN: arn("image-pipeline", n), Name: fmt.Sprintf("n%d", n), Status: "ENABLED", Recipe: arn("image-recipe", 0) + "/x.x.x"})
			}
			ib.SharedImages = account.Complete([]account.SharedImage{})
			ib.Pipelines, ib.ImageRecipes = account.Complete(pipelines), account.Complete(imageRecipes)
			ib.LifecyclePolicies, ib.Distributions, ib.ContainerRecipes, ib.Images = account.Complete(policies), account.Complete(distributions), account.Complete(recipes), account.Complete(images)
			a.ImageBuilder[region] = ib
		}
		inv.Accounts[id] = a
		members = append(members, account.Member{Account: id, Name: "made up", State: "ACTIVE"})
		inv.Owners = append(inv.Owners, account.Owner{
			Account: id, Listed: true, Regions: manyRegions[:s.regions], AllRepositories: true,
			Discover: []account.Kind{account.LifecyclePolicyKind, account.ExecutionRoleKind, account.DestinationKind},
		})
	}
	inv.Organization.Members = account.Complete(members)
	return inv
}

func pagesOf(items, most int) int { return max((items+most-1)/most, 1) }

// With all repositories tagged and the role named, M accounts × R Regions × N
// repositories take M·(4 + R·(⌈N/1000⌉ + ⌈N/100⌉ + 1)) calls at most, and M AssumeRole.
// Besides, each account takes DescribeOrganization, the simulation of its role, and
// two calls for the one managed policy; and their organization, with U units and P
// guardrails of both types, 1 + (M + U) + 2·(1 + M + U) + P. Whose credentials read
// that takes GetCallerIdentity and DescribeOrganization.
func TestCallsForRolesAndRepositories(t *testing.T) {
	t.Parallel()
	for _, s := range []size{{accounts: 1, regions: 1}, {accounts: 3, regions: 2, repositories: 20}, {accounts: 2, regions: 3, repositories: 100}, {accounts: 1, regions: 1, repositories: 1250}} {
		t.Run(fmt.Sprintf("%+v", s), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				inv := sized(s)
				for i := range inv.Owners {
					inv.Owners[i].Discover, inv.Owners[i].ExecutionRoles, inv.Owners[i].Listed = nil, []string{"Lifecycle"}, false
				}
				inv.Organization = nil
				server := start(t, inv, fakeaws.Options{})
				live := load(t, t.Context(), reading(server, inv), inv)
				evaluatedAlike(t, inv, live)
				perRegion := pagesOf(s.repositories, 1000) + pagesOf(s.repositories, 100) + 1
				const units, guardrails = 1, 2
				most := s.accounts*(4+s.regions*perRegion) + s.accounts
				most += s.accounts*4 + 1 + (s.accounts + units) + 2*(1+s.accounts+units) + guardrails + 2
				calls := 0
				for _, n := range server.Calls() {
					calls += n
				}
				if calls > most {
					t.Errorf("%d calls, at most %d are allowed: %v", calls, most, server.Calls())
				}
				if told := total(live.Calls); told != calls {
					t.Errorf("the inventory counts %d calls, the server %d", told, calls)
				}
			})
		})
	}
}

func total(calls map[string]account.Calls) (n int) {
	for _, c := range calls {
		n += c.Calls
	}
	return n
}

// Discovery makes exactly the calls that the comment of discover documents.
func TestCallsForDiscovery(t *testing.T) {
	t.Parallel()
	for _, s := range []size{
		{accounts: 1, regions: 1},
		{accounts: 2, regions: 2, policies: 2, distributions: 3, recipes: 1, versions: 4, n: 2, pipelines: 3, imageRecipes: 2},
		{accounts: 1, regions: 1, policies: 101, distributions: 200, recipes: 201, versions: 30, n: 1, pipelines: 100, imageRecipes: 101},
		{accounts: 1, regions: 1, policies: 1, versions: 1, n: 260},
	} {
		t.Run(fmt.Sprintf("%+v", s), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				inv := sized(s)
				for i := range inv.Owners {
					inv.Owners[i].AllRepositories = false
					inv.Owners[i].Discover = append(inv.Owners[i].Discover, account.RepositoryKind)
				}
				server := start(t, inv, fakeaws.Options{})
				load(t, t.Context(), reading(server, inv), inv)
				each := s.accounts * s.regions
				want := map[string]int{
					"imagebuilder ListLifecyclePolicies":           each * pagesOf(s.policies, 100),
					"imagebuilder GetLifecyclePolicy":              each * s.policies,
					"imagebuilder ListLifecycleExecutions":         each * s.policies,
					"imagebuilder ListLifecycleExecutionResources": each * s.policies * 2, // of the run, and of its image that was not skipped
					"imagebuilder ListDistributionConfigurations":  each * pagesOf(s.distributions, 100),
					"imagebuilder GetDistributionConfiguration":    each * s.distributions,
					"imagebuilder ListContainerRecipes":            each * pagesOf(s.recipes, 100),
					"imagebuilder GetContainerRecipe":              each * s.recipes,
					"imagebuilder ListImageBuildVersions":          each * pagesOf(s.versions*s.n+1, 100), // and fakeaws's deleted one
					"imagebuilder ListImagePipelines":              each * pagesOf(s.pipelines, 100),
					"imagebuilder ListImageRecipes":                each * pagesOf(s.imageRecipes, 100),
					"RAM ListResources":                            each,
				}
				maps.DeleteFunc(want, func(_ string, n int) bool { return n == 0 })
				got := server.Calls()
				maps.DeleteFunc(got, func(operation string, _ int) bool { return operation[:4] != "imag" && operation[:4] != "RAM " })
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("calls (-formula +made):\n%s", diff)
				}
			})
		})
	}
}

// One account with discovery takes at most 5 round trips one after the other for its
// roles' trust, the names of their policies and its repositories' tags, and the pages
// of its longest list from the third on: the second is read beside the rules. What
// managed policies say takes 1 more, and the policies of repositories that only all of
// them bring in no more than that. What the organization allows is read beside: which
// it is in the 4th, then the root, the account, each unit above it, and what the
// guardrails say. Calls are answered only when no goroutine has a further call to make:
// all concurrent calls together are one round trip, whatever the latency.
func TestRoundTrips(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		inv   *account.Inventory
		pages int
		units int // above the account
	}{
		"as it should be": {sized(size{accounts: 1, regions: 2, repositories: 30, policies: 2, distributions: 2, recipes: 2, versions: 3, n: 2}), 0, 1},
		"what is missing": {func() *account.Inventory {
			inv := smallOrganization()
			o := &inv.Owners[0]
			o.Destinations, o.Discover = nil, o.Discover[:2]
			// Not "cased", which is there in another case: reading its policies by its own name takes one more.
			o.ExecutionRoles = []string{"Lifecycle", "Bare", "NoSuchRole"}
			return inv
		}(), 0, 2},
		"what no organization limits": {func() *account.Inventory {
			inv := sized(size{accounts: 1, regions: 2, repositories: 30, policies: 2, distributions: 2, recipes: 2, versions: 3, n: 2})
			a := inv.Accounts[inv.Owners[0].Account]
			a.Membership = account.Absent[account.Membership]()
			a.RepositoryTags["eu-west-1"]["app/r0001"] = account.Present(account.Tags{})
			a.RepositoryPolicies = map[string]map[string]account.Read[string]{"eu-west-1": {"app/r0001": account.Absent[string]()}}
			return inv
		}(), 0, -1},
		"four pages of images": {sized(size{accounts: 1, regions: 1, policies: 1, versions: 360, n: 1}), 2, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inv := test.inv
			inv.Organization = nil
			inv.Owners[0].Listed = false
			synctest.Test(t, func(t *testing.T) {
				turns := make(chan chan struct{}, 1000)
				server := start(t, inv, fakeaws.Options{Fault: func(fakeaws.Call) fakeaws.Fault {
					turn := make(chan struct{})
					turns <- turn
					<-turn
					return fakeaws.None
				}})
				a := reading(server, inv)
				a.Profile, a.Access, a.Concurrency = profile(keys(server.URL, inv.Owners[0].Account)...), nil, 1000
				var live *account.Inventory
				done := make(chan struct{})
				go func() {
					defer close(done)
					live = load(t, t.Context(), a, inv)
				}()
				for trips := 0; ; trips++ {
					synctest.Wait()
					select {
					case <-done:
						most := 6 + test.pages
						if test.units >= 0 {
							most = 4 + test.pages + 1 + 1 + test.units + 1
						}
						if trips != most {
							t.Errorf("%d round trips, expected %d", trips, most)
						}
						evaluatedAlike(t, inv, live)
						return
					default:
					}
					for range len(turns) {
						close(<-turns)
					}
				}
			})
		})
	}
}
