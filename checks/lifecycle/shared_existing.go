package lifecycle

import (
	"fmt"
	"strings"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/checks/policy"
)

// Of the resources of a need that exist now, at most mostExisting are evaluated, and with at most
// mostRequests requests. A request stands for all resources with the same tags, and for half of
// them where that does not decide. A role can have thousands of images.
const (
	mostExisting = 200
	mostRequests = 50
)

// existing is an AMI or an image resource that exists now.
type existing struct {
	arn  string
	name string       // in messages
	ami  string       // its ID; empty: it is an image resource
	tags account.Tags // of an image resource; those of AMIs are not read
}

// denial is a request about a resource that exists now, which is denied.
type denial struct {
	policy.Authorization
	request *policy.Request
	name    string // of the resource
}

// deniedNow finds the denial of an action on a resource that exists now. A need can be undecidable
// because little is known of the resources to come. The denial on one that exists decides it. All
// reports whether every resource was evaluated.
func (a *actor) deniedNow(n demand.Need) (found *denial, all bool) {
	now := a.existingNow(n)
	left := mostRequests
	for _, alike := range now.groups {
		if found := a.deniedAmong(n, alike, &left); found != nil {
			return found, true
		}
	}
	return nil, now.all && left >= 0
}

// mayBeDeniedNow reports whether a need that is undecidable may be decided for a resource that exists.
func mayBeDeniedNow(n demand.Need, undecided policy.Decision) bool {
	key := strings.ToLower(undecided.UnknownKey())
	switch {
	case n.Strength == demand.NotNeeded:
		return false
	case n.On == policy.AMI:
		return key == "" || key == "ec2:imageid"
	case n.On == policy.BuiltImage:
		return key == "" || strings.HasPrefix(key, "aws:resourcetag/")
	}
	return false
}

// existingResources are the resources of a need that exist now, by their tags.
type existingResources struct {
	groups [][]existing
	all    bool // none was left out
}

// existingKey is what the resources of a need depend on.
type existingKey struct {
	policy.Granted
	region, recipe, version string
	strength                demand.Strength
}

// existingNow returns the resources of a need.
func (a *actor) existingNow(n demand.Need) existingResources {
	key := existingKey{n.Granted, n.Region, n.Recipe, n.Version, n.Strength}
	now, known := a.now[key]
	if !known {
		some, all := a.existingFor(n)
		now = existingResources{byTags(some), all}
		if a.now != nil {
			a.now[key] = now
		}
	}
	return now
}

// existingFor are the resources of a need that exist now, or the first of them.
func (a *actor) existingFor(n demand.Need) (some []existing, all bool) {
	seen := map[string]bool{}
	for image := range a.existing(n) {
		if len(some) >= mostExisting {
			return some, false
		}
		if n.On == policy.BuiltImage && !seen[image.ARN] {
			seen[image.ARN] = true
			some = append(some, existing{arn: image.ARN, name: "image " + imageName(image.ARN), tags: image.Tags})
		}
		for _, ami := range image.AMIs {
			if n.On == policy.AMI && ami.Account == a.account && ami.Region == n.Region && !seen[ami.ID] {
				seen[ami.ID] = true
				some = append(some, existing{arn: "arn:" + a.partition + ":ec2:" + ami.Region + "::image/" + ami.ID, name: "AMI " + ami.ID, ami: ami.ID})
			}
		}
	}
	return some, true
}

// byTags groups resources with the same tags.
func byTags(all []existing) (groups [][]existing) {
	at := map[string]int{}
	for _, x := range all {
		var tags string
		if len(x.tags) > 0 {
			tags = fmt.Sprintf("%q", x.tags) // in the order of the keys
		}
		i, known := at[tags]
		if !known {
			i = len(groups)
			at[tags], groups = i, append(groups, nil)
		}
		groups[i] = append(groups[i], x)
	}
	return groups
}

// deniedAmong finds a denial among resources with the same tags. Left is how many more requests may
// be evaluated.
func (a *actor) deniedAmong(n demand.Need, alike []existing, left *int) *denial {
	if *left--; *left < 0 {
		return nil
	}
	r := a.existingRequest(n, alike)
	switch decision := a.policies.Authorize(r); {
	case decision.Outcome == policy.Allowed:
		return nil
	case len(alike) == 1 && decision.Outcome == policy.Denied:
		return &denial{decision, r, alike[0].name}
	case len(alike) == 1, decision.Outcome == policy.Undecidable && !mayBeDeniedNow(n, decision.Decision):
		return nil
	case decision.Outcome == policy.Denied: // each of them is; one is named
		return a.deniedAmong(n, alike[:1], left)
	}
	half := len(alike) / 2
	if found := a.deniedAmong(n, alike[:half], left); found != nil {
		return found
	}
	return a.deniedAmong(n, alike[half:], left)
}

// existingRequest is the request about one of the resources, which have the same tags.
func (a *actor) existingRequest(n demand.Need, alike []existing) *policy.Request {
	r := a.request(n)
	var arns, amis []string
	for _, x := range alike {
		arns, amis = append(arns, x.arn), append(amis, x.ami)
	}
	r.Resource = policy.OneOf(arns...)
	if n.On == policy.AMI {
		r.Context.Set("ec2:ImageID", policy.OneOf(amis...))
		return r
	}
	r.Context.SetPrefix("aws:ResourceTag/", policy.Absent())
	setTags(r.Context, alike[0].tags, "aws:ResourceTag/")
	return r
}
