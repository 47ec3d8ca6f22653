package account

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks/symbol"
)

// Gap is a part that could not be read.
type Gap struct {
	Account string `json:"account"`
	Region  string `json:"region,omitempty"`
	Part    Part   `json:"part"`
	Name    string `json:"name,omitempty"` // of the role or repository, or the ID of something in an organization
	Unread
}

// Gaps are all parts that could not be read, whether or not a verdict depends on them.
func (inv *Inventory) Gaps() []Gap {
	var gaps []Gap
	if o := inv.Organization; o != nil {
		var why Unread
		if errors.As(o.Members.Err(), &why) {
			gaps = append(gaps, Gap{Account: o.Account, Part: MembersPart, Unread: why})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(inv.Accounts)) {
		of := accountGaps{account: id}
		of.read(inv.Accounts[id].Unfold())
		gaps = append(gaps, of.gaps...)
	}
	for _, id := range slices.Sorted(maps.Keys(inv.Guardrails)) {
		gaps = append(gaps, inv.guardrailGaps(id)...)
	}
	return gaps
}

// accountGaps collects the gaps of one account.
type accountGaps struct {
	account string
	gaps    []Gap
}

// add adds a gap if a read was tried and failed. Code need not declare everything.
func (g *accountGaps) add(part Part, region, name string, tried bool, err error) {
	var why Unread
	if tried && errors.As(err, &why) && why.Reason != Undeclared {
		g.gaps = append(g.gaps, Gap{symbol.Text(g.account), symbol.Text(region), part, symbol.Text(name), why})
	}
}

func (g *accountGaps) read(a *Account) {
	_, _, err := a.Membership.Get()
	g.add(MembershipPart, "", "", !a.Membership.IsZero(), err)
	g.add(RegionsPart, "", "", !a.Regions.IsZero(), a.Regions.Err())
	_, _, err = a.OtherRoles.Get()
	g.add(RolePart, "", "", !a.OtherRoles.IsZero(), err)
	for _, name := range slices.Sorted(maps.Keys(a.Roles)) {
		g.role(name, a.Roles[name])
	}
	g.add(RoleNamesPart, "", "", !a.RoleNames.IsZero(), a.RoleNames.Err())
	for _, region := range slices.Sorted(maps.Keys(a.ImageBuilder)) {
		g.imageBuilder(region, a.ImageBuilder[region])
	}
	for _, region := range slices.Sorted(maps.Keys(a.RepositoryNames)) {
		g.add(RepositoryNamesPart, region, "", true, a.RepositoryNames[region].Err())
	}
	addRepositories(g, RepositoryTagsPart, a.RepositoryTags)
	addRepositories(g, RepositoryPolicyPart, a.RepositoryPolicies)
	for _, region := range slices.Sorted(maps.Keys(a.Registries)) {
		r := a.Registries[region]
		_, _, err := r.Policy.Get()
		g.add(RegistryPolicyPart, region, "", !r.Policy.IsZero(), err)
		_, _, err = r.Scope.Get()
		g.add(RegistryPolicyPart, region, "", !r.Scope.IsZero(), err)
	}
}

func (g *accountGaps) role(name string, read Read[Role]) {
	role, found, err := read.Get()
	g.add(RolePart, "", name, true, err)
	if !found {
		return
	}
	_, _, err = role.Trust.Get()
	g.add(RolePart, "", name, !role.Trust.IsZero(), err)
	g.add(AttachedPoliciesPart, "", name, !role.Attached.IsZero(), role.Attached.Err())
	addDocument := func(document Read[string]) {
		var why Unread
		_, _, err := document.Get()
		errors.As(err, &why)
		g.add(PolicyDocumentsPart, "", name, why.Reason != NotCollected, err) // a file may hold all roles and no documents
	}
	for _, p := range role.Attached.Items() {
		addDocument(p.Document)
	}
	addDocument(role.BoundaryDocument)
	g.add(SimulationPart, "", name, !role.Simulated.IsZero(), role.Simulated.Err())
	g.add(InlinePoliciesPart, "", name, !role.Inline.IsZero(), role.Inline.Err())
	for _, p := range role.Inline.Items() {
		_, _, err := p.Document.Get()
		g.add(InlinePoliciesPart, "", name, !p.Document.IsZero(), err)
	}
}

func (g *accountGaps) imageBuilder(region string, ib *ImageBuilder) {
	g.add(LifecyclePoliciesPart, region, "", !ib.LifecyclePolicies.IsZero(), ib.LifecyclePolicies.Err())
	for _, p := range ib.LifecyclePolicies.Items() {
		_, _, err := p.Rules.Get()
		g.add(LifecycleRulesPart, region, p.Name, !p.Rules.IsZero(), err)
	}
	for _, arn := range slices.Sorted(maps.Keys(ib.LastExecutions)) {
		execution, _, err := ib.LastExecutions[arn].Get()
		g.add(ExecutionsPart, region, lastOf(arn), true, err)
		g.add(ExecutionsPart, region, lastOf(arn), err == nil && !execution.Resources.IsZero(), execution.Resources.Err())
	}
	g.add(DistributionsPart, region, "", !ib.Distributions.IsZero(), ib.Distributions.Err())
	for _, d := range ib.Distributions.Items() {
		_, _, err := d.Settings.Get()
		g.add(DistributionsPart, region, d.Name, !d.Settings.IsZero(), err)
	}
	g.add(ContainerRecipesPart, region, "", !ib.ContainerRecipes.IsZero(), ib.ContainerRecipes.Err())
	for _, r := range ib.ContainerRecipes.Items() {
		_, _, err := r.Repository.Get()
		g.add(ContainerRecipesPart, region, r.Name, !r.Repository.IsZero(), err)
	}
	g.add(ImagesPart, region, "", !ib.Images.IsZero(), ib.Images.Err())
	g.add(PipelinesPart, region, "", !ib.Pipelines.IsZero(), ib.Pipelines.Err())
	g.add(ImageRecipesPart, region, "", !ib.ImageRecipes.IsZero(), ib.ImageRecipes.Err())
	g.add(SharedImagesPart, region, "", !ib.SharedImages.IsZero(), ib.SharedImages.Err())
}

func addRepositories[T any](g *accountGaps, part Part, regions map[string]map[string]Read[T]) {
	for _, region := range slices.Sorted(maps.Keys(regions)) {
		for _, name := range slices.Sorted(maps.Keys(regions[region])) {
			_, _, err := regions[region][name].Get()
			g.add(part, region, name, true, err)
		}
	}
}

// guardrailGaps are the gaps in what was read of an organization's guardrails. They
// belong to its management account if that is known.
func (inv *Inventory) guardrailGaps(organization string) (gaps []Gap) {
	management := ""
	for _, id := range slices.Sorted(maps.Keys(inv.Accounts)) {
		if m, _, _ := inv.Accounts[id].Membership.Get(); m.Organization == organization {
			management = m.ManagementAccount
			break
		}
	}
	add := func(name string, err error) {
		var why Unread
		if errors.As(err, &why) {
			gaps = append(gaps, Gap{Account: management, Part: GuardrailsPart, Name: name, Unread: why})
		}
	}
	g := inv.Guardrails[organization]
	_, _, err := g.Enabled.Get()
	add(organization, err)
	for _, id := range slices.Sorted(maps.Keys(g.Parents)) {
		_, _, err := g.Parents[id].Get()
		add(id, err)
	}
	for _, id := range slices.Sorted(maps.Keys(g.Attached)) {
		for _, policyType := range slices.Sorted(maps.Keys(g.Attached[id])) {
			add(id, g.Attached[id][policyType].Err())
		}
	}
	for _, id := range slices.Sorted(maps.Keys(g.Policies)) {
		_, _, err := g.Policies[id].Get()
		add(id, err)
	}
	return gaps
}

func lastOf(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }
