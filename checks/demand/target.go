package demand

import (
	"errors"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks/account"
)

// target is an account that AMIs of one owner go to, or are shared with.
type target struct {
	account string
	needed
	regions, from, images []string

	named      bool   // by the user
	sharedOnly bool   // only launch permission is given to it
	unneeded   string // why no rule acts on AMIs in it, where Strength is NotNeeded
}

// targetSearch finds the targets of one owner.
type targetSearch struct {
	view    *View
	demands *ownerDemands
	targets []target
	gaps    []error
	unread  map[string]error // by Region, why not all of its images are known

	copied discoveries[string] // accounts that rules act on AMIs in, or may
	shared discoveries[string]
	openly discoveries[string]
}

// newTargetSearch finds the accounts that the user named, and those that lifecycle rules
// act on AMIs in.
func newTargetSearch(view *View, d *ownerDemands) *targetSearch {
	s := &targetSearch{view: view, demands: d, unread: map[string]error{}}
	for _, region := range view.regionsRead(d.owner) {
		ib := view.imageBuilder(d.owner.Account, region)
		if err := ib.Images.Err(); err != nil && !ib.Unavailable {
			s.unread[region] = err
		}
	}
	if d.owner.Code != "" {
		s.gaps = append(s.gaps, view.nothingDeclared(d.owner))
	}
	discovers := discovers(d.owner, account.DestinationKind)
	acting, active := false, false // a rule acts on AMIs; there is a policy about AMIs
	for _, a := range d.active {
		if !a.aboutAMIs() || !discovers && !a.planned && len(d.owner.PlannedIn) == 0 {
			continue
		}
		active = true
		acting = s.policy(a) || acting
	}
	if discovers {
		s.gaps = append(s.gaps, view.policyGaps(d.owner, account.DestinationKind, "lifecycle policies", ", which say what lifecycle management acts on, could not all be read")...)
		if !d.deployed && d.complete && d.owner.Listed && len(view.regionsOffering(d.owner)) > 0 {
			s.gaps = append(s.gaps, view.nothingDeployed(d.owner))
		}
	}
	s.gaps = sameGaps(s.gaps)
	s.copied.compact()
	s.shared.compact()
	s.openly.compact()
	s.addNamed()
	s.addCopied()
	s.addShared(acting)
	if discovers && d.deployed {
		s.addUnneeded(active)
	}
	return s
}

// policy adds the accounts that one policy acts on AMIs in, and reports whether it has a
// rule that acts on AMIs.
func (s *targetSearch) policy(a *asker) (acts bool) {
	reach := s.demands.reach(a)
	a.eachRule(func(r rule, n needed) {
		if !onImages(r) {
			return
		}
		acts = true
		for _, spot := range actedOn(r, reach, reach.amis) {
			if !r.actsOnAMIs(spot.thing.Region) || spot.thing.Account == s.demands.owner.Account {
				continue
			}
			one := discovered[string]{thing: spot.thing.Account, needed: n.and(spot.needed), from: spot.from, regions: spot.regions, images: spot.images}
			if r.alternative == "" {
				one.rules = []string{r.text}
			}
			s.copied.join(one)
		}
	})
	if !acts {
		return false
	}
	if !a.hidden() { // that it may exist is a gap already
		s.gaps = append(s.gaps, reach.accountGaps...)
	}
	for _, one := range reach.shared.all {
		s.shared.join(one)
	}
	for _, one := range reach.openly.all {
		s.openly.join(one)
	}
	return true
}

// addNamed adds the targets that the user named.
func (s *targetSearch) addNamed() {
	for _, t := range s.demands.owner.Destinations {
		one := target{account: t.Account, needed: certain, named: true, sharedOnly: t.LaunchPermissionOnly}
		if found := s.found(t.Account); found != nil {
			one.regions, one.images = found.regions, found.images
		}
		s.targets = append(s.targets, one)
	}
}

// found is what policies say about an account: also of one that the user named, whose
// images limit what the role must be trusted for.
func (s *targetSearch) found(id string) *discovered[string] {
	var all discoveries[string]
	for _, a := range s.demands.active {
		if !a.aboutAMIs() {
			continue
		}
		for _, spot := range s.demands.reach(a).amis.all {
			if spot.thing.Account == id {
				all.join(discovered[string]{thing: id, needed: spot.needed, regions: spot.regions, images: spot.images})
			}
		}
	}
	if !all.has(id) {
		return nil
	}
	all.compact()
	return all.of(id)
}

// addCopied adds the accounts that rules act on AMIs in, with what earlier lifecycle
// executions did there.
func (s *targetSearch) addCopied() {
	lines := map[string][]string{}
	for _, region := range s.view.regionsRead(s.demands.owner) {
		ib := s.view.imageBuilder(s.demands.owner.Account, region)
		for _, line := range executionResources(ib, "in "+region, func(r account.ExecutionResource) string {
			if r.Image == "" || len(r.URIs) > 0 {
				return ""
			}
			return r.Account
		}) {
			lines[line.subject] = append(lines[line.subject], line.text)
		}
	}
	for _, one := range s.copied.all {
		s.targets = append(s.targets, target{
			account: one.thing, needed: one.needed, regions: one.regions, images: one.images,
			from: slices.Concat(one.lines("holds AMIs of image ", " acts on AMIs in it"), lines[one.thing]),
		})
	}
}

// addShared adds the accounts that only get launch permission. "Only" is not known if
// something could not be read.
func (s *targetSearch) addShared(acting bool) {
	if !acting {
		return
	}
	unread := firstUnread(s.gaps)
	for _, one := range s.shared.all {
		switch {
		case s.copied.has(one.thing):
		case unread == nil:
			s.targets = append(s.targets, target{account: one.thing, from: one.from, sharedOnly: true})
		default:
			why, _ := unreadIn(unread)
			s.gaps = append(s.gaps, &account.Undiscovered{
				Subject: account.Subject{Partition: s.view.partition(s.demands.owner), Account: one.thing, Type: string(account.DestinationKind), Name: "launch permission from " + s.demands.owner.Account},
				Message: "account " + one.thing + " was " + one.from[0] + "; cannot decide whether AMIs were also copied into it", Why: why,
				Short: "AMIs may have been copied into it, too", Settle: "Name the accounts that AMIs are copied to: --destination",
			})
		}
	}
	for _, one := range s.openly.all {
		s.gaps = append(s.gaps, &account.Undiscovered{
			Subject: account.Subject{Partition: s.view.partition(s.demands.owner), Account: s.demands.owner.Account, Type: string(account.DestinationKind), Name: one.thing, ARN: arnOrNone(one.thing)},
			Message: strings.Join(one.from, ", ") + " gives launch permission to " + sharedWith(one.thing) +
				": no role is needed for it, because the AMIs remain in the owner's account",
			Short: "not needed: only gives launch permission", NotApplicable: true,
		})
	}
}

// firstUnread is the first gap that does not only say that something is not applicable.
func firstUnread(gaps []error) error {
	for _, gap := range gaps {
		if _, ok := applicable(gap); ok {
			return gap
		}
	}
	return nil
}

// addUnneeded adds the accounts that images of the owner are in or go to, and that no rule
// acts in.
func (s *targetSearch) addUnneeded(active bool) {
	var all discoveries[string]
	for _, reach := range s.demands.everything() {
		for _, spot := range reach.amis.all {
			all.join(discovered[string]{thing: spot.thing.Account, from: spot.from, images: spot.images})
		}
	}
	all.compact()
	why := "no enabled lifecycle policy of " + s.demands.owner.Account + " is about AMIs"
	if active {
		why = "no rule of an enabled lifecycle policy acts on AMIs in this account"
	}
	for _, one := range all.all {
		if slices.ContainsFunc(s.targets, func(t target) bool { return t.account == one.thing }) || s.unknownShare(one.thing) {
			continue
		}
		s.targets = append(s.targets, target{account: one.thing, from: one.lines("holds AMIs of image ", ""), unneeded: why})
	}
}

// unknownShare reports whether a gap is already about the account.
func (s *targetSearch) unknownShare(id string) bool {
	return slices.ContainsFunc(s.gaps, func(gap error) bool {
		var undiscovered *account.Undiscovered
		return errors.As(gap, &undiscovered) && undiscovered.Subject.Account == id
	})
}

// sharedWith is who has a launch permission that is not given to one account
// (LaunchPermissionConfiguration of the Image Builder API).
func sharedWith(who string) string {
	switch {
	case who == "all":
		return "everyone (the AMIs are public)"
	case strings.Contains(who, ":ou/"):
		return "organizational unit " + lastOf(who)
	case strings.Contains(who, ":organization/"):
		return "organization " + lastOf(who)
	}
	return who
}

func arnOrNone(text string) string {
	if strings.HasPrefix(text, "arn:") {
		return text
	}
	return ""
}
