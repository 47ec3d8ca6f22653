package demand

import (
	"iter"
	"slices"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/policy"
)

// Existing are the images that exist now and that rules take the action on, as surely as the
// need says. An image can be among them more than once.
func (r ExecutionRole) Existing(n Need) iter.Seq[account.Image] {
	return func(yield func(account.Image) bool) {
		for _, a := range r.demands.using(r.Reference) {
			if !r.demands.existing(a, n, r.Owner, yield) {
				return
			}
		}
	}
}

// Existing are the images that exist now and on whose AMIs in the account rules take the action, as
// surely as the need says. An image can be among them more than once.
func (d Destination) Existing(n Need) iter.Seq[account.Image] {
	return func(yield func(account.Image) bool) {
		for _, o := range d.Owners {
			for _, demands := range d.view.demandsOf(o.Account) {
				for _, a := range demands.active {
					if !demands.existing(a, n, d.Account, yield) {
						return
					}
				}
			}
		}
	}
}

// existing yields the images of an asker, and reports whether there may be more to yield. If it is
// not known which images the asker selects, it is not certain of any.
func (d *ownerDemands) existing(a *asker, n Need, id string, yield func(account.Image) bool) bool {
	if a.selection.everything || n.On == policy.BuiltImage && n.Region != a.region {
		return true
	}
	var rules []rule
	a.eachRule(func(r rule, s needed) {
		if uses[n.Granted].needed(r, s).Strength == n.Strength {
			rules = append(rules, r)
		}
	})
	if len(rules) == 0 {
		return true
	}
	for _, image := range d.imagesIn(a.region).candidates(a.selection) {
		if !n.about(image, id) || !a.selection.image(image, a.resourceType) {
			continue
		}
		if slices.ContainsFunc(rules, func(r rule) bool { return r.changes(image, n) }) && !yield(image) {
			return false
		}
	}
	return true
}

// about reports whether the action can be one on an image, or on its AMIs in an account.
func (n Need) about(image account.Image, id string) bool {
	if n.On == policy.AMI {
		return slices.ContainsFunc(image.AMIs, func(ami account.AMI) bool { return ami.Account == id && ami.Region == n.Region })
	}
	name, version, _ := NameAndVersion(image.ARN)
	return n.Recipe == "" || n.Recipe == name && versionsMeet(n.Version, version) == Certain
}

// changes reports whether it is certain that a rule acts on an image in the state that it is in. It
// is not if the rule excludes AMIs by what was not read of them.
func (r rule) changes(image account.Image, n Need) bool {
	if r.ReadsAttributes || r.IsPublic || len(r.SharedAccounts) > 0 || r.LastLaunched != nil || len(r.AMITags) > 0 ||
		n.On == policy.AMI && slices.Contains(r.ExcludedRegions, n.Region) {
		return false
	}
	built := slices.Contains([]string{"AVAILABLE", "DEPRECATED", "DISABLED", ""}, image.State)
	return built && !slices.Contains(passedOver[r.Action], image.State) && !anyTag(r.ExcludedTags, image.Tags)
}
