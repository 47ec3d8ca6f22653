package account

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Contradiction returns the Unread for a part about which two answers of AWS cannot
// both be true. AWS services are eventually consistent: some answers show a change
// before others (IAM User Guide, "Changes that I make are not always immediately
// visible"). The action is the IAM action whose answer is not used.
func Contradiction(action, answer, other string) Unread {
	return Unread{Reason: Contradicted, Action: action, Detail: action + " says that " + answer + ", but " + other}
}

// Reconcile marks each part that another part contradicts as unread, so that neither
// answer decides a verdict. Sources call it before they return an inventory, and Merge
// calls it for the joined inventory.
func (inv *Inventory) Reconcile() {
	for _, id := range slices.Sorted(maps.Keys(inv.Accounts)) {
		a := inv.Accounts[id]
		if a.Folded() {
			continue // it was reconciled before
		}
		a.reconcileRoles()
		a.reconcileRepositories()
		for _, ib := range a.ImageBuilder {
			ib.reconcile()
		}
	}
	inv.reconcileMemberships()
	for _, g := range inv.Guardrails {
		for id, p := range g.Policies {
			if p.state == absent {
				g.Policies[id] = Unreadable[Guardrail](Contradiction("organizations:DescribePolicy", "policy "+id+" does not exist",
					"organizations:ListPoliciesForTarget lists it as attached"))
			}
		}
	}
}

// reconcileRoles compares GetRole with ListRoles, and the lists of a role's policies
// with what those policies are.
func (a *Account) reconcileRoles() {
	listed := make(map[string]RoleName, len(a.RoleNames.items))
	for _, name := range a.RoleNames.items {
		listed[name.Name] = name
		if _, read := a.Roles[name.Name]; !read && a.OtherRoles.state == absent {
			a.setRole(name.Name, Unreadable[Role](Contradiction("iam:GetAccountAuthorizationDetails", "there is no role "+name.Name, "the list of roles shows it")))
		}
	}
	for asked, read := range a.Roles {
		is, inList := listed[asked]
		role, found, err := read.Get()
		switch {
		case err != nil:
			continue
		case !found && inList:
			read = Unreadable[Role](Contradiction("iam:GetRole", "there is no role "+asked, "iam:ListRoles lists it"))
		case found && inList && (role.Name != is.Name || role.Path != is.Path):
			read = Unreadable[Role](Contradiction("iam:GetRole", fmt.Sprintf("the role is %s with path %s", role.Name, role.Path),
				fmt.Sprintf("iam:ListRoles lists %s with path %s", is.Name, is.Path)))
		case found && a.RoleNames.complete && listed[role.Name] == (RoleName{}):
			read = Unreadable[Role](Contradiction("iam:GetRole", "role "+role.Name+" exists", "iam:ListRoles does not list it"))
		case found:
			role.reconcilePolicies()
			read = Present(role)
		}
		a.Roles[asked] = read
	}
}

func (a *Account) setRole(name string, read Read[Role]) {
	if a.Roles == nil {
		a.Roles = map[string]Read[Role]{}
	}
	a.Roles[name] = read
}

// reconcilePolicies leaves no policy that is attached and does not exist: IAM deletes
// no managed policy that is attached or a boundary (IAM API Reference, DeletePolicy).
func (r *Role) reconcilePolicies() {
	if slices.ContainsFunc(r.Attached.items, func(p AttachedPolicy) bool { return p.Document.state == absent }) {
		r.Attached.items = slices.Clone(r.Attached.items)
		for i := range r.Attached.items {
			if p := &r.Attached.items[i]; p.Document.state == absent {
				p.Document = Unreadable[string](Contradiction("iam:GetPolicy", "policy "+p.ARN+" does not exist", "iam:ListAttachedRolePolicies lists it as attached"))
			}
		}
	}
	if slices.ContainsFunc(r.Inline.items, func(p InlinePolicy) bool { return p.Document.state == absent }) {
		r.Inline.items = slices.Clone(r.Inline.items)
		for i := range r.Inline.items {
			if p := &r.Inline.items[i]; p.Document.state == absent {
				p.Document = Unreadable[string](Contradiction("iam:GetRolePolicy", "inline policy "+p.Name+" does not exist", "iam:ListRolePolicies lists it"))
			}
		}
	}
	if r.Boundary != "" && r.BoundaryDocument.state == absent {
		r.BoundaryDocument = Unreadable[string](Contradiction("iam:GetPolicy", "policy "+r.Boundary+" does not exist", "iam:GetRole names it as the permissions boundary"))
	}
}

// reconcileRepositories compares ListTagsForResource, which finds a repository or
// does not, with the other operations of ECR.
func (a *Account) reconcileRepositories() {
	for region, tags := range a.RepositoryTags {
		ReconcileTags(tags, a.RepositoryNames[region])
		for name, policy := range a.RepositoryPolicies[region] {
			if tags[name].state == absent && policy.state == present {
				tags[name] = Unreadable[Tags](Contradiction("ecr:ListTagsForResource", "there is no repository "+name, "ecr:GetRepositoryPolicy returns its policy"))
			}
		}
	}
}

// ReconcileTags compares the tags of repositories with the list of DescribeRepositories.
// An answer of the tagging API never overrides one of ECR: it may contain deleted
// resources, and it omits resources that never had tags (Resource Groups Tagging API
// Reference, GetResources).
func ReconcileTags(tags map[string]Read[Tags], list List[string]) {
	listed := make(map[string]bool, len(list.items))
	for _, name := range list.items {
		listed[name] = true
	}
	for name, read := range tags {
		switch {
		case read.state == absent && listed[name]:
			tags[name] = Unreadable[Tags](Contradiction("ecr:ListTagsForResource", "there is no repository "+name, "ecr:DescribeRepositories lists it"))
		case read.state == present && list.complete && !listed[name]:
			tags[name] = Unreadable[Tags](Contradiction("ecr:ListTagsForResource", "repository "+name+" exists", "ecr:DescribeRepositories does not list it"))
		}
	}
}

// reconcile compares the lists of Image Builder with the operations that get one item.
func (ib *ImageBuilder) reconcile() {
	for i := range ib.LifecyclePolicies.items {
		p := &ib.LifecyclePolicies.items[i]
		if last, ok := ib.LastExecutions[p.ARN]; ok && last.state == absent && !p.LastRun.IsZero() {
			ib.LastExecutions[p.ARN] = Unreadable[Execution](Contradiction("imagebuilder:ListLifecycleExecutions", "lifecycle policy "+p.Name+" has not run",
				"imagebuilder:ListLifecyclePolicies shows when it last ran"))
		}
		if p.Rules.state != absent && p.Selection.state != absent {
			continue
		}
		why := Contradiction("imagebuilder:GetLifecyclePolicy", "lifecycle policy "+p.Name+" does not exist", "imagebuilder:ListLifecyclePolicies lists it")
		p.Rules, p.Selection = Unreadable[[]LifecycleRule](why), Unreadable[Selection](why)
	}
	for i := range ib.Distributions.items {
		if d := &ib.Distributions.items[i]; d.Settings.state == absent {
			d.Settings = Unreadable[[]DistributionSettings](Contradiction("imagebuilder:GetDistributionConfiguration",
				"distribution configuration "+d.Name+" does not exist", "imagebuilder:ListDistributionConfigurations lists it"))
		}
	}
	for i := range ib.ContainerRecipes.items {
		if r := &ib.ContainerRecipes.items[i]; r.Repository.state == absent {
			r.Repository = Unreadable[string](Contradiction("imagebuilder:GetContainerRecipe",
				"container recipe "+r.Name+" does not exist", "imagebuilder:ListContainerRecipes lists it"))
		}
	}
	ib.reconcilePipelines()
}

// reconcilePipelines leaves no complete list that lacks what a pipeline names: Image
// Builder deletes no distribution configuration and no recipe that a pipeline uses (Image
// Builder API Reference, ResourceDependencyException).
func (ib *ImageBuilder) reconcilePipelines() {
	for _, p := range ib.Pipelines.items {
		here, _, _ := strings.Cut(p.ARN, ":image-pipeline/") // partition, Region and account
		own := func(arn, kind string) bool { return strings.HasPrefix(arn, here+":"+kind+"/") }
		if own(p.Distribution, "distribution-configuration") {
			mustHold(&ib.Distributions, p.Distribution, func(d Distribution) string { return d.ARN },
				Contradiction("imagebuilder:ListDistributionConfigurations", "there is no "+lastField(p.Distribution), "pipeline "+p.Name+" uses it"))
		}
		if strings.Contains(lastOf(p.Recipe), "x") {
			continue // it stands for several versions, of which none need exist
		}
		if own(p.Recipe, "image-recipe") {
			mustHold(&ib.ImageRecipes, p.Recipe, func(r ImageRecipe) string { return r.ARN },
				Contradiction("imagebuilder:ListImageRecipes", "there is no "+lastField(p.Recipe), "pipeline "+p.Name+" uses it"))
		}
		if own(p.Recipe, "container-recipe") {
			mustHold(&ib.ContainerRecipes, p.Recipe, func(r ContainerRecipe) string { return r.ARN },
				Contradiction("imagebuilder:ListContainerRecipes", "there is no "+lastField(p.Recipe), "pipeline "+p.Name+" uses it"))
		}
	}
}

// lastField is what follows the account in an ARN: type and name.
func lastField(arn string) string {
	fields := strings.SplitN(arn, ":", 6)
	return fields[len(fields)-1]
}

// mustHold makes a complete list partial if it lacks an item.
func mustHold[T any](list *List[T], arn string, arnOf func(T) string, why Unread) {
	if list.complete && !slices.ContainsFunc(list.items, func(item T) bool { return arnOf(item) == arn }) {
		*list = Partial(list.items, why)
	}
}

// reconcileMemberships compares what DescribeOrganization says in an account with the
// list of the organization's accounts.
func (inv *Inventory) reconcileMemberships() {
	if inv.Organization == nil {
		return
	}
	own := Membership{}
	if a := inv.Accounts[inv.Organization.Account]; a != nil {
		own, _, _ = a.Membership.Get()
	}
	for _, m := range inv.Organization.Members.items {
		a := inv.Accounts[m.Account]
		if a == nil || m.State != activeState || m.Name == "" { // without a name: not listed, but named by the user
			continue
		}
		const action, lists = "organizations:DescribeOrganization", "organizations:ListAccounts lists it as a member"
		is, found, err := a.Membership.Get()
		switch {
		case err != nil:
		case !found:
			a.Membership = Unreadable[Membership](Contradiction(action, "account "+m.Account+" is in no organization", lists))
		case own.Organization != "" && is.Organization != "" && is.Organization != own.Organization:
			a.Membership = Unreadable[Membership](Contradiction(action, "account "+m.Account+" is in organization "+is.Organization, lists+" of "+own.Organization))
		}
	}
}
