package lifecycle

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks/account"
)

// counts reports whether an image is one that a policy keeps or deletes by its age or number.
// Builds that failed or are in progress are not. An older recording has no states; an image
// without outputs in it is taken for such a build.
func counts(image account.Image) bool {
	if image.State == "" {
		return len(image.AMIs)+len(image.Containers) > 0
	}
	return slices.Contains([]string{"AVAILABLE", "DEPRECATED", "DISABLED"}, image.State)
}

// imageName is the part of an image's ARN that people know: name, version and build.
func imageName(arn string) string {
	_, name, _ := strings.Cut(arn, ":image/")
	return cmp.Or(name, arn)
}

// some names the first of several things, and how many more there are.
func some(names []string) string { return someOf(names, 5, ", ") }

func someOf(texts []string, most int, separator string) string {
	if len(texts) <= most {
		return strings.Join(texts, separator)
	}
	return fmt.Sprintf("%s and %d more", strings.Join(texts[:most], separator), len(texts)-most)
}

// amount is "1 image" or "2 images".
func amount(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
