package terraform

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/internal/edit"
	"github.com/iblint/iblint/internal/terraform"
)

// lifecyclePolicyOf is the resource that declares a lifecycle policy.
func (w *proposing) lifecyclePolicyOf(c checks.Change) *terraform.Resource {
	return w.find(func(r *terraform.Resource) bool {
		return isLifecyclePolicy(r) && valuesOf(r).in("arn").text() == c.Policy
	})
}

// enablePolicy sets the status of a lifecycle policy.
func (w *proposing) enablePolicy(c checks.Change) bool {
	r := w.lifecyclePolicyOf(c)
	if r == nil {
		return false
	}
	otherwise := snippet(r, "enable the lifecycle policy", `status = "ENABLED"`)
	if !editable(r) {
		return w.make(nil, false, otherwise)
	}
	if x := argument(r, "status"); x != nil {
		n := w.node(x, r.Scope())
		return w.make([]edit.Edit{n.Replace("ENABLED")}, n.IsText, otherwise)
	}
	return w.make(w.set(r, r.Block, "status", `"ENABLED"`), true, otherwise)
}

// decideOnPolicy is a change that a person decides on.
func (w *proposing) decideOnPolicy(c checks.Change) bool {
	r := w.lifecyclePolicyOf(c)
	if r == nil {
		return false
	}
	note := c.Hint
	if note == "" {
		note = "change what the lifecycle policy selects"
	}
	return w.make(nil, false, snippet(r, note, ""))
}

// includeResources makes the action of a rule include resources.
func (w *proposing) includeResources(c checks.Change) bool {
	r := w.lifecyclePolicyOf(c)
	if r == nil {
		return false
	}
	members := edit.Object{}
	var lines []string
	for _, resource := range c.Include {
		members = append(members, edit.Pair{Key: resource, Value: true})
		lines = append(lines, "  "+resource+" = true")
	}
	text := "include_resources {\n" + strings.Join(lines, "\n") + "\n}"
	if strings.HasPrefix(r.Type, "awscc_") {
		text = "include_resources = " + edit.Expression(members, "")
	}
	otherwise := snippet(r, fmt.Sprintf("add this to the action of rule %d", c.Rule), text)
	if !editable(r) {
		return w.make(nil, false, otherwise)
	}
	if x := argument(r, "policy_details"); x != nil {
		n := w.node(x, r.Scope())
		if n.Kind != edit.List || c.Rule > len(n.Members) {
			return w.make(nil, false, otherwise)
		}
		action := n.Members[c.Rule-1].Value.Member("action")
		edits, ok := addMembers(action, "include_resources", members)
		return w.make(edits, ok, otherwise)
	}
	rule := block(r.Block, "policy_detail", c.Rule-1)
	action := block(rule, "action", 0)
	if action == nil {
		return w.make(nil, false, otherwise)
	}
	include := block(action, "include_resources", 0)
	if include == nil {
		indent := w.in(r).IndentIn(action)
		return w.make(w.in(r).AddBlock(action, strings.ReplaceAll(text, "\n", "\n"+indent)), len(dynamic(action, "include_resources")) == 0, otherwise)
	}
	var edits []edit.Edit
	var missing []string
	for _, resource := range c.Include {
		if include.Body.Attributes[resource] != nil {
			edits = append(edits, w.set(r, include, resource, "true")...)
		} else {
			missing = append(missing, resource+" = true")
		}
	}
	if len(missing) > 0 {
		name, rest, _ := strings.Cut(strings.Join(missing, "\n"+w.in(r).IndentIn(include)), " = ")
		edits = append(edits, w.in(r).AddArgument(include, name, rest)...)
	}
	return w.make(edits, true, otherwise)
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
	missing := edit.Object{}
	for _, m := range members {
		if v := inner.Member(m.Key); v != nil {
			edits = append(edits, v.Replace(m.Value))
		} else {
			missing = append(missing, m)
		}
	}
	if len(missing) > 1 && len(inner.Members) == 0 {
		return []edit.Edit{inner.Replace(missing)}, true
	}
	for _, m := range missing {
		edits = append(edits, inner.Add(m.Key, m.Value)...)
	}
	return edits, true
}

// block is a nested block of a kind that is written out, counting from 0; nil: there is none, or
// dynamic blocks hide which one it is.
func block(b *hclsyntax.Block, kind string, i int) *hclsyntax.Block {
	if b == nil || len(dynamic(b, kind)) > 0 {
		return nil
	}
	for _, inside := range b.Body.Blocks {
		if inside.Type == kind {
			if i == 0 {
				return inside
			}
			i--
		}
	}
	return nil
}

// dynamic are the dynamic blocks of a kind.
func dynamic(b *hclsyntax.Block, kind string) (all []*hclsyntax.Block) {
	for _, inside := range b.Body.Blocks {
		if inside.Type == "dynamic" && len(inside.Labels) == 1 && inside.Labels[0] == kind {
			all = append(all, inside)
		}
	}
	return all
}
