package demand

import (
	"fmt"
	"slices"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/symbol"
)

// distributions adds where images to come will be distributed: by the settings of the
// pipelines that build selected images, and by settings that may be used for them.
func (r reaching) distributions(at *account.ImageBuilder) {
	tied, elsewhere, overridden := r.tied(at)
	for _, d := range at.Distributions.Items() {
		n, known := tied[d.ARN]
		switch {
		case known:
		case r.selection.everything && r.unselected == nil:
			n = r.selected(Certain, nil)
		case elsewhere[d.ARN] && overridden == nil && at.Pipelines.Err() == nil:
			continue // pipelines use it for images that are not selected
		default:
			why := overridden
			if err := at.Pipelines.Err(); why == nil && err != nil {
				why = fmt.Errorf("not all pipelines in %s were read, which say which images distribution configuration %s is for: %w", r.region, d.Name, err)
			} else if why == nil {
				why = fmt.Errorf("no pipeline in %s uses distribution configuration %s; DistributeImage or a workflow may", r.region, d.Name)
			}
			n = r.selected(Possible, why)
		}
		r.settings(d, n, "distribution configuration "+d.Name+" in "+r.region)
	}
	r.gap(account.DestinationKind, "distribution configurations", ", which name the destination accounts, could not all be read", at.Distributions.Err())
	r.gap(account.RepositoryKind, "distribution configurations", ", which may name repositories, could not all be read", at.Distributions.Err())
}

// tied says for which distribution configurations a pipeline builds selected images, and
// how surely; which ones pipelines use for other images; and why the settings of a
// pipeline may not be what its images are distributed by (nil: they are). A disabled
// pipeline can be started manually, and a workflow can name other settings.
func (r reaching) tied(at *account.ImageBuilder) (tied map[string]needed, elsewhere map[string]bool, overridden error) {
	tied, elsewhere = map[string]needed{}, map[string]bool{}
	for _, p := range at.Pipelines.Items() {
		s := r.selection.pipeline(p)
		if s == NotNeeded {
			elsewhere[p.Distribution] = true
			continue
		}
		n := r.selected(s, fmt.Errorf("the recipe of pipeline %s in %s is given as %s", p.Name, r.region, p.Recipe))
		if p.Status == "DISABLED" {
			n = n.and(possible(fmt.Errorf("pipeline %s in %s is disabled, and can be started manually", p.Name, r.region)))
		}
		if r.excludesAll(p.ImageTags) {
			n = n.and(possible(fmt.Errorf("the rules of %s exclude what scheduled runs of pipeline %s build, by its imageTags; manual runs may set other tags", r.said(), p.Name)))
		}
		if len(p.Workflows) > 0 && overridden == nil {
			overridden = fmt.Errorf("pipeline %s in %s has workflows of its own, which may name other distribution settings", p.Name, r.region)
		}
		tied[p.Distribution] = tied[p.Distribution].or(n)
	}
	return tied, elsewhere, overridden
}

// excludesAll reports whether all rules on AMIs or container images exclude images with these tags.
func (a *asker) excludesAll(tags account.Tags) bool {
	return a.unruled == nil && !slices.ContainsFunc(a.rules, func(r rule) bool { return (r.AMIs || r.Containers) && !anyTag(r.ExcludedTags, tags) })
}

// settings adds where a distribution configuration distributes images to. The text names
// the configuration, for evidence.
func (r reaching) settings(d account.Distribution, n needed, text string) {
	settings, _, err := d.Settings.Get()
	r.gap(account.DestinationKind, "distribution configuration "+d.Name, ", which may name more accounts, could not be read", err)
	r.gap(account.RepositoryKind, "distribution configuration "+d.Name, ", which may name another repository, could not be read", err)
	for _, s := range settings {
		if symbol.In(s.Region) {
			s.Region = ""
		}
		if r.aboutAMIs() && (s.Region == "" || account.IsRegion(s.Region)) {
			r.amiSettings(s, n, text)
		}
		if r.aboutContainers() && s.Repository != "" {
			r.repository(s.Region, s.Repository, n, "a target of "+text)
		}
	}
}

func (r reaching) amiSettings(s account.DistributionSettings, n needed, text string) {
	// A target of containers alone gets no AMIs. Without target accounts, AMIs stay in the
	// owner's account.
	if len(s.TargetAccounts) == 0 && s.Repository == "" {
		r.out.amis.add(Spot{r.owner.Account, s.Region}, n, r.region, "")
	}
	for _, id := range s.TargetAccounts {
		if r.isAccount(id, text) {
			r.out.amis.add(Spot{id, s.Region}, n, r.region, "a target of "+text)
		}
	}
	for _, id := range s.SharedAccounts {
		if r.isAccount(id, text) {
			r.out.shared.add(id, n, r.region, "given launch permission by "+text)
		}
	}
	for _, who := range s.Shares {
		r.out.openly.add(who, n, r.region, text)
	}
}

// plannedParts adds the distribution settings and container recipes that are given
// beside a planned policy: they are for its images, unless pipelines that are given, too, say
// otherwise.
func (r reaching) plannedParts(planned *account.ImageBuilder) {
	tied, elsewhere, overridden := r.tied(planned)
	if len(r.selection.Recipes) == 0 || r.selection.everything || overridden != nil {
		tied = nil // images can be tagged, and distributed, in other ways than by the pipelines
	}
	for _, d := range planned.Distributions.Items() {
		n, known := tied[d.ARN]
		switch {
		case known:
		case len(tied) == 0:
			n = r.needed
		case elsewhere[d.ARN]:
			continue // pipelines use it for images that are not selected
		default:
			n = r.selected(Possible, fmt.Errorf("no pipeline beside it uses distribution configuration %s; DistributeImage or a workflow may", d.Name))
		}
		r.settings(d, n, "distribution configuration "+d.Name+" to be created")
	}
	r.gap(account.DestinationKind, "distribution configurations", ", which name the destination accounts, are not all known", planned.Distributions.Err())
	r.gap(account.RepositoryKind, "distribution configurations", ", which may name repositories, are not all known", planned.Distributions.Err())
	if !r.aboutContainers() {
		return
	}
	for _, recipe := range planned.ContainerRecipes.Items() {
		n := r.needed
		if len(r.selection.Recipes) > 0 && !r.selection.everything && recipe.ARN != "" {
			s := r.selection.recipe(recipe.ARN)
			if s == NotNeeded {
				continue
			}
			n = r.selected(s, fmt.Errorf("whether lifecycle policy %s selects container recipe %s is not known before the deployment", r.name, recipe.Name))
		}
		text, found, err := recipe.Repository.Get()
		r.gap(account.RepositoryKind, "container recipe "+recipe.Name, ", which may name another repository, is not known", err)
		if found {
			r.repository(r.region, text, n, "the target of container recipe "+recipe.Name+" to be created")
		}
	}
	r.gap(account.RepositoryKind, "container recipes", ", which name the repositories, are not all known", planned.ContainerRecipes.Err())
}
