package demand

import (
	"cmp"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/policy"
)

// ownerDemands is what the lifecycle policies of one owner ask for.
type ownerDemands struct {
	view  *View
	owner account.Owner
	asked

	reaches map[*asker]*reach
	images  map[string]*imageIndex // by Region
	byRole  map[string][]*asker    // active askers by the role's name; "": of any role
	needs   map[string][]Need      // of execution roles, by reference
}

// demandParts are the parts that demands are computed from. Views that show the same ones
// share their demands.
var demandParts = []account.Part{
	account.LifecyclePoliciesPart, account.LifecycleRulesPart, account.DistributionsPart,
	account.ContainerRecipesPart, account.ImagesPart, account.PipelinesPart,
}

// Parts are the parts that say what lifecycle management needs. A check that uses the
// needs of a role or the reasons for a subject declares them all, so that all checks see
// the same.
func Parts() []account.Part { return slices.Clone(demandParts) }

// shownParts is which of the parts that demands and their evidence come from a view shows.
func (view *View) shownParts() string {
	var shown []string
	for _, part := range append(Parts(), account.ExecutionsPart) {
		if view.needed == nil || view.needed[part] {
			shown = append(shown, string(part))
		}
	}
	return strings.Join(shown, " ")
}

// demandsOf are the demands of the owners with an account ID. An account can be listed as an owner
// more than once.
func (view *View) demandsOf(id string) []*ownerDemands {
	return view.shared.demands.get(seenAccount{view.shownParts(), id}, func() (all []*ownerDemands) {
		for _, o := range view.owners(id) {
			d := &ownerDemands{view: view, owner: o, asked: view.askers(o), reaches: map[*asker]*reach{}, images: map[string]*imageIndex{}, byRole: map[string][]*asker{}, needs: map[string][]Need{}}
			for _, a := range d.active {
				ref, _ := account.ParseRoleReference(a.role)
				d.byRole[ref.Name] = append(d.byRole[ref.Name], a)
			}
			all = append(all, d)
		}
		return all
	})
}

// reach is where the images are that an asker selects.
func (d *ownerDemands) reach(a *asker) *reach {
	if d.reaches[a] == nil {
		d.reaches[a] = d.reachOf(a)
	}
	return d.reaches[a]
}

// using are the active askers that use a role. A role for the deletion of images need not suit a
// policy to come.
func (d *ownerDemands) using(ref account.RoleReference) (all []*asker) {
	deletes := slices.ContainsFunc(d.byRole[ref.Name], func(a *asker) bool { return a.deletion != nil && a.names(d.owner.Account, ref) })
	for _, a := range slices.Concat(d.byRole[ref.Name], d.byRole[""]) {
		if deletes && slices.Contains(d.coming, a) {
			continue
		}
		if a.names(d.owner.Account, ref) {
			all = append(all, a)
		}
	}
	return slices.Compact(all)
}

// executionNeeds are the needs of an execution role. If the user named the role, and no
// policy does, it is for a policy to come.
func (d *ownerDemands) executionNeeds(ref account.RoleReference) []Need {
	if all, known := d.needs[ref.Text]; known {
		return all
	}
	askers := d.using(ref)
	if !slices.ContainsFunc(askers, func(a *asker) bool { return a.Strength == Certain }) {
		askers = union(askers, d.coming)
	}
	var c needs
	for _, a := range askers {
		reach := d.reach(a)
		a.eachRule(func(r rule, n needed) {
			c.onAMIs(r, n, reach, d.owner.Account)
			c.onImages(r, n, a, reach)
		})
	}
	d.needs[ref.Text] = c.sorted()
	return d.needs[ref.Text]
}

// everything is the reach of all images of the owner, whichever policy selects them.
func (d *ownerDemands) everything() (all []*reach) {
	for _, a := range d.coming {
		all = append(all, d.reach(a))
	}
	return all
}

// cmpNeeds orders needs as the managed policy grants the actions, then by Region,
// repository, recipe and alternative.
func cmpNeeds(order map[policy.Granted]int, a, b Need) int {
	return cmp.Or(
		cmp.Compare(order[a.Granted], order[b.Granted]),
		cmp.Compare(a.Region, b.Region),
		cmp.Compare(a.Repository.Region, b.Repository.Region),
		cmp.Compare(a.Repository.Name, b.Repository.Name),
		cmp.Compare(a.Recipe, b.Recipe),
		cmp.Compare(a.Version, b.Version),
		cmp.Compare(a.Alternative, b.Alternative),
	)
}

// imageIndex finds the images of a Region that a selection may match.
type imageIndex struct {
	all    []account.Image
	byName map[string][]account.Image // by normal name
}

// imagesIn are the images of the owner in a Region.
func (d *ownerDemands) imagesIn(region string) *imageIndex {
	if d.images[region] == nil {
		x := &imageIndex{all: d.view.imageBuilder(d.owner.Account, region).Images.Items(), byName: map[string][]account.Image{}}
		for _, image := range x.all {
			name, _, _ := NameAndVersion(image.ARN)
			x.byName[name] = append(x.byName[name], image)
		}
		d.images[region] = x
	}
	return d.images[region]
}

// candidates are the images that a selection may match. Tags may match any.
func (x *imageIndex) candidates(s selection) []account.Image {
	if s.everything || len(s.Tags) > 0 {
		return x.all
	}
	var all []account.Image
	seen := map[string]bool{}
	for _, r := range s.Recipes {
		if name := NormalName(r.Name); !seen[name] {
			seen[name] = true
			all = append(all, x.byName[name]...)
		}
	}
	return all
}
