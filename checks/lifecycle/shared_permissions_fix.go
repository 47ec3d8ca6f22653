package lifecycle

import (
	"fmt"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/policy"
)

// fix attaches the managed policy if no policy grants an action, and edits each document
// that denies one.
func (a *actor) fix(denied []evaluation) *checks.Fix {
	fix := &checks.Fix{Cautions: []string{propagation}}
	var summaries []string
	byDocument := map[string][]evaluation{}
	var documents []string
	for _, e := range denied {
		name := a.documentOf(e)
		if byDocument[name] == nil {
			documents = append(documents, name)
		}
		byDocument[name] = append(byDocument[name], e)
	}
	for _, name := range documents {
		if name == "" {
			fix.Changes = append(fix.Changes, attachChange(a.partition, a.account, a.role.Name))
			summaries = append(summaries, fmt.Sprintf("Attach %s to the role.", account.ManagedPolicyName))
			continue
		}
		change := a.editOf(name, byDocument[name])
		fix.Changes = append(fix.Changes, change)
		fix.AddCautions(cautions(change)...)
		summaries = append(summaries, a.editSummary(change, name, byDocument[name]))
		if strings.HasPrefix(name, "permissions boundary ") {
			fix.Cautions = append(fix.Cautions, "Other roles may have the same permissions boundary, and the edit widens them too. To avoid this, give this role a separate boundary (aws iam put-role-permissions-boundary).")
		}
	}
	fix.Summary = strings.Join(summaries, " ")
	return fix
}

// documentOf names the document that denies an action; empty if no policy grants it.
func (a *actor) documentOf(e evaluation) string {
	switch {
	case a.ungranted(e):
		return ""
	case e.Explicit:
		return e.Policy
	}
	return "permissions boundary " + a.role.Boundary
}

// editSummary is one sentence that says what an edit of a document does.
func (a *actor) editSummary(c checks.Change, name string, denied []evaluation) string {
	if isAWSManaged(c.Policy) {
		return fmt.Sprintf("Detach or replace %s, which only AWS can edit.", name)
	}
	if exempts(c) {
		return fmt.Sprintf("Exempt role %s from the Deny in %s.", a.role.Name, name)
	}
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
	var sentences []string
	if len(remove) > 0 {
		sentences = append(sentences, fmt.Sprintf("Remove %s from the Deny in %s.", strings.Join(remove, ", "), name))
	}
	if len(add) > 0 {
		sentences = append(sentences, fmt.Sprintf("Allow %s in %s.", strings.Join(add, ", "), name))
	}
	return strings.Join(sentences, " ")
}

// isAWSManaged reports whether a policy is AWS managed. No customer can edit it.
func isAWSManaged(arn string) bool { return strings.Contains(arn, ":iam::aws:policy/") }

// editOf edits a document so that it no longer denies the actions.
func (a *actor) editOf(name string, denied []evaluation) checks.Change {
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
	for _, e := range denied {
		if !slices.Contains(actions, e.Action) {
			actions = append(actions, e.Action)
		}
	}
	c.Hint = fmt.Sprintf("allow role %s to do %s", a.role.Name, strings.Join(actions, ", "))
	if isAWSManaged(c.Policy) {
		c.Hint = "only AWS can edit this policy; detach it from the role if the role does not need it"
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
		for _, e := range denied {
			decision := policy.Evaluate(d, e.request)
			if decision.Explicit || name == "permissions boundary "+a.role.Boundary && decision.Outcome != policy.Allowed {
				return decision, false
			}
		}
		return policy.Decision{}, true
	})
	return c
}

// identityStatement is a statement of an identity-based policy.
type identityStatement struct {
	Effect   string
	Action   []string
	Resource string
}
