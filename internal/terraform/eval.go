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

// text converts a value to a string.
func text(v cty.Value, at hcl.Range) (string, error) {
	if stringType(v) {
		return v.AsString(), nil
	}
	if v.IsNull() {
		return "", failed(at, "a string is required here, and the value is null")
	}
	s, err := convert.Convert(v, cty.String)
	if err != nil {
		return "", failed(at, "a string is required here, and the value is %s", v.Type().FriendlyName())
	}
	return s.AsString(), nil
}

func (e *evaluator) template(x *hclsyntax.TemplateExpr, s *scope) (cty.Value, error) {
	var b strings.Builder
	for _, part := range x.Parts {
		v, err := e.eval(part, s)
		if err != nil {
			return v, err
		}
		t, err := text(v, part.Range())
		if err != nil {
			return cty.NilVal, err
		}
		b.WriteString(t)
		if err := e.grown(b.Len(), x.SrcRange); err != nil {
			return cty.NilVal, err
		}
	}
	return cty.StringVal(b.String()), nil
}

// grown refuses strings that are too long, and counts the work of the others.
func (e *evaluator) grown(bytes int, at hcl.Range) error {
	if bytes > maxString {
		return fatal(at, "a string is longer than %d bytes; shorten it", maxString)
	}
	return e.spend(bytes/16, at)
}

func (e *evaluator) templateJoin(x *hclsyntax.TemplateJoinExpr, s *scope) (cty.Value, error) {
	v, err := e.eval(x.Tuple, s)
	if err != nil || isSymbol(v) {
		return v, err
	}
	if v.IsNull() || !isListed(v.Type()) {
		return cty.NilVal, failed(x.Range(), "a list is required here")
	}
	var b strings.Builder
	for _, part := range v.AsValueSlice() {
		t, err := text(part, x.Range())
		if err != nil {
			return cty.NilVal, err
		}
		b.WriteString(t)
		if err := e.grown(b.Len(), x.Range()); err != nil {
			return cty.NilVal, err
		}
	}
	return cty.StringVal(b.String()), nil
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

func (e *evaluator) conditional(x *hclsyntax.ConditionalExpr, s *scope) (cty.Value, error) {
	c, err := e.eval(x.Condition, s)
	if err != nil {
		return c, err
	}
	decided, err := truth(c, x.Condition.Range())
	if err != nil {
		return cty.NilVal, err
	}
	switch decided {
	case yes:
		return e.chosen(x.TrueResult, x.FalseResult, s)
	case no:
		return e.chosen(x.FalseResult, x.TrueResult, s)
	}
	// One of both is the result. A failure in the other one does not matter.
	a, errA := e.eval(x.TrueResult, s)
	b, errB := e.eval(x.FalseResult, s)
	for _, v := range []cty.Value{c, a, b} {
		if v == cty.NilVal {
			continue
		}
		if _, err := e.built(v, x.SrcRange); err != nil {
			return cty.NilVal, err
		}
	}
	for _, err := range []error{errA, errB} {
		if err == nil {
			continue
		}
		if _, ok := soft(err); !ok {
			return cty.NilVal, err
		}
		e.mayFail++
		return e.either(c, a, b, x), nil
	}
	return e.merge(c, a, b, x, 0), nil
}

// chosen evaluates one result of a condition, and converts it to the type of both.
func (e *evaluator) chosen(this, other hclsyntax.Expression, s *scope) (cty.Value, error) {
	v, err := e.eval(this, s)
	if err != nil || !v.Type().IsPrimitiveType() || isSymbol(v) || v.Type() == cty.String {
		return v, err
	}
	// A number or bool becomes a string if the other result is a string.
	if t, ok := other.(*hclsyntax.TemplateExpr); ok && t != nil {
		return convert.Convert(v, cty.String)
	}
	return v, nil
}

func (e *evaluator) either(c, a, b cty.Value, x *hclsyntax.ConditionalExpr) cty.Value {
	var text strings.Builder
	describe(&text, c)
	for i, v := range []cty.Value{a, b} {
		text.WriteString([]string{" ? ", " : "}[i])
		if v == cty.NilVal {
			text.WriteString("…")
		} else {
			describe(&text, v)
		}
	}
	p, _ := firstSymbol(c)
	return unknown(short(text.String()), because(p))
}

// merge returns what is known of a conditional of which the condition is not known: what both
// results have in common.
func (e *evaluator) merge(c, a, b cty.Value, x *hclsyntax.ConditionalExpr, depth int) cty.Value {
	if depth > 100 {
		return e.either(c, a, b, x)
	}
	if equal(a, b) == yes && a.Type().Equals(b.Type()) {
		return a
	}
	if a.IsNull() || b.IsNull() || isSymbol(a) || isSymbol(b) {
		return e.either(c, a, b, x)
	}
	at, bt := a.Type(), b.Type()
	switch {
	case at.IsObjectType() && bt.IsObjectType():
		am, bm := a.AsValueMap(), b.AsValueMap()
		if len(am) == 0 || len(am) != len(bm) || symbolicKeys(am) || symbolicKeys(bm) {
			break
		}
		out := map[string]cty.Value{}
		for key, av := range am {
			bv, ok := bm[key]
			if !ok {
				return e.either(c, a, b, x)
			}
			out[key] = e.merge(c, av, bv, x, depth+1)
		}
		return cty.ObjectVal(out)
	case at.IsTupleType() && bt.IsTupleType() && len(at.TupleElementTypes()) == len(bt.TupleElementTypes()) && a.LengthInt() > 0:
		al, bl := a.AsValueSlice(), b.AsValueSlice()
		for i := range al {
			al[i] = e.merge(c, al[i], bl[i], x, depth+1)
		}
		return cty.TupleVal(al)
	}
	return e.either(c, a, b, x)
}

// truth converts a value to bool.
func truth(v cty.Value, at hcl.Range) (answer, error) {
	if stringType(v) && symbol.In(v.AsString()) {
		return undecided, nil
	}
	if v.IsNull() {
		return undecided, failed(at, "a bool is required here, and the value is null")
	}
	b, err := convert.Convert(v, cty.Bool)
	if err != nil {
		return undecided, failed(at, "a bool is required here, and the value is %s", v.Type().FriendlyName())
	}
	return answered(b.True()), nil
}

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
