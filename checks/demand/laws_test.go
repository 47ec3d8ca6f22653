package demand_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/internal/testrun"
)

const lawOwner = "111122223333"

// generator makes inventories with the lifecycle policies of one owner.
type generator struct{ *rand.Rand }

func (g generator) of(all ...string) string { return all[g.IntN(len(all))] }

func (g generator) yes(percent int) bool { return g.IntN(100) < percent }

var (
	recipeNames = []string{"web", "Data Base", "api", "old_one"}
	versions    = []string{"1.0.0", "1.1.0", "2.0.0"}
	lawRegions  = []string{"eu-west-1", "us-east-1"}
	amiRegions  = []string{"eu-west-1", "us-east-1", "us-west-2"}
	lawAccounts = []string{lawOwner, "222233334444", "333344445555"}
)

func arnOf(region, kind, name string) string {
	return "arn:aws:imagebuilder:" + region + ":" + lawOwner + ":" + kind + "/" + name
}

func (g generator) policy(region string, i int) account.LifecyclePolicy {
	p := account.LifecyclePolicy{
		ARN: arnOf(region, "lifecycle-policy", fmt.Sprint("p", i)), Name: fmt.Sprint("p", i), Status: "ENABLED",
		ExecutionRole: g.of("RoleA", "RoleB"), ResourceType: g.of(account.AMIImage, account.AMIImage, account.ContainerImage),
	}
	if g.yes(10) {
		p.Status = "DISABLED"
	}
	var rules []account.LifecycleRule
	for _, action := range []string{"DEPRECATE", "DISABLE", "DELETE"} {
		if !g.yes(60) {
			continue
		}
		r := account.LifecycleRule{Action: action}
		if p.ResourceType == account.ContainerImage {
			r.Action, r.Containers = "DELETE", g.yes(90)
		} else if r.AMIs = g.yes(85); r.AMIs {
			r.Snapshots = action == "DELETE" && g.yes(80)
			r.ReadsAttributes = g.yes(20)
			if g.yes(25) {
				r.ExcludedRegions = []string{g.of(amiRegions...)}
			}
		}
		if g.yes(20) {
			r.ExcludedTags = account.Tags{"team": g.of("a", "b")}
		}
		rules = append(rules, r)
	}
	p.Rules = account.Present(rules)
	s := account.Selection{}
	if g.yes(25) {
		s.Tags = account.Tags{"team": g.of("a", "b")}
	} else {
		for range 1 + g.IntN(2) {
			s.Recipes = append(s.Recipes, account.Recipe{Name: g.of(recipeNames...), Version: g.of("x.x.x", "1.x.x", "1.0.0")})
		}
	}
	p.Selection = account.Present(s)
	return p
}

func (g generator) imageBuilder(region string) *account.ImageBuilder {
	var policies []account.LifecyclePolicy
	for i := range 1 + g.IntN(3) {
		policies = append(policies, g.policy(region, i))
	}
	var distributions []account.Distribution
	for i := range g.IntN(3) {
		settings := []account.DistributionSettings{}
		for range 1 + g.IntN(2) {
			s := account.DistributionSettings{Region: g.of(amiRegions...)}
			switch g.IntN(3) {
			case 0:
				s.TargetAccounts = []string{g.of(lawAccounts...)}
			case 1:
				s.Repository = g.of("team/a", "team/b")
			}
			settings = append(settings, s)
		}
		distributions = append(distributions, account.Distribution{ARN: arnOf(region, "distribution-configuration", fmt.Sprint("d", i)), Name: fmt.Sprint("d", i), Settings: account.Present(settings)})
	}
	var recipes []account.ContainerRecipe
	for i := range g.IntN(3) {
		name := g.of(recipeNames...)
		recipes = append(recipes, account.ContainerRecipe{
			ARN: arnOf(region, "container-recipe", demand.NormalName(name)+"/"+g.of(versions...)), Name: fmt.Sprint(name, i), Repository: account.Present(g.of("team/a", "team/b", "team/c")),
		})
	}
	var images []account.Image
	for i := range g.IntN(5) {
		image := account.Image{ARN: arnOf(region, "image", demand.NormalName(g.of(recipeNames...))+"/"+g.of(versions...)+fmt.Sprint("/", i))}
		if g.yes(40) {
			image.Tags = account.Tags{"team": g.of("a", "b")}
		}
		if g.yes(60) {
			image.AMIs = []account.AMI{{ID: fmt.Sprint("ami-", i), Region: g.of(amiRegions...), Account: g.of(lawAccounts...)}}
		} else {
			image.Containers = []account.Container{{Region: g.of(amiRegions...), URIs: []string{"team/" + g.of("a", "b", "c") + ":1"}}}
		}
		images = append(images, image)
	}
	var pipelines []account.Pipeline
	for i := range g.IntN(3) {
		p := account.Pipeline{
			ARN: arnOf(region, "image-pipeline", fmt.Sprint("l", i)), Name: fmt.Sprint("l", i), Status: g.of("ENABLED", "ENABLED", "DISABLED"),
			Recipe: arnOf(region, g.of("image-recipe", "container-recipe"), demand.NormalName(g.of(recipeNames...))+"/"+g.of("1.0.0", "2.0.0", "1.x.x")),
		}
		if len(distributions) > 0 && g.yes(80) {
			p.Distribution = distributions[g.IntN(len(distributions))].ARN
		}
		if g.yes(20) {
			p.ImageTags = account.Tags{"team": g.of("a", "b")}
		}
		if g.yes(10) {
			p.Workflows = []string{"arn:aws:imagebuilder:" + region + ":" + lawOwner + ":workflow/distribution/own/1.0.0/1"}
		}
		pipelines = append(pipelines, p)
	}
	return &account.ImageBuilder{
		LifecyclePolicies: account.Complete(policies), Distributions: account.Complete(distributions), ContainerRecipes: account.Complete(recipes),
		Images: account.Complete(images), Pipelines: account.Complete(pipelines),
	}
}

func (g generator) inventory() *account.Inventory {
	a := &account.Account{Partition: "aws", ImageBuilder: map[string]*account.ImageBuilder{}}
	for _, region := range lawRegions[:1+g.IntN(2)] {
		a.ImageBuilder[region] = g.imageBuilder(region)
	}
	return &account.Inventory{
		Owners: []account.Owner{{Account: lawOwner, Regions: []string{"eu-west-1"}, Discover: []account.Kind{
			account.ExecutionRoleKind, account.DestinationKind, account.RepositoryKind, account.LifecyclePolicyKind,
		}}},
		Accounts: map[string]*account.Account{lawOwner: a},
	}
}

// inRole is a need with the account and the name of the role that it is for.
type inRole struct {
	account, role string
	demand.Need
}

// demanded is everything that lifecycle management needs, and the gaps.
type demanded struct {
	needs        []inRole
	repositories map[account.Repository]demand.Strength
	destinations map[string]demand.Strength
	gaps         map[account.Kind]bool
}

func demandsOf(inv *account.Inventory) demanded {
	view := demand.New(inv)
	all := demanded{nil, map[account.Repository]demand.Strength{}, map[string]demand.Strength{}, map[account.Kind]bool{}}
	gap := func(kind account.Kind, err error) {
		for _, one := range account.Gaps(err) {
			var undiscovered *account.Undiscovered
			if !errors.As(one, &undiscovered) || !undiscovered.NotApplicable {
				all.gaps[kind] = true
			}
		}
	}
	roles, err := view.ExecutionRoles(lawOwner)
	gap(account.ExecutionRoleKind, err)
	for _, r := range roles {
		if r.Unneeded == "" {
			for _, n := range r.Needs() {
				all.needs = append(all.needs, inRole{lawOwner, r.Reference.Name, n})
			}
		}
	}
	repositories, err := view.ContainerRepositories(lawOwner)
	gap(account.RepositoryKind, err)
	for _, r := range repositories {
		all.repositories[r.Repository] = r.Strength
	}
	for _, id := range view.SubjectAccounts() {
		destinations, err := view.Destinations(id)
		gap(account.DestinationKind, err)
		for _, d := range destinations {
			all.destinations[id] = d.Strength
			for _, n := range d.Needs() {
				all.needs = append(all.needs, inRole{id, account.CrossAccountRoleName, n})
			}
		}
	}
	return all
}

// covers reports whether a need is at least possible wherever another one is.
func (n inRole) covers(other inRole) bool {
	return n.account == other.account && n.role == other.role && n.Granted == other.Granted && n.Strength >= demand.Possible &&
		(n.Region == "" || n.Region == other.Region) && (n.Repository == account.Repository{} || n.Repository == other.Repository) && (n.Recipe == "" || n.Recipe == other.Recipe)
}

// lost are the certain needs and subjects of one reading that another neither has, nor has
// as possible, nor covers with a gap.
func (before demanded) lost(after demanded) (lost []string) {
	for _, n := range before.needs {
		if n.Strength != demand.Certain || slices.ContainsFunc(after.needs, func(m inRole) bool { return m.covers(n) }) {
			continue
		}
		kind := account.DestinationKind
		if n.account == lawOwner {
			kind = account.ExecutionRoleKind
		}
		if !after.gaps[kind] {
			lost = append(lost, fmt.Sprintf("%s in %s %+v", n.role, n.account, n.Need))
		}
	}
	for r, s := range before.repositories {
		if s == demand.Certain && after.repositories[r] < demand.Possible && !after.gaps[account.RepositoryKind] {
			lost = append(lost, fmt.Sprintf("repository %v", r))
		}
	}
	for id, s := range before.destinations {
		if s == demand.Certain && after.destinations[id] < demand.Possible && !after.gaps[account.DestinationKind] {
			lost = append(lost, "destination "+id)
		}
	}
	return lost
}

// Refusing a part leaves each certain demand, or turns it into a possible one or one that a
// gap covers.
func TestRefusingAPartLosesNoDemand(t *testing.T) {
	g, changed := generator{rand.New(rand.NewPCG(1, 1))}, 0
	for round := range 600 / min(testrun.Thin(), 8) {
		inv := g.inventory()
		before := demandsOf(inv)
		for region, ib := range inv.Accounts[lawOwner].ImageBuilder {
			for part, without := range refusals(ib) {
				inv.Accounts[lawOwner].ImageBuilder[region] = without
				after := demandsOf(inv)
				if lost := before.lost(after); len(lost) > 0 {
					t.Fatalf("round %d, without %s in %s: %s", round, part, region, lost[0])
				}
				if !cmp.Equal(before.destinations, after.destinations) || len(before.needs) != len(after.needs) {
					changed++
				}
			}
			inv.Accounts[lawOwner].ImageBuilder[region] = ib
		}
	}
	if changed == 0 {
		t.Error("no refusal changed a demand: the test checks nothing")
	}
}

// refusals are copies of what was read, each without one part.
func refusals(ib *account.ImageBuilder) map[string]*account.ImageBuilder {
	out := map[string]*account.ImageBuilder{}
	edit := func(name string, f func(*account.ImageBuilder)) {
		without := *ib
		f(&without)
		out[name] = &without
	}
	edit("images", func(ib *account.ImageBuilder) { ib.Images = account.Partial[account.Image](nil, denied) })
	edit("the other images", func(ib *account.ImageBuilder) {
		if all := ib.Images.Items(); len(all) > 1 {
			ib.Images = account.Partial(all[:1], denied)
		}
	})
	edit("pipelines", func(ib *account.ImageBuilder) { ib.Pipelines = account.Partial[account.Pipeline](nil, denied) })
	edit("distributions", func(ib *account.ImageBuilder) { ib.Distributions = account.Partial[account.Distribution](nil, denied) })
	edit("container recipes", func(ib *account.ImageBuilder) {
		ib.ContainerRecipes = account.Partial[account.ContainerRecipe](nil, denied)
	})
	edit("policies", func(ib *account.ImageBuilder) {
		ib.LifecyclePolicies = account.Partial[account.LifecyclePolicy](nil, denied)
	})
	edit("settings", func(ib *account.ImageBuilder) {
		all := slices.Clone(ib.Distributions.Items())
		for i := range all {
			all[i].Settings = account.Unreadable[[]account.DistributionSettings](denied)
		}
		ib.Distributions = account.Complete(all)
	})
	edit("repositories of recipes", func(ib *account.ImageBuilder) {
		all := slices.Clone(ib.ContainerRecipes.Items())
		for i := range all {
			all[i].Repository = account.Unreadable[string](denied)
		}
		ib.ContainerRecipes = account.Complete(all)
	})
	for i := range ib.LifecyclePolicies.Items() {
		edit(fmt.Sprint("rules of policy ", i), func(ib *account.ImageBuilder) {
			all := slices.Clone(ib.LifecyclePolicies.Items())
			all[i].Rules, all[i].Selection = account.Unreadable[[]account.LifecycleRule](denied), account.Unreadable[account.Selection](denied)
			ib.LifecyclePolicies = account.Complete(all)
		})
	}
	return out
}

// Adding a policy removes no demand of another.
func TestAddingAPolicyLosesNoDemand(t *testing.T) {
	g := generator{rand.New(rand.NewPCG(2, 2))}
	for round := range 600 / min(testrun.Thin(), 8) {
		inv := g.inventory()
		before := demandsOf(inv)
		if !slices.ContainsFunc(inv.Accounts[lawOwner].ImageBuilder["eu-west-1"].LifecyclePolicies.Items(), func(p account.LifecyclePolicy) bool { return p.Status == "ENABLED" }) {
			continue
		}
		ib := inv.Accounts[lawOwner].ImageBuilder["eu-west-1"]
		ib.LifecyclePolicies = account.Complete(append(slices.Clone(ib.LifecyclePolicies.Items()), g.policy("eu-west-1", 9)))
		if lost := before.lost(demandsOf(inv)); len(lost) > 0 {
			t.Fatalf("round %d: %s", round, lost[0])
		}
	}
}

// The order of the parts changes nothing.
func TestOrderOfPartsChangesNoDemand(t *testing.T) {
	g := generator{rand.New(rand.NewPCG(3, 3))}
	shape := func(d demanded) []string {
		var all []string
		for _, n := range d.needs {
			all = append(all, fmt.Sprint(n.account, n.role, n.Granted, n.Region, n.Repository, n.Recipe, n.Strength, n.Alternative))
		}
		slices.Sort(all)
		return all
	}
	for round := range 600 / min(testrun.Thin(), 8) {
		inv := g.inventory()
		before := demandsOf(inv)
		for _, ib := range inv.Accounts[lawOwner].ImageBuilder {
			ib.LifecyclePolicies = shuffled(g, ib.LifecyclePolicies)
			ib.Distributions = shuffled(g, ib.Distributions)
			ib.ContainerRecipes = shuffled(g, ib.ContainerRecipes)
			ib.Images = shuffled(g, ib.Images)
			ib.Pipelines = shuffled(g, ib.Pipelines)
		}
		after := demandsOf(inv)
		if diff := cmp.Diff(shape(before), shape(after)); diff != "" {
			t.Fatalf("round %d:\n%s", round, diff)
		}
		if !cmp.Equal(before.destinations, after.destinations) || !cmp.Equal(before.repositories, after.repositories) || !cmp.Equal(before.gaps, after.gaps) {
			t.Fatalf("round %d: %v and %v", round, before.destinations, after.destinations)
		}
	}
}

func shuffled[T any](g generator, l account.List[T]) account.List[T] {
	all := slices.Clone(l.Items())
	g.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return account.Complete(all)
}
