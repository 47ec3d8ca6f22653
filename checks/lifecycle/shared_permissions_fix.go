package lifecycle

import (
	"fmt"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/checks/policy"
	"github.com/iblint/iblint/checks/policy/awsmanaged"
)

// fix edits each document that denies an action that the role needs as surely as one of those
// denied, and attaches the managed policy if no policy grants one. Each edit is evaluated for
// all such requests of the role, and not only for those that were denied.
func (a *actor) fix(denied []evaluation) *checks.Fix {
	needed := func(e evaluation) bool {
		return e.need == demand.Certain || slices.ContainsFunc(denied, func(d evaluation) bool { return d.need == e.need })
	}
	a.now = map[existingKey]existingResources{}
	defer func() { a.now = nil }()
	fix := &checks.Fix{}
	var summaries []string
	fixed := *a // the role with the edited documents
	for _, d := range a.documents() {
		one := a.alone(d, d.document)
		open := slices.DeleteFunc(one.evaluate(), func(e evaluation) bool { return !needed(e) || e.Outcome != policy.Denied })
		if len(open) == 0 {
			continue
		}
		change := a.editOf(d, open, needed)
		fix.Changes = append(fix.Changes, change)
		fix.AddCautions(cautions(change)...)
		summaries = append(summaries, a.editSummary(change, d.name, open))
		if d.boundary && change.Action == checks.EditManagedPolicy {
			fix.AddCautions("Other roles may have the same permissions boundary, and the edit widens them too. To avoid this, give this role a separate boundary (aws iam put-role-permissions-boundary).")
		}
		if values := leftOut(change); d.inline != "" && len(values) > 0 {
			fix.AddCautions(fmt.Sprintf("The Deny in %s no longer applies to %s, whatever the action.", d.name, strings.Join(values, ", ")))
		}
		if after := documentOf(change.After); after != nil {
			fixed.policies = replaced(fixed.policies, d.name, after)
		}
	}
	ungranted := func(e evaluation) bool { return needed(e) && a.ungranted(e) }
	if slices.ContainsFunc(denied, ungranted) || slices.ContainsFunc(fixed.evaluate(), ungranted) {
		fix.Changes = slices.Insert(fix.Changes, 0, attachChange(a.partition, a.account, a.role.Name))
		summaries = slices.Insert(summaries, 0, fmt.Sprintf("Attach %s to the role.", account.ManagedPolicyName))
	}
	fix.Cautions = slices.Insert(fix.Cautions, 0, propagation)
	fix.Summary = strings.Join(summaries, " ")
	return fix
}

// roleDocument is one of the documents that decide what a role may do.
type roleDocument struct {
	name     string // in messages and in policies
	text     string
	document *policy.Document
	boundary bool
	inline   string // the name of the inline policy; empty: it is none
	arn      string // of the managed policy
}

// documents are the documents of the role that were read and parsed, and those of the
// catalogue that stand in for others.
func (a *actor) documents() (all []roleDocument) {
	add := func(d roleDocument, read account.Read[string]) {
		if managed, exists := awsmanaged.Find(d.arn); exists && managed != nil && standsIn(read) {
			d.document = managed
			all = append(all, d)
			return
		}
		text, found, err := read.Get()
		if err != nil || !found {
			return
		}
		document, err := policy.Parse(policy.Identity, text)
		if err != nil {
			return
		}
		d.text, d.document = text, document
		all = append(all, d)
	}
	for _, p := range a.role.Inline.Items() {
		add(roleDocument{name: "inline policy " + p.Name, inline: p.Name}, p.Document)
	}
	for _, p := range a.role.Attached.Items() {
		add(roleDocument{name: "managed policy " + p.ARN, arn: p.ARN}, p.Document)
	}
	if a.role.Boundary != "" {
		add(roleDocument{name: "permissions boundary " + a.role.Boundary, arn: a.role.Boundary, boundary: true}, a.role.BoundaryDocument)
	}
	return all
}

// alone is the role with one document that limits it. All other policies of the role allow
// everything, so that what this document denies is not hidden behind another denial.
func (a *actor) alone(d roleDocument, document *policy.Document) *actor {
	one := *a
	layer := policy.Layer{Name: d.name, Policies: []policy.Policy{{Name: d.name, Document: document}}}
	if d.boundary {
		one.policies = policy.Policies{Identity: everything, Boundary: &layer}
		return &one
	}
	layer.Policies = append(slices.Clone(everything.Policies), layer.Policies...)
	one.policies = policy.Policies{Identity: layer}
	return &one
}

// replaced are policies with another document in place of the one with this name.
func replaced(p policy.Policies, name string, document *policy.Document) policy.Policies {
	in := func(l policy.Layer) policy.Layer {
		l.Policies = slices.Clone(l.Policies)
		for i := range l.Policies {
			if l.Policies[i].Name == name {
				l.Policies[i].Document = document
			}
		}
		return l
	}
	p.Identity = in(p.Identity)
	if p.Boundary != nil {
		boundary := in(*p.Boundary)
		p.Boundary = &boundary
	}
	return p
}

// editSummary is one sentence that says what an edit of a document does.
func (a *actor) editSummary(c checks.Change, name string, denied []evaluation) string {
	var remove, add []string // actions
	for _, e := range denied {
		actions := &add
		if e.Explicit {
			actions = &remove
		}
		if !slices.Contains(*actions, e.Action) {
			*actions = append(*actions, e.Action)
		}
	}
	switch {
	case c.Action == checks.DetachPolicy:
		return fmt.Sprintf("Detach %s, which only AWS can edit, if nothing requires that the role has it.", name)
	case c.Action == checks.ReplaceBoundary:
		return fmt.Sprintf("Give the role a permissions boundary of its own that allows %s; only AWS can edit %s.", strings.Join(slices.Concat(remove, add), ", "), name)
	case exempts(c):
		return fmt.Sprintf("Exempt role %s from the Deny in %s.", a.role.Name, name)
	}
	var sentences []string
	if len(remove) > 0 {
		sentence := fmt.Sprintf("Remove %s from the Deny in %s.", strings.Join(remove, ", "), name)
		if values := leftOut(c); len(values) > 0 {
			sentence = fmt.Sprintf("Exclude %s from the Deny in %s.", strings.Join(values, ", "), name)
		}
		sentences = append(sentences, sentence)
	}
	if len(add) > 0 {
		sentences = append(sentences, fmt.Sprintf("Allow %s in %s.", strings.Join(add, ", "), name))
	}
	return strings.Join(sentences, " ")
}

// leftOut are the Regions, tags and resources to which the Deny statements of a document no
// longer apply after an edit; none if it leaves out actions.
func leftOut(c checks.Change) (values []string) {
	before, after := documentOf(c.Before), documentOf(c.After)
	if before == nil || after == nil || len(before.Statements) != len(after.Statements) {
		return nil
	}
	for i := range after.Statements {
		was, is := before.Statements[i], after.Statements[i]
		if is.Effect == policy.Deny {
			values = append(values, without(valuesOf(was, false), valuesOf(is, false))...)
			values = append(values, without(valuesOf(is, true), valuesOf(was, true))...)
		}
	}
	return without(values, nil)
}

// valuesOf are the values to which a statement applies only, or those to which it does not.
func valuesOf(s policy.Statement, excluded bool) (all []string) {
	if all = slices.Clone(s.Resources); excluded {
		all = slices.Clone(s.NotResources)
	}
	for _, condition := range s.Conditions {
		if strings.Contains(strings.ToLower(condition.Operator), "not") == excluded {
			all = append(all, condition.Values...)
		}
	}
	return all
}

// without are the values of a list, each once, that another list does not have.
func without(list, other []string) (values []string) {
	for _, v := range list {
		if !slices.Contains(other, v) && !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	return values
}

// isAWSManaged reports whether a policy is AWS managed. No customer can edit it.
func isAWSManaged(arn string) bool { return strings.Contains(arn, ":iam::aws:policy/") }

// editOf edits a document so that it denies none of the role's needed requests. Denied are those
// that it denies now.
func (a *actor) editOf(d roleDocument, denied []evaluation, needed func(evaluation) bool) checks.Change {
	var actions []string
	for _, e := range denied {
		if !slices.Contains(actions, e.Action) {
			actions = append(actions, e.Action)
		}
	}
	c := checks.Change{
		Action: checks.EditManagedPolicy, Partition: a.partition, Account: a.account, Policy: d.arn,
		Hint: fmt.Sprintf("allow role %s to do %s", a.role.Name, strings.Join(actions, ", ")),
	}
	wants := policy.Wants{
		Resources: []string{"*"}, Actions: actions, Shared: true,
		Values:    map[string][]string{"aws:PrincipalArn": {a.role.ARN}},
		Statement: compact(identityStatement{"Allow", actions, "*"}),
		Exemption: []policy.Condition{{Operator: "ArnNotEquals", Key: "aws:PrincipalArn", Values: []string{a.role.ARN}}},
	}
	switch {
	case d.inline != "":
		c.Action, c.Role, c.Policy = checks.EditInlinePolicy, a.role.Name, d.inline
		// An inline policy belongs to one role alone (IAM User Guide, "Managed policies and
		// inline policies"): to exempt that role would switch the whole statement off.
		wants = policy.Wants{Actions: actions, Values: a.exceptions(denied)}
	case isAWSManaged(d.arn) && d.boundary: // a boundary is not attached, so it cannot be detached
		c.Action, c.Role = checks.ReplaceBoundary, a.role.Name
		return c
	case isAWSManaged(d.arn):
		c.Action, c.Role, c.Hint = checks.DetachPolicy, a.role.Name, ""
		return c
	}
	doubtful := map[string]bool{} // actions that the document may deny before any edit
	for _, e := range a.alone(d, d.document).evaluate() {
		if e.Outcome == policy.Undecidable {
			doubtful[e.Action] = true
		}
	}
	edit(&c, policy.Identity, d.text, wants, func(document *policy.Document) (policy.Decision, bool) {
		for _, e := range a.alone(d, document).evaluate() {
			if needed(e) && (e.Outcome == policy.Denied || e.Outcome == policy.Undecidable && !doubtful[e.Action]) {
				return e.Decision, false
			}
		}
		return policy.Decision{}, true
	})
	if c.After == "" && d.inline != "" {
		c.Hint += "; change the Deny, but do not exempt the role from it, because the policy applies to no other role"
	}
	return c
}

// exceptions are the values of condition keys that a Deny in an inline policy may exclude: the
// Regions in which it denies a request, and the tags that the guide requires of resources.
// They are no names of principals: that would exempt the role.
func (a *actor) exceptions(denied []evaluation) map[string][]string {
	values := map[string][]string{}
	for _, e := range denied {
		for _, key := range []string{"aws:RequestedRegion", "ec2:Region"} {
			for _, region := range e.regions {
				if !slices.Contains(values[key], region) {
					values[key] = append(values[key], region)
				}
			}
		}
	}
	for _, prefix := range []string{"aws", "ec2"} {
		values[prefix+":ResourceTag/CreatedBy"] = []string{account.RepositoryTagValue}
	}
	for _, prefix := range []string{"aws", "ecr"} {
		values[prefix+":ResourceTag/"+account.RepositoryTagKey] = []string{account.RepositoryTagValue}
	}
	return values
}

// identityStatement is a statement of an identity-based policy.
type identityStatement struct {
	Effect   string
	Action   []string
	Resource string
}
