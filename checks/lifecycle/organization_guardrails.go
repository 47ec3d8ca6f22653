package lifecycle

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/checks/policy"
)

// OrganizationGuardrails checks that an organization's policies allow lifecycle management.
var OrganizationGuardrails = checks.On(checks.Check{
	ID:       "organization-guardrails",
	Title:    "The organization's service and resource control policies allow every action that lifecycle rules need",
	Severity: checks.High,
	Kind:     account.OrganizationKind,
	Doc: `Service control policies limit the permissions of an account's roles. Resource control policies limit what any principal can
do to its roles and repositories. AWS evaluates both at every level from the root to the account: every level must allow the
request, and none may deny it. The management account has no such limits, and neither has an account without an organization. A
type of policy that is not enabled limits nothing. There is one verdict for each organization, because the change is made there;
an owner and a destination can be in different organizations. Only the management account or a delegated administrator can read
the guardrails. If AWS refuses to let iblint read them, the verdict is unknown; --skip organization-guardrails leaves the check
out. If the input does not contain them, as with some files, the verdict is skip.`,
	Cases: []checks.Case{
		{Status: checks.Pass, When: "the guardrails allow Image Builder to assume the roles, and allow the roles every action that the lifecycle rules need"},
		{Status: checks.Warn, When: "they deny an action that the rules may need: AWS does not document it, but the name of the action suggests it"},
		{Status: checks.Fail, When: "a policy denies an action that the lifecycle rules need, or no policy at a level allows it; the message names policy, level and statement"},
		{Status: checks.Skip, When: "an account is in no organization, or its organization is not in the input; or the guardrails were not collected"},
		{Status: checks.Unknown, When: policyUndecided},
	},
	Links: []string{
		"https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html",
		"https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html",
	},
	Needs: guardrailsNeeds(),
}, (*demand.View).GuardedOrganizations, func(o demand.GuardedOrganization) (checks.Verdict, error) {

	if o.ConsolidatedBilling {
		return checks.Verdict{Status: checks.Pass, Message: fmt.Sprintf("organization %s has only consolidated billing features, so it has no guardrails", o.Organization), Short: "has no guardrails"}, nil
	}
	g := guardrails{GuardedOrganization: o, documents: map[string]guardrail{}, named: map[string]named{}}
	for _, m := range o.Members {
		if m.Account == o.ManagementAccount {
			g.evidence = append(g.evidence, m.Account+" is the management account; guardrails do not apply to it")
			continue
		}
		if uncollected(o.Guardrails) {
			return checks.Verdict{Status: checks.Skip, Message: "guardrails not evaluated: those of organization " + o.Organization + " were not collected", Short: "guardrails not collected", Evidence: g.evidence}, nil
		}
		if err := g.evaluate(m); err != nil {
			return checks.Verdict{Evidence: g.evidence}, err
		}
	}
	return g.verdict(), nil
})

// uncollected reports whether the input cannot hold the guardrails of an organization.
func uncollected(g *account.Guardrails) bool {
	if g == nil {
		return true
	}
	_, _, err := g.Enabled.Get()
	return notCollected(err)
}

// guardrailsNeeds are the needs of the permission checks, and the guardrails.
func guardrailsNeeds() []account.Need {
	parts := append(demand.Parts(), account.RolePart, account.MembershipPart, account.GuardrailsPart, account.RepositoryTagsPart)
	slices.Sort(parts)
	return checks.Required(parts...)
}

// guardrails evaluates the requests of lifecycle management in the accounts of one
// organization, and collects the results.
type guardrails struct {
	demand.GuardedOrganization
	documents map[string]guardrail // by policy ID
	named     map[string]named     // policies by their names in messages

	denied, deniedHelpful, undecided []guardedRequest
	evidence                         []string
	allowed                          int // number of requests
}

// named is a policy that a message names.
type named struct{ id, short string }

// guardedRequest is a request of lifecycle management, and the decision of the guardrails.
type guardedRequest struct {
	policy.Authorization
	what    string // the request in words
	request *policy.Request
	role    *account.Role
	member  string          // the account in which it is made
	need    demand.Strength // how surely lifecycle rules need it
	why     error           // what could not be read and would decide
	perhaps bool            // it is not known whether the guardrail that denies it limits the account
}

// evaluate evaluates the requests that lifecycle management makes in an account.
func (g *guardrails) evaluate(m demand.GuardedAccount) error {
	service, err := g.limits(m.Account, account.ServiceControlPolicy, policy.Identity, "service control policies")
	if err != nil {
		return err
	}
	resource, err := g.limits(m.Account, account.ResourceControlPolicy, policy.Resource, "resource control policies")
	if err != nil {
		return err
	}
	for _, e := range m.ExecutionRoles() {
		role, _, err := executionRole(e)
		if role == nil {
			if err != nil {
				g.undecided = append(g.undecided, guardedRequest{what: err.Error(), why: err})
			}
			continue // execution-role-exists reports it
		}
		g.permissions(g.placed(executionActor(e, role)), service, resource)
		for _, region := range regionsOf(e.Regions) {
			now := requestTime(e.ReadAt(), e.EvaluatedAt())
			callers := executionCallers(e, ServicePrincipal, region)
			result := g.assume(callers[0], role, m.Account, now, resource)
			g.add(result)
			// AWS does not document which of these requests Image Builder sends.
			for _, c := range callers[1:] {
				if other := g.assume(c, role, m.Account, now, resource); result.Outcome == policy.Allowed && other.Outcome == policy.Denied {
					g.deniedHelpful = append(g.deniedHelpful, other)
					break
				}
			}
		}
	}
	for _, d := range m.Destinations() {
		role, _, err := crossAccountRole(d)
		if role == nil {
			if err != nil {
				g.undecided = append(g.undecided, guardedRequest{what: err.Error(), why: err})
			}
			continue
		}
		g.permissions(g.placed(crossAccountActor(d, role)), service, guardrailLimits{})
		for _, o := range d.Owners {
			for _, region := range regionsOf(o.Regions) {
				assumedFor := func(source string) guardedRequest {
					c := caller{ServicePrincipal, source, imageARN(o.Partition, region, o.Account), region}
					return g.assume(c, role, m.Account, requestTime(d.ReadAt(), d.EvaluatedAt()), resource)
				}
				result := assumedFor(d.Account)
				switch other := assumedFor(o.Account); {
				case d.SourceAccountMeans == account.MeansOwner,
					d.SourceAccountMeans == account.MeansEither && result.Outcome != policy.Allowed && other.Outcome == policy.Allowed:
					result = other
				case d.SourceAccountMeans == account.Unsettled && result.Outcome == policy.Allowed && other.Outcome != policy.Allowed:
					g.evidence = append(g.evidence, "with the owner as aws:SourceAccount, as in AWS's sample: "+other.String())
				}
				if d.Strength == demand.Possible && result.Outcome == policy.Denied {
					result.why = d.Why
					g.undecided = append(g.undecided, result)
					continue
				}
				g.add(result)
			}
		}
	}
	return nil
}

// add counts a request that lifecycle management makes for certain.
func (g *guardrails) add(a guardedRequest) {
	switch a.Outcome {
	case policy.Allowed:
		g.allowed++
	case policy.Denied:
		g.denied = append(g.denied, a)
	default:
		g.undecided = append(g.undecided, a)
	}
}

// verdict is the verdict about the organization.
func (g *guardrails) verdict() checks.Verdict {
	v := checks.Verdict{Status: checks.Pass, Evidence: g.evidence}
	const most = 20 // an organization can have thousands of accounts with the same result
	for i, b := range slices.Concat(g.denied, g.undecided, g.deniedHelpful) {
		if i == most {
			v.Evidence = append(v.Evidence, fmt.Sprintf("and %d more", len(g.denied)+len(g.undecided)+len(g.deniedHelpful)-most))
			break
		}
		v.Evidence = append(v.Evidence, b.String())
		if b.Layer != "" {
			v.Trace = append(v.Trace, traceOf(b.Authorization, b.what)...)
		}
	}
	v.Evidence = append(v.Evidence, fmt.Sprintf("allowed: %s that lifecycle management makes", amount(g.allowed, "request")))
	guardrails := "the guardrails of organization " + g.Organization
	if g.Organization == "" {
		guardrails = "the given guardrails"
	}
	switch {
	case len(g.denied) > 0:
		v.Status = checks.Fail
		v.Message = fmt.Sprintf("%s do not allow %s", guardrails, summary(g.denied))
		v.Short = g.refusal(g.denied)
		if ids := membersOf(g.denied); len(ids) > namedMembers {
			v.Evidence = append([]string{"denied in accounts: " + strings.Join(ids, ", ")}, v.Evidence...)
		}
		v.FindFix = func() *checks.Fix { return g.fix(g.denied) }
	case len(g.undecided) > 0:
		first := g.undecided[0]
		v.Status, v.Unread, v.Settle = checks.Unknown, unreadOf(first.why), settles(first.why)
		v.Message = fmt.Sprintf("cannot decide whether %s allow every action that lifecycle rules need: %s", guardrails, first)
		v.Short = g.whyUnsure(first)
		switch {
		case first.perhaps && first.Outcome == policy.Denied:
			perhaps := slices.DeleteFunc(slices.Clone(g.undecided), func(b guardedRequest) bool { return !b.perhaps })
			v.Message = fmt.Sprintf("%s perhaps do not allow %s", guardrails, summary(perhaps))
			v.Short = "perhaps " + g.refusal(perhaps)
		case first.Layer != "" && first.Outcome == policy.Denied:
			v.Message = fmt.Sprintf("%s do not allow %s; cannot decide whether a lifecycle rule needs it", guardrails, summary(g.undecided[:1]))
			v.Short = g.refusal(g.undecided[:1]) + maybeNeedless
		}
		if first.why != nil && first.Layer != "" && first.Unread() == nil {
			v.Message += ": " + first.why.Error()
		}
	case g.MembersUnread != nil:
		v.Status, v.Unread = checks.Unknown, unreadOf(g.MembersUnread)
		v.Message = fmt.Sprintf("%s allow every action that lifecycle rules need with the known roles; not all accounts and roles could be read: %s", guardrails, g.MembersUnread)
	case len(g.deniedHelpful) > 0:
		v.Status = checks.Warn
		v.Message = fmt.Sprintf("%s allow every action that lifecycle rules need by AWS's documentation, but not %s, which rules may also need", guardrails, summary(g.deniedHelpful))
		v.Short = g.refusal(g.deniedHelpful) + ", which rules may need"
		v.FindFix = func() *checks.Fix { return g.fix(g.deniedHelpful) }
	default:
		v.Message = fmt.Sprintf("%s allow every action that lifecycle rules need", guardrails)
		v.Short = "allows every action that lifecycle rules need"
	}
	return v
}

// String is a line of evidence.
func (b guardedRequest) String() string {
	if b.Layer == "" { // not evaluated: what is the error
		return b.what
	}
	return fmt.Sprintf("%s: %s, %s", b.what, b.Outcome, b.Reason())
}

// by is a short text that says what denies the request.
func (b guardedRequest) by() string {
	if b.Explicit {
		return fmt.Sprintf("denied by %s, %s", b.Policy, b.Statement)
	}
	return b.Layer + " do not allow it"
}

// refusal says in short what denies the first of several requests, and which others it denies.
func (g *guardrails) refusal(all []guardedRequest) string {
	what := func(b guardedRequest) string {
		if b.Explicit {
			return "Deny in " + g.named[b.Policy].short + " blocks"
		}
		_, level, _ := strings.Cut(b.Layer, " at ")
		return "no policy at " + level + " allows"
	}
	return refusals(all, what, func(b guardedRequest) string { return b.request.Action })
}

// whyUnsure says in short why iblint cannot decide about a request.
func (g *guardrails) whyUnsure(b guardedRequest) string {
	if b.Layer == "" { // not evaluated
		return checks.Brief(b.why)
	}
	return whyUnsure(cmp.Or(g.named[b.Policy].short, strings.TrimPrefix(b.Layer, "the ")), b.Decision, cmp.Or(b.Unread(), b.why))
}

// namedMembers is how many accounts a message names.
const namedMembers = 20

// summary is the first of several denied requests, and the number of the others, or the accounts
// in which they are denied.
func summary(all []guardedRequest) string {
	text := fmt.Sprintf("%s (%s)", all[0].what, all[0].by())
	switch ids := membersOf(all); {
	case len(all) == 1:
	case len(ids) == 1:
		text += fmt.Sprintf(", and %d more", len(all)-1)
	case len(ids) > namedMembers:
		text += fmt.Sprintf(", and %d more; in %d accounts: %s and %d more", len(all)-1, len(ids), strings.Join(ids[:namedMembers], ", "), len(ids)-namedMembers)
	default:
		text += fmt.Sprintf(", and %d more; in %d accounts: %s", len(all)-1, len(ids), strings.Join(ids, ", "))
	}
	return text
}

// membersOf are the accounts of requests.
func membersOf(all []guardedRequest) (ids []string) {
	for _, b := range all {
		if !slices.Contains(ids, b.member) {
			ids = append(ids, b.member)
		}
	}
	slices.Sort(ids)
	return ids
}
