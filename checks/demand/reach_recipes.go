package demand

import (
	"fmt"

	"github.com/iblint/iblint/checks/account"
)

// containerRecipes adds the target repositories of the selected container recipes. A
// recipe that no pipeline and no image uses matters only if that holds for all of its name.
func (r reaching) containerRecipes(at *account.ImageBuilder) {
	used, names := r.usedRecipes(at)
	for _, recipe := range at.ContainerRecipes.Items() {
		s := r.selection.recipe(recipe.ARN)
		n := r.selected(s, nil)
		if tags := len(r.selection.Tags) > 0; tags && !r.selection.everything {
			switch {
			case used[recipe.ARN] > NotNeeded:
				n = r.selected(used[recipe.ARN], fmt.Errorf("a pipeline that is disabled, or whose recipe is not known, uses container recipe %s", recipe.Name))
			case at.Pipelines.Err() != nil:
				n = r.selected(Possible, fmt.Errorf("not all pipelines in %s were read, which say what tags images of container recipe %s have: %w", r.region, recipe.Name, at.Pipelines.Err()))
			default:
				continue
			}
		} else if name, _, _ := NameAndVersion(recipe.ARN); s == NotNeeded ||
			used[recipe.ARN] == NotNeeded && names[name] && at.Pipelines.Err() == nil && at.Images.Err() == nil && !r.selection.everything {
			continue
		}
		text, found, err := recipe.Repository.Get()
		r.gap(account.RepositoryKind, "container recipe "+recipe.Name, ", which may name another repository, could not be read", err)
		if found {
			r.repository(r.region, text, n, "the target of container recipe "+recipe.Name+" in "+r.region)
		}
	}
	r.gap(account.RepositoryKind, "container recipes", ", which name the repositories, could not all be read", at.ContainerRecipes.Err())
}

// usedRecipes are the container recipes, by ARN, that pipelines build selected images of,
// and by normal name those of which an image exists or a pipeline builds one.
func (r reaching) usedRecipes(at *account.ImageBuilder) (used map[string]Strength, names map[string]bool) {
	used, names = map[string]Strength{}, map[string]bool{}
	versions := map[string]bool{} // NAME/VERSION of images
	for _, image := range r.imagesIn(r.region).candidates(r.selection) {
		if name, version, ok := NameAndVersion(image.ARN); ok && r.selection.image(image, account.ContainerImage) {
			versions[name+"/"+version], names[name] = true, true
		}
	}
	for _, recipe := range at.ContainerRecipes.Items() {
		name, version, _ := NameAndVersion(recipe.ARN)
		if versions[name+"/"+version] {
			used[recipe.ARN] = Certain
		}
		for _, p := range at.Pipelines.Items() {
			pipelineName, pipelineVersion, ok := NameAndVersion(p.Recipe)
			if !ok || pipelineName != name {
				continue
			}
			meets, selects := versionsMeet(pipelineVersion, version), r.selection.pipeline(p)
			if meets == NotNeeded || selects == NotNeeded {
				continue
			}
			names[name] = true
			s := min(meets, selects)
			if p.Status == "DISABLED" {
				s = Possible
			}
			used[recipe.ARN] = max(used[recipe.ARN], s)
		}
	}
	return used, names
}

// repository adds a repository as Image Builder names it.
func (r reaching) repository(region, text string, n needed, line string) {
	if repository, foreign := repositoryOf(region, text, r.owner.Account); foreign {
		r.foreign(region, repository.Name, line)
	} else {
		r.out.repositories.add(repository, n, r.region, line)
	}
}

const notOwnRegistry = "not checked: in the registry of another account"

// foreign is the gap for a repository that is not the owner's.
func (r reaching) foreign(region, text, line string) {
	r.out.repositoryGaps = append(r.out.repositoryGaps, &account.Undiscovered{
		Subject: account.Subject{Partition: r.view.partition(r.owner), Account: r.owner.Account, Region: region, Type: string(account.RepositoryKind), Name: text},
		Message: "repository " + text + ", " + line + ", is not in the owner's own registry and is not checked",
		Short:   notOwnRegistry,
	})
}
