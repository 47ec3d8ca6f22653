package lifecycle

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/checks/policy"
)

// evaluation is the result for an action in the Regions that have the same result.
type evaluation struct {
	policy.Granted
	policy.Authorization
	request *policy.Request
	need    demand.Strength
	needWhy error // why the need is only possible
	regions []string
	rules   []string // those that need the action

	repository account.Repository // the first on which it is taken; empty: any
	resources  []string           // the repositories, or the recipe versions of images, on which it is taken; none: any
	apart      bool               // the result differs on other resources or for other rules

	existing string // the resource that exists now and on which it is denied; empty: none
	some     bool   // not all resources that exist now were evaluated

	// alternatives are the rules that a policy to come may have, of those that need the
	// action. Empty: a rule that exists or is planned needs it.
	alternatives []string

	// open is why it is not known whether there will be a rule that needs the action; nil: it is known, or
	// something that was not read decides.
	open error
}

// evaluate evaluates the role's policies for every action that lifecycle management takes
// with the role, and for the other actions of the managed policy.
func (a *actor) evaluate() []evaluation {
	var all []evaluation
	first := 0 // of the evaluations of the same action
	for i, need := range a.allNeeds() {
		if i > 0 && all[len(all)-1].Granted != need.Granted {
			first = len(all)
		}
		r := a.request(need)
		decision, resource, some := a.policies.Authorize(r), "", false
		if decision.Outcome == policy.Undecidable && mayBeDeniedNow(need, decision.Decision) {
			denied, all := a.deniedNow(need)
			if some = !all; denied != nil {
				r, decision, resource = denied.request, denied.Authorization, denied.name
			}
		}
		at := slices.IndexFunc(all[first:], func(e evaluation) bool {
			return e.sameResult(decision, need.Strength) && e.existing == resource && (len(e.alternatives) > 0) == (need.Alternative != "")
		})
		if at < 0 {
			all = append(all, evaluation{Granted: need.Granted, Authorization: decision, request: r, need: need.Strength, needWhy: need.Why, repository: need.Repository, existing: resource})
			at = len(all) - 1 - first
			for j := range all[first:] {
				all[first+j].apart = at > 0
			}
		}
		all[first+at].some = all[first+at].some || some
		all[first+at].merge(need)
	}
	return all
}

// merge adds a need with the same result.
func (e *evaluation) merge(n demand.Need) {
	if n.Region != "" && !slices.Contains(e.regions, n.Region) {
		e.regions = append(e.regions, n.Region)
	}
	resource := n.Repository.Name
	if n.Recipe != "" {
		resource = n.Recipe + "/" + n.Version
	}
	// Needs are in the order of resources.
	if last := len(e.resources) - 1; resource != "" && (last < 0 || e.resources[last] != resource) {
		e.resources = append(e.resources, resource)
	}
	if n.Alternative != "" && !slices.Contains(e.alternatives, n.Alternative) {
		e.alternatives = append(e.alternatives, n.Alternative)
	}
	for _, rule := range n.Rules {
		if !slices.Contains(e.rules, rule) {
			e.rules = append(e.rules, rule)
		}
	}
}

// allNeeds are the role's needs, and for each other action of the managed policy one that
// no rule has.
func (a *actor) allNeeds() []demand.Need {
	var all []demand.Need
	for _, g := range policy.ManagedPolicyGrants {
		before := len(all)
		for _, n := range a.needs {
			if n.Granted == g {
				all = append(all, n)
			}
		}
		if len(all) == before {
			all = append(all, demand.Need{Granted: g})
		}
	}
	return all
}

// sameResult reports whether a decision has the same outcome, for the same reason.
func (e evaluation) sameResult(d policy.Authorization, n demand.Strength) bool {
	return e.need == n && e.Outcome == d.Outcome && e.Policy == d.Policy && e.Statement == d.Statement && e.Condition == d.Condition
}

// String names the action, the type of resource and the Regions, and the resources if they are not
// all that the action is taken on.
func (e evaluation) String() string {
	text := e.Action
	switch {
	case e.existing != "":
		text += " on " + e.existing
	case e.On == policy.AMI:
		text += " on AMIs"
	case e.On == policy.Snapshot:
		text += " on snapshots"
	case e.On == policy.Repository:
		text += " on " + e.which("repository", "repositories")
	case e.On == policy.BuiltImage:
		text += " on " + e.which("image resources", "image resources")
	}
	if len(e.regions) > 0 {
		text += " in " + strings.Join(e.regions, ", ")
	}
	return text
}

// which names the first of the resources, if the result differs on others.
func (e evaluation) which(one, many string) string {
	switch {
	case !e.apart || len(e.resources) == 0:
		return many
	case len(e.resources) == 1:
		return one + " " + e.resources[0]
	}
	return many + " " + some(e.resources)
}

// forRules is a phrase that says which rules need the action; empty if none is known.
func (e evaluation) forRules() string {
	const most = 3
	switch n := len(e.rules); {
	case n == 0:
		return ""
	case n > most:
		return ", needed by " + strings.Join(e.rules[:most], ", ") + " and others"
	default:
		return ", needed by " + strings.Join(e.rules, ", ")
	}
}

// results are evaluations by what they mean for the role.
type results struct {
	denied   []evaluation // a rule needs it
	doubtful []evaluation // undecidable, or it is not known whether a rule needs it
	lesser   []evaluation // denied, and a rule may need it, which AWS does not document
	allowed  []evaluation
	others   []evaluation // no rule needs it
}

// sort sorts evaluations by what they mean. An action that a policy to come may need is
// denied for certain only if each rule that it may have needs a denied action.
func (a *actor) sort(all []evaluation) (r results) {
	alternatives := alternativesOf(all)
	for _, e := range all {
		switch {
		case e.need == demand.NotNeeded:
			r.others = append(r.others, e)
		case e.Outcome == policy.Allowed:
			r.allowed = append(r.allowed, e)
		case e.Outcome == policy.Denied && e.need == demand.Certain && (len(e.alternatives) == 0 || alternatives.allFail()):
			r.denied = append(r.denied, e)
		case e.Outcome == policy.Denied && e.need == demand.Helpful:
			r.lesser = append(r.lesser, e)
		default:
			if e.Outcome == policy.Denied && len(e.alternatives) > 0 && e.needWhy == nil {
				e.open = a.openRules(e, alternatives)
			}
			r.doubtful = append(r.doubtful, e)
		}
	}
	return r
}

// traceOf is the trace of a decision; empty if the decision depends on something unread.
func traceOf(a policy.Authorization, request string) []checks.Trace {
	if a.Unread() != nil {
		return nil
	}
	return []checks.Trace{{Policy: cmp.Or(a.Policy, a.Layer), Request: request, Trace: a.Trace()}}
}

// tracesOf says which statements decided each evaluation. Reports keep it for each of thousands of roles, so
// that it has no spare room.
func tracesOf(all []evaluation) []checks.Trace {
	traces := make([]checks.Trace, 0, len(all))
	for _, e := range all {
		traces = append(traces, traceOf(e.Authorization, e.String())...)
	}
	return traces
}

// worstFirst orders traces by outcome: denied, undecidable, allowed.
func worstFirst(a, b checks.Trace) int {
	order := []string{policy.Denied.String(), policy.Undecidable.String(), policy.Allowed.String()}
	return cmp.Compare(slices.Index(order, a.Outcome), slices.Index(order, b.Outcome))
}

// why returns what could not be read, or is not known, and would decide; nil if there is no
// such thing.
func (a *actor) why(e evaluation) error {
	switch {
	case e.open != nil:
		return e.open
	case e.Outcome == policy.Denied:
		return e.needWhy
	}
	if err := a.whyUndecided(e.Authorization); err != nil {
		return err
	}
	key := strings.ToLower(e.UnknownKey())
	if r := e.repository; r != (account.Repository{}) && (strings.HasPrefix(key, "aws:resourcetag/") || strings.HasPrefix(key, "ecr:resourcetag/")) {
		if _, _, err := a.tags(r).Get(); err != nil {
			return tagsUnread(r, err)
		}
	}
	return e.needWhy
}

// whyUndecided returns what could not be read and would decide; nil if there is no such
// thing.
func (a *actor) whyUndecided(decision policy.Authorization) error {
	if err := decision.Unread(); err != nil {
		return err
	}
	if organizationKeys[strings.ToLower(decision.UnknownKey())] {
		_, _, err := a.membership.Get()
		return err
	}
	return nil
}

// excusesNothing reports whether a policy could not be read at all. Such a policy does not
// excuse a documented prerequisite that is missing. One that was read and is not
// understood may, and so may one about which AWS contradicts itself, or which code leaves open.
func excusesNothing(unread error) bool {
	why := unreadOf(unread)
	return why != nil && !slices.Contains([]account.Reason{account.Malformed, account.Contradicted, account.Unresolved}, why.Reason)
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
