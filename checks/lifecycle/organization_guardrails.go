package lifecycle

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/policy"
)

// OrganizationGuardrails checks that an organization's policies leave lifecycle management alone.
var OrganizationGuardrails = checks.On(checks.Check{
	ID:       "organization-guardrails",
	Title:    "The organization's service and resource control policies allow what lifecycle rules ask for",
	Severity: checks.High,
	Kind:     account.OrganizationKind,
	Doc: `Service control policies limit what the roles of an account may do, resource control policies what may be done to its roles and
repositories, by whomever. Both are evaluated at every level from the root to the account: each must allow, and none may deny. They
do not limit the management account; a type that is not enabled limits nothing; an account in no organization has no guardrails.
There is one verdict for each organization, since that is where the change is made; an owner and a destination may be in
different ones. Reading guardrails takes the management account or a delegated administrator: where that is refused, the verdict is
unknown, and --skip organization-guardrails leaves it out; where nobody tried, as with files, it is skip.`,
	Cases: []checks.Case{
		{Status: checks.Pass, When: "they allow Image Builder to assume the roles, and the roles to do what the lifecycle rules ask for"},
		{Status: checks.Warn, When: "they deny an action that AWS does not say to be needed, but whose name suggests so"},
		{Status: checks.Fail, When: "one of them denies something that the lifecycle rules ask for, or none at a level allows it; policy, level and statement are named"},
		{Status: checks.Skip, When: "an account is in no organization; or nothing was read of its organization"},
		{Status: checks.Unknown, When: "they could not be read or understood, or the answer depends on something that is not known; it is named"},
	},
	Links: []string{
		"https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html",
		"https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html",
	},
	Needs: guardrailsNeeds(),
}, (*account.View).GuardedOrganizations, func(o account.GuardedOrganization) (checks.Verdict, error) {
	if o.ConsolidatedBilling {
		return checks.Verdict{Status: checks.Pass, Message: fmt.Sprintf("organization %s shares a bill and nothing else, so it has no guardrails", o.Organization)}, nil
	}
	g := guardrails{GuardedOrganization: o, documents: map[string]guardrail{}, ids: map[string]string{}}
	for _, m := range o.Members {
		if m.Account == o.ManagementAccount {
			g.evidence = append(g.evidence, m.Account+" is the management account, which no guardrail limits")
			continue
		}
		if err := g.judge(m); err != nil {
			return checks.Verdict{Evidence: g.evidence}, err
		}
	}
	return g.verdict(), nil
})

// guardrailsNeeds are those of the permission checks, and the guardrails.
func guardrailsNeeds() []account.Need {
	var parts []account.Part
	for _, kind := range []account.Kind{account.ExecutionRoleKind, account.DestinationKind, account.RepositoryKind} {
		parts = append(parts, kind.Parts()...)
	}
	parts = append(parts, account.RolePart, account.LifecycleRulesPart, account.MembershipPart, account.GuardrailsPart)
	slices.Sort(parts)
	return checks.Required(parts...)
}

// guardrails judges the accounts of one organization.
type guardrails struct {
	account.GuardedOrganization
	documents map[string]guardrail // by policy ID
	ids       map[string]string    // of policies, by what they are called here

	denied, lesser, doubtful []blocked
	evidence                 []string
	allowed                  int
}

// guardrail is a parsed one, or why it is not understood.
type guardrail struct {
	*policy.Document
	err error
}

// blocked is a request that guardrails do not allow.
type blocked struct {
	policy.Authorization
	what    string // that is asked, and where
	request *policy.Request
	role    *account.Role
	why     error // what could not be read and would decide
}

// judge asks for all that lifecycle management does in an account.
func (g *guardrails) judge(m account.GuardedAccount) error {
	service, err := g.layers(m.Account, account.ServiceControlPolicy, policy.Identity, "service control policies")
	if err != nil {
		return err
	}
	resource, err := g.layers(m.Account, account.ResourceControlPolicy, policy.Resource, "resource control policies")
	if err != nil {
		return err
	}
	for _, e := range m.ExecutionRoles {
		role, _, err := executionRole(e)
		if role == nil {
			if err != nil {
				g.doubtful = append(g.doubtful, blocked{what: err.Error(), why: err})
			}
			continue // execution-role-exists reports it
		}
		g.permissions(executionActor(e, role), service, resource)
		for _, region := range regionsOf(e.Regions) {
			c := caller{ServicePrincipal, e.Owner, imageARN(e.Partition, region, e.Owner), region}
			g.add(g.assume(c, role, m.Account, resource), needed)
		}
	}
	for _, d := range m.Destinations {
		role, _, err := crossAccountRole(d)
		if role == nil {
			if err != nil {
				g.doubtful = append(g.doubtful, blocked{what: err.Error(), why: err})
			}
			continue
		}
		g.permissions(crossAccountActor(d, role), service, nil)
		for _, o := range d.Owners {
			for _, region := range regionsOf(o.Regions) {
				asked := func(source string) blocked {
					return g.assume(caller{ServicePrincipal, source, imageARN(o.Partition, region, o.Account), region}, role, m.Account, resource)
				}
				said := asked(d.Account)
				switch other := asked(o.Account); {
				case d.SourceAccountMeans == account.MeansOwner,
					d.SourceAccountMeans == account.MeansEither && said.Outcome != policy.Allowed && other.Outcome == policy.Allowed:
					said = other
				case d.SourceAccountMeans == account.Unsettled && said.Outcome == policy.Allowed && other.Outcome != policy.Allowed:
					g.evidence = append(g.evidence, "were aws:SourceAccount the owner, as AWS's sample reads it: "+other.String())
				}
				g.add(said, needed)
			}
		}
	}
	return nil
}

// permissions asks for what a role does: service control policies limit all of it,
// resource control policies what is done to repositories (AWS Organizations User
// Guide, "Resource control policies": ECR and STS are supported, EC2 is not).
func (g *guardrails) permissions(a *actor, service, resource []policy.Layer) {
	ask := func(limits []policy.Layer, asked func(judgement) bool) {
		a.policies = policy.Policies{Identity: everything, Limits: limits}
		for _, j := range a.judge() {
			if asked(j) {
				g.add(blocked{j.Authorization, fmt.Sprintf("%s by role %s of %s", j, a.role.Name, a.account), j.request, a.role, a.why(j)}, j.need)
			}
		}
	}
	ask(service, func(judgement) bool { return true })
	if len(resource) > 0 {
		ask(resource, func(j judgement) bool { return j.on == policy.Repository })
	}
}

// assume asks whether Image Builder may assume a role: the service is no member of
// the organization, so that service control policies do not limit it.
func (g *guardrails) assume(c caller, role *account.Role, id string, resource []policy.Layer) blocked {
	source := g.SourceOrganization(c.sourceAccount)
	r := assumes(c, role, g.Partition, id)
	r.Resource = policy.Known(role.ARN)
	r.Context.
		Set("aws:ResourceOrgID", organizationOf(account.Present(g.Membership))).
		Set("aws:SourceOrgID", organizationOf(source))
	said := policy.Policies{Identity: everything, Limits: resource}.Authorize(r)
	why := said.Unread()
	if strings.EqualFold(said.UnknownKey(), "aws:SourceOrgID") {
		_, _, why = source.Get()
	}
	return blocked{said, fmt.Sprintf("%s of role %s of %s", c, role.Name, id), r, role, why}
}

func (g *guardrails) add(a blocked, n need) {
	switch {
	case n <= notNeeded:
		return
	case a.Outcome == policy.Allowed:
		g.allowed++
	case a.Outcome == policy.Denied && n == needed:
		g.denied = append(g.denied, a)
	case a.Outcome == policy.Denied && n == useful:
		g.lesser = append(g.lesser, a)
	default:
		g.doubtful = append(g.doubtful, a)
	}
}

// layers are the guardrails of a type that limit an account, a layer a level.
func (g *guardrails) layers(id, policyType string, kind policy.Kind, what string) ([]policy.Layer, error) {
	levels, err := g.Levels(id, policyType)
	if err != nil && len(levels) == 0 {
		return nil, fmt.Errorf("guardrails not evaluated: the %s that limit %s could not be read: %w", what, id, err)
	}
	var layers []policy.Layer
	for _, level := range levels {
		l := policy.Layer{Name: fmt.Sprintf("the %s at %s", what, level.Target), Unread: level.Unread}
		for _, p := range level.Policies {
			parsed, known := g.documents[p.ID]
			if !known {
				parsed.Document, parsed.err = policy.Parse(kind, p.Document)
				g.documents[p.ID] = parsed
			}
			name := strings.TrimSuffix(what, "ies") + "y " + visible(p.Name)
			if !g.Given {
				name += " (" + p.ID + ")"
			}
			name += " at " + level.Target
			g.ids[name] = p.ID
			if parsed.err != nil {
				addGap(&l, fmt.Errorf("%s is not understood: %w", name, parsed.err))
				continue
			}
			l.Policies = append(l.Policies, policy.Policy{Name: name, Document: parsed.Document})
		}
		layers = append(layers, l)
	}
	if err != nil { // what is known may deny all the same, here or in another account
		layers = append(layers, policy.Layer{Name: fmt.Sprintf("the %s above %s", what, levels[0].Target), Unread: err})
	}
	return layers, nil
}

func (g *guardrails) verdict() checks.Verdict {
	v := checks.Verdict{Status: checks.Pass, Evidence: g.evidence}
	const most = 20 // of a thousand accounts that fare alike
	for i, b := range slices.Concat(g.denied, g.doubtful, g.lesser) {
		if i == most {
			v.Evidence = append(v.Evidence, fmt.Sprintf("and %d more", len(g.denied)+len(g.doubtful)+len(g.lesser)-most))
			break
		}
		v.Evidence = append(v.Evidence, b.String())
		if b.Layer != "" {
			v.Trace = append(v.Trace, traceOf(b.Authorization, b.what)...)
		}
	}
	v.Evidence = append(v.Evidence, fmt.Sprintf("allowed: %d requests that lifecycle management makes", g.allowed))
	organization := "organization " + g.Organization
	if g.Organization == "" {
		organization = "the organization, as they are given,"
	}
	switch {
	case len(g.denied) > 0:
		v.Status = checks.Fail
		v.Message = fmt.Sprintf("the guardrails of %s do not allow %s", organization, summary(g.denied))
		v.FindFix = func() *checks.Fix { return g.mend(g.denied) }
	case len(g.doubtful) > 0:
		first := g.doubtful[0]
		v.Status, v.Unread = checks.Unknown, unreadOf(first.why)
		v.Message = fmt.Sprintf("whether the guardrails of %s allow all that lifecycle rules ask for is not known: %s", organization, first)
		if first.why != nil && first.Layer != "" && first.Unread() == nil {
			v.Message += ": " + first.why.Error()
		}
	case g.MembersUnread != nil:
		v.Status, v.Unread = checks.Unknown, unreadOf(g.MembersUnread)
		v.Message = fmt.Sprintf("the guardrails of %s allow all that lifecycle rules ask for by the roles that are known; what accounts and roles there are besides could not all be read: %s", organization, g.MembersUnread)
	case len(g.lesser) > 0:
		v.Status = checks.Warn
		v.Message = fmt.Sprintf("the guardrails of %s allow all that lifecycle rules ask for by AWS's documentation, but not %s", organization, summary(g.lesser))
		v.FindFix = func() *checks.Fix { return g.mend(g.lesser) }
	default:
		v.Message = fmt.Sprintf("the guardrails of %s allow all that lifecycle rules ask for", organization)
	}
	return v
}

// String is a line of evidence.
func (b blocked) String() string {
	if b.Layer == "" { // it could not be asked
		return b.what
	}
	return fmt.Sprintf("%s: %s, %s", b.what, b.Outcome, b.Reason())
}

// by names what denies, shortly.
func (b blocked) by() string {
	if b.Explicit {
		return fmt.Sprintf("denied by %s, %s", b.Policy, b.Statement)
	}
	return b.Layer + " do not allow it"
}

func summary(all []blocked) string {
	text := fmt.Sprintf("%s (%s)", all[0].what, all[0].by())
	if more := len(all) - 1; more > 0 {
		text += fmt.Sprintf(", and %d more", more)
	}
	return text
}

// mend names each policy once that has to let lifecycle management through. The
// change is the management account's.
func (g *guardrails) mend(denied []blocked) *checks.Fix {
	fix := &checks.Fix{
		Summary: "Let the guardrails leave out the roles and actions of lifecycle management; the change is made in the management account.",
		Cautions: []string{
			"update-policy replaces the whole content; keep what describe-policy shows.",
			"A guardrail limits every account below the place where it is attached: have its author decide.",
		},
	}
	byPolicy := map[string][]blocked{}
	var first []blocked // of each policy, or of each level where none allows
	for _, b := range denied {
		id := g.policyID(b)
		if byPolicy[id] == nil {
			first = append(first, b)
		}
		byPolicy[id] = append(byPolicy[id], b)
	}
	for _, b := range first {
		c := checks.Change{Action: checks.EditGuardrail, Partition: g.Partition, Account: g.ManagementAccount, Hint: "let " + b.Layer + " allow " + b.what}
		if b.Explicit {
			c.Policy = g.policyID(b)
			c.Hint = fmt.Sprintf("%s, %s: leave out %s", b.Policy, b.Statement, b.what)
			g.exempt(&c, byPolicy[c.Policy])
			fix.AddCautions(cautions(c)...)
			if p, _, _ := g.Policies[c.Policy].Get(); g.Given {
				c.Policy = p.Name
			}
		}
		fix.Changes = append(fix.Changes, c)
	}
	return fix
}

// policyID is the ID of the policy that denies, or the level where none allows.
func (g *guardrails) policyID(b blocked) string {
	if !b.Explicit {
		return b.Layer
	}
	return g.ids[b.Policy]
}

// exempt edits a guardrail so that it denies none of these requests any more.
func (g *guardrails) exempt(c *checks.Change, denied []blocked) {
	var roles []string
	var services bool
	byName := map[string][]string{} // ARNs, by what is alike in all accounts
	for _, b := range denied {
		name := b.role.Path + b.role.Name
		if b.request.Principal.Type == "Service" {
			services = true
		} else if !slices.Contains(byName[name], b.role.ARN) {
			byName[name] = append(byName[name], b.role.ARN)
		}
	}
	// Whoever may create roles of an exempted name is exempt: not in every account, if
	// that can be said in few words.
	const most = 5
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		arns := byName[name]
		if len(arns) > most {
			arns = []string{"arn:" + g.Partition + ":iam::*:role" + name}
		}
		roles = append(roles, arns...)
	}
	wants := policy.Wants{Shared: true, Exemption: []policy.Condition{{Operator: "ArnNotLike", Key: "aws:PrincipalArn", Values: roles}}}
	if services {
		wants.Exemption = exemption(ServicePrincipal)
	}
	kind := policy.Identity
	text := ""
	if p, found, _ := g.Policies[c.Policy].Get(); found {
		text = p.Document
	}
	if d := g.documents[c.Policy]; d.Document != nil {
		kind = d.Kind
	}
	edit(c, kind, text, wants, func(d *policy.Document) (policy.Decision, bool) {
		for _, b := range denied {
			if said := policy.Evaluate(d, b.request); said.Explicit {
				return said, false
			}
		}
		return policy.Decision{}, true
	})
}
