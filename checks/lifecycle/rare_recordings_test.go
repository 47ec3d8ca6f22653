package lifecycle_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/checks/policy"
)

const rareOwner, rareARN = "111122223333", "arn:aws:imagebuilder:eu-west-1:111122223333:"

// withPolicy is an owner with one lifecycle policy and what Image Builder has beside it.
func withPolicy(p account.LifecyclePolicy, ib account.ImageBuilder) *account.Inventory {
	ib.LifecyclePolicies = account.Complete([]account.LifecyclePolicy{p})
	return &account.Inventory{
		Owners:   []account.Owner{{Account: rareOwner, Regions: []string{"eu-west-1"}, Discover: []account.Kind{account.LifecyclePolicyKind, account.DestinationKind}}},
		Accounts: map[string]*account.Account{rareOwner: {Partition: "aws", ImageBuilder: map[string]*account.ImageBuilder{"eu-west-1": &ib}}},
	}
}

func amiPolicy(selection account.Selection, rule account.LifecycleRule) account.LifecyclePolicy {
	return account.LifecyclePolicy{
		ARN: rareARN + "lifecycle-policy/keep", Name: "keep", Status: "ENABLED", ExecutionRole: "L", ResourceType: account.AMIImage,
		Rules: account.Present([]account.LifecycleRule{rule}), Selection: account.Present(selection),
	}
}

// A policy with an empty selection, and one in a Region that has pipelines and no image yet.
func TestRareSelections(t *testing.T) {
	deletes := account.LifecycleRule{Action: "DELETE", AMIs: true, Snapshots: true}
	web := account.Selection{Recipes: []account.Recipe{{Name: "web", Version: "1.0.0"}}}
	api := account.Complete([]account.Pipeline{{ARN: rareARN + "image-pipeline/api", Name: "api", Recipe: rareARN + "image-recipe/api/1.0.0"}})
	for want, inv := range map[string]*account.Inventory{
		"selects nothing; see":        withPolicy(amiPolicy(account.Selection{}, deletes), account.ImageBuilder{Images: account.Complete([]account.Image{})}),
		"has no image yet that lifec": withPolicy(amiPolicy(web, deletes), account.ImageBuilder{Images: account.Complete([]account.Image{}), Pipelines: api}),
	} {
		if f := findingOf(t, inv, lifecycle.LifecyclePolicySelection); f.Status != checks.Skip || !strings.Contains(f.Message, want) {
			t.Errorf("%s: %s, want %q", f.Status, f.Message, want)
		}
	}
}

// A DELETE rule that leaves several AMIs in a Region behind names one of them.
func TestSeveralAMIsLeftBehind(t *testing.T) {
	p := amiPolicy(account.Selection{Recipes: []account.Recipe{{Name: "web", Version: "x.x.x"}}}, account.LifecycleRule{Action: "DELETE", AMIs: true, Snapshots: true, ExcludedRegions: []string{"us-east-1"}})
	image := account.Image{ARN: rareARN + "image/web/1.0.0/1", AMIs: []account.AMI{{ID: "ami-1", Region: "us-east-1", Account: rareOwner}, {ID: "ami-2", Region: "us-east-1", Account: rareOwner}}}
	f := findingOf(t, withPolicy(p, account.ImageBuilder{Images: account.Complete([]account.Image{image})}), lifecycle.LifecyclePolicyActions)
	if text := f.Message + strings.Join(f.Evidence, "\n"); !strings.Contains(text, "2 AMIs in us-east-1, such as ami-1") {
		t.Errorf("%s: %s", f.Status, text)
	}
}

// Of a planned policy, what it has decides where its input was not kept.
func TestPlannedPolicyWithoutInput(t *testing.T) {
	inv := plannedPolicy(t, validPolicy)
	p := inv.Owners[0].Planned.LifecyclePolicies.Items()[0]
	p.Input = nil
	inv.Owners[0].Planned.LifecyclePolicies = account.Complete([]account.LifecyclePolicy{p})
	if f := findingOf(t, inv, lifecycle.LifecyclePolicyValid); f.Status != checks.Pass {
		t.Errorf("%s: %s", f.Status, f.Message)
	}
}

// What became of container images in the last run is evidence, too.
func TestLastRunOfContainerImages(t *testing.T) {
	p := amiPolicy(account.Selection{Recipes: []account.Recipe{{Name: "app", Version: "x.x.x"}}}, account.LifecycleRule{Action: "DELETE", Containers: true})
	p.ResourceType = account.ContainerImage
	inv := withPolicy(p, account.ImageBuilder{LastExecutions: map[string]account.Read[account.Execution]{p.ARN: account.Present(account.Execution{Status: "FAILED", Resources: account.Complete([]account.ExecutionResource{
		{ID: "sha256:00", Account: rareOwner, Region: "eu-west-1", Image: rareARN + "image/app/1.0.0/1", URIs: []string{"app:1"}, Status: "FAILED", Reason: "no access"},
	})})}})
	if f := findingOf(t, inv, lifecycle.LifecyclePolicyLastRun); !strings.Contains(strings.Join(f.Evidence, "\n"), "FAILED: container image sha256:00 in account "+rareOwner) {
		t.Errorf("%s: %q", f.Status, f.Evidence)
	}
}

// Only AWS can delete a role with a path of its own, so no fix deletes it.
func TestLookAlikeThatAWSManages(t *testing.T) {
	inv := &account.Inventory{
		Owners: []account.Owner{{Account: rareOwner, Regions: []string{"eu-west-1"}, Destinations: []account.Target{{Account: "222233334444"}}}},
		Accounts: map[string]*account.Account{"222233334444": {Partition: "aws",
			Roles:     map[string]account.Read[account.Role]{account.CrossAccountRoleName: account.Absent[account.Role]()},
			RoleNames: account.Complete([]account.RoleName{{Name: strings.ToLower(account.CrossAccountRoleName), Path: "/aws-reserved/sso.amazonaws.com/"}}),
		}},
	}
	for f := range checks.Run(inv, []checks.Check{lifecycle.CrossAccountRoleExists}).Findings() {
		if f.Status != checks.Fail || f.Fix() == nil || slices.ContainsFunc(f.Fix().Changes, func(c checks.Change) bool { return c.Action == checks.DeleteRole }) {
			t.Errorf("%s: %s, %+v", f.Status, f.Message, f.Fix())
		}
	}
}

// A permissions boundary limits a role in its own account, whatever the registry's policy says.
func TestRegistryPolicyAndBoundary(t *testing.T) {
	inv := recording(t, "ecr-registry-policy")
	before := statuses(checks.Run(inv, []checks.Check{lifecycle.ECRRegistryPolicy}))
	for name, read := range inv.Accounts[rareOwner].Roles {
		if role, found, _ := read.Get(); found {
			role.Boundary, role.BoundaryDocument = "arn:aws:iam::"+rareOwner+":policy/all", account.Present(`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
			inv.Accounts[rareOwner].Roles[name] = account.Present(role)
		}
	}
	result := checks.Run(inv, []checks.Check{lifecycle.ECRRegistryPolicy})
	for f := range result.Findings() {
		if f.Status == checks.Fail && f.Fix() == nil {
			t.Errorf("no fix: %s", f.Message)
		}
	}
	if after := statuses(result); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("a boundary that allows everything changes %v to %v", before, after)
	}
}

// A stranger in an edit is an account that the policy does not name.
func TestFixTrustOfAPolicyThatNamesTheStranger(t *testing.T) {
	const source = "111122223333"
	r := lifecycle.AssumeRole(lifecycle.ServicePrincipal)
	r.Context.Set("aws:SourceAccount", policy.Known(source))
	_, after, ok := lifecycle.FixTrust(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"imagebuilder.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"271828182845"}}}}`,
		r, map[string][]string{"aws:SourceAccount": {source}})
	if !ok || !strings.Contains(after, source) {
		t.Errorf("%v\n%s", ok, after)
	}
}

// If more accounts are denied than a message names, the evidence has all of them.
func TestGuardrailThatDeniesInManyAccounts(t *testing.T) {
	const management = "999988887777"
	g := &account.Guardrails{
		Enabled: account.Present([]string{account.ServiceControlPolicy, account.ResourceControlPolicy}), Parents: map[string]account.Read[string]{"r-1": account.Absent[string]()},
		Attached: map[string]map[string]account.List[string]{"r-1": {account.ServiceControlPolicy: account.Complete([]string{"p-deny"}), account.ResourceControlPolicy: account.Complete([]string{"p-all"})}},
		Policies: map[string]account.Read[account.Guardrail]{
			"p-deny": account.Present(account.Guardrail{Name: "no", Document: `{"Statement":{"Effect":"Deny","Action":"ec2:DisableImage","Resource":"*"}}`}),
			"p-all":  account.Present(account.Guardrail{Name: "all", Document: `{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}`}),
		},
		// Code may attach these: one denies, and one cannot be parsed.
		Possible: []account.PossibleGuardrail{
			{Type: account.ResourceControlPolicy, Why: account.Unread{Reason: account.Unresolved}, Policy: account.Present(account.Guardrail{Name: "closed", Document: `{"Statement":{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Resource":"*"}}`})},
			{Type: account.ResourceControlPolicy, Why: account.Unread{Reason: account.Unresolved}, Policy: account.Present(account.Guardrail{Name: "half", Document: `{"Statement"`})},
		},
	}
	demo := recording(t, "demo")
	var role account.Role
	for _, read := range demo.Accounts["222233334444"].Roles {
		if one, found, _ := read.Get(); found && one.Name == account.CrossAccountRoleName {
			role = one
		}
	}
	demo.Owners[0].Destinations = nil
	demo.Guardrails = map[string]*account.Guardrails{"o-exampleorg": g}
	in := account.Present(account.Membership{Organization: "o-exampleorg", ManagementAccount: management})
	own := map[string]account.List[string]{account.ServiceControlPolicy: account.Complete([]string{"p-full"}), account.ResourceControlPolicy: account.Complete([]string{"p-all"})}
	g.Policies["p-full"] = account.Present(account.Guardrail{Name: "full", Document: `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`})
	demo.Accounts[rareOwner].Membership, g.Parents[rareOwner], g.Attached[rareOwner] = in, account.Present("r-1"), own
	for i := range 25 {
		id := fmt.Sprintf("3%011d", i)
		demo.Owners[0].Destinations = append(demo.Owners[0].Destinations, account.Target{Account: id})
		one := role
		one.ARN = "arn:aws:iam::" + id + ":role/" + role.Name
		demo.Accounts[id] = &account.Account{Partition: "aws", Membership: in, Roles: map[string]account.Read[account.Role]{role.Name: account.Present(one)}}
		g.Parents[id], g.Attached[id] = account.Present("r-1"), own
	}
	for f := range checks.Run(demo, []checks.Check{lifecycle.OrganizationGuardrails}).Findings() {
		if f.Status != checks.Fail || !strings.Contains(strings.Join(f.Evidence, "\n"), "denied in accounts: "+rareOwner+", 300000000000") {
			t.Errorf("%s: %s\n%q", f.Status, f.Message, f.Evidence)
		}
	}
	// Without the denial, what may be attached leaves the verdict open.
	g.Policies["p-deny"] = account.Present(account.Guardrail{Name: "no", Document: `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`})
	for f := range checks.Run(demo, []checks.Check{lifecycle.OrganizationGuardrails}).Findings() {
		if f.Status != checks.Unknown {
			t.Errorf("%s: %s", f.Status, f.Message)
		}
	}
}

// A trust policy that names images is evaluated for the images of each Region. It lets others in if it
// names no account, and stays open if more than the names is not known.
func TestTrustThatNamesImages(t *testing.T) {
	const destination = "222233334444"
	for name, test := range map[string]struct {
		condition string
		want      checks.Status
	}{
		"of one account":   {`{"StringEquals":{"aws:SourceAccount":"222233334444"},"ArnLike":{"aws:SourceArn":"arn:aws:imagebuilder:*:111122223333:image/web/*"}}`, checks.Pass},
		"of any account":   {`{"ArnLike":{"aws:SourceArn":"arn:aws:imagebuilder:*:*:image/web/*"}}`, checks.Warn},
		"of no such image": {`{"ArnLike":{"aws:SourceArn":"arn:aws:imagebuilder:*:*:image/api/*"}}`, checks.Fail},
		"and more":         {`{"StringEquals":{"aws:SourceAccount":"222233334444","aws:Unheard":"x"},"ArnLike":{"aws:SourceArn":"arn:aws:imagebuilder:*:111122223333:image/web/*"}}`, checks.Unknown},
	} {
		regions := map[string]*account.ImageBuilder{}
		for _, region := range []string{"eu-west-1", "us-east-1"} {
			arn := "arn:aws:imagebuilder:" + region + ":" + rareOwner + ":"
			p := amiPolicy(account.Selection{Recipes: []account.Recipe{{Name: "web", Version: "x.x.x"}}}, account.LifecycleRule{Action: "DELETE", AMIs: true, Snapshots: true})
			p.ARN = arn + "lifecycle-policy/keep"
			regions[region] = &account.ImageBuilder{
				LifecyclePolicies: account.Complete([]account.LifecyclePolicy{p}), Distributions: account.Complete([]account.Distribution{}), Pipelines: account.Complete([]account.Pipeline{}), ContainerRecipes: account.Complete([]account.ContainerRecipe{}),
				Images: account.Complete([]account.Image{{ARN: arn + "image/web/1.0.0/1", AMIs: []account.AMI{{ID: "ami-1", Region: region, Account: destination}}}}),
			}
		}
		role := account.Role{Name: account.CrossAccountRoleName, Path: "/", ARN: "arn:aws:iam::" + destination + ":role/" + account.CrossAccountRoleName,
			Trust: account.Present(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"imagebuilder.amazonaws.com"},"Action":"sts:AssumeRole","Condition":` + test.condition + `}}`)}
		inv := &account.Inventory{
			Owners: []account.Owner{{Account: rareOwner, Regions: []string{"eu-west-1", "us-east-1"}, Discover: []account.Kind{account.DestinationKind}}},
			Accounts: map[string]*account.Account{
				rareOwner:   {Partition: "aws", ImageBuilder: regions},
				destination: {Partition: "aws", Roles: map[string]account.Read[account.Role]{role.Name: account.Present(role)}},
			},
		}
		for f := range checks.Run(inv, []checks.Check{lifecycle.CrossAccountRoleTrust}).Findings() {
			if f.Status != test.want {
				t.Errorf("%s: %s, want %s: %s", name, f.Status, test.want, f.Message)
			}
		}
	}
}
