package demand

import (
	"slices"

	"github.com/iblint/iblint/checks/account"
)

// deleting is what the deletion of an image asks: what a DELETE rule for that image alone would.
func deleting(d account.ImageDeletion, region string) *asker {
	a := &asker{region: region, where: "to be created", role: d.Role, resourceType: d.ResourceType, planned: true, deletion: &d, needed: certain}
	if d.Unsure != nil {
		a.needed = possible(*d.Unsure)
	}
	a.rules = slices.DeleteFunc(comingRules(d.ResourceType), func(r rule) bool { return r.Action != "DELETE" })
	for i := range a.rules {
		r := &a.rules[i]
		if r.text = a.said(); len(a.rules) == 1 {
			r.alternative = ""
		}
	}
	return a
}

// deleted adds where the image is that is deleted: in its own Region, and where its own
// distribution configuration sends it.
func (r reaching) deleted(in *account.ImageBuilder) {
	for _, d := range in.Distributions.Items() {
		if d.ARN == r.deletion.Distribution {
			r.settings(d, r.needed, "distribution configuration "+d.Name+" to be created")
		}
	}
	for _, recipe := range in.ContainerRecipes.Items() {
		if text, found, err := recipe.Repository.Get(); recipe.ARN == r.deletion.Recipe && r.aboutContainers() {
			r.gap(account.RepositoryKind, "container recipe "+recipe.Name, ", which may name another repository, is not known", err)
			if found {
				r.repository(r.region, text, r.needed, "the target of container recipe "+recipe.Name+" to be created")
			}
		}
	}
}
