package account

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Undiscovered says that subjects of a kind may exist that nobody knows of,
// since what would tell of them could not be read; or, when NotApplicable, that
// there are none where some might have been expected.
type Undiscovered struct {
	Subject       Subject // stands for those that are not known
	Message       string
	Why           Unread // zero where everything was read, and yet does not tell
	NotApplicable bool
}

// Error is one line.
func (u *Undiscovered) Error() string {
	if u.Why == (Unread{}) {
		return u.Message
	}
	return u.Message + ": " + u.Why.Error()
}

// Unwrap is the Unread, if there is one.
func (u *Undiscovered) Unwrap() error {
	if u.Why == (Unread{}) {
		return nil
	}
	return u.Why
}

// place is where Image Builder says what an owner needs: a Region of it, or what
// is to be created.
type place struct {
	region string
	where  string // for people
	*ImageBuilder
}

// places are all that is looked at for subjects of a kind. The gaps are Regions
// that may hold more, and Regions that have no Image Builder.
func (inv *Inventory) places(o Owner, kind Kind) (places []place, gaps []error) {
	regions := inv.regionsRead(o)
	if o.discovers(kind) {
		for _, region := range regions {
			ib := inv.imageBuilder(o.Account, region)
			if ib.Unavailable {
				gaps = append(gaps, &Undiscovered{
					Subject: Subject{Partition: inv.partition(o), Account: o.Account, Region: region, Type: string(RegionKind), Name: region},
					Message: "EC2 Image Builder is not offered in " + region, NotApplicable: true,
				})
				continue
			}
			places = append(places, place{region, "in " + region, ib})
		}
		if gap := inv.regionsGap(o, kind); gap != nil {
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
func (inv *Inventory) regionsRead(o Owner) []string {
	regions := slices.Clone(o.Regions)
	if a := inv.account(o.Account); a != nil {
		if o.AllRegions {
			regions = union(regions, a.Regions.Items())
		}
		regions = union(regions, slices.Collect(maps.Keys(a.ImageBuilder)))
	}
	slices.Sort(regions)
	return regions
}

// regionsGap says that the Regions of an owner could not all be listed.
func (inv *Inventory) regionsGap(o Owner, kind Kind) error {
	var regions List[string]
	if a := inv.account(o.Account); a != nil {
		regions = a.Regions
	}
	if err := regions.Err(); o.AllRegions && err != nil {
		var why Unread
		errors.As(err, &why)
		return &Undiscovered{
			Subject: Subject{Partition: inv.partition(o), Account: o.Account, Type: string(kind), Name: "Regions"},
			Message: "the Regions that are enabled for the account could not all be listed, so that there may be more in others", Why: why,
		}
	}
	return nil
}

// imageBuilder is what was read in a Region; never nil.
func (inv *Inventory) imageBuilder(account, region string) *ImageBuilder {
	if a := inv.account(account); a != nil && a.ImageBuilder[region] != nil {
		return a.ImageBuilder[region]
	}
	return &ImageBuilder{}
}

func (o Owner) discovers(kind Kind) bool { return slices.Contains(o.Discover, kind) }

// undiscovered stands for the subjects of a kind that something unread in a Region may name.
func (inv *Inventory) undiscovered(o Owner, kind Kind, region, what, message string, err error) error {
	var why Unread
	errors.As(err, &why)
	return &Undiscovered{
		Subject: Subject{Partition: inv.partition(o), Account: o.Account, Region: region, Type: string(kind), Name: what},
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

// collect adds a thing once, and each place that names it.
func collect[T comparable](all []discovered[T], thing T, region, from string) []discovered[T] {
	i := slices.IndexFunc(all, func(d discovered[T]) bool { return d.thing == thing })
	if i < 0 {
		all = append(all, discovered[T]{thing: thing})
		i = len(all) - 1
	}
	if !slices.Contains(all[i].from, from) {
		all[i].from = append(all[i].from, from)
	}
	if region != "" && !slices.Contains(all[i].regions, region) {
		all[i].regions = append(all[i].regions, region)
	}
	return all
}

// hold adds a thing that holds what an image was distributed as.
func hold[T comparable](all []discovered[T], thing T, region, image string) []discovered[T] {
	i := slices.IndexFunc(all, func(d discovered[T]) bool { return d.thing == thing })
	if i < 0 {
		all = append(all, discovered[T]{thing: thing})
		i = len(all) - 1
	}
	d := &all[i]
	if !slices.Contains(d.regions, region) {
		d.regions = append(d.regions, region)
	}
	if n := len(d.images); n == 0 || d.images[n-1] != image {
		d.images = append(d.images, image)
	}
	return all
}

// tellImages tells of the images that things hold: the first, and how many more.
func tellImages[T comparable](all []discovered[T], holds string) []discovered[T] {
	for i := range all {
		d := &all[i]
		switch n := len(d.images); {
		case n == 1:
			d.from = append(d.from, holds+imageName(d.images[0]))
		case n > 1:
			d.from = append(d.from, holds+imageName(d.images[0])+" and of "+strconv.Itoa(n-1)+" more")
		}
	}
	return all
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
// told, so that it does everywhere. The gaps are why it is not known.
func (inv *Inventory) matters(o Owner, kind Kind, places []place, about func(LifecyclePolicy) bool) (matters []bool, gaps []error) {
	deployed, known, planned := false, true, false
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
			gaps = append(gaps, inv.undiscovered(o, kind, at.region, "lifecycle policies", ", which tell what lifecycle management acts on, could not all be read", err))
		}
		matters = append(matters, matter || !deployed && known)
	}
	return matters, gaps
}

func aboutAMIs(p LifecyclePolicy) bool { return p.ResourceType != ContainerImage }

func aboutContainers(p LifecyclePolicy) bool { return p.ResourceType != AMIImage }
