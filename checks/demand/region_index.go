package demand

import (
	"slices"
	"sync"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/symbol"
)

// regionIndex finds what belongs together in a Region, so that a policy need not be compared with
// all images and all other policies.
type regionIndex struct {
	once sync.Once

	images   map[mark][]int // indexes of images by what selects them
	policies map[mark][]int // indexes of policies by what they select
	open     []int          // indexes of policies of which not everything is known
	recipes  map[string][]string
}

// mark is by what a selection matches an image: the normal name of a recipe, or a tag.
type mark struct{ recipe, key, value string }

func marksOf(s account.Selection) (all []mark) {
	for _, r := range s.Recipes {
		all = append(all, mark{recipe: NormalName(r.Name)})
	}
	return append(all, tagMarks(s.Tags)...)
}

func marksOfImage(image account.Image) []mark {
	all := tagMarks(image.Tags)
	if name, _, ok := NameAndVersion(image.ARN); ok {
		all = append(all, mark{recipe: name})
	}
	return all
}

func tagMarks(tags account.Tags) (all []mark) {
	for key, value := range tags {
		all = append(all, mark{key: key, value: value})
	}
	return all
}

// index returns the index of the Region. Its policies and images do not change any more.
func (at *PolicyRegion) index() *regionIndex {
	x := &at.indexed
	x.once.Do(func() {
		x.images, x.policies, x.recipes = map[mark][]int{}, map[mark][]int{}, map[string][]string{}
		for i, image := range at.Images.Items() {
			for _, m := range marksOfImage(image) {
				x.images[m] = append(x.images[m], i)
			}
		}
		for i, p := range at.Policies {
			selects, known := p.known()
			if !known {
				x.open = append(x.open, i)
			}
			for _, m := range marksOf(selects) {
				if found := x.policies[m]; len(found) == 0 || found[len(found)-1] != i {
					x.policies[m] = append(found, i)
				}
			}
		}
		for _, ib := range []*account.ImageBuilder{at.ImageBuilder, at.Planned} {
			if ib == nil {
				continue
			}
			for _, r := range ib.ImageRecipes.Items() {
				x.addRecipe(r.ARN)
			}
			for _, r := range ib.ContainerRecipes.Items() {
				x.addRecipe(r.ARN)
			}
		}
	})
	return x
}

func (x *regionIndex) addRecipe(arn string) {
	if name, _, ok := NameAndVersion(arn); ok {
		x.recipes[name] = append(x.recipes[name], arn)
	}
}

// known is the selection of a policy, and whether everything is known that says which images it
// acts on.
func (p OwnedPolicy) known() (selects account.Selection, known bool) {
	selects, selected, _ := p.Selection.Get()
	_, ruled, _ := p.Rules.Get()
	known = selected && ruled && (p.Input == nil || len(p.Input.Undecided) == 0)
	for _, m := range marksOf(selects) {
		known = known && !symbol.In(m.recipe) && !symbol.In(m.key) && !symbol.In(m.value)
	}
	return selects, known
}

// having are the indexes that have one of the marks, in ascending order.
func having(index map[mark][]int, marks []mark) []int {
	var all []int
	for _, m := range marks {
		all = append(all, index[m]...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Candidates are the images of the policy's Region that can be of its resource type and that a
// selection may match. All images that Selects reports are among them.
func (p OwnedPolicy) Candidates(s account.Selection) (all []account.Image) {
	images := p.At.Images.Items()
	for _, i := range having(p.At.index().images, marksOf(s)) {
		if OfType(images[i], p.ResourceType) {
			all = append(all, images[i])
		}
	}
	return all
}

// MaySelect are the policies of the Region, in order, that may select one of the images, or what a
// selection selects, by the same recipe or the same tag. Those of which not everything is known
// are among them.
func (at *PolicyRegion) MaySelect(s account.Selection, images []account.Image) (all []OwnedPolicy) {
	marks := marksOf(s)
	for _, image := range images {
		marks = append(marks, marksOfImage(image)...)
	}
	x := at.index()
	found := append(having(x.policies, marks), x.open...)
	slices.Sort(found)
	for _, i := range slices.Compact(found) {
		all = append(all, at.Policies[i])
	}
	return all
}

// RecipesNamed are the ARNs of those of Recipes that have a name.
func (p OwnedPolicy) RecipesNamed(name string) (arns []string) {
	for _, arn := range p.At.index().recipes[NormalName(name)] {
		kind := recipeType(arn)
		if kind == p.ResourceType || p.ResourceType != account.AMIImage && p.ResourceType != account.ContainerImage {
			arns = append(arns, arn)
		}
	}
	return arns
}
