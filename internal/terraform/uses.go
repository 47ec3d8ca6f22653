package terraform

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Uses returns how many expressions of the module refer to something that it declares, such as
// local.x, var.x or data.aws_iam_policy_document.x.
func (s Scope) Uses(name string) int {
	m := s.in.module
	if m.uses == nil {
		m.uses = map[string]int{}
		for _, a := range m.locals {
			m.count(a.Expr)
		}
		for _, blocks := range []map[string]*block{m.resources, m.outputs, m.calls} {
			for _, b := range blocks {
				m.countBody(b.Body)
			}
		}
		for _, b := range m.providers {
			m.countBody(b.Body)
		}
	}
	return m.uses[name]
}

func (m *module) countBody(b *hclsyntax.Body) {
	for _, a := range b.Attributes {
		m.count(a.Expr)
	}
	for _, inside := range b.Blocks {
		m.countBody(inside.Body)
	}
}

// count counts the references in an expression.
func (m *module) count(x hclsyntax.Expression) {
	for _, t := range hclsyntax.Variables(x) {
		m.uses[referred(t)]++
	}
}

// referred is what a reference refers to, without attributes.
func referred(t hcl.Traversal) string {
	name, most := t.RootName(), 2
	if name == "data" {
		most = 3
	}
	for _, step := range t[1:min(most, len(t))] {
		if a, ok := step.(hcl.TraverseAttr); ok {
			name += "." + a.Name
		}
	}
	return name
}

// FollowOwn is Follow, but it ends at what other expressions refer to, too: a change there would
// change more.
func (s Scope) FollowOwn(x hclsyntax.Expression) (hclsyntax.Expression, Scope) {
	for range maxNesting {
		next, scope := s.step(x)
		if t, ok := x.(*hclsyntax.ScopeTraversalExpr); next == nil || ok && s.Uses(referred(t.Traversal)) > 1 {
			break
		}
		x, s = next, scope
	}
	return x, s
}
