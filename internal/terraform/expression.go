package terraform

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// Expression returns the expression behind an argument and its range. The path consists of names
// of arguments and blocks, keys of objects (string), and indexes of blocks and lists (int), such
// as "policy_detail", 0, "action", 0, "type". References to locals are followed to the literal.
// The result is false if no expression in the code stands for the whole value.
func (r *Resource) Expression(path ...any) (hcl.Expression, hcl.Range, bool) {
	n := r.body
	var x hcl.Expression
	for n != nil && len(path) > 0 {
		name, ok := path[0].(string)
		if !ok {
			return nil, hcl.Range{}, false
		}
		path = path[1:]
		if a, ok := n.arguments[name]; ok {
			x = a
			break
		}
		i := 0
		if len(path) > 0 {
			if given, ok := path[0].(int); ok {
				i, path = given, path[1:]
			}
		}
		if i < 0 || i >= len(n.blocks[name]) || len(path) == 0 {
			return nil, hcl.Range{}, false
		}
		n = n.blocks[name][i]
	}
	if x == nil {
		return nil, hcl.Range{}, false
	}
	for _, step := range path {
		x = r.in.behind(x)
		if x = child(x, step); x == nil {
			return nil, hcl.Range{}, false
		}
	}
	x = r.in.behind(x)
	return x, x.Range(), true
}

// BlockRange returns the range of the header of a nested block. The path is as for Expression.
func (r *Resource) BlockRange(path ...any) (hcl.Range, bool) {
	n := r.body
	for i := 0; i < len(path); i++ {
		name, ok := path[i].(string)
		if !ok || n == nil {
			return hcl.Range{}, false
		}
		index := 0
		if i+1 < len(path) {
			if given, ok := path[i+1].(int); ok {
				index, i = given, i+1
			}
		}
		if index < 0 || index >= len(n.blocks[name]) {
			return hcl.Range{}, false
		}
		n = n.blocks[name][index]
	}
	if n == nil || n == r.body {
		return r.Range, n != nil
	}
	return n.at, true
}

// behind follows parentheses and references to locals.
func (in *instance) behind(x hcl.Expression) hcl.Expression {
	for range maxNesting {
		switch one := x.(type) {
		case *hclsyntax.ParenthesesExpr:
			x = one.Expression
			continue
		case *hclsyntax.TemplateWrapExpr:
			x = one.Wrapped
			continue
		case *hclsyntax.ScopeTraversalExpr:
			if one.Traversal.RootName() != "local" || len(one.Traversal) != 2 {
				return x
			}
			name, ok := one.Traversal[1].(hcl.TraverseAttr)
			if !ok || in.module.locals[name.Name] == nil {
				return x
			}
			x = in.module.locals[name.Name].Expr
			continue
		}
		break
	}
	return x
}

// child returns the expression of an element of a list or object that is written out.
func child(x hcl.Expression, step any) hcl.Expression {
	switch x := x.(type) {
	case *hclsyntax.TupleConsExpr:
		if i, ok := step.(int); ok && i >= 0 && i < len(x.Exprs) {
			return x.Exprs[i]
		}
	case *hclsyntax.ObjectConsExpr:
		name, ok := step.(string)
		if !ok {
			if i, isIndex := step.(int); isIndex && i == 0 {
				return x // one block of JSON syntax
			}
			return nil
		}
		for _, item := range x.Items {
			if literalKey(item.KeyExpr) == name {
				return item.ValueExpr
			}
		}
	case *hclsyntax.FunctionCallExpr:
		if (x.Name == "toset" || x.Name == "tolist" || x.Name == "tomap") && len(x.Args) == 1 {
			return child(x.Args[0], step)
		}
	}
	return nil
}

// literalKey returns the text of a key of an object.
func literalKey(x hclsyntax.Expression) string {
	if k, ok := x.(*hclsyntax.ObjectConsKeyExpr); ok {
		if word := hcl.ExprAsKeyword(k.Wrapped); word != "" && !k.ForceNonLiteral {
			return word
		}
		x = k.Wrapped
	}
	if v, ok := x.(*hclsyntax.LiteralValueExpr); ok && v.Val.Type() == cty.Number {
		return v.Val.AsBigFloat().Text('f', -1)
	}
	return literal(x)
}
