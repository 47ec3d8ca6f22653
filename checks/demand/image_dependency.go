package demand

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/iblint/iblint/checks/account"
)

// PolicyImages is a lifecycle policy with the images that it selects, and what depends on them.
type PolicyImages struct {
	OwnedPolicy
	Selected []SelectedImage // those that exist, without builds that failed or were cancelled

	Shared       account.List[account.SharedImage]
	ImageRecipes account.List[account.ImageRecipe]
	Containers   account.List[account.ContainerRecipe]
	Pipelines    account.List[account.Pipeline]

	// LaunchPermissions say who gets launch permission for AMIs of the selected images.
	// Unread is why others may get it; nil: these are all.
	LaunchPermissions []string
	Unread            error
}

// SelectedImage is an image that a policy selects, with what depends on it.
type SelectedImage struct {
	account.Image
	Shares  []string // ARNs of the resource shares that contain it
	Parents []Parent // recipes of which it is the parent image
}

// Parent is a recipe that has an image as its parent image.
type Parent struct {
	Recipe    string   // such as "image recipe web (1.0.0)"
	Newest    bool     // the recipe uses the newest of several images, of which this is one
	Pipelines []string // names of the enabled pipelines that build the recipe
}

// PolicyImages are the lifecycle policies of the owner with this account ID, with the images
// that they select. The error joins what could not be discovered.
func (view *View) PolicyImages(id string) ([]PolicyImages, error) {
	policies, err := view.LifecyclePolicies(id)
	all := make([]PolicyImages, 0, len(policies))
	for _, p := range policies {
		ib := view.imageBuilder(id, p.Region)
		one := PolicyImages{OwnedPolicy: p, Shared: ib.SharedImages, ImageRecipes: ib.ImageRecipes, Containers: ib.ContainerRecipes, Pipelines: ib.Pipelines}
		if selects, found, _ := p.Selection.Get(); found {
			one.Selected = selectedImages(ib, p, selects)
		}
		view.launchPermissions(&one)
		all = append(all, one)
	}
	return all, err
}

func selectedImages(ib *account.ImageBuilder, p OwnedPolicy, selects account.Selection) (all []SelectedImage) {
	for _, image := range p.Candidates(selects) {
		if image.State == "FAILED" || image.State == "CANCELLED" || !Selects(selects, image) {
			continue
		}
		one := SelectedImage{Image: image}
		for _, s := range ib.SharedImages.Items() {
			if s.Image == image.ARN || strings.HasPrefix(image.ARN, s.Image+"/") {
				one.Shares = append(one.Shares, s.Share)
			}
		}
		parent := func(kind, arn, name, of string) {
			match, floating := isParent(of, image.ARN)
			if !match || floating && !isNewest(ib, of, image.ARN) {
				return
			}
			_, version, _ := NameAndVersion(arn)
			one.Parents = append(one.Parents, Parent{Recipe: kind + " " + name + " (" + version + ")", Newest: floating, Pipelines: pipelinesOf(ib, arn)})
		}
		for _, r := range ib.ImageRecipes.Items() {
			parent("image recipe", r.ARN, r.Name, r.ParentImage)
		}
		for _, r := range ib.ContainerRecipes.Items() {
			parent("container recipe", r.ARN, r.Name, r.ParentImage)
		}
		all = append(all, one)
	}
	return all
}

// isParent reports whether the parent image of a recipe stands for an image. It is floating if
// it stands for the newest of several: its version holds x, or it has no build number (Image
// Builder API Reference, CreateImageRecipe).
func isParent(parent, image string) (match, floating bool) {
	if parent == image {
		return true, false
	}
	before, _, ok := strings.Cut(parent, ":image/")
	if !ok || !strings.HasPrefix(image, before+":image/") {
		return false, false
	}
	name, version, ok := NameAndVersion(parent)
	of, have, _ := NameAndVersion(image)
	if !ok || name != of || versionsMeet(version, have) != Certain {
		return false, false
	}
	return strings.Contains(version, "x") || strings.Count(parent, "/") < 3, true
}

// isNewest reports whether no image that a floating parent stands for is newer.
func isNewest(ib *account.ImageBuilder, parent, image string) bool {
	return !slices.ContainsFunc(ib.Images.Items(), func(other account.Image) bool {
		match, _ := isParent(parent, other.ARN)
		return match && other.State != "FAILED" && other.State != "CANCELLED" && newer(other.ARN, image)
	})
}

// newer compares the version and the build number of two images.
func newer(a, b string) bool {
	numbers := func(arn string) (all []int) {
		parts := strings.Split(arn, "/")
		for _, part := range strings.Split(strings.Join(parts[min(2, len(parts)):], "."), ".") {
			n, _ := strconv.Atoi(part)
			all = append(all, n)
		}
		return all
	}
	return slices.Compare(numbers(a), numbers(b)) > 0
}

// pipelinesOf are the names of the enabled pipelines that build a recipe.
func pipelinesOf(ib *account.ImageBuilder, recipe string) (names []string) {
	name, version, _ := NameAndVersion(recipe)
	for _, p := range ib.Pipelines.Items() {
		of, wanted, ok := NameAndVersion(p.Recipe)
		sameType := strings.Contains(p.Recipe, ":container-recipe/") == strings.Contains(recipe, ":container-recipe/")
		if ok && sameType && p.Status != "DISABLED" && of == name && versionsMeet(wanted, version) == Certain {
			names = append(names, p.Name)
		}
	}
	return names
}

// launchPermissions adds who gets launch permission by the distribution settings of the
// selected images.
func (view *View) launchPermissions(p *PolicyImages) {
	for _, d := range view.demandsOf(p.Owner) {
		for _, a := range d.active {
			if a.region != p.Region || a.name != p.Name || a.planned != p.Planned {
				continue
			}
			reach := d.reach(a)
			for _, one := range slices.Concat(reach.shared.all, reach.openly.all) {
				who := "account " + one.thing
				if !account.IsAccountID(one.thing) {
					who = sharedWith(one.thing)
				}
				switch {
				case one.Strength == Certain:
					p.LaunchPermissions = append(p.LaunchPermissions, who)
				case one.Strength == Possible && refused(one.Why) != nil:
					p.Unread = cmp.Or(p.Unread, one.Why)
				}
			}
			p.Unread = cmp.Or(p.Unread, firstRefused(reach.accountGaps))
		}
	}
}
