package demand

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/iblint/iblint/checks/account"
)

// targets are the accounts that an owner's AMIs are to go to, or are in already:
// a target that was taken out of the settings still holds AMIs (user guide,
// "Manage AMI distribution settings").
func (view *View) targets(o account.Owner) ([]discovered[account.Target], []error) {
	places, told := view.places(o, account.DestinationKind)
	matters, gaps := view.matters(o, account.DestinationKind, places, aboutAMIs)
	search := &targetSearch{view: view, owner: o, gaps: append(told, gaps...)}
	for i, at := range places {
		if !matters[i] {
			continue
		}
		search.distributions(at)
		search.images(at)
		search.executions(at)
	}
	targets := search.withSharedOnly()
	return slices.DeleteFunc(targets, func(t discovered[account.Target]) bool { return t.thing.Account == o.Account }), search.gaps
}

// targetSearch collects the targets of one owner.
type targetSearch struct {
	view  *View
	owner account.Owner
	// The accounts that AMIs are copied into, those that get launch permission,
	// and what is no single account and gets launch permission.
	copied, shared, openly discoveries[account.Target]
	gaps                   []error
}

// distributions adds the accounts that the distribution configurations at a
// place name.
func (s *targetSearch) distributions(at place) {
	for _, d := range at.Distributions.Items() {
		settings, _, err := d.Settings.Get()
		if err != nil {
			s.gaps = append(s.gaps, s.view.undiscovered(s.owner, account.DestinationKind, at.region, "distribution configuration "+d.Name, ", which may name further accounts, could not be read", err))
		}
		for _, setting := range settings {
			for _, id := range setting.TargetAccounts {
				if s.isAccount(d, at, id) {
					s.copied.named(account.Target{Account: id}, at.region, "a target of distribution configuration "+d.Name+" "+at.where)
				}
			}
			for _, id := range setting.SharedAccounts {
				if s.isAccount(d, at, id) {
					s.shared.named(account.Target{Account: id, LaunchPermissionOnly: true}, at.region, "given launch permission by distribution configuration "+d.Name+" "+at.where)
				}
			}
			for _, who := range setting.Shares {
				s.openly.named(account.Target{Account: who}, at.region, "distribution configuration "+d.Name+" "+at.where)
			}
		}
	}
	if err := at.Distributions.Err(); err != nil {
		s.gaps = append(s.gaps, s.view.undiscovered(s.owner, account.DestinationKind, at.region, "distribution configurations", ", which name the destination accounts, could not all be read", err))
	}
}

// isAccount rejects, with a gap, what is not an account ID: these become parts
// of the ARNs of roles to assume.
func (s *targetSearch) isAccount(d account.Distribution, at place, id string) bool {
	if account.IsAccountID(id) {
		return true
	}
	s.gaps = append(s.gaps, &account.Undiscovered{
		Subject: s.subject(at, "distribution configuration "+d.Name),
		Message: "distribution configuration " + d.Name + " " + at.where + " names an account as " + strconv.QuoteToASCII(id) + ", which is not an account ID",
	})
	return false
}

func (s *targetSearch) subject(at place, name string) account.Subject {
	return account.Subject{Partition: s.view.partition(s.owner), Account: s.owner.Account, Region: at.region, Type: string(account.DestinationKind), Name: name}
}

// images adds the accounts that hold AMIs of the images at a place.
func (s *targetSearch) images(at place) {
	for _, image := range at.Images.Items() {
		for _, ami := range image.AMIs {
			if !account.IsAccountID(ami.Account) {
				s.gaps = append(s.gaps, &account.Undiscovered{
					Subject: s.subject(at, "image "+imageName(image.ARN)),
					Message: "image " + imageName(image.ARN) + " does not tell in which account its AMI " + ami.ID + " is",
				})
				continue
			}
			if ami.Account != s.owner.Account {
				s.copied.holds(account.Target{Account: ami.Account}, at.region, image.ARN)
			}
		}
	}
	if err := at.Images.Err(); err != nil {
		s.gaps = append(s.gaps, s.view.undiscovered(s.owner, account.DestinationKind, at.region, "images", ", which tell the accounts that AMIs were distributed to, could not all be read", err))
	}
}

// executions adds what earlier lifecycle executions at a place did in accounts
// that are targets already.
func (s *targetSearch) executions(at place) {
	for _, line := range at.executionResources(func(r account.ExecutionResource) string {
		if r.Image == "" || len(r.URIs) > 0 {
			return ""
		}
		return r.Account
	}) {
		if s.copied.has(account.Target{Account: line.of}) {
			s.copied.named(account.Target{Account: line.of}, at.region, line.text)
		}
	}
}

// withSharedOnly returns the accounts that AMIs are copied into, then those
// that AMIs are only shared with. "Only" is not known while anything is unread:
// such an account is a gap.
func (s *targetSearch) withSharedOnly() []discovered[account.Target] {
	unread := slices.IndexFunc(s.gaps, func(err error) bool {
		var gap *account.Undiscovered
		return !errors.As(err, &gap) || !gap.NotApplicable
	})
	var also []discovered[account.Target]
	for _, t := range s.shared.all {
		switch {
		case s.copied.has(account.Target{Account: t.thing.Account}):
		case unread < 0:
			also = append(also, t)
		default:
			var why account.Unread
			errors.As(s.gaps[unread], &why)
			s.gaps = append(s.gaps, &account.Undiscovered{
				Subject: account.Subject{Partition: s.view.partition(s.owner), Account: t.thing.Account, Type: string(account.DestinationKind), Name: "launch permission from " + s.owner.Account},
				Message: "account " + t.thing.Account + " was " + t.from[0] + "; whether AMIs were copied into it as well is not known", Why: why,
			})
		}
	}
	for _, t := range s.openly.all {
		s.gaps = append(s.gaps, &account.Undiscovered{
			Subject: account.Subject{Partition: s.view.partition(s.owner), Account: s.owner.Account, Type: string(account.DestinationKind), Name: t.thing.Account, ARN: arnOrNone(t.thing.Account)},
			Message: strings.Join(t.from, ", ") + " gives launch permission to " + sharedWith(t.thing.Account) +
				": no role is needed for it, since with launch permission all of the AMI resources remain in the owner's account", NotApplicable: true,
		})
	}
	s.copied.tellImages("holds AMIs of image ")
	return append(s.copied.all, also...)
}

// sharedWith is who has a launch permission that is not given to one account
// (LaunchPermissionConfiguration of the Image Builder API).
func sharedWith(who string) string {
	switch {
	case who == "all":
		return "everybody (the AMIs are public)"
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
