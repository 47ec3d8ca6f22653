package lifecycle

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
)

// coming names a recipe or a pipeline whose images the policy will select; empty: there is none.
func (s *compared) coming() string {
	for _, r := range s.selection.Recipes {
		if name := s.exists(r); name != "" {
			return name
		}
	}
	for _, p := range s.pipelines {
		if demand.AnyTag(s.selection.Tags, p.ImageTags) {
			return "pipeline " + p.Name
		}
	}
	return ""
}

// exists names a recipe that an entry of the selection names, or a pipeline that builds such a
// recipe, which may be shared by another account; empty: there is none.
func (s *compared) exists(r account.Recipe) string {
	for _, arn := range s.RecipesNamed(r.Name) {
		if demand.Names(r, arn) == demand.Certain {
			name, version, _ := demand.NameAndVersion(arn)
			return "recipe " + name + " " + version
		}
	}
	for _, p := range s.pipelines {
		if demand.Names(r, p.Recipe) > demand.NotNeeded {
			return "pipeline " + p.Name
		}
	}
	return ""
}

// versions are the versions of a recipe that recipes and images have.
func (s *compared) versions(recipe string) []string {
	found := map[string]bool{}
	add := func(arn string) {
		if name, version, ok := demand.NameAndVersion(arn); ok && name == demand.NormalName(recipe) {
			found[version] = true
		}
	}
	for _, arn := range s.RecipesNamed(recipe) {
		add(arn)
	}
	for _, image := range s.Candidates(account.Selection{Recipes: []account.Recipe{{Name: recipe}}}) {
		add(image.ARN)
	}
	return slices.Sorted(maps.Keys(found))
}

// lessThanMeant finds what the policy does not select and probably should.
func (s *compared) lessThanMeant() {
	s.doubt(refusedIn(s.Images.Err()))
	defer func() {
		if s.unread != nil {
			s.undecided = s.unread
		}
	}()
	for _, r := range s.selection.Recipes {
		s.entry(r)
		if strings.Contains(r.Version, "x") {
			s.deletedVersions(r)
		} else {
			s.otherVersions(r)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(s.selection.Tags)) {
		s.tag(key, s.selection.Tags[key])
	}
	if len(s.selection.Tags) > 0 {
		s.untagged()
	}
}

// entry finds a recipe of the selection that matches nothing.
func (s *compared) entry(r account.Recipe) {
	only := account.Selection{Recipes: []account.Recipe{r}}
	if s.exists(r) != "" || slices.ContainsFunc(s.Candidates(only), func(image account.Image) bool { return demand.Selects(only, image) }) {
		return
	}
	s.needRecipes()
	if s.recipesRead && s.pipelinesErr == nil && s.Images.Err() == nil {
		text := fmt.Sprintf("recipe %s, version %s matches no image and no recipe", r.Name, r.Version)
		s.less = append(s.less, problem{text, text})
		s.hints = append(s.hints, "correct the name and the version of each recipe that matches nothing")
	}
}

// otherVersions finds images of other versions of a recipe whose version is fixed.
func (s *compared) otherVersions(r account.Recipe) {
	var others []account.Image
	for _, image := range s.Candidates(account.Selection{Recipes: []account.Recipe{r}}) {
		name, _, ok := demand.NameAndVersion(image.ARN)
		if ok && name == demand.NormalName(r.Name) && !strings.HasPrefix(image.BuildType, "IMPORT") {
			others = append(others, image)
		}
	}
	if left := s.uncovered(others); len(left) > 0 {
		s.less = append(s.less, problem{
			fmt.Sprintf("it names only version %s of recipe %s, and no policy covers images of other versions: %s", r.Version, r.Name, some(left)),
			fmt.Sprintf("selects only version %s of %s, and leaves out others", r.Version, r.Name),
		})
		s.hints = append(s.hints, fmt.Sprintf(`to select all versions: "recipes": [{"name": %q, "semanticVersion": "x.x.x"}]`, r.Name))
	}
}

// deletedVersions finds images that a version with x selects, and whose recipe version does
// not exist any more.
func (s *compared) deletedVersions(r account.Recipe) {
	if !s.recipesRead && s.recipesErr == nil {
		return // not collected
	}
	only := account.Selection{Recipes: []account.Recipe{r}}
	var gone []string
	for _, image := range s.Candidates(only) {
		if !counts(image) || !demand.Selects(only, image) || s.hasRecipe(image) {
			continue
		}
		s.needRecipes()
		if selected, known := s.surelySelected(image); known && !selected {
			gone = append(gone, imageName(image.ARN))
		}
	}
	if len(gone) > 0 && s.recipesRead && s.pipelinesErr == nil {
		s.less = append(s.less, problem{
			fmt.Sprintf("version %s of recipe %s may not match %s, because that recipe version was deleted", r.Version, r.Name, some(gone)),
			"may not match " + someOf(gone, 1, "") + ": recipe version was deleted",
		})
		s.hints = append(s.hints, "select images whose recipe version was deleted by a tag of the image resource, and keep recipe versions as long as their images")
	}
}

// hasRecipe reports whether the recipe version of an image exists, or may be that of another
// account.
func (s *compared) hasRecipe(image account.Image) bool {
	name, version, _ := demand.NameAndVersion(image.ARN)
	one := account.Recipe{Name: name, Version: version}
	return slices.ContainsFunc(s.RecipesNamed(name), func(arn string) bool { return demand.Names(one, arn) == demand.Certain }) ||
		slices.ContainsFunc(s.pipelines, func(p account.Pipeline) bool {
			return !strings.Contains(p.Recipe, ":"+s.Owner+":") && demand.Names(one, p.Recipe) > demand.NotNeeded
		})
}

// surelySelected reports whether an enabled policy selects an image by tag or by its very
// version, and whether that is known.
func (s *compared) surelySelected(image account.Image) (selected, known bool) {
	return s.bySome(image, func(p demand.OwnedPolicy) (bool, bool) {
		selection, _, err := p.Selection.Get()
		selection.Recipes = slices.DeleteFunc(slices.Clone(selection.Recipes), func(r account.Recipe) bool { return strings.Contains(r.Version, "x") })
		p.Selection = account.Present(selection)
		covers, _ := p.Covers(image)
		return covers && err == nil, err == nil
	})
}

// bySome reports whether a policy of the Region covers an image, and whether that is known.
// Covers says so of one policy.
func (s *compared) bySome(image account.Image, covers func(demand.OwnedPolicy) (bool, bool)) (covered, known bool) {
	known = s.At.Unlisted == nil
	var why error
	for _, p := range s.At.MaySelect(account.Selection{}, []account.Image{image}) {
		if p.ARN == s.ARN {
			p.Status = "ENABLED" // what it would select
		}
		if p.Status == "DISABLED" || !demand.OfType(image, p.ResourceType) {
			continue
		}
		one, decided := covers(p)
		if one {
			return true, true
		}
		if !decided {
			_, _, err := p.Selection.Get()
			known, why = false, cmp.Or(why, refusedIn(err))
		}
	}
	s.doubt(cmp.Or(why, s.At.Unlisted))
	return false, known
}

// tag finds a tag of the selection that nothing has.
func (s *compared) tag(key, value string) {
	wanted := account.Tags{key: value}
	has := len(s.Candidates(account.Selection{Tags: wanted})) > 0 ||
		slices.ContainsFunc(s.pipelines, func(p account.Pipeline) bool { return demand.AnyTag(wanted, p.ImageTags) })
	if has {
		return
	}
	if s.pipelinesRead && s.Images.Err() == nil {
		s.less = append(s.less, problem{
			fmt.Sprintf("no image and no pipeline's imageTags has tag %s = %s", key, visible(value)),
			fmt.Sprintf("nothing has tag %s = %s", key, visible(value)),
		})
		s.hints = append(s.hints, "set the tag in the pipeline's imageTags, or remove it from the selection")
	}
}

// untagged finds images of a recipe without the tags that other images of the recipe have, or
// that a pipeline puts on them.
func (s *compared) untagged() {
	if s.unread == nil {
		s.unread = s.pipelinesErr
	}
	names := map[string]bool{}
	for _, image := range s.Candidates(account.Selection{Tags: s.selection.Tags}) {
		if name, _, ok := demand.NameAndVersion(image.ARN); ok {
			names[name] = true
		}
	}
	for _, p := range s.pipelines {
		if name, _, ok := demand.NameAndVersion(p.Recipe); ok && demand.AnyTag(s.selection.Tags, p.ImageTags) {
			names[name] = true
		}
	}
	var recipes []account.Recipe
	for name := range names {
		recipes = append(recipes, account.Recipe{Name: name})
	}
	others := s.Candidates(account.Selection{Recipes: recipes})
	if left := s.uncovered(others); len(left) > 0 {
		s.less = append(s.less, problem{
			"a recipe has images without its tags that no policy covers: " + some(left),
			"leaves out images without its tags: " + someOf(left, 1, ""),
		})
		s.hints = append(s.hints, "tag these image resources, and set the tag in the pipeline's imageTags and in manual builds")
	}
}

// uncovered names the images that no policy selects. Failed builds are not named.
func (s *compared) uncovered(images []account.Image) (left []string) {
	for _, image := range images {
		if !counts(image) || demand.Selects(s.selection, image) {
			continue
		}
		covered, known := s.bySome(image, func(p demand.OwnedPolicy) (bool, bool) { return p.Covers(image) })
		if known && !covered {
			left = append(left, imageName(image.ARN))
		}
	}
	return left
}

// tagsOnAMIs says which tags of the selection distribution settings put on AMIs.
func (s *compared) tagsOnAMIs() (lines []string) {
	for _, ib := range []*account.ImageBuilder{s.At.ImageBuilder, s.At.Planned} {
		if ib == nil {
			continue
		}
		for _, d := range ib.Distributions.Items() {
			settings, _, _ := d.Settings.Get()
			if slices.ContainsFunc(settings, func(one account.DistributionSettings) bool { return demand.AnyTag(s.selection.Tags, one.AMITags) }) {
				lines = append(lines, fmt.Sprintf("distribution configuration %s puts such a tag on AMIs, which does not select image resources", d.Name))
			}
		}
	}
	return lines
}
