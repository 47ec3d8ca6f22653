package account

import (
	"cmp"
	"errors"
	"slices"
	"time"
)

// Destination is an account that AMIs go to, with all the owners they come from.
type Destination struct {
	Account            string
	Partition          string
	Owners             []Origin // that copy AMIs into it
	Sharers            []Origin // that only share AMIs with it by launch permission
	From               []string // what names it, where that was discovered
	SourceAccountMeans SourceAccountMeaning
	Role               Read[Role]
	RoleNames          List[RoleName]

	view *View
}

// Uses is what the lifecycle policies of all owners ask of the cross-account role.
func (d Destination) Uses() Uses {
	all := Uses{Whatever: true}
	for _, o := range d.Owners {
		for _, owner := range d.view.owners(o.Account) {
			all = all.and(d.view.uses(owner, aboutAMIs))
		}
	}
	return all
}

// AMIRegions are the Regions in which the destination has AMIs of the owners, or is
// to have some. The error is why there may be others.
func (d Destination) AMIRegions() (regions []string, unread error) {
	for _, o := range d.Owners {
		for _, owner := range d.view.owners(o.Account) {
			more, err := d.view.amiRegions(owner, d.Account)
			if regions = union(regions, more); unread == nil {
				unread = err
			}
		}
	}
	slices.Sort(regions)
	return regions, unread
}

// Membership is the organization of the role's account.
func (d Destination) Membership() Read[Membership] {
	return d.view.account(d.Account).membership()
}

// ReadAt is when all of it was read; zero: not known.
func (d Destination) ReadAt() time.Time { return d.view.ReadAt }

// EvaluatedAt is the time of the run; zero: not known.
func (d Destination) EvaluatedAt() time.Time { return d.view.EvaluatedAt }

// MembershipOf is the organization of another account, as far as it is known.
func (d Destination) MembershipOf(id string) Read[Membership] { return d.view.account(id).membership() }

// Origin is where the AMIs in a destination come from.
type Origin struct {
	Account   string
	Partition string
	Regions   []string // none: not known

	// Images are the ARNs of the images whose AMIs are in the destination, as far
	// as they are known, and by Region why it is not known whether there are others.
	Images []string
	Unread map[string]error
}

// Subject names the role that the destination must have.
func (d Destination) Subject() Subject {
	return Subject{
		Partition: d.Partition, Account: d.Account, Type: "destination-account", Name: CrossAccountRoleName,
		ARN: RoleARN(d.Partition, d.Account, "/", CrossAccountRoleName),
	}
}

// NamedBy tells what names the account, where that was discovered.
func (d Destination) NamedBy() []string { return d.From }

// Destinations are the destination with this account ID, if it is one. The error
// joins what could not be discovered about the account.
func (view *View) Destinations(id string) ([]Destination, error) {
	all := view.destinations()
	var found []Destination
	if d := all.byAccount[id]; d != nil {
		found = []Destination{*d}
	}
	return found, errors.Join(all.gaps[id]...)
}

// OwnersOf are the owners among the accounts, and those whose AMIs go to one of them:
// whom to read to know more about the accounts.
func (view *View) OwnersOf(accounts map[string]bool) (owners []Owner) {
	origins := map[string]bool{}
	for id, d := range view.destinations().byAccount {
		for _, o := range slices.Concat(d.Owners, d.Sharers) {
			origins[o.Account] = origins[o.Account] || accounts[id]
		}
	}
	for _, o := range view.Owners {
		if accounts[o.Account] || origins[o.Account] {
			owners = append(owners, o)
		}
	}
	return owners
}

// destinations are all that owners' AMIs go to, by account, and what could not be
// discovered, by the account that it is about.
type destinations struct {
	byAccount map[string]*Destination
	gaps      map[string][]error
}

// joinDestinations joins the owners' targets: each account once, with everyone
// who needs it inside. An owner is no destination of its own.
func (view *View) joinDestinations() destinations {
	all := destinations{map[string]*Destination{}, map[string][]error{}}
	for _, o := range view.Owners {
		unread := map[string]error{}
		for _, region := range view.regionsRead(o) {
			ib := view.imageBuilder(o.Account, region)
			if err := ib.Images.Err(); err != nil && !ib.Unavailable {
				unread[region] = err
			}
		}
		var named []discovered[Target]
		for _, t := range o.Destinations {
			named = append(named, discovered[Target]{thing: t})
		}
		found, gaps := view.targets(o)
		for _, gap := range gaps {
			about := o.Account
			var undiscovered *Undiscovered
			if errors.As(gap, &undiscovered) {
				about = undiscovered.Subject.Account
			}
			all.gaps[about] = append(all.gaps[about], gap)
		}
		for _, n := range append(named, found...) {
			t := n.thing
			if t.Account == o.Account {
				continue
			}
			origin := Origin{Account: o.Account, Partition: view.partition(o), Regions: n.regions, Images: n.images, Unread: unread}
			if len(origin.Regions) == 0 {
				origin.Regions = view.regionsRead(o)
			}
			d := all.byAccount[t.Account]
			if d == nil {
				// Image Builder distributes within one partition.
				a := view.account(t.Account)
				d = &Destination{Account: t.Account, SourceAccountMeans: view.SourceAccountMeans, Partition: origin.Partition, Role: a.Role(CrossAccountRoleName), view: view}
				if a != nil {
					d.Partition, d.RoleNames = cmp.Or(a.Partition, d.Partition), a.RoleNames
				}
				all.byAccount[t.Account] = d
			}
			d.From = append(d.From, n.from...)
			if t.LaunchPermissionOnly {
				d.Sharers = append(d.Sharers, origin)
			} else {
				d.Owners = append(d.Owners, origin)
			}
		}
	}
	for _, d := range all.byAccount {
		d.Owners, d.Sharers = unique(d.Owners), unique(d.Sharers)
		if len(d.Owners) > 0 {
			d.From = append(d.From, lastUsed(d.Role)...)
		}
	}
	return all
}

// unique sorts by account and keeps one origin an account, with all Regions and images.
func unique(origins []Origin) []Origin {
	slices.SortStableFunc(origins, func(a, b Origin) int { return cmp.Compare(a.Account, b.Account) })
	var out []Origin
	for _, o := range origins {
		if n := len(out); n > 0 && out[n-1].Account == o.Account {
			same := &out[n-1]
			same.Regions, same.Images = union(same.Regions, o.Regions), union(same.Images, o.Images)
			continue
		}
		out = append(out, o)
	}
	for i := range out {
		slices.Sort(out[i].Regions)
	}
	return out
}
