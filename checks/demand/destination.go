package demand

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/iblint/iblint/checks/account"
)

// Destination is an account that AMIs go to, with all the owners they come from.
type Destination struct {
	Account            string
	Partition          string
	Owners             []Origin // whose lifecycle rules act, or may act, on AMIs in it
	Sharers            []Origin // that only share AMIs with it by launch permission
	From               []string // what names it
	SourceAccountMeans account.SourceAccountMeaning
	Role               account.Read[account.Role]
	RoleNames          account.List[account.RoleName]

	// Strength is Certain if the user named the account, or if a rule acts on AMIs in it.
	// It is NotNeeded if no rule does: then Unneeded says why. Why is why it is only
	// Possible.
	Strength Strength
	Why      error
	Unneeded string

	view  *View
	named bool // by the user
}

// Needs are the actions that lifecycle management takes with the cross-account role.
func (d Destination) Needs() []Need {
	key := seenAccount{d.view.shownParts(), d.Account}
	if s := d.view.shared; s.needing != key {
		var c needs
		for _, o := range d.Owners {
			for _, demands := range d.view.demandsOf(o.Account) {
				demands.destinationNeeds(&c, d.Account, d.named)
			}
		}
		s.needing, s.needs = key, c.sorted()
	}
	return slices.Clone(d.view.shared.needs)
}

// destinationNeeds adds the needs in a destination account of the owner.
func (d *ownerDemands) destinationNeeds(c *needs, id string, named bool) {
	before := len(c.all)
	for _, a := range d.active {
		reach := d.reach(a)
		a.eachRule(func(r rule, n needed) { c.onAMIs(r, n, reach, id) })
	}
	if !named || slices.ContainsFunc(c.all[before:], func(n Need) bool { return n.Strength == Certain }) {
		return
	}
	// The user named the account, and no policy acts on AMIs there: one to come will.
	for _, a := range d.coming {
		a.eachRule(func(r rule, n needed) {
			if onImages(r) {
				c.atSpot(r, n, a.region)
			}
		})
	}
}

// Membership is the organization of the role's account.
func (d Destination) Membership() account.Read[account.Membership] {
	return account.MembershipOf(d.view.account(d.Account))
}

// ReadAt is when all of it was read; zero: not known.
func (d Destination) ReadAt() time.Time { return d.view.ReadAt }

// EvaluatedAt is the time of the run; zero: not known.
func (d Destination) EvaluatedAt() time.Time { return d.view.EvaluatedAt }

// MembershipOf is the organization of another account, as far as it is known.
func (d Destination) MembershipOf(id string) account.Read[account.Membership] {
	return account.MembershipOf(d.view.account(id))
}

// Origin is where the AMIs in a destination come from.
type Origin struct {
	Account   string
	Partition string
	Regions   []string // where the images are built; empty: not known

	// Images are the ARNs of the images whose AMIs are in the destination, as far
	// as they are known, and by Region why it is not known whether there are others.
	Images []string
	Unread map[string]error
}

// Subject names the role that the destination must have.
func (d Destination) Subject() account.Subject {
	return account.Subject{
		Partition: d.Partition, Account: d.Account, Type: "destination-account", Name: account.CrossAccountRoleName,
		ARN: account.RoleARN(d.Partition, d.Account, "/", account.CrossAccountRoleName),
	}
}

// NamedBy returns what names the account.
func (d Destination) NamedBy() []string { return d.From }

// Destinations are the destination with this account ID, if it is one. The error
// joins what could not be discovered about the account.
func (view *View) Destinations(id string) ([]Destination, error) {
	var found []Destination
	if d, ok := view.destination(id); ok {
		found = []Destination{d}
	}
	return found, errors.Join(view.destinations().gaps[id]...)
}

// destination is the destination with an account ID, with what the view shows of its role.
func (view *View) destination(id string) (Destination, bool) {
	found := view.destinations().byAccount[id]
	if found == nil {
		return Destination{}, false
	}
	d, a := *found, view.account(id)
	d.view, d.Role = view, a.Role(account.CrossAccountRoleName)
	if a != nil {
		d.RoleNames = a.RoleNames
	}
	if len(d.Owners) > 0 {
		d.From = slices.Concat(d.From, lastUsed(d.Role))
	}
	return d, true
}

// OwnersOf are the owners among the accounts, and those whose AMIs go to one of them:
// what to read to know more about the accounts.
func (view *View) OwnersOf(accounts map[string]bool) (owners []account.Owner) {
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
// discovered, by the account that it is about. They have no view, and nothing of the roles.
type destinations struct {
	byAccount map[string]*Destination
	gaps      map[string][]error
}

// destinations are joined when they are first used.
func (view *View) destinations() destinations {
	parts := view.shownParts()
	all, joined := view.shared.destinations[parts]
	if !joined {
		all = view.joinDestinations()
		view.shared.destinations[parts] = all
	}
	return all
}

// joinDestinations joins the targets of all owners: each account once, with every owner
// that needs it. An owner is not a destination of its own.
func (view *View) joinDestinations() destinations {
	all := destinations{map[string]*Destination{}, map[string][]error{}}
	seen := map[string]bool{}
	for _, o := range view.Owners {
		if seen[o.Account] {
			continue
		}
		seen[o.Account] = true
		for _, d := range view.demandsOf(o.Account) {
			all.addTargets(view, d)
		}
	}
	for id, d := range all.byAccount {
		d.Owners, d.Sharers = unique(d.Owners), unique(d.Sharers)
		if len(d.Owners) > 0 {
			d.Unneeded = ""
		}
		all.gaps[id] = sameGaps(all.gaps[id])
	}
	return all
}

// addTargets adds the targets of one owner.
func (all *destinations) addTargets(view *View, d *ownerDemands) {
	search := newTargetSearch(view, d)
	for _, gap := range search.gaps {
		about := d.owner.Account
		var undiscovered *account.Undiscovered
		if errors.As(gap, &undiscovered) {
			about = undiscovered.Subject.Account
		}
		all.gaps[about] = append(all.gaps[about], gap)
	}
	for _, t := range search.targets {
		if t.account != d.owner.Account {
			all.add(view, d, t, search.unread)
		}
	}
}

// add adds a target of an owner. Unread is why not all images of a Region are known.
func (all *destinations) add(view *View, d *ownerDemands, t target, unread map[string]error) {
	origin := Origin{Account: d.owner.Account, Partition: view.partition(d.owner), Regions: t.regions, Images: t.images, Unread: unread}
	if len(origin.Regions) == 0 {
		origin.Regions = view.regionsRead(d.owner)
	}
	one := all.byAccount[t.account]
	if one == nil {
		// Image Builder distributes within one partition.
		a := view.account(t.account)
		one = &Destination{Account: t.account, SourceAccountMeans: view.SourceAccountMeans, Partition: origin.Partition}
		if a != nil {
			one.Partition = cmp.Or(a.Partition, one.Partition)
		}
		all.byAccount[t.account] = one
	}
	one.From, one.named = union(one.From, t.from), one.named || t.named
	if t.Strength > one.Strength {
		one.Strength, one.Why = t.Strength, t.Why
	}
	switch {
	case t.sharedOnly:
		one.Sharers = append(one.Sharers, origin)
	case t.Strength == NotNeeded:
		one.Unneeded = cmp.Or(one.Unneeded, t.unneeded)
	default:
		one.Owners = append(one.Owners, origin)
	}
}

// unique sorts by account and keeps one origin for each account, with all Regions and images.
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
