package demand

import (
	"strings"

	"github.com/iblint/iblint/checks/account"
)

// selection is which images a lifecycle policy acts on.
type selection struct {
	account.Selection
	everything bool // all images: a policy to come, or one that could not be read
}

// image reports whether the selection matches an image. An image without outputs, such
// as a failed build, can be of either resource type.
func (s selection) image(image account.Image, resourceType string) bool {
	if !OfType(image, resourceType) {
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
		if NormalName(r.Name) == name {
			found = max(found, versionsMeet(r.Version, version))
		}
	}
	return found
}

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
// Builder User Guide, "Lifecycle management rules").
func Selects(s account.Selection, image account.Image) bool {
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
func NormalName(name string) string {
	return strings.NewReplacer(" ", "-", "_", "-").Replace(strings.ToLower(name))
}

// NameAndVersion are the name and the version in the ARN of an image or a recipe, which
// ends in TYPE/NAME/VERSION, and for an image in a build number besides.
func NameAndVersion(arn string) (name, version string, ok bool) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return "", "", false
	}
	path := strings.Split(parts[5], "/")
	if len(path) < 3 {
		return "", "", false
	}
	return NormalName(path[1]), path[2], true
}

// versionsMeet compares the version that a policy selects with that of an image or a
// recipe, part by part. An x in the first stands for any number (semanticVersion of the
// Image Builder API). An x in the second is a number that is not known.
func versionsMeet(selected, version string) Strength {
	want, have := strings.Split(selected, "."), strings.Split(version, ".")
	if len(want) != len(have) {
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
