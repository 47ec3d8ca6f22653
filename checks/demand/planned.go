package demand

import (
	"cmp"
	"maps"
	"slices"

	"github.com/iblint/iblint/checks/account"
)

// plannedRegion is what is to be created in Image Builder in a Region.
type plannedRegion struct {
	region string // empty: not known
	*account.ImageBuilder
}

// planned is what is to be created for an owner, by Region. Files that do not say the Region are
// for the first one.
func (view *View) planned(o account.Owner) (all []plannedRegion) {
	first := ""
	if read := view.regionsRead(o); len(read) > 0 {
		first = read[0]
	}
	if o.Planned != nil {
		all = append(all, plannedRegion{first, o.Planned})
	}
	for _, region := range slices.Sorted(maps.Keys(o.PlannedIn)) {
		in := plannedRegion{region, o.PlannedIn[region]}
		if !account.IsRegion(region) {
			in.region = cmp.Or(first, region)
		}
		all = append(all, in)
	}
	return all
}
