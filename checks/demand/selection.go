package demand

import (
	"strings"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/symbol"
)

// selection is which images a lifecycle policy acts on.
type selection struct {
	account.Selection
	everything bool // all images: a policy to come, or one that could not be read
}

// exists reports whether an image was not deleted.
func exists(image account.Image) bool { return image.State != "DELETED" }

// image reports whether the selection matches an image. An image without outputs, such
// as a failed build, can be of either resource type.
func (s selection) image(image account.Image, resourceType string) bool {
	if !OfType(image, resourceType) || !exists(image) {
		return false
	}
	return s.everything || Selects(s.Selection, image)
}

// recipe says how surely the selection matches images of a recipe, by the recipe's ARN.
// Its version may hold x (ImagePipeline.imageRecipeArn of the Image Builder API).
func (s selection) recipe(arn string) Strength {
	if s.everything {
		return Certain
	}
	name, version, ok := NameAndVersion(arn)
	if !ok {
		return NotNeeded
	}
	found := NotNeeded
	for _, r := range s.Recipes {
		switch selected := NormalName(r.Name); {
		case selected == name:
			found = max(found, versionsMeet(r.Version, version))
		case symbol.MayEqual(selected, name):
			found = max(found, min(Possible, versionsMeet(r.Version, version)))
		}
	}
	return found
}

// Names says how surely an entry of a selection names the recipe with an ARN, or the recipe of
// the image with an ARN. The version in the ARN may hold x.
func Names(r account.Recipe, arn string) Strength {
	return selection{Selection: account.Selection{Recipes: []account.Recipe{r}}}.recipe(arn)
}

// AnyTag reports whether a resource with these tags has one of the wanted tags.
func AnyTag(wanted, have account.Tags) bool { return anyTag(wanted, have) }

// pipeline says how surely the selection matches images that a pipeline builds: by its
// recipe, or by the tags that it gives to images. Manual runs use other tags.
func (s selection) pipeline(p account.Pipeline) Strength {
	if found := s.recipe(p.Recipe); found > NotNeeded {
		return found
	}
	if anyTag(s.Tags, p.ImageTags) {
		return Certain
	}
	return NotNeeded
}

// Selects reports whether a selection matches an image: by recipe name and version, or by
// one of the tags. Tags are those of the image resource; one of them is enough (EC2 Image
// Builder User Guide, "Lifecycle management rules"). It matches no image that was deleted.
func Selects(s account.Selection, image account.Image) bool {
	if !exists(image) {
		return false
	}
	if anyTag(s.Tags, image.Tags) {
		return true
	}
	// Imported images have no recipe.
	if strings.HasPrefix(image.BuildType, "IMPORT") {
		return false
	}
	name, version, ok := NameAndVersion(image.ARN)
	if !ok {
		return false
	}
	for _, r := range s.Recipes {
		if NormalName(r.Name) == name && versionsMeet(r.Version, version) == Certain {
			return true
		}
	}
	return false
}

// HasOneTag reports whether one of the tags is among those of a resource.
func HasOneTag(wanted, have account.Tags) bool { return anyTag(wanted, have) }

func anyTag(wanted, have account.Tags) bool {
	for key, value := range wanted {
		if got, ok := have[key]; ok && got == value {
			return true
		}
	}
	return false
}

// OfType reports whether an image can be of a resource type of lifecycle policies. An
// image that was not distributed, or as both types, can be of either.
func OfType(image account.Image, resourceType string) bool {
	switch {
	case len(image.AMIs) > 0 && len(image.Containers) == 0, image.Type == "AMI":
		return resourceType != account.ContainerImage
	case len(image.Containers) > 0 && len(image.AMIs) == 0, image.Type == "DOCKER":
		return resourceType != account.AMIImage
	}
	return true
}

// NormalName is a name as Image Builder writes it in ARNs: case, spaces and underscores
// do not distinguish names (Image Builder API Reference, CreateImageRecipe and
// CreateLifecyclePolicy).
func NormalName(name string) string { return hyphens.Replace(strings.ToLower(name)) }

var hyphens = strings.NewReplacer(" ", "-", "_", "-")

// NameAndVersion are the name and the version in the ARN of an image or a recipe, which
// ends in TYPE/NAME/VERSION, and for an image in a build number besides.
func NameAndVersion(arn string) (name, version string, ok bool) {
	const partsBefore = 5 // of the six parts of an ARN
	for range partsBefore {
		if _, arn, ok = strings.Cut(arn, ":"); !ok {
			return "", "", false
		}
	}
	_, path, _ := strings.Cut(arn, "/")
	name, path, ok = strings.Cut(path, "/")
	version, _, _ = strings.Cut(path, "/")
	return NormalName(name), version, ok
}

// versionsMeet compares the version that a policy selects with that of an image or a
// recipe, part by part. An x in the first stands for any number (semanticVersion of the
// Image Builder API). An x in the second is a number that is not known.
func versionsMeet(selected, version string) Strength {
	want, have := strings.Split(selected, "."), strings.Split(version, ".")
	switch {
	case selected == version:
		return Certain
	case symbol.In(selected) || symbol.In(version):
		return Possible
	case len(want) != len(have):
		return NotNeeded
	}
	found := Certain
	for i := range want {
		switch {
		case want[i] == "x", want[i] == "*", want[i] == have[i]:
		case have[i] == "x":
			found = Possible
		default:
			return NotNeeded
		}
	}
	return found
}

// recipeType is the resource type of the images of a recipe, by its ARN; empty: not known.
func recipeType(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	switch {
	case len(parts) < 6:
	case strings.HasPrefix(parts[5], "image-recipe/"):
		return account.AMIImage
	case strings.HasPrefix(parts[5], "container-recipe/"):
		return account.ContainerImage
	}
	return ""
}

// SameVersions reports whether two entries of selections select an image that one recipe
// version can have.
func SameVersions(a, b account.Recipe) bool {
	x, y := strings.Split(a.Version, "."), strings.Split(b.Version, ".")
	if NormalName(a.Name) != NormalName(b.Name) || len(x) != len(y) {
		return false
	}
	for i := range x {
		if x[i] != y[i] && x[i] != "x" && y[i] != "x" {
			return false
		}
	}
	return true
}
