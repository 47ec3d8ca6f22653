package terraform

import (
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/iblint/iblint/checks/symbol"
)

func (e *evaluator) splat(x *hclsyntax.SplatExpr, s *scope) (cty.Value, error) {
	v, err := e.eval(x.Source, s)
	if err != nil {
		return v, err
	}
	each := func(one cty.Value) (cty.Value, error) {
		in := s.child(nil)
		in.anon, in.each = x.Item, one
		return e.eval(x.Each, in)
	}
	switch {
	case isSymbol(v):
		e.mayFail++
		p := symbol.First(v.AsString())
		one, err := each(unknown(short(p.Name+"[*]"), p.Why))
		if err != nil {
			return one, err
		}
		if isSymbol(one) {
			return one, nil
		}
		return derived("splat", v, one), nil
	case v.IsNull():
		return cty.EmptyTupleVal, nil
	case !isListed(v.Type()):
		one, err := each(v)
		if err != nil {
			return one, err
		}
		return cty.TupleVal([]cty.Value{one}), nil
	}
	list := v.AsValueSlice()
	for i := range list {
		if list[i], err = each(list[i]); err != nil {
			return cty.NilVal, err
		}
	}
	return e.built(cty.TupleVal(list), x.SrcRange)
}

func (e *evaluator) forExpression(x *hclsyntax.ForExpr, s *scope) (cty.Value, error) {
	collection, err := e.eval(x.CollExpr, s)
	if err != nil {
		return collection, err
	}
	if _, open := rest(collection); isSymbol(collection) || open {
		e.mayFail++
		return e.forUnknown(x, s, collection), nil
	}
	if collection.IsNull() || !collection.CanIterateElements() {
		return cty.NilVal, failed(x.CollExpr.Range(), "the value of a for expression must be a collection")
	}
	if isKeyed(collection.Type()) && x.KeyExpr == nil && !orderedKeys(collection) {
		return e.forUnknown(x, s, collection), nil
	}
	var list []cty.Value
	object := map[string]cty.Value{}
	groups := map[string][]cty.Value{}
	for it := collection.ElementIterator(); it.Next(); {
		k, v := it.Element()
		vars := map[string]cty.Value{x.ValVar: v}
		if x.KeyVar != "" {
			vars[x.KeyVar] = k
		}
		in := s.child(vars)
		if x.CondExpr != nil {
			c, err := e.eval(x.CondExpr, in)
			if err != nil {
				return c, err
			}
			switch take, err := truth(c, x.CondExpr.Range()); {
			case err != nil:
				return cty.NilVal, err
			case take == undecided:
				return e.forUnknown(x, s, collection, c), nil
			case take == no:
				continue
			}
		}
		value, err := e.eval(x.ValExpr, in)
		if err != nil {
			return value, err
		}
		if x.KeyExpr == nil {
			list = append(list, value)
			continue
		}
		key, err := e.eval(x.KeyExpr, in)
		if err != nil {
			return key, err
		}
		name, err := text(key, x.KeyExpr.Range())
		if err != nil {
			return cty.NilVal, err
		}
		switch _, twice := object[name]; {
		case x.Group:
			groups[name] = append(groups[name], value)
		case twice:
			return cty.NilVal, failed(x.KeyExpr.Range(), "two elements have the key %s", quote(symbol.Text(name)))
		default:
			object[name] = value
		}
	}
	if x.KeyExpr == nil {
		return e.built(cty.TupleVal(list), x.SrcRange)
	}
	for name, values := range groups {
		object[name] = cty.TupleVal(values)
	}
	v, err := e.built(cty.ObjectVal(object), x.SrcRange)
	if err != nil {
		return v, err
	}
	return decidable(object, v), nil
}

// orderedKeys reports whether the order of the keys of an object or map is known.
func orderedKeys(v cty.Value) bool {
	var keys []string
	symbolic := false
	for it := v.ElementIterator(); it.Next(); {
		k, _ := it.Element()
		keys = append(keys, k.AsString())
		symbolic = symbolic || symbol.In(k.AsString())
	}
	return !symbolic || ordered(keys)
}

// forUnknown is the result of a for expression of which the elements are not known.
func (e *evaluator) forUnknown(x *hclsyntax.ForExpr, s *scope, from ...cty.Value) cty.Value {
	var p symbol.Part
	for _, v := range from {
		if one, ok := firstSymbol(v); ok && !p.IsSymbol() {
			p = one
		}
	}
	return e.opaque(x.SrcRange, s, because(p))
}
