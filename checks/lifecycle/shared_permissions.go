package lifecycle

import (
	"fmt"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/policy"
)

const permissionsDoc = `The role's attached policies, inline policies and permissions boundary are evaluated together, as IAM evaluates them, for each
action of the managed policy: with the resource and the condition keys that Image Builder will present, in every Region that has
AMIs, for resources that carry the tags they should; whether the real ones carry them is not looked at here. Only actions that the
rules of the lifecycle policies in scope ask for can fail; where there is no lifecycle policy yet, those that one may ask for.
Which calls a rule takes AWS does not document: iblint takes it from the names of the actions. What the organization's
guardrails and a repository's own policy take away has checks of its own.`

var permissionsCases = []checks.Case{
	{Status: checks.Pass, When: "everything that the lifecycle rules ask for is allowed"},
	{Status: checks.Warn, When: "an action is denied that AWS does not say to be needed, but whose name suggests so"},
	{Status: checks.Fail, When: "an action that the lifecycle rules ask for is not granted, or is taken away by a Deny or the permissions boundary; each is named"},
	{Status: checks.Skip, When: "the role does not exist, or is not needed, which other checks report"},
	{Status: checks.Unknown, When: "a policy could not be read or understood, or the answer depends on something that is not known; it is named"},
}

var permissionsLinks = []string{
	"https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html",
	"https://docs.aws.amazon.com/aws-managed-policy/latest/reference/EC2ImageBuilderLifecycleExecutionPolicy.html",
}

func permissionsNeeds(kind account.Kind, more ...account.Part) []account.Need {
	own := checks.Required(append([]account.Part{
		account.RolePart, account.AttachedPoliciesPart, account.InlinePoliciesPart, account.PolicyDocumentsPart,
		account.LifecyclePoliciesPart, account.LifecycleRulesPart, account.DistributionsPart, account.ImagesPart, account.MembershipPart,
	}, more...)...)
	return checks.Needs(kind, append(own, account.Need{Part: account.SimulationPart, Use: account.Evidence})...)
}

// permissions decides about all that lifecycle management does with a role. Where
// it is only that nothing grants something, policyCheck reports the cause.
func (a *actor) permissions(policyCheck string) (checks.Verdict, error) {
	var denied, doubtful, lesser []judgement
	var allowed, others []string
	v := checks.Verdict{Status: checks.Pass, Notes: a.notes()}
	for _, j := range a.judge() {
		if j.need > notNeeded {
			v.Trace = append(v.Trace, traceOf(j.Authorization, j.String())...)
		}
		switch {
		case j.need <= notNeeded:
			if one := j.name + " " + j.Outcome.String(); !slices.Contains(others, one) {
				others = append(others, one)
			}
		case j.Outcome == policy.Allowed:
			allowed = append(allowed, j.String())
		case j.need == needed && j.Outcome == policy.Denied:
			denied = append(denied, j)
		case j.need == useful && j.Outcome == policy.Denied:
			lesser = append(lesser, j)
		default:
			doubtful = append(doubtful, j)
		}
	}
	slices.SortStableFunc(v.Trace, worstFirst)
	v.Evidence = append(a.explain(slices.Concat(denied, doubtful, lesser)), "allowed: "+list(allowed))
	if len(others) > 0 {
		v.Evidence = append(v.Evidence, "not asked for by any lifecycle rule in scope: "+list(others))
	}
	v.Evidence = append(v.Evidence, a.simulated()...)

	switch {
	case len(denied) > 0:
		v.Status = checks.Fail
		v.Message = fmt.Sprintf("role %s may not do what lifecycle rules ask for: %s", a.role.Name, a.list(denied))
		v.FindFix = func() *checks.Fix { return a.mend(slices.Concat(denied, lesser)) }
		if a.unattached() && !slices.ContainsFunc(denied, func(j judgement) bool { return !a.ungranted(j) }) {
			v.Cause = policyCheck
		}
	case len(doubtful) > 0:
		v.Status = checks.Unknown
		first := doubtful[0]
		why := a.why(first)
		if first.Outcome == policy.Denied {
			v.Message = fmt.Sprintf("role %s may not do %s; whether a lifecycle rule asks for it is not known", a.role.Name, first)
		} else {
			v.Message = fmt.Sprintf("whether role %s may do %s is not decidable: %s", a.role.Name, first, first.Reason())
		}
		if v.Unread = unreadOf(why); why != nil && first.Unread() == nil {
			v.Message += ": " + why.Error()
		}
		if more := len(doubtful) - 1; more > 0 {
			v.Message += fmt.Sprintf("; and %d more", more)
		}
	case len(lesser) > 0:
		v.Status = checks.Warn
		v.Message = fmt.Sprintf("role %s may do all that lifecycle rules ask for by AWS's documentation, but not %s", a.role.Name, a.list(lesser))
		v.FindFix = func() *checks.Fix { return a.mend(lesser) }
	default:
		v.Message = fmt.Sprintf("role %s may do all that lifecycle rules ask for", a.role.Name)
	}
	return v, nil
}

// notes are what is odd about the text of the role's policies. What AWS wrote is
// left out.
func (a *actor) notes() (notes []checks.Note) {
	for _, p := range a.role.Attached.Items() {
		if !strings.Contains(p.ARN, ":iam::aws:policy/") {
			notes = append(notes, checks.Lint(policy.Identity, "managed policy "+p.ARN, p.Document)...)
		}
	}
	for _, p := range a.role.Inline.Items() {
		notes = append(notes, checks.Lint(policy.Identity, "inline policy "+p.Name, p.Document)...)
	}
	return append(notes, checks.Lint(policy.Identity, "permissions boundary "+a.role.Boundary, a.role.BoundaryDocument)...)
}

// why is what could not be read and would decide.
func (a *actor) why(j judgement) error {
	if j.Outcome == policy.Denied {
		return a.whyMaybe(j)
	}
	return a.whyUndecided(j.Authorization, j.on)
}

// whyMaybe is why it is not known whether a denied action is needed.
func (a *actor) whyMaybe(j judgement) error {
	if a.uses.Unread != nil {
		return a.uses.Unread
	}
	return a.regionsUnread
}

// list names what is denied and by what, a handful at most.
func (a *actor) list(denied []judgement) string {
	const most = 4
	var all []string
	for i, j := range denied {
		if i == most {
			all = append(all, fmt.Sprintf("and %d more", len(denied)-most))
			break
		}
		all = append(all, fmt.Sprintf("%s (%s)", j, a.by(j)))
	}
	return strings.Join(all, "; ")
}

// by names what denies an action, shortly.
func (a *actor) by(j judgement) string {
	switch {
	case j.Explicit:
		return fmt.Sprintf("denied by %s, %s", j.Policy, j.Statement)
	case a.ungranted(j):
		return "nothing grants it"
	}
	return j.Layer + " does not allow it"
}

// ungranted says that an action is denied for want of a grant, not by something
// that takes it away.
func (a *actor) ungranted(j judgement) bool {
	return j.Outcome == policy.Denied && !j.Explicit && j.Layer == a.policies.Identity.Name
}

// unattached says for certain that the managed policy is not attached.
func (a *actor) unattached() bool {
	return a.role.Attached.Err() == nil && !slices.ContainsFunc(a.role.Attached.Items(), func(p account.AttachedPolicy) bool {
		return p.ARN == account.ManagedPolicyARN(a.partition)
	})
}

// explain is the evidence for what is not allowed; what has one reason is told
// together.
func (a *actor) explain(judgements []judgement) (evidence []string) {
	type reason struct {
		outcome       policy.Outcome
		policy, layer string
		statement     *policy.Statement
		condition     *policy.Condition
		unread        bool
		ungranted     bool
	}
	alike := map[reason][]judgement{}
	var reasons []reason
	for _, j := range judgements {
		r := reason{j.Outcome, j.Policy, j.Layer, j.Statement, j.Condition, j.Unread() != nil, a.ungranted(j)}
		switch {
		case r.ungranted: // of what nothing grants, the closest statement is of no interest
			r = reason{ungranted: true}
		case r.unread:
			r = reason{layer: j.Layer, unread: true}
		}
		if alike[r] == nil {
			reasons = append(reasons, r)
		}
		alike[r] = append(alike[r], j)
	}
	for _, r := range reasons {
		var what []string
		for _, j := range alike[r] {
			what = append(what, j.String())
		}
		first := alike[r][0]
		if r.ungranted {
			evidence = append(evidence, "nothing grants "+strings.Join(what, "; "))
		} else {
			evidence = append(evidence, fmt.Sprintf("%s: %s, %s", strings.Join(what, "; "), first.Outcome, first.Reason()))
		}
	}
	return evidence
}

// simulated is what IAM's own simulator says, where it could be asked.
func (a *actor) simulated() (evidence []string) {
	var against []string
	items := a.role.Simulated.Items()
	for _, s := range items {
		if s.Decision == "allowed" {
			continue
		}
		text := s.Action + " on " + s.Resource + ": " + s.Decision
		if s.DeniedByBoundary {
			text += ", by the permissions boundary"
		}
		if s.DeniedByOrganization {
			text += ", by the organization"
		}
		against = append(against, text)
	}
	switch {
	case len(items) == 0:
		return nil
	case len(against) == 0 && a.role.Simulated.Err() == nil:
		return []string{fmt.Sprintf("a second opinion, iam:SimulatePrincipalPolicy: allowed in all %d cases", len(items))}
	case len(against) == 0:
		return nil
	}
	for _, text := range against {
		evidence = append(evidence, "a second opinion, iam:SimulatePrincipalPolicy: "+text)
	}
	return evidence
}

// mend grants what nothing grants by the managed policy, and edits each document
// that takes something away.
func (a *actor) mend(denied []judgement) *checks.Fix {
	fix := &checks.Fix{Cautions: []string{propagation}}
	var told []string // summaries
	byDocument := map[string][]judgement{}
	var documents []string
	for _, j := range denied {
		name := a.documentOf(j)
		if byDocument[name] == nil {
			documents = append(documents, name)
		}
		byDocument[name] = append(byDocument[name], j)
	}
	for _, name := range documents {
		if name == "" {
			fix.Changes = append(fix.Changes, attachChange(a.partition, a.account, a.role.Name))
			told = append(told, fmt.Sprintf("Attach %s to the role.", account.ManagedPolicyName))
			continue
		}
		change := a.editOf(name, byDocument[name])
		fix.Changes = append(fix.Changes, change)
		fix.AddCautions(cautions(change)...)
		told = append(told, fmt.Sprintf("Let %s leave to the role what lifecycle management does.", name))
		if strings.HasPrefix(name, "permissions boundary ") {
			fix.Cautions = append(fix.Cautions, "A permissions boundary may limit other roles, too: editing it widens them all; a boundary of its own for this role (aws iam put-role-permissions-boundary) does not.")
		}
	}
	fix.Summary = strings.Join(told, " ")
	return fix
}

// documentOf names the document that takes an action away; "" when nothing grants it.
func (a *actor) documentOf(j judgement) string {
	switch {
	case a.ungranted(j):
		return ""
	case j.Explicit:
		return j.Policy
	}
	return "permissions boundary " + a.role.Boundary
}

// editOf edits a document so that it no longer takes the actions away.
func (a *actor) editOf(name string, denied []judgement) checks.Change {
	c := checks.Change{Action: checks.EditManagedPolicy, Partition: a.partition, Account: a.account, Policy: a.role.Boundary}
	read := a.role.BoundaryDocument
	if inline, ok := strings.CutPrefix(name, "inline policy "); ok {
		c.Action, c.Role, c.Policy = checks.EditInlinePolicy, a.role.Name, inline
		for _, p := range a.role.Inline.Items() {
			if p.Name == inline {
				read = p.Document
			}
		}
	}
	if arn, ok := strings.CutPrefix(name, "managed policy "); ok {
		c.Policy = arn
		for _, p := range a.role.Attached.Items() {
			if p.ARN == arn {
				read = p.Document
			}
		}
	}
	var actions []string
	for _, j := range denied {
		if !slices.Contains(actions, j.name) {
			actions = append(actions, j.name)
		}
	}
	c.Hint = fmt.Sprintf("let role %s do %s", a.role.Name, strings.Join(actions, ", "))
	if strings.Contains(c.Policy, ":iam::aws:policy/") {
		c.Hint = "nobody can edit a policy of AWS; detach it from the role, if it is not meant to be there"
		return c
	}
	text, _, _ := read.Get()
	edit(&c, policy.Identity, text, policy.Wants{
		Resources: []string{"*"},
		Actions:   actions,
		Shared:    c.Action == checks.EditManagedPolicy,
		Statement: compact(identityStatement{"Allow", actions, "*"}),
		Exemption: []policy.Condition{{Operator: "ArnNotEquals", Key: "aws:PrincipalArn", Values: []string{a.role.ARN}}},
	}, func(d *policy.Document) (policy.Decision, bool) {
		for _, j := range denied {
			said := policy.Evaluate(d, j.request)
			if said.Explicit || name == "permissions boundary "+a.role.Boundary && said.Outcome != policy.Allowed {
				return said, false
			}
		}
		return policy.Decision{}, true
	})
	return c
}

// identityStatement is a statement for a policy of a role.
type identityStatement struct {
	Effect   string
	Action   []string
	Resource string
}
