package demand

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/symbol"
)

// asker is what makes demands: a lifecycle policy of an owner in a Region, or one that may
// exist there or may come.
type asker struct {
	region       string // empty: not known
	where        string // "in REGION" or "to be created", for people
	name         string // of the policy; empty: it is none in particular
	arn, status  string
	role         string // as the policy names it; empty: it may name any role of the owner
	resourceType string // account.AMIImage or account.ContainerImage; other: not known
	planned      bool
	disabled     bool

	// deletion is not nil if it is no policy, but the deletion of an image with its stack.
	deletion *account.ImageDeletion

	rules      []rule
	selection  selection
	needed           // Possible: the policy may not exist, or what it says could not be read
	unselected error // why its selection is not known; nil: it is
	unruled    error // why its rules are not known; nil: they are
}

// aboutAMIs reports whether its rules can act on AMIs.
func (a *asker) aboutAMIs() bool { return a.resourceType != account.ContainerImage }

// aboutContainers reports whether its rules can act on container images.
func (a *asker) aboutContainers() bool { return a.resourceType != account.AMIImage }

// hidden reports whether it stands for policies that a list which could not be read whole
// may hold.
func (a *asker) hidden() bool { return a.name == "" && a.deletion == nil && a.Strength == Possible }

// hiddenBy is why the list of policies could not be read whole; nil for a policy that is
// known, or to come.
func (a *asker) hiddenBy() error {
	if a.hidden() {
		return a.Why
	}
	return nil
}

// said is "lifecycle policy NAME in REGION", for evidence.
func (a *asker) said() string {
	if a.deletion != nil {
		return "the deletion of image " + a.deletion.Image
	}
	return strings.TrimSpace("lifecycle policy " + a.name + " " + a.where)
}

// called is "lifecycle policy NAME", for messages that say the Region otherwise.
func (a *asker) called() string {
	if a.deletion != nil {
		return a.said()
	}
	return "lifecycle policy " + a.name
}

// comingRules are all kinds of rules that act on AMIs or container images. A policy that
// is not known has at least one of them.
func comingRules(resourceType string) []rule {
	var all []rule
	add := func(r account.LifecycleRule) {
		what := "AMIs"
		if r.Containers {
			what = "container images"
		}
		text := fmt.Sprintf("a rule that has the action %s and includes %s", r.Action, what)
		all = append(all, rule{LifecycleRule: r, text: text, alternative: text})
	}
	if resourceType != account.ContainerImage {
		add(account.LifecycleRule{Action: "DEPRECATE", AMIs: true})
		add(account.LifecycleRule{Action: "DISABLE", AMIs: true})
		add(account.LifecycleRule{Action: "DELETE", AMIs: true, Snapshots: true})
	}
	if resourceType != account.AMIImage {
		add(account.LifecycleRule{Action: "DELETE", Containers: true})
	}
	return all
}

// asked are an owner's askers, by what they are.
type asked struct {
	// active are the enabled policies, those to be created, those that a list which could not
	// be read whole may hold, and deletions of images.
	active []*asker

	disabled []*asker // the disabled policies

	// coming stand for the first policy, one in each Region. The guide asks for its
	// prerequisites before a policy is defined. They are active if there is no policy.
	coming []*asker

	deployed bool // there is a policy, enabled or disabled
	complete bool // every list of policies that the input can hold was read whole
}

// askers are the lifecycle policies of an owner, those that may exist, and those to come.
func (view *View) askers(o account.Owner) asked {
	all := asked{complete: true}
	regions := view.regionsRead(o)
	coming := func(region, where string) *asker {
		return &asker{region: region, where: where, resourceType: o.ResourceType, rules: comingRules(o.ResourceType), selection: selection{everything: true}, needed: certain}
	}
	hidden := func(region, where string, err error) {
		a := coming(region, where)
		a.needed = possible(fmt.Errorf("the lifecycle policies %s: %w", where, err))
		for i := range a.rules {
			a.rules[i].ReadsAttributes, a.rules[i].byTagsUnread = true, a.Why
		}
		all.active, all.complete = append(all.active, a), false
	}
	replaced := map[string]bool{} // normal names of planned policies
	for _, planned := range view.planned(o) {
		for _, p := range planned.LifecyclePolicies.Items() {
			a := askerOf(p, planned.region, "to be created", p.Status == "ENABLED" || p.Status == "")
			a.planned = true
			replaced[planned.region+"/"+NormalName(p.Name)] = true
			all.add(a)
		}
		for _, d := range planned.Deletions {
			all.active = append(all.active, deleting(d, planned.region))
		}
		if err := refused(planned.LifecyclePolicies.Err()); err != nil {
			hidden(planned.region, "to be created", err)
		}
	}
	for _, region := range regions {
		ib := view.imageBuilder(o.Account, region)
		if ib.Unavailable {
			continue
		}
		seen := map[string]bool{} // a list that changes while it is read may show one twice
		for _, p := range ib.LifecyclePolicies.Items() {
			if !seen[p.ARN] && !replaced[region+"/"+NormalName(p.Name)] {
				all.add(askerOf(p, region, "in "+region, p.Status == "ENABLED"))
			}
			seen[p.ARN] = true
		}
		if err := refused(ib.LifecyclePolicies.Err()); err != nil {
			hidden(region, "in "+region, err)
		}
		all.coming = append(all.coming, coming(region, "in "+region))
	}
	if err := view.regionsUnread(o); err != nil {
		hidden("", "in other Regions", err)
	}
	if len(all.coming) == 0 {
		all.coming = []*asker{coming("", "")}
	}
	markDeprecating(all.active)
	if !all.deployed && all.complete && !o.Listed {
		all.active = slices.Concat(all.coming, all.active)
	}
	return all
}

func (all *asked) add(a *asker) {
	all.deployed = true
	if a.disabled {
		all.disabled = append(all.disabled, a)
	} else {
		all.active = append(all.active, a)
	}
}

// askerOf is what a lifecycle policy asks.
func askerOf(p account.LifecyclePolicy, region, where string, enabled bool) *asker {
	if s := symbol.First(p.Status); s.IsSymbol() {
		a := askerOf(withStatus(p, "ENABLED"), region, where, true)
		a.needed = possible(account.Unread{Reason: account.Unresolved, Detail: "the status of " + a.said() + " is " + s.String() + ": " + s.Why})
		return a
	}
	a := &asker{region: region, where: where, name: p.Name, arn: p.ARN, status: p.Status, role: p.ExecutionRole, resourceType: p.ResourceType, disabled: !enabled, needed: certain}
	selects, _, err := p.Selection.Get()
	if err != nil {
		a.unselected = fmt.Errorf("the selection of %s: %w", a.said(), err)
	}
	a.selection = selection{Selection: selects, everything: err != nil}
	rules, _, err := p.Rules.Get()
	if err != nil {
		a.unruled = fmt.Errorf("the rules of %s: %w", a.said(), err)
	}
	for i, r := range rules {
		if !slices.Contains([]string{"DEPRECATE", "DISABLE", "DELETE"}, r.Action) && a.unruled == nil {
			a.unruled = account.Unread{Reason: account.Malformed, Detail: fmt.Sprintf("lifecycle policy %s has the action %q in a rule, which iblint does not know", p.Name, r.Action)}
		}
		r.AMIs, r.Snapshots = r.AMIs && a.aboutAMIs(), r.Snapshots && a.aboutAMIs()
		r.Containers = r.Containers && a.aboutContainers()
		text := fmt.Sprintf("rule %d (%s) of %s", i+1, r.Action, a.said())
		a.rules = append(a.rules, rule{LifecycleRule: r, text: text, byTags: len(selects.Tags) > 0, byTagsUnread: a.unselected})
	}
	return a
}

func withStatus(p account.LifecyclePolicy, status string) account.LifecyclePolicy {
	p.Status = status
	return p
}

// markDeprecating marks the rules of policies in a Region where a rule deprecates AMIs, or
// where that is not known.
func markDeprecating(all []*asker) {
	deprecates, unread := map[string]bool{}, map[string]error{}
	for _, a := range all {
		for _, r := range a.rules {
			if r.Action == "DEPRECATE" && r.AMIs && r.alternative == "" {
				deprecates[a.region] = true
			}
		}
		if why := cmp.Or(a.unruled, a.hiddenBy()); why != nil && unread[a.region] == nil {
			unread[a.region] = why
		}
	}
	for _, a := range all {
		for i := range a.rules {
			a.rules[i].deprecates, a.rules[i].deprecatesUnread = deprecates[a.region], cmp.Or(unread[a.region], unread[""])
		}
	}
}

// eachRule calls f with every rule of the asker and how surely it exists. Rules that could
// not be read may be any, on what the policy's resource type permits.
func (a *asker) eachRule(f func(rule, needed)) {
	for _, r := range a.rules {
		f(r, a.needed)
	}
	if a.unruled != nil {
		for _, r := range comingRules(a.resourceType) {
			r.text, r.alternative, r.ReadsAttributes = "a rule of "+a.said(), "", true
			r.byTagsUnread, r.deprecatesUnread = a.unruled, a.unruled
			f(r, possible(a.unruled))
		}
	}
}

// passedOver are the states of images that rules with an action pass over (EC2 Image Builder User Guide,
// "Lifecycle management rules"). DELETE passes over none.
var passedOver = map[string][]string{
	"DEPRECATE": {"DEPRECATED", "DISABLED", "FAILED", "CANCELLED"},
	"DISABLE":   {"DISABLED", "FAILED", "CANCELLED"},
}

// actsOn reports whether one of the rules may act on images in a state. An empty state is not known.
func (a *asker) actsOn(state string) bool {
	return a.unruled != nil || slices.ContainsFunc(a.rules, func(r rule) bool { return !slices.Contains(passedOver[r.Action], state) })
}

// names reports whether the asker uses a role of its owner.
func (a *asker) names(owner string, ref account.RoleReference) bool {
	if a.role == "" {
		return true
	}
	named, ok := account.ParseRoleReference(a.role)
	return ok && named.Name == ref.Name && (named.Account == "" || named.Account == owner)
}
