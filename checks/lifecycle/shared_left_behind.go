package lifecycle

import (
	"fmt"
	"maps"
	"slices"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
)

// left is what a DELETE rule leaves behind because of its exclusion rules for AMIs.
type left struct {
	found  []string // which AMIs, for people
	notes  []string // exclusions that iblint cannot evaluate, for the evidence
	unread error    // why there may be more; nil: there are no more, or the input cannot hold them
}

// leftBehind says which AMIs a rule excludes while it deletes their image resources. Exclusion
// rules for AMIs protect the AMI only (README of AWS's lifecycle samples).
func leftBehind(p demand.OwnedPolicy, rule account.LifecycleRule) (l left) {
	excludes := len(rule.ExcludedRegions)+len(rule.AMITags)+len(rule.SharedAccounts) > 0 || rule.IsPublic
	if rule.Action != "DELETE" || !rule.AMIs || p.ResourceType != account.AMIImage {
		return l
	}
	if rule.LastLaunched != nil {
		l.notes = append(l.notes, fmt.Sprintf("it leaves behind AMIs that were launched in the last %d %s", rule.LastLaunched.Value, rule.LastLaunched.Unit))
	}
	if !excludes {
		return l
	}
	settings, err := p.Settings()
	l.unread = refusedIn(err)
	l.byRegion(p, rule, settings)
	l.byTag(rule, settings)
	for _, s := range settings {
		if rule.IsPublic && slices.Contains(s.Shares, "all") {
			l.add("public AMIs in %s (%s)", s.Region, s.Configuration)
		}
		for _, id := range rule.SharedAccounts {
			if slices.Contains(s.SharedAccounts, id) {
				l.add("AMIs in %s that are shared with account %s (%s)", s.Region, id, s.Configuration)
			}
		}
	}
	if len(l.found) == 0 {
		l.notes = append(l.notes, "it has exclusion rules for AMIs, and iblint knows no AMI that they match")
	}
	return l
}

// byRegion adds AMIs in excluded Regions: those that exist, and those to come. Each image has
// an AMI in the Region of the policy.
func (l *left) byRegion(p demand.OwnedPolicy, rule account.LifecycleRule, settings []demand.SettingsOf) {
	if len(rule.ExcludedRegions) == 0 {
		return
	}
	amis := map[string]int{}
	first := map[string]string{}
	selection, _, err := p.Selection.Get()
	if err == nil {
		err = p.Images.Err()
	}
	for _, image := range p.Candidates(selection) {
		if !demand.Selects(selection, image) || demand.AnyTag(rule.ExcludedTags, image.Tags) {
			continue
		}
		for _, ami := range image.AMIs {
			if amis[ami.Region]++; amis[ami.Region] == 1 {
				first[ami.Region] = ami.ID
			}
		}
	}
	if l.unread == nil {
		l.unread = refusedIn(err)
	}
	for _, region := range rule.ExcludedRegions {
		switch i := slices.IndexFunc(settings, func(s demand.SettingsOf) bool {
			return s.Region == region && (len(s.TargetAccounts) > 0 || s.Repository == "")
		}); {
		case amis[region] == 1:
			l.add("AMI %s in %s", first[region], region)
		case amis[region] > 1:
			l.add("%d AMIs in %s, such as %s", amis[region], region, first[region])
		case region == p.Region:
			l.add("all AMIs in %s, where Image Builder builds the images", region)
		case i >= 0:
			l.add("all AMIs in %s (%s)", region, settings[i].Configuration)
		}
	}
}

// byTag adds AMIs that carry an excluded tag. Image Builder puts CreatedBy on all its AMIs.
func (l *left) byTag(rule account.LifecycleRule, settings []demand.SettingsOf) {
	for _, key := range slices.Sorted(maps.Keys(rule.AMITags)) {
		value := rule.AMITags[key]
		if key == "CreatedBy" && value == "EC2 Image Builder" {
			l.add("all AMIs, because Image Builder puts tag %s = %s on them", key, visible(value))
			continue
		}
		for _, s := range settings {
			if got, ok := s.AMITags[key]; ok && got == value {
				l.add("AMIs in %s with tag %s = %s (%s)", s.Region, key, visible(value), s.Configuration)
			}
		}
	}
}

func (l *left) add(format string, values ...any) {
	if text := fmt.Sprintf(format, values...); !slices.Contains(l.found, text) {
		l.found = append(l.found, text)
	}
}

// refusedIn is the error if AWS or a file refused a part; nil if the input cannot hold it.
func refusedIn(err error) error {
	if why := unreadOf(err); why != nil && why.Reason != account.NotCollected {
		return err
	}
	return nil
}
