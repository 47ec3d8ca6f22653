package demand

import (
	"fmt"

	"github.com/iblint/iblint/checks/account"
)

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
		if !r.selection.image(image, r.resourceType) || !r.actsOn(image.State) {
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
				r.foreign(c.Region, repository.Name, "which holds image "+imageName(image.ARN))
			} else {
				r.out.repositories.holds(repository, n, r.region, image.ARN)
			}
		}
	}
}
