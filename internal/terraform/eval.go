package terraform

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/iblint/iblint/checks/symbol"
)

// scope is where an expression is evaluated.
type scope struct {
	in     *instance            // the module instance
	parent *scope               // of a for expression, a dynamic block
	vars   map[string]cty.Value // for variables, each, count, and the variables of templatefile
	closed bool                 // nothing but vars exists, as in templatefile
	where  string               // what the expression belongs to, such as local.x: the name of what cannot be evaluated
	anon   *hclsyntax.AnonSymbolExpr
	each   cty.Value // of anon
}

func (s *scope) child(vars map[string]cty.Value) *scope {
	return &scope{in: s.in, parent: s, vars: vars, where: s.where}
}

func (s *scope) lookup(name string) (cty.Value, bool) {
	for ; s != nil; s = s.parent {
		if v, ok := s.vars[name]; ok {
			return v, true
		}
		if s.closed {
			break
		}
	}
	return cty.NilVal, false
}

func (s *scope) isClosed() bool {
	for ; s != nil; s = s.parent {
		if s.closed {
			return true
		}
	}
	return false
}

// eval evaluates an expression.
func (e *evaluator) eval(x hcl.Expression, s *scope) (cty.Value, error) {
	at := x.Range()
	if err := e.enter(at); err != nil {
		return cty.NilVal, err
	}
	defer e.leave()
	if err := e.spend(1, at); err != nil {
		return cty.NilVal, err
	}
	switch x := x.(type) {
	case *hclsyntax.LiteralValueExpr:
		return x.Val, nil
	case *hclsyntax.ParenthesesExpr:
		return e.eval(x.Expression, s)
	case *hclsyntax.ScopeTraversalExpr:
		return e.reference(x.Traversal, s)
	case *hclsyntax.RelativeTraversalExpr:
		if x1, ok := x.Source.(*hclsyntax.IndexExpr); ok {
			if v, done, err := e.indexed(x1, x.Traversal, s); done {
				return v, err
			}
		}
		v, err := e.eval(x.Source, s)
		if err != nil {
			return v, err
		}
		return e.follow(v, x.Traversal)
	case *hclsyntax.FunctionCallExpr:
		return e.call(x, s)
	case *hclsyntax.ConditionalExpr:
		return e.conditional(x, s)
	case *hclsyntax.IndexExpr:
		return e.index(x, s)
	case *hclsyntax.TupleConsExpr:
		return e.tuple(x, s)
	case *hclsyntax.ObjectConsExpr:
		return e.object(x, s)
	case *hclsyntax.ObjectConsKeyExpr:
		if !x.ForceNonLiteral {
			if word := hcl.ExprAsKeyword(x.Wrapped); word != "" {
				return cty.StringVal(word), nil
			}
		}
		return e.eval(x.Wrapped, s)
	case *hclsyntax.ForExpr:
		return e.forExpression(x, s)
	case *hclsyntax.SplatExpr:
		return e.splat(x, s)
	case *hclsyntax.AnonSymbolExpr:
		for in := s; in != nil; in = in.parent {
			if in.anon == x {
				return in.each, nil
			}
		}
		return cty.NilVal, failed(at, "the expression cannot be evaluated here")
	case *hclsyntax.TemplateExpr:
		return e.template(x, s)
	case *hclsyntax.TemplateWrapExpr:
		return e.eval(x.Wrapped, s)
	case *hclsyntax.TemplateJoinExpr:
		return e.templateJoin(x, s)
	case *hclsyntax.BinaryOpExpr:
		return e.binary(x, s)
	case *hclsyntax.UnaryOpExpr:
		return e.unary(x, s)
	}
	return cty.NilVal, failed(at, "the expression cannot be evaluated")
}

func (e *evaluator) tuple(x *hclsyntax.TupleConsExpr, s *scope) (cty.Value, error) {
	list := make([]cty.Value, len(x.Exprs))
	for i, one := range x.Exprs {
		v, err := e.eval(one, s)
		if err != nil {
			return v, err
		}
		list[i] = v
	}
	return cty.TupleVal(list), e.spend(1+len(list), x.SrcRange)
}

// built refuses values that are too large, and counts the work of the others. It is called for
// each value that has a name, is passed to a function, or is the result of a loop. Between these,
// values grow no faster than the code is long.
func (e *evaluator) built(v cty.Value, at hcl.Range) (cty.Value, error) {
	_, err := e.measured(v, at)
	return v, err
}

// measured is built, and reports whether the value contains symbols.
func (e *evaluator) measured(v cty.Value, at hcl.Range) (symbolic bool, err error) {
	n, symbolic := measure(v, maxElements)
	if n > maxElements {
		return symbolic, fatal(at, "a value has more than %d elements; make it smaller", maxElements)
	}
	return symbolic, e.spend(n, at)
}

func (e *evaluator) object(x *hclsyntax.ObjectConsExpr, s *scope) (cty.Value, error) {
	out := make(map[string]cty.Value, len(x.Items))
	symbolic := false
	for _, item := range x.Items {
		k, err := e.eval(item.KeyExpr, s)
		if err != nil {
			return k, err
		}
		key, err := text(k, item.KeyExpr.Range())
		if err != nil {
			return cty.NilVal, err
		}
		symbolic = symbolic || symbol.In(key)
		v, err := e.eval(item.ValueExpr, s)
		if err != nil {
			return v, err
		}
		out[key] = v
	}
	v := cty.ObjectVal(out)
	if symbolic {
		if v, err := e.built(v, x.SrcRange); err != nil {
			return v, err
		}
		v = decidable(out, v)
	}
	return v, e.spend(1+len(out), x.SrcRange)
}

// decidable returns an object, or an unknown value if two of its keys may be equal.
func decidable(m map[string]cty.Value, v cty.Value) cty.Value {
	if !distinctKeys(m) {
		return derived("", v)
	}
	return v
}

// distinctKeys reports whether no two keys can be equal.
func distinctKeys(m map[string]cty.Value) bool {
	if !symbolicKeys(m) {
		return true
	}
	var symbolic, all []string
	for key := range m {
		if isRest(key) {
			continue
		}
		all = append(all, key)
		if symbol.In(key) {
			symbolic = append(symbolic, key)
		}
	}
	if len(symbolic)*len(all) > 1_000_000 {
		return false
	}
	for _, a := range symbolic {
		for _, b := range all {
			if a != b && equalStrings(a, b, false) != no {
				return false
			}
		}
	}
	return true
}

func (e *evaluator) index(x *hclsyntax.IndexExpr, s *scope) (cty.Value, error) {
	if v, done, err := e.indexed(x, nil, s); done {
		return v, err
	}
	v, err := e.eval(x.Collection, s)
	if err != nil {
		return v, err
	}
	key, err := e.eval(x.Key, s)
	if err != nil {
		return key, err
	}
	return e.get(v, key, x.SrcRange)
}

// follow follows the attributes and indexes of a traversal.
func (e *evaluator) follow(v cty.Value, steps hcl.Traversal) (cty.Value, error) {
	for _, one := range steps {
		var err error
		switch t := one.(type) {
		case hcl.TraverseAttr:
			v, err = e.get(v, cty.StringVal(t.Name), t.SrcRange)
		case hcl.TraverseIndex:
			v, err = e.get(v, t.Key, t.SrcRange)
		default:
			err = failed(one.SourceRange(), "the expression cannot be evaluated")
		}
		if err != nil {
			return v, err
		}
	}
	return v, nil
}

// get returns an attribute or element.
func (e *evaluator) get(v, key cty.Value, at hcl.Range) (cty.Value, error) {
	if isSymbol(v) {
		e.mayFail++
		p := symbol.First(v.AsString())
		if hasSymbol(key) {
			return derived("element of "+p.Name+" at ", key), nil
		}
		return unknown(short(p.Name+step(key)), p.Why), nil
	}
	ty := v.Type()
	keySymbolic, err := e.measured(key, at)
	if err != nil {
		return v, err
	}
	switch {
	case v.IsNull():
		return cty.NilVal, failed(at, "the value is null and has no attributes or elements")
	case keySymbolic:
		e.mayFail++
		if _, err := e.built(v, at); err != nil {
			return v, err
		}
		return derived("element", v, key), nil
	case isKeyed(ty):
		k, err := convert.Convert(key, cty.String)
		if err != nil || k.IsNull() {
			return cty.NilVal, failed(at, "a string is required as key")
		}
		name := k.AsString()
		switch {
		case ty.IsObjectType() && ty.HasAttribute(name):
			return v.GetAttr(name), nil
		case ty.IsMapType() && v.HasIndex(k).True():
			return v.Index(k), nil
		}
		if p, ok := rest(v); ok {
			prefix := strings.TrimSuffix(p.Name, restSuffix)
			if !e.declared[prefix] {
				e.mayFail++
			}
			return unknown(short(prefix+step(k)), p.Why), nil
		}
		for has := range v.AsValueMap() {
			if symbol.In(has) && equalStrings(has, name, false) != no {
				e.mayFail++
				if _, err := e.built(v, at); err != nil {
					return v, err
				}
				return derived("element", v, key), nil
			}
		}
		return cty.NilVal, failed(at, "the value has no attribute or element %s", quote(name))
	case isListed(ty) && !ty.IsSetType():
		n, err := convert.Convert(key, cty.Number)
		if err != nil || n.IsNull() {
			return cty.NilVal, failed(at, "a number is required as index")
		}
		i, exact := n.AsBigFloat().Int64()
		if exact != 0 || i < 0 || i >= int64(v.LengthInt()) {
			return cty.NilVal, failed(at, "the index %s is outside of the list, which has %d elements", n.AsBigFloat().Text('g', 10), v.LengthInt())
		}
		return v.Index(cty.NumberIntVal(i)), nil
	case stringType(v) && symbol.In(v.AsString()):
		e.mayFail++
		return derived("element", v, key), nil
	}
	return cty.NilVal, failed(at, "%s has no attributes or elements", ty.FriendlyName())
}

// opaque is an unknown value that is equal to no other one. Its name is the place where it arises.
func (e *evaluator) opaque(at hcl.Range, s *scope, why string) cty.Value {
	name := s.where
	if name == "" {
		name = "expression" + place(at)
	}
	e.opaques[name]++
	if n := e.opaques[name]; n > 1 {
		name = fmt.Sprintf("%s#%d", name, n)
	}
	return unknown(name, why)
}

// tolerant evaluates an expression. A failure that is not fatal makes the value unknown.
func (e *evaluator) tolerant(x hcl.Expression, s *scope) (cty.Value, error) {
	v, err := e.eval(x, s)
	if err == nil {
		return e.built(v, x.Range())
	}
	if f, ok := soft(err); ok {
		return e.cannot(f, s.where), nil
	}
	return v, err
}

// cannot is the value of what cannot be evaluated.
func (e *evaluator) cannot(f *failure, name string) cty.Value {
	e.mayFail++
	return unknown(name, "cannot be evaluated: "+f.say+at(f.at))
}
