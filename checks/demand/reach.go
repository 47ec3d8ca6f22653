package demand

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/symbol"
)

// Spot is an account and a Region that have AMIs. The Region is empty where it is not known.
type Spot struct {
	Account string
	Region  string
}

// reach is where the images are that an asker selects: those that exist, and those to come.
type reach struct {
	amis         discoveries[Spot]
	repositories discoveries[account.Repository]

	tags map[string]account.Tags // of the images, by ARN

	shared discoveries[string] // accounts that get launch permission
	openly discoveries[string] // organizations, units and groups that get launch permission

	// The parts that could not be read whole, which may name more accounts or
	// repositories: an account.Undiscovered each, and once more for each kind. Those that
	// the input cannot hold are not applicable.
	accountGaps, repositoryGaps []error
}

// actedOn are the things among all that a rule acts on: an image that has an excluded tag is left
// alone, with what was distributed of it.
func actedOn[T comparable](r rule, reach *reach, all discoveries[T]) []discovered[T] {
	if len(r.ExcludedTags) == 0 {
		return all.all
	}
	var some []discovered[T]
	for _, one := range all.all {
		kept := slices.DeleteFunc(slices.Clone(one.images), func(arn string) bool { return anyTag(r.ExcludedTags, reach.tags[arn]) })
		if len(kept) == 0 {
			one.needed = one.named
		}
		if one.images = kept; one.Strength > NotNeeded {
			some = append(some, one)
		}
	}
	return some
}

// anyRepository is how surely a rule that deletes container images does so in a repository
// that is not known: because something that names more of them could not be read, or
// because none is known for certain.
func (r *reach) anyRepository(a *asker, known []discovered[account.Repository]) needed {
	if err := cmp.Or(firstRefused(r.repositoryGaps), a.unselected); err != nil {
		return possible(err)
	}
	n := certain
	for _, one := range known {
		if one.Strength == Certain {
			return needed{}
		}
		n = one.needed
	}
	return n
}

// firstRefused is why there may be more accounts, Regions or repositories; nil: there are
// no more.
func firstRefused(gaps []error) error {
	for _, gap := range gaps {
		if err := refused(gap); err != nil {
			return err
		}
	}
	return nil
}

// reaching computes the reach of one asker.
type reaching struct {
	*ownerDemands
	*asker
	out *reach
}

// reachOf is where the images are that an asker selects.
func (d *ownerDemands) reachOf(a *asker) *reach {
	r := reaching{d, a, &reach{tags: map[string]account.Tags{}}}
	o := d.owner
	at := d.view.imageBuilder(o.Account, a.region)
	if a.aboutAMIs() {
		// The rules alone act on AMIs here: images are built in the policy's own Region.
		r.out.amis.add(Spot{o.Account, a.region}, a.needed, a.region, "")
	}
	if a.deletion != nil {
		for _, p := range d.view.planned(o) {
			if p.region == a.region {
				r.deleted(p.ImageBuilder)
			}
		}
		return r.out
	}
	r.selectedImages(at)
	r.distributions(at)
	if a.aboutContainers() {
		r.containerRecipes(at)
	}
	for _, p := range d.view.planned(o) {
		if (p.region == a.region || a.region == "") && (a.planned || a.name == "" || len(p.LifecyclePolicies.Items()) == 0) {
			r.plannedParts(p.ImageBuilder)
		}
	}
	return r.out
}

// selected is how surely the policy selects what its selection matches with a strength.
func (r reaching) selected(s Strength, why error) needed {
	n := r.needed
	if r.unselected != nil {
		n = n.and(possible(r.unselected))
	}
	if s == Possible {
		n = n.and(possible(why))
	}
	return n
}

// selectedImages adds where the selected images are now. An account that was taken out of the
// distribution settings keeps its AMIs (Image Builder User Guide, "Manage AMI
// distribution settings").
func (r reaching) selectedImages(at *account.ImageBuilder) {
	n := r.selected(Certain, nil)
	for _, image := range r.imagesIn(r.region).candidates(r.selection) {
		if len(image.AMIs)+len(image.Containers) == 0 || !r.selection.image(image, r.resourceType) {
			continue
		}
		if len(image.Tags) > 0 {
			r.out.tags[image.ARN] = image.Tags
		}
		if r.aboutAMIs() {
			r.imageAMIs(image, n)
		}
		if r.aboutContainers() {
			r.imageContainers(image, n)
		}
	}
	r.gap(account.DestinationKind, "images", ", which say which accounts AMIs were distributed to, could not all be read", at.Images.Err())
	r.gap(account.RepositoryKind, "images", ", which say which repositories they are in, could not all be read", at.Images.Err())
}

func (r reaching) imageAMIs(image account.Image, n needed) {
	for _, ami := range image.AMIs {
		switch {
		case !account.IsAccountID(ami.Account):
			r.problem(account.DestinationKind, "image "+imageName(image.ARN), fmt.Sprintf("image %s does not say which account its AMI %s is in", imageName(image.ARN), ami.ID), "the account of AMI "+ami.ID+" is not known")
		case account.IsRegion(ami.Region):
			r.out.amis.holds(Spot{ami.Account, ami.Region}, n, r.region, image.ARN)
		}
	}
}

func (r reaching) imageContainers(image account.Image, n needed) {
	for _, c := range image.Containers {
		for _, uri := range c.URIs {
			if repository, foreign := repositoryOf(c.Region, uri, r.owner.Account); foreign {
				r.foreign(c.Region, uri, "which holds image "+imageName(image.ARN))
			} else {
				r.out.repositories.holds(repository, n, r.region, image.ARN)
			}
		}
	}
}

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
	return len(a.rules) > 0 && a.unruled == nil && !slices.ContainsFunc(a.rules, func(r rule) bool { return (r.AMIs || r.Containers) && !anyTag(r.ExcludedTags, tags) })
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

// repository adds a repository as Image Builder names it.
func (r reaching) repository(region, text string, n needed, line string) {
	if repository, foreign := repositoryOf(region, text, r.owner.Account); foreign {
		r.foreign(region, text, line)
	} else {
		r.out.repositories.add(repository, n, r.region, line)
	}
}

// foreign is the gap for a repository that is not the owner's.
func (r reaching) foreign(region, text, line string) {
	r.out.repositoryGaps = append(r.out.repositoryGaps, &account.Undiscovered{
		Subject: account.Subject{Partition: r.view.partition(r.owner), Account: r.owner.Account, Region: region, Type: string(account.RepositoryKind), Name: text},
		Message: "repository " + text + ", " + line + ", is not in the owner's own registry and is not checked",
		Short:   "not checked: in the registry of another account",
	})
}

// isAccount rejects, with a gap, what is not an account ID: these become parts of the
// ARNs of roles to assume.
func (r reaching) isAccount(id, text string) bool {
	if account.IsAccountID(id) || symbol.Is(id) {
		return true
	}
	r.problem(account.DestinationKind, text, text+" names an account as "+strconv.QuoteToASCII(symbol.Text(id))+", which is not an account ID", "names an account by something that is not an account ID")
	return false
}

// problem is a gap for something that was read and does not make sense.
func (r reaching) problem(kind account.Kind, name, message, short string) {
	r.out.accountGaps = append(r.out.accountGaps, &account.Undiscovered{
		Subject: account.Subject{Partition: r.view.partition(r.owner), Account: r.owner.Account, Region: r.region, Type: string(kind), Name: name},
		Message: message, Short: short,
	})
}

// gap adds a gap of a kind for a part that could not be read whole; none, if err is nil,
// if the asker is not about the kind, or if the part was not to be read.
func (r reaching) gap(kind account.Kind, what, message string, err error) {
	if err == nil || refused(err) == nil && !discovers(r.owner, kind) {
		return
	}
	gap := r.view.undiscovered(r.owner, kind, r.region, what, message, err)
	switch {
	case kind == account.DestinationKind && r.aboutAMIs():
		r.out.accountGaps = append(r.out.accountGaps, gap)
	case kind == account.RepositoryKind && r.aboutContainers():
		r.out.repositoryGaps = append(r.out.repositoryGaps, gap)
	}
}

// sameGaps removes gaps that say the same.
func sameGaps(gaps []error) []error {
	seen := map[string]bool{}
	return slices.DeleteFunc(gaps, func(err error) bool {
		text := err.Error()
		if seen[text] {
			return true
		}
		seen[text] = true
		return false
	})
}
