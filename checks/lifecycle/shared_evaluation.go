package lifecycle

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/policy"
)

// evaluation is the result for an action in the Regions that have the same result.
type evaluation struct {
	lifecycleAction
	policy.Authorization
	request *policy.Request
	need    strength
	regions []string
}

// evaluate evaluates the role's policies for every action that the managed policy grants.
func (a *actor) evaluate() []evaluation {
	var all []evaluation
	for _, action := range lifecycleActions {
		first := len(all)
		regions := a.regionsFor(action)
		for _, region := range regions {
			n := action.strength(a.uses, a.isOwner, region)
			if region == "" && len(regions) > 1 && n == certainlyNeeded {
				n = maybeNeeded // there may be no other Region
			}
			for _, resource := range a.resources(action, region) {
				r := a.request(action, region, resource)
				decision := a.policies.Authorize(r)
				i := slices.IndexFunc(all[first:], func(e evaluation) bool { return e.sameResult(decision, n) })
				if i < 0 {
					all = append(all, evaluation{lifecycleAction: action, Authorization: decision, request: r, need: n})
					i = len(all) - 1 - first
				}
				if e := &all[first+i]; region != "" && !slices.Contains(e.regions, region) {
					e.regions = append(e.regions, region)
				}
			}
		}
	}
	return all
}

// regionsFor are the Regions in which the role uses an action. The empty string is an
// unknown Region: it is added if there may be more.
func (a *actor) regionsFor(action lifecycleAction) []string {
	regions, unread := slices.Clone(a.regions), a.regionsUnread
	switch {
	case action.owner && action.on != policy.Repository:
		regions, unread = slices.Clone(a.built), nil
	case action.on == policy.Repository:
		regions, unread = nil, a.reposUnread
		for _, r := range a.repositories {
			if !slices.Contains(regions, r.Region) {
				regions = append(regions, r.Region)
			}
		}
		if len(regions) == 0 {
			regions = slices.Clone(a.built)
		}
	}
	slices.Sort(regions)
	if len(regions) == 0 || unread != nil {
		regions = append(regions, "")
	}
	return regions
}

// sameResult reports whether a decision has the same outcome, for the same reason.
func (e evaluation) sameResult(d policy.Authorization, n strength) bool {
	return e.need == n && e.Outcome == d.Outcome && e.Policy == d.Policy && e.Statement == d.Statement && e.Condition == d.Condition
}

// String names the action, the type of resource and the Regions.
func (e evaluation) String() string {
	text := e.name
	switch e.on {
	case policy.AMI:
		text += " on AMIs"
	case policy.Snapshot:
		text += " on snapshots"
	case policy.Repository:
		text += " on repositories"
	case policy.BuiltImage:
		text += " on image resources"
	}
	if len(e.regions) > 0 {
		text += " in " + strings.Join(e.regions, ", ")
	}
	return text
}

// traceOf is the trace of a decision; empty if the decision depends on something unread.
func traceOf(a policy.Authorization, request string) []checks.Trace {
	if a.Unread() != nil {
		return nil
	}
	return []checks.Trace{{Policy: cmp.Or(a.Policy, a.Layer), Request: request, Trace: a.Trace()}}
}

// worstFirst orders traces by outcome: denied, undecidable, allowed.
func worstFirst(a, b checks.Trace) int {
	order := []string{policy.Denied.String(), policy.Undecidable.String(), policy.Allowed.String()}
	return cmp.Compare(slices.Index(order, a.Outcome), slices.Index(order, b.Outcome))
}

// whyUndecided returns what could not be read and would decide; nil if there is no such
// thing.
func (a *actor) whyUndecided(decision policy.Authorization, on policy.ResourceType) error {
	if err := decision.Unread(); err != nil {
		return err
	}
	if organizationKeys[strings.ToLower(decision.UnknownKey())] {
		_, _, err := a.membership.Get()
		return err
	}
	if on == policy.Repository && decision.Element == "Resource" {
		return a.reposUnread
	}
	return nil
}

// organizationKeys are the condition keys whose values come from the membership of the account.
var organizationKeys = map[string]bool{
	"aws:principalorgid": true, "aws:resourceorgid": true, "aws:principalorgpaths": true, "aws:resourceorgpaths": true,
}

// unreadOf returns the account.Unread in an error; nil if there is none.
func unreadOf(err error) *account.Unread {
	var why account.Unread
	if errors.As(err, &why) {
		return &why
	}
	return nil
}
