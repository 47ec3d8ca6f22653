package cloudformation

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/internal/edit"
)

// enablePolicy sets the status of a lifecycle policy.
func (w *proposing) enablePolicy(c checks.Change) bool {
	r := w.byKey[c.Policy]
	if r == nil {
		return false
	}
	edits, ok := w.set(r, "Status", values{r.Properties}.in("Status").text(), "ENABLED")
	return w.make(edits, ok, manual{resource: r, note: "enable the lifecycle policy", properties: edit.Object{{Key: "Status", Value: "ENABLED"}}})
}

// decideOnPolicy is a change that a person decides on.
func (w *proposing) decideOnPolicy(c checks.Change) bool {
	r := w.byKey[c.Policy]
	if r == nil {
		return false
	}
	return w.make(nil, false, manual{resource: r, note: cmp.Or(c.Hint, "change what the lifecycle policy selects")})
}

// includeResources makes the action of a rule include resources.
func (w *proposing) includeResources(c checks.Change) bool {
	r := w.byKey[c.Policy]
	if r == nil {
		return false
	}
	members := edit.Object{}
	for _, resource := range c.Include {
		members = append(members, edit.Pair{Key: strings.ToUpper(resource[:min(1, len(resource))]) + resource[min(1, len(resource)):], Value: true})
	}
	otherwise := manual{
		resource: r, note: fmt.Sprintf("add this to the Action of rule %d", c.Rule), properties: edit.Object{{Key: "IncludeResources", Value: members}},
		within: fmt.Sprintf("PolicyDetails.%d.Action", c.Rule-1),
	}
	rule := w.property(r, "PolicyDetails")
	if rule != nil && rule.Kind == edit.List {
		details, _ := values{r.Properties}.in("PolicyDetails").list()
		if c.Rule < 1 || c.Rule > len(rule.Members) || len(rule.Members) != len(details) {
			return w.make(nil, false, otherwise)
		}
		rule = rule.Members[c.Rule-1].Value
	}
	edits, ok := addMembers(rule.Member("Action"), "IncludeResources", members)
	return w.make(edits, ok, otherwise)
}

// addMembers sets members of an object that is a member of another one.
func addMembers(n *edit.Node, key string, members edit.Object) (edits []edit.Edit, ok bool) {
	if n == nil || n.Kind != edit.Shape {
		return nil, false
	}
	inner := n.Member(key)
	if inner == nil {
		return n.Add(key, members), true
	}
	if inner.Kind != edit.Shape {
		return nil, false
	}
	if len(inner.Members) == 0 {
		return []edit.Edit{inner.Replace(members)}, true
	}
	for _, m := range members {
		switch v := inner.Member(m.Key); {
		case v == nil:
			edits = append(edits, inner.Add(m.Key, m.Value)...)
		case v.Kind == edit.Scalar:
			edits = append(edits, v.Replace(m.Value))
		default:
			return nil, false
		}
	}
	return edits, true
}
