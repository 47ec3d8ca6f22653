package demand

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/iblint/iblint/checks/account"
)

// place is where Image Builder says what an owner needs: a Region of it, or what
// is to be created.
type place struct {
	region string
	where  string // for people
	*account.ImageBuilder
}

// places are all that is looked at for subjects of a kind. The gaps are Regions
// that may hold more, and Regions that have no Image Builder.
func (view *View) places(o account.Owner, kind account.Kind) (places []place, gaps []error) {
	regions := view.regionsRead(o)
	if discovers(o, kind) {
		for _, region := range regions {
			ib := view.imageBuilder(o.Account, region)
			if ib.Unavailable {
				gaps = append(gaps, &account.Undiscovered{
					Subject: account.Subject{Partition: view.partition(o), Account: o.Account, Region: region, Type: string(account.RegionKind), Name: region},
					Message: "EC2 Image Builder is not offered in " + region, NotApplicable: true,
				})
				continue
			}
			places = append(places, place{region, "in " + region, ib})
		}
		if gap := view.regionsGap(o, kind); gap != nil {
			gaps = append(gaps, gap)
		}
	}
	if o.Planned != nil {
		region := ""
		if len(regions) > 0 {
			region = regions[0]
		}
		places = append(places, place{region, "to be created", o.Planned})
	}
	return places, gaps
}

// regionsRead are the Regions of an owner in which Image Builder is looked at.
func (view *View) regionsRead(o account.Owner) []string {
	regions := slices.Clone(o.Regions)
	if a := view.account(o.Account); a != nil {
		if o.AllRegions {
			regions = union(regions, a.Regions.Items())
		}
		regions = union(regions, slices.Collect(maps.Keys(a.ImageBuilder)))
	}
	slices.Sort(regions)
	return regions
}

// regionsGap says that the Regions of an owner could not all be listed.
func (view *View) regionsGap(o account.Owner, kind account.Kind) error {
	var regions account.List[string]
	if a := view.account(o.Account); a != nil {
		regions = a.Regions
	}
	if err := regions.Err(); o.AllRegions && err != nil {
		var why account.Unread
		errors.As(err, &why)
		return &account.Undiscovered{
			Subject: account.Subject{Partition: view.partition(o), Account: o.Account, Type: string(kind), Name: "Regions"},
			Message: "the Regions that are enabled for the account could not all be listed, so that there may be more in others", Why: why,
		}
	}
	return nil
}

// imageBuilder is what was read in a Region; never nil.
func (view *View) imageBuilder(id, region string) *account.ImageBuilder {
	if a := view.account(id); a != nil && a.ImageBuilder[region] != nil {
		return a.ImageBuilder[region]
	}
	return &account.ImageBuilder{}
}

func discovers(o account.Owner, kind account.Kind) bool { return slices.Contains(o.Discover, kind) }

// undiscovered stands for the subjects of a kind that something unread in a Region may name.
func (view *View) undiscovered(o account.Owner, kind account.Kind, region, what, message string, err error) error {
	var why account.Unread
	errors.As(err, &why)
	return &account.Undiscovered{
		Subject: account.Subject{Partition: view.partition(o), Account: o.Account, Region: region, Type: string(kind), Name: what},
		Message: what + " in " + region + message, Why: why,
	}
}

// discovered is something that Image Builder names, with who names it and where.
type discovered[T comparable] struct {
	thing   T
	from    []string
	regions []string // of Image Builder; none: all of the owner's
	images  []string // ARNs of the images in it
}

// discoveries are things that Image Builder names, each once, in the order in
// which they are first named.
type discoveries[T comparable] struct {
	all []discovered[T]
	at  map[T]int
}

func (d *discoveries[T]) has(thing T) bool {
	_, ok := d.at[thing]
	return ok
}

// of is a thing that is named in a Region; it may move when the next is added.
func (d *discoveries[T]) of(thing T, region string) *discovered[T] {
	i, known := d.at[thing]
	if !known {
		if d.at == nil {
			d.at = map[T]int{}
		}
		i = len(d.all)
		d.at[thing], d.all = i, append(d.all, discovered[T]{thing: thing})
	}
	one := &d.all[i]
	if region != "" && !slices.Contains(one.regions, region) {
		one.regions = append(one.regions, region)
	}
	return one
}

// named adds a thing, and what names it.
func (d *discoveries[T]) named(thing T, region, from string) {
	if one := d.of(thing, region); !slices.Contains(one.from, from) {
		one.from = append(one.from, from)
	}
}

// holds adds a thing that holds what an image was distributed as.
func (d *discoveries[T]) holds(thing T, region, image string) {
	one := d.of(thing, region)
	if n := len(one.images); n == 0 || one.images[n-1] != image {
		one.images = append(one.images, image)
	}
}

// tellImages tells of the images that things hold: the first, and how many more.
func (d *discoveries[T]) tellImages(holds string) {
	for i := range d.all {
		one := &d.all[i]
		switch n := len(one.images); {
		case n == 1:
			one.from = append(one.from, holds+imageName(one.images[0]))
		case n > 1:
			one.from = append(one.from, holds+imageName(one.images[0])+" and of "+strconv.Itoa(n-1)+" more")
		}
	}
}

// imageName is the part of an image's ARN that people know: name, version and build.
func imageName(arn string) string {
	_, name, _ := strings.Cut(arn, ":image/")
	return cmp.Or(name, arn)
}

func lastOf(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

// matters says of each place whether lifecycle management reaches what the kind is
// about there: a policy acts on the images of its own Region. Where nothing is
// deployed yet, everything matters; and what a planned policy will act on is not
// told, so that it does everywhere; but in an account that only the organization's
// list names, of which nobody said that something is to be deployed, nothing does.
// The gaps are why it is not known.
func (view *View) matters(o account.Owner, kind account.Kind, places []place, about func(account.LifecyclePolicy) bool) (matters []bool, gaps []error) {
	deployed, known, planned := false, view.regionsGap(o, kind) == nil, false // a policy may be in a Region that is not known
	for _, at := range places {
		policies := at.LifecyclePolicies
		deployed = deployed || len(policies.Items()) > 0
		known = known && policies.Err() == nil
		planned = planned || o.Planned != nil && slices.ContainsFunc(policies.Items(), about)
	}
	for _, at := range places {
		policies := at.LifecyclePolicies
		matter := planned || slices.ContainsFunc(policies.Items(), about)
		if err := policies.Err(); err != nil && !matter {
			gaps = append(gaps, view.undiscovered(o, kind, at.region, "lifecycle policies", ", which tell what lifecycle management acts on, could not all be read", err))
		}
		matters = append(matters, matter || !deployed && known && !o.Listed)
	}
	if !deployed && known && o.Listed && !planned && len(places) > 0 {
		gaps = append(gaps, view.nothingDeployed(o))
	}
	return matters, gaps
}

// nothingDeployed says that an account of the organization has no lifecycle policy.
func (view *View) nothingDeployed(o account.Owner) error {
	return &account.Undiscovered{
		Subject: account.Subject{Partition: view.partition(o), Account: o.Account, Type: string(account.OrganizationKind), Name: "lifecycle policies"},
		Message: "there is no lifecycle policy in " + cmp.Or(strings.Join(view.regionsRead(o), ", "), "any Region") +
			", so lifecycle management does nothing here; name the account as an owner to audit it before one is deployed", NotApplicable: true,
	}
}

func aboutAMIs(p account.LifecyclePolicy) bool { return p.ResourceType != account.ContainerImage }

func aboutContainers(p account.LifecyclePolicy) bool { return p.ResourceType != account.AMIImage }

// RegionsLookedAt are the Regions in which subjects of a kind are looked for in an
// account; the empty one stands for the account as a whole.
func (view *View) RegionsLookedAt(id string, kind account.Kind) []string {
	for _, o := range view.owners(id) {
		switch kind {
		case account.ExecutionRoleKind:
			return []string{""}
		case account.LifecyclePolicyKind:
			if discovers(o, kind) {
				return view.regionsOffering(o)
			}
		case account.RepositoryKind:
			if o.AllRepositories { // ECR is there where Image Builder is not
				return view.regionsRead(o)
			}
			if discovers(o, kind) {
				return view.regionsOffering(o)
			}
		}
	}
	return nil
}

// regionsOffering are the Regions of an owner that have Image Builder.
func (view *View) regionsOffering(o account.Owner) []string {
	return slices.DeleteFunc(view.regionsRead(o), func(region string) bool { return view.imageBuilder(o.Account, region).Unavailable })
}
