package demand

import (
	"errors"
	"fmt"
	"slices"

	"github.com/iblint/iblint/checks/account"
)

// Uses is what the lifecycle policies in scope ask of a role.
type Uses struct {
	Rules []UsedRule

	// Containers says that one of them is about container images.
	Containers bool

	// PoliciesUnread is why there may be more policies; nil: they are all.
	PoliciesUnread error

	// Whatever says that no lifecycle policy in scope uses the role: it is there for
	// one to come, which may ask for anything.
	Whatever bool

	// Unread is why there may be more than these rules; nil: they are all.
	Unread error
}

// UsedRule is a rule of a lifecycle policy, with what of the policy matters for it.
type UsedRule struct {
	Policy       string // its name
	ResourceType string
	ByTags       bool // images are selected by their tags
	account.LifecycleRule
}

// uses are the rules of those of an owner's lifecycle policies that are asked for.
func (view *View) uses(o account.Owner, about func(account.LifecyclePolicy) bool) Uses {
	var u Uses
	read, some := false, false
	add := func(policies account.List[account.LifecyclePolicy]) {
		for _, p := range policies.Items() {
			if !about(p) {
				continue
			}
			some, u.Containers = true, u.Containers || aboutContainers(p)
			rules, _, err := p.Rules.Get()
			if err != nil && u.Unread == nil {
				u.Unread = err
			}
			selection, _, err := p.Selection.Get()
			if err != nil && u.Unread == nil {
				u.Unread = err
			}
			for _, rule := range rules {
				if !slices.Contains([]string{"DEPRECATE", "DISABLE", "DELETE"}, rule.Action) && u.Unread == nil {
					u.Unread = account.Unread{Reason: account.Malformed, Detail: fmt.Sprintf("lifecycle policy %s has the action %q in a rule, which iblint does not know", p.Name, rule.Action)}
				}
				u.Rules = append(u.Rules, UsedRule{p.Name, p.ResourceType, len(selection.Tags) > 0, rule})
			}
		}
		if err := policies.Err(); err != nil && u.PoliciesUnread == nil {
			u.PoliciesUnread = err
		}
		read = true
	}
	for _, region := range view.regionsRead(o) {
		if ib := view.imageBuilder(o.Account, region); !ib.Unavailable && !ib.LifecyclePolicies.IsZero() {
			add(ib.LifecyclePolicies)
		}
	}
	if o.Planned != nil {
		add(o.Planned.LifecyclePolicies)
	}
	if o.AllRegions && u.PoliciesUnread == nil {
		if a := view.account(o.Account); a != nil {
			u.PoliciesUnread = a.Regions.Err()
		}
	}
	if u.Unread == nil {
		u.Unread = u.PoliciesUnread
	}
	u.Whatever = !read || !some && u.PoliciesUnread == nil
	return u
}

// and joins what several owners ask.
func (u Uses) and(other Uses) Uses {
	u.Rules = append(slices.Clone(u.Rules), other.Rules...)
	u.Whatever = u.Whatever && other.Whatever
	if u.Unread == nil {
		u.Unread = other.Unread
	}
	return u
}

// amiRegions are the Regions in which an account holds, or is to receive, AMIs of
// an owner: where they are built, for the owner's own, and where they are
// distributed to. The error is why there may be others.
func (view *View) amiRegions(o account.Owner, id string) (regions []string, unread error) {
	var found discoveries[string]
	tell := func(err error) {
		var why account.Unread
		if errors.As(err, &why) && why.Reason != account.NotCollected && unread == nil {
			unread = err
		}
	}
	look := func(ib *account.ImageBuilder) {
		for _, image := range ib.Images.Items() {
			for _, ami := range image.AMIs {
				if ami.Account == id && account.IsRegion(ami.Region) {
					found.of(ami.Region, "")
				}
			}
		}
		tell(ib.Images.Err())
		for _, d := range ib.Distributions.Items() {
			settings, _, err := d.Settings.Get()
			tell(err)
			for _, s := range settings {
				if account.IsRegion(s.Region) && (id == o.Account || slices.Contains(s.TargetAccounts, id)) {
					found.of(s.Region, "")
				}
			}
		}
		tell(ib.Distributions.Err())
	}
	for _, region := range view.regionsRead(o) {
		ib := view.imageBuilder(o.Account, region)
		if ib.Unavailable {
			continue
		}
		if id == o.Account {
			found.of(region, "")
		}
		look(ib)
	}
	if o.Planned != nil {
		look(o.Planned)
	}
	if a := view.account(o.Account); o.AllRegions && a != nil {
		tell(a.Regions.Err())
	}
	for _, one := range found.all {
		regions = append(regions, one.thing)
	}
	if len(regions) == 0 { // nobody tells: in the Regions of the images
		regions = view.regionsRead(o)
	}
	slices.Sort(regions)
	return regions, unread
}
