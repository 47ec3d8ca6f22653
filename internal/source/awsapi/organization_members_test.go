package awsapi

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
)

const (
	owner        = "111122223333"
	destinationA = "222233334444" // has all prerequisites
	destinationB = "333344445555" // has a role with a similar name
)

const base = "arn:aws:imagebuilder:eu-west-1:" + owner + ":image/base/1.0.0/1"

const trusting = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"imagebuilder.amazonaws.com"},"Action":"sts:AssumeRole"}]}`

const guarding = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"imagebuilder.amazonaws.com"},"Action":"sts:AssumeRole",
"Condition":{"StringEquals":{"aws:SourceAccount":["` + destinationA + `","` + owner + `"]},"ArnLike":{"aws:SourceArn":"arn:*:imagebuilder:*:*:image/*/*/*"}}}]}`

// inOrganization is the organization of the owner and of destination A.
const inOrganization = "o-0123456789"

// simulatedOn returns simulation results of a role, all allowed except denied.
func simulatedOn(id string, denied account.SimulatedAction) account.List[account.SimulatedAction] {
	kinds := map[string]string{
		"*": "*", "ec2/image": "arn:aws:ec2:eu-west-1::image/ami-00000000000000000", "ec2/snapshot": "arn:aws:ec2:eu-west-1::snapshot/snap-00000000000000000",
		"ecr/repository": "arn:aws:ecr:eu-west-1:" + id + ":repository/example", "imagebuilder/image": "arn:aws:imagebuilder:eu-west-1:" + id + ":image/example/1.0.0/1",
	}
	var all []account.SimulatedAction
	for _, of := range []struct{ action, kinds string }{
		{"ec2:CreateTags", "ec2/image ec2/snapshot"}, {"ec2:DeleteSnapshot", "ec2/snapshot"}, {"ec2:DeleteTags", "ec2/image ec2/snapshot"},
		{"ec2:DeregisterImage", "ec2/image"}, {"ec2:DescribeImageAttribute", "ec2/image"}, {"ec2:DescribeImages", "*"}, {"ec2:DisableImage", "ec2/image"},
		{"ec2:DisableImageDeprecation", "ec2/image"}, {"ec2:EnableImage", "ec2/image"}, {"ec2:EnableImageDeprecation", "ec2/image"},
		{"ecr:BatchDeleteImage", "ecr/repository"}, {"ecr:BatchGetImage", "ecr/repository"}, {"imagebuilder:DeleteImage", "imagebuilder/image"}, {"tag:GetResources", "*"},
	} {
		for _, kind := range strings.Fields(of.kinds) {
			one := account.SimulatedAction{Action: of.action, Resource: kinds[kind], Decision: "allowed"}
			if of.action == denied.Action {
				one.Decision, one.DeniedByBoundary, one.DeniedByOrganization = denied.Decision, denied.DeniedByBoundary, denied.DeniedByOrganization
			}
			all = append(all, one)
		}
	}
	return account.Complete(all)
}

// smallOrganization returns a small organization where every part is read and every operation is
// called, so that tests can make each of them fail.
func smallOrganization() *account.Inventory {
	role := func(id, name, trust string, attached ...account.AttachedPolicy) account.Read[account.Role] {
		return account.Present(account.Role{
			Name: name, Path: "/", ARN: account.RoleARN("aws", id, "/", name), Trust: account.Present(trust),
			Attached: account.Complete(attached), Simulated: simulatedOn(id, account.SimulatedAction{Action: "ec2:CreateTags", Decision: "explicitDeny", DeniedByOrganization: true}),
			Inline: account.Complete([]account.InlinePolicy{
				{Name: "logs", Document: account.Present(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"logs:*","Resource":"*"}}`)},
				{Name: "metrics", Document: account.Present(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"cloudwatch:Put+*","Resource":"*"}}`)},
			}),
		})
	}
	cased := account.Role{
		Name: "Cased", Path: "/", ARN: account.RoleARN("aws", owner, "/", "Cased"), Trust: account.Present(trusting),
		Tags: account.Tags{"team": "images"}, Boundary: "arn:aws:iam::" + owner + ":policy/Boundary",
		BoundaryDocument: account.Present(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ec2:*","Resource":"*"}}`),
		Simulated:        simulatedOn(owner, account.SimulatedAction{Action: "tag:GetResources", Decision: "implicitDeny", DeniedByBoundary: true}),
		Attached:         account.Complete([]account.AttachedPolicy{}),
		Inline:           account.Complete([]account.InlinePolicy{}),
	}
	other := account.AttachedPolicy{Name: "Other", ARN: "arn:aws:iam::aws:policy/Other", Document: account.Present(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get+*","Resource":"*"}}`)}
	third := account.AttachedPolicy{Name: "Third", ARN: "arn:aws:iam::aws:policy/Third", Document: account.Present(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:List+*","Resource":"*"}}`)}
	managed := account.AttachedPolicy{Name: account.ManagedPolicyName, ARN: account.ManagedPolicyARN("aws"), Document: account.Present(managedDocument)}
	return &account.Inventory{
		ReadAt: time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC),
		Owners: []account.Owner{{
			Account: owner, Regions: []string{"eu-west-1"}, ExecutionRoles: []string{"Lifecycle", "Bare", "cased", "NoSuchRole"},
			Destinations: []account.Target{{Account: destinationA}, {Account: destinationB}},
			Discover:     []account.Kind{account.LifecyclePolicyKind, account.ExecutionRoleKind, account.DestinationKind, account.RepositoryKind},
			Repositories: []account.Repository{{Region: "eu-west-1", Name: "app/tagged"}, {Region: "eu-west-1", Name: "app/bare"}, {Region: "eu-west-1", Name: "app/other"}, {Region: "us-east-1", Name: "app/none"}},
		}},
		Guardrails: map[string]*account.Guardrails{inOrganization: {
			Enabled: account.Present([]string{account.ResourceControlPolicy, account.ServiceControlPolicy, "TAG_POLICY"}),
			Parents: map[string]account.Read[string]{
				owner: account.Present("ou-0123-below"), destinationA: account.Present("ou-0123-above"),
				"ou-0123-below": account.Present("ou-0123-above"), "ou-0123-above": account.Present("r-0123"), "r-0123": account.Absent[string](),
			},
			Attached: map[string]map[string]account.List[string]{
				owner: attachedTo("p-FullAWSAccess"), destinationA: attachedTo("p-FullAWSAccess"),
				"ou-0123-below": attachedTo("p-FullAWSAccess", "p-regions"), "ou-0123-above": attachedTo("p-FullAWSAccess"), "r-0123": attachedTo("p-FullAWSAccess"),
			},
			Policies: map[string]account.Read[account.Guardrail]{
				"p-FullAWSAccess":    account.Present(account.Guardrail{Name: "FullAWSAccess", Document: allowActions}),
				"p-RCPFullAWSAccess": account.Present(account.Guardrail{Name: "RCPFullAWSAccess", Document: allowEverybody}),
				"p-regions": account.Present(account.Guardrail{Name: "regions", Document: `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*",
"Condition":{"StringEquals":{"aws:RequestedRegion":"ap-south-1"}}}}`}),
			},
		}},
		Accounts: map[string]*account.Account{
			owner: {
				Partition: "aws", Membership: account.Present(account.Membership{Organization: inOrganization, ManagementAccount: "999988887777"}),
				ImageBuilder: map[string]*account.ImageBuilder{"eu-west-1": ownersImageBuilder()},
				Roles: map[string]account.Read[account.Role]{
					"Lifecycle":  role(owner, "Lifecycle", trusting, other, third, managed),
					"Bare":       role(owner, "Bare", trusting, other, third),
					"cased":      account.Present(cased), // as asked for
					"NoSuchRole": account.Absent[account.Role](),
				},
				RoleNames: account.Complete([]account.RoleName{{Name: "Bare", Path: "/"}, {Name: "Cased", Path: "/"}, {Name: "Lifecycle", Path: "/"}, {Name: "nosuchrole", Path: "/"}}),
				RepositoryTags: map[string]map[string]account.Read[account.Tags]{
					"eu-west-1": {"app/tagged": account.Present(account.Tags{account.RepositoryTagKey: account.RepositoryTagValue}), "app/bare": account.Present(account.Tags{}), "app/other": account.Present(account.Tags{account.RepositoryTagKey: "yes"})},
					"us-east-1": {"app/none": account.Absent[account.Tags]()},
				},
				RepositoryPolicies: map[string]map[string]account.Read[string]{
					"eu-west-1": {"app/tagged": account.Present(`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"ecr:PutImage"}}`), "app/bare": account.Absent[string](), "app/other": account.Absent[string]()},
					"us-east-1": {"app/none": account.Absent[string]()},
				},
				Registries: map[string]account.Registry{
					"eu-west-1": {Policy: account.Present(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"ecr:BatchDeleteImage","Resource":"*","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/Bare"}}}]}`), Scope: account.Present(account.RegistryScope)},
					"us-east-1": {Policy: account.Absent[string]()},
				},
			},
			destinationA: {
				Partition: "aws", Membership: account.Present(account.Membership{Organization: inOrganization, ManagementAccount: "999988887777"}),
				Roles: map[string]account.Read[account.Role]{account.CrossAccountRoleName: role(destinationA, account.CrossAccountRoleName, guarding, managed, other)},
			},
			destinationB: {
				Partition: "aws", Membership: account.Absent[account.Membership](),
				Roles:     map[string]account.Read[account.Role]{account.CrossAccountRoleName: account.Absent[account.Role]()},
				RoleNames: account.Complete([]account.RoleName{{Name: "Audit", Path: "/"}, {Name: "EC2IMAGEBUILDERCrossAccountLifecycleAccess", Path: "/"}}),
			},
		},
	}
}

// The recipes of the owner's pipelines.
const (
	imageRecipe     = "arn:aws:imagebuilder:eu-west-1:" + owner + ":image-recipe/base/1.0.0"
	containerRecipe = "arn:aws:imagebuilder:eu-west-1:" + owner + ":container-recipe/app/1.0.0"
)

// ownersImageBuilder returns Image Builder in the owner's Region.
func ownersImageBuilder() *account.ImageBuilder {
	return &account.ImageBuilder{
		LifecyclePolicies: account.Complete([]account.LifecyclePolicy{
			{ARN: "arn:1", Name: "amis", Status: "ENABLED", ExecutionRole: "Lifecycle", ResourceType: "AMI_IMAGE", Updated: time.Date(2026, 9, 1, 2, 3, 4, 0, time.UTC), LastRun: time.Date(2026, 10, 31, 2, 0, 0, 0, time.UTC), Rules: account.Present([]account.LifecycleRule{
				{
					Action: "DEPRECATE", AMIs: true, ExcludedRegions: []string{"us-east-1"}, ReadsAttributes: true,
					Filter: &account.RuleFilter{Type: "AGE", Value: 6, Unit: "MONTHS"}, ExcludedTags: account.Tags{"keep": "image"},
					IsPublic: true, SharedAccounts: []string{destinationB}, LastLaunched: &account.Period{Unit: "WEEKS", Value: 2}, AMITags: account.Tags{"keep": "ami"},
				},
				{Action: "DELETE", Snapshots: true, ReadsAttributes: true, Filter: &account.RuleFilter{Type: "AGE", Value: 1, Unit: "YEARS", RetainAtLeast: new(3)}, LastLaunched: &account.Period{Unit: "DAYS", Value: 30}},
				{Action: "DISABLE", ReadsAttributes: true, Filter: &account.RuleFilter{Type: "AGE", Value: 90, Unit: "DAYS"}, SharedAccounts: []string{destinationA, destinationB}},
			}),
				Selection: account.Present(account.Selection{Recipes: []account.Recipe{{Name: "base", Version: "1.x.x"}}})},
			{ARN: "arn:2", Name: "containers", Status: "ENABLED", ExecutionRole: "Lifecycle", ResourceType: "CONTAINER_IMAGE", Updated: time.Date(2026, 10, 30, 2, 3, 4, 0, time.UTC), Rules: account.Present([]account.LifecycleRule{{Action: "DELETE", Containers: true, Filter: &account.RuleFilter{Type: "COUNT", Value: 5}}}),
				Selection: account.Present(account.Selection{Recipes: []account.Recipe{{Name: "app", Version: "x.x.x"}}})},
			{ARN: "arn:7", Name: "tags", Status: "ENABLED", ExecutionRole: "Lifecycle", ResourceType: "AMI_IMAGE", Rules: account.Present([]account.LifecycleRule{{Action: "DISABLE", AMIs: true}}),
				Selection: account.Present(account.Selection{Tags: account.Tags{"team": "nobody"}})},
		}),
		Distributions: account.Complete([]account.Distribution{
			{ARN: "arn:3", Name: "everywhere", Settings: account.Present([]account.DistributionSettings{{Region: "eu-west-1", TargetAccounts: []string{destinationA}}})},
			{ARN: "arn:4", Name: "at-home", Settings: account.Present([]account.DistributionSettings{{Region: "eu-west-1"}})},
		}),
		ContainerRecipes: account.Complete([]account.ContainerRecipe{
			{ARN: containerRecipe, Name: "app", ParentImage: "amazonlinux:latest", Repository: account.Present("app/tagged")}, {ARN: "arn:6", Name: "other", Repository: account.Present("app/other")},
		}),
		ImageRecipes: account.Complete([]account.ImageRecipe{
			{ARN: imageRecipe, Name: "base", ParentImage: "arn:aws:imagebuilder:eu-west-1:aws:image/amazon-linux-2023-x86/x.x.x"}, {ARN: "arn:9", Name: "Old base", ParentImage: "ami-0"},
		}),
		SharedImages: account.Complete([]account.SharedImage{
			{Image: base, Share: "arn:aws:ram:eu-west-1:" + owner + ":resource-share/1"}, {Image: "arn:aws:imagebuilder:eu-west-1:" + owner + ":image/gone/1.0.0/1", Share: "arn:aws:ram:eu-west-1:" + owner + ":resource-share/2"},
		}),
		Pipelines: account.Complete([]account.Pipeline{
			{ARN: "arn:10", Name: "nightly", Status: "ENABLED", Recipe: imageRecipe, Distribution: "arn:3", ImageTags: account.Tags{"team": "images"}},
			{ARN: "arn:11", Name: "by hand", Status: "DISABLED", Recipe: containerRecipe, Workflows: []string{"arn:aws:imagebuilder:eu-west-1:" + owner + ":workflow/distribution/elsewhere/1.0.0/1"}},
		}),
		Images: account.Complete([]account.Image{
			{
				ARN: base, AMIs: []account.AMI{{ID: "ami-1", Region: "eu-west-1", Account: destinationA}}, State: "DEPRECATED", Type: "AMI", BuildType: "SCHEDULED",
				Created: time.Date(2026, 5, 1, 2, 3, 4, 0, time.UTC), DeprecationTime: time.Date(2026, 10, 1, 2, 3, 4, 0, time.UTC),
			},
			{ARN: "arn:aws:imagebuilder:eu-west-1:" + owner + ":image/base/1.0.0/2", State: "FAILED", Type: "AMI", BuildType: "USER_INITIATED", Created: time.Date(2026, 5, 2, 2, 3, 4, 0, time.UTC)},
			{ARN: "arn:aws:imagebuilder:eu-west-1:" + owner + ":image/base/1.0.0/3", State: "CANCELLED", Type: "AMI", BuildType: "SCHEDULED"},
			{ARN: "arn:aws:imagebuilder:eu-west-1:" + owner + ":image/app/1.0.0/1", State: "AVAILABLE", Type: "DOCKER", BuildType: "SCHEDULED", Containers: []account.Container{{Region: "eu-west-1", URIs: []string{"app/bare:1.0.0-1"}}}},
		}),
		LastExecutions: map[string]account.Read[account.Execution]{
			"arn:1": account.Present(account.Execution{ID: "lce-1", Status: "FAILED", Reason: "in part", Started: time.Date(2026, 10, 31, 2, 0, 0, 0, time.UTC), Resources: account.Complete([]account.ExecutionResource{
				{ID: base, Account: owner, Region: "eu-west-1", Status: "FAILED"},
				{ID: "ami-1", Account: destinationA, Region: "eu-west-1", Image: base, Status: "FAILED", Reason: "not authorized", Snapshots: []account.ExecutionSnapshot{{ID: "snap-1", Status: "FAILED", Reason: "in use"}, {ID: "snap-2", Status: "SUCCESS"}}},
			})}),
			"arn:2": account.Absent[account.Execution](), "arn:7": account.Present(account.Execution{ID: "lce-2", Status: "SUCCESS", Started: time.Date(2026, 10, 31, 3, 0, 0, 0, time.UTC), Resources: account.Complete([]account.ExecutionResource{
				{ID: base, Account: owner, Region: "eu-west-1", Status: "SKIPPED", Reason: "an exclusion rule matched"},
			})}),
		},
	}
}

// The documents of AWS's own guardrails.
const (
	allowActions   = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`
	allowEverybody = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}`
)

// attachedTo are policies that are attached somewhere.
func attachedTo(services ...string) map[string]account.List[string] {
	return map[string]account.List[string]{
		account.ServiceControlPolicy: account.Complete(services), account.ResourceControlPolicy: account.Complete([]string{"p-RCPFullAWSAccess"}),
	}
}

// managedDocument is what the managed policy allows.
const managedDocument = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"arn:aws:ecr:*:*:repository/*","Action":["ecr:BatchGetImage","ecr:BatchDeleteImage"],
"Condition":{"StringEquals":{"ecr:ResourceTag/LifecycleExecutionAccess":"EC2 Image Builder"}}},{"Effect":"Allow","Resource":"*","Action":["ec2:EnableImage","ec2:DeregisterImage","ec2:EnableImageDeprecation",
"ec2:DescribeImageAttribute","ec2:DisableImage","ec2:DisableImageDeprecation","ec2:DeleteSnapshot","ec2:DeleteTags","ec2:CreateTags",
"ec2:DescribeImages","tag:GetResources","imagebuilder:DeleteImage"]}]}`

// without returns a copy of the inventory in which one action failed with the given reason in one
// account, or in all if the account is "".
func without(inv *account.Inventory, action, in string, reason account.Reason) *account.Inventory {
	why := account.Unread{Reason: reason, Action: action}
	out := *inv
	out.Accounts = map[string]*account.Account{}
	for id, a := range inv.Accounts {
		b := *a
		out.Accounts[id] = &b
		if in != "" && in != id {
			continue
		}
		b.Roles = map[string]account.Read[account.Role]{}
		for name, read := range a.Roles {
			b.Roles[name] = withoutRole(read, action, why)
		}
		b.ImageBuilder = withoutImageBuilder(a.ImageBuilder, action, why)
		switch action {
		case "iam:GetRole":
			b.OtherRoles = account.Unreadable[account.Role](why)
		case "iam:ListRoles":
			b.RoleNames = account.Partial[account.RoleName](nil, why)
		case "ecr:ListTagsForResource": // what the bulk lists do not show to be right is confirmed with it
			b.RepositoryTags = map[string]map[string]account.Read[account.Tags]{}
			for region, repositories := range a.RepositoryTags {
				b.RepositoryTags[region] = map[string]account.Read[account.Tags]{}
				_, all := a.RepositoryNames[region]
				for name, read := range repositories {
					tags, _, _ := read.Get()
					if tags[account.RepositoryTagKey] == account.RepositoryTagValue && (all || len(repositories) > fewRepositories) {
						b.RepositoryTags[region][name] = read
					} else {
						b.RepositoryTags[region][name] = account.Unreadable[account.Tags](why)
					}
				}
			}
		case "ecr:GetRepositoryPolicy":
			b.RepositoryPolicies = map[string]map[string]account.Read[string]{}
			for region, repositories := range a.RepositoryPolicies {
				b.RepositoryPolicies[region] = map[string]account.Read[string]{}
				for name := range repositories {
					b.RepositoryPolicies[region][name] = account.Unreadable[string](why)
				}
			}
		case "ecr:GetRegistryPolicy", "ecr:GetAccountSetting":
			b.Registries = map[string]account.Registry{}
			for region, registry := range a.Registries {
				if action == "ecr:GetRegistryPolicy" {
					registry = account.Registry{Policy: account.Unreadable[string](why)}
				} else if _, found, _ := registry.Policy.Get(); found {
					registry.Scope = account.Unreadable[string](why)
				}
				b.Registries[region] = registry
			}
		case "organizations:DescribeOrganization":
			own := why
			own.Detail = "account " + id // AWS's message names who was refused
			b.Membership = account.Unreadable[account.Membership](own)
		case "ecr:DescribeRepositories":
			b.RepositoryNames = map[string]account.List[string]{}
			for region := range a.RepositoryNames {
				b.RepositoryNames[region] = account.Partial[string](nil, why)
			}
		case "account:ListRegions":
			if !a.Regions.IsZero() {
				b.Regions, b.ImageBuilder, b.RepositoryNames = account.Partial[string](nil, why), nil, nil
			}
		}
	}
	if in == "" {
		out.Guardrails = withoutGuardrails(inv.Guardrails, action, why)
	}
	if action == "organizations:ListAccounts" && inv.Organization != nil {
		out.Organization = &account.Organization{Account: inv.Organization.Account, Members: account.Partial[account.Member](nil, why)}
		out.Owners = slices.DeleteFunc(slices.Clone(inv.Owners), func(o account.Owner) bool { return o.Listed })
	}
	// Policies are read of repositories that are still named, or that lack the tag.
	joined := demand.New(&out)
	for id, a := range out.Accounts {
		policies := map[string]map[string]account.Read[string]{}
		repositories, _ := joined.ContainerRepositories(id)
		for _, r := range repositories {
			tags, found, _ := r.Tags.Get()
			if read, recorded := a.RepositoryPolicies[r.Region][r.Name]; recorded && (r.Named || found && tags[account.RepositoryTagKey] != account.RepositoryTagValue) {
				if policies[r.Region] == nil {
					policies[r.Region] = map[string]account.Read[string]{}
				}
				policies[r.Region][r.Name] = read
			}
		}
		a.RepositoryPolicies = policies
	}
	return &out
}

func withoutRole(read account.Read[account.Role], action string, why account.Unread) account.Read[account.Role] {
	if action == "iam:GetRole" {
		return account.Unreadable[account.Role](why)
	}
	role, found, _ := read.Get()
	if !found {
		return read
	}
	switch action {
	case "iam:ListAttachedRolePolicies":
		role.Attached = account.Partial[account.AttachedPolicy](nil, why)
	case "iam:ListRolePolicies":
		role.Inline = account.Partial[account.InlinePolicy](nil, why)
	case "iam:GetRolePolicy":
		role.Inline = unreadDocuments(role.Inline, why)
	case "iam:GetPolicy", "iam:GetPolicyVersion":
		role.Attached = each(role.Attached, func(p account.AttachedPolicy) account.AttachedPolicy {
			if _, found, _ := p.Document.Get(); found || action == "iam:GetPolicy" { // of one that is gone there is no version
				p.Document = account.Unreadable[string](why)
			}
			return p
		})
		if role.Boundary != "" {
			role.BoundaryDocument = account.Unreadable[string](why)
		}
	case "iam:SimulatePrincipalPolicy":
		role.Simulated = account.Partial[account.SimulatedAction](nil, why)
	}
	return account.Present(role)
}

// withoutGuardrails is without for guardrails, where calls depend on the results of earlier calls.
func withoutGuardrails(organizations map[string]*account.Guardrails, action string, why account.Unread) map[string]*account.Guardrails {
	out := map[string]*account.Guardrails{}
	for id, g := range organizations {
		b := *g
		out[id] = &b
		switch action {
		case "organizations:ListRoots":
			b = account.Guardrails{Enabled: account.Unreadable[[]string](why)}
		case "organizations:ListParents":
			b.Parents = map[string]account.Read[string]{}
			for child, read := range g.Parents {
				if _, found, err := read.Get(); found || err != nil {
					read = account.Unreadable[string](why)
				}
				b.Parents[child] = read
			}
		case "organizations:ListPoliciesForTarget":
			b.Attached = map[string]map[string]account.List[string]{}
			for target, types := range g.Attached {
				b.Attached[target] = map[string]account.List[string]{}
				for policyType := range types {
					b.Attached[target][policyType] = account.Partial[string](nil, why)
				}
			}
		case "organizations:DescribePolicy":
			b.Policies = map[string]account.Read[account.Guardrail]{}
			for policy := range g.Policies {
				b.Policies[policy] = account.Unreadable[account.Guardrail](why)
			}
		}
	}
	return out
}

func unreadDocuments(list account.List[account.InlinePolicy], why account.Unread) account.List[account.InlinePolicy] {
	var policies []account.InlinePolicy
	for _, p := range list.Items() {
		policies = append(policies, account.InlinePolicy{Name: p.Name, Document: account.Unreadable[string](why)})
	}
	var unread account.Unread
	if errors.As(list.Err(), &unread) {
		return account.Partial(policies, unread)
	}
	return account.Complete(policies)
}

func withoutImageBuilder(regions map[string]*account.ImageBuilder, action string, why account.Unread) map[string]*account.ImageBuilder {
	out := map[string]*account.ImageBuilder{}
	for region, ib := range regions {
		b := *ib
		out[region] = &b
		switch action {
		case "imagebuilder:ListLifecyclePolicies":
			b.LifecyclePolicies = account.Partial[account.LifecyclePolicy](nil, why)
		case "imagebuilder:GetLifecyclePolicy":
			b.LifecyclePolicies = each(b.LifecyclePolicies, func(p account.LifecyclePolicy) account.LifecyclePolicy {
				p.Rules, p.Selection = account.Unreadable[[]account.LifecycleRule](why), account.Unreadable[account.Selection](why)
				return p
			})
		case "imagebuilder:ListDistributionConfigurations":
			b.Distributions = account.Partial[account.Distribution](nil, why)
		case "imagebuilder:GetDistributionConfiguration":
			b.Distributions = each(b.Distributions, func(d account.Distribution) account.Distribution {
				d.Settings = account.Unreadable[[]account.DistributionSettings](why)
				return d
			})
		case "imagebuilder:ListContainerRecipes":
			b.ContainerRecipes = account.Partial[account.ContainerRecipe](nil, why)
		case "imagebuilder:GetContainerRecipe":
			b.ContainerRecipes = each(b.ContainerRecipes, func(r account.ContainerRecipe) account.ContainerRecipe {
				r.Repository = account.Unreadable[string](why)
				return r
			})
		case "imagebuilder:ListImageBuildVersions":
			b.Images = account.Partial[account.Image](nil, why)
		case "imagebuilder:ListImagePipelines":
			b.Pipelines = account.Partial[account.Pipeline](nil, why)
		case "imagebuilder:ListImageRecipes":
			b.ImageRecipes = account.Partial[account.ImageRecipe](nil, why)
		case "ram:ListResources":
			b.SharedImages = account.Partial[account.SharedImage](nil, why)
		case "imagebuilder:ListLifecycleExecutions", "imagebuilder:ListLifecycleExecutionResources":
			b.LastExecutions = map[string]account.Read[account.Execution]{}
			for arn, read := range ib.LastExecutions {
				if last, found, _ := read.Get(); found && action == "imagebuilder:ListLifecycleExecutionResources" {
					last.Resources = account.Partial[account.ExecutionResource](nil, why)
					read = account.Present(last)
				} else if action == "imagebuilder:ListLifecycleExecutions" {
					read = account.Unreadable[account.Execution](why)
				}
				b.LastExecutions[arn] = read
			}
		}
	}
	return out
}

func each[T any](list account.List[T], change func(T) T) account.List[T] {
	items := []T{}
	for _, item := range list.Items() {
		items = append(items, change(item))
	}
	var why account.Unread
	if errors.As(list.Err(), &why) {
		return account.Partial(items, why)
	}
	return account.Complete(items)
}
