package terraform

import (
	"path/filepath"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Scope is the module instance in which an expression stands. References in the expression are to
// what this module declares.
type Scope struct{ in *instance }

// Scope returns the scope of the arguments of the resource.
func (r *Resource) Scope() Scope { return Scope{r.in} }

// Module returns the address of the module instance; it is empty for the root module.
func (s Scope) Module() string { return s.in.address }

// Address returns the address of what the module declares under a name, such as aws_iam_role.x.
func (s Scope) Address(name string) string { return s.in.name(name) }

// Declares reports whether the module declares a resource, such as aws_iam_role.x.
func (s Scope) Declares(key string) bool { return s.in.module.resources[key] != nil }

// Follow returns the expression that stands behind references to local values, to variables and to
// the arguments of module calls, and its scope. It ends at the first expression that is none of
// these, and at a variable whose value is not written in a file.
func (s Scope) Follow(x hclsyntax.Expression) (hclsyntax.Expression, Scope) {
	for range maxNesting {
		next, scope := s.step(x)
		if next == nil {
			break
		}
		x, s = next, scope
	}
	return x, s
}

// step follows one reference; nil: the expression is none.
func (s Scope) step(x hclsyntax.Expression) (hclsyntax.Expression, Scope) {
	switch x := x.(type) {
	case *hclsyntax.ParenthesesExpr:
		return x.Expression, s
	case *hclsyntax.TemplateWrapExpr:
		return x.Wrapped, s
	case *hclsyntax.ScopeTraversalExpr:
		if len(x.Traversal) != 2 {
			return nil, s
		}
		name, ok := x.Traversal[1].(hcl.TraverseAttr)
		if !ok {
			return nil, s
		}
		switch x.Traversal.RootName() {
		case "local":
			if a := s.in.module.locals[name.Name]; a != nil {
				return a.Expr, s
			}
		case "var":
			return s.variable(name.Name)
		}
	}
	return nil, s
}

// FileName returns the name of the file that an argument of function file names, if it is written
// out, perhaps behind path.module or path.root.
func (s Scope) FileName(x hclsyntax.Expression) (string, bool) {
	root := s.in
	for root.parent != nil {
		root = root.parent
	}
	dir, name := root.module.dir, ""
	t, ok := x.(*hclsyntax.TemplateExpr)
	if !ok {
		return "", false
	}
	for i, p := range t.Parts {
		switch p := p.(type) {
		case *hclsyntax.LiteralValueExpr:
			name += literal(&hclsyntax.TemplateExpr{Parts: []hclsyntax.Expression{p}})
		case *hclsyntax.ScopeTraversalExpr:
			a, isName := p.Traversal[len(p.Traversal)-1].(hcl.TraverseAttr)
			if i != 0 || len(p.Traversal) != 2 || !isName || p.Traversal.RootName() != "path" || a.Name != "module" && a.Name != "root" {
				return "", false
			}
			if a.Name == "module" {
				dir = s.in.module.dir
			}
		default:
			return "", false
		}
	}
	if name == "" || filepath.IsAbs(name) && len(t.Parts) == 1 {
		return "", false
	}
	return filepath.Join(dir, filepath.FromSlash(name)), true
}

// variable returns the expression that gives a variable its value.
func (s Scope) variable(name string) (hclsyntax.Expression, Scope) {
	b := s.in.module.variables[name]
	if b == nil {
		return nil, s
	}
	if s.in.parent == nil {
		if x, given := s.in.written[name]; given {
			return x, s // nil: on the command line
		}
	} else if a := s.in.call.attribute(name); a != nil {
		return a.Expr, Scope{s.in.parent}
	}
	if a := b.attribute("default"); a != nil {
		return a.Expr, s
	}
	return nil, s
}
