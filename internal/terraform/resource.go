package terraform

import (
	"strconv"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/iblint/iblint/checks/symbol"
)

// resource is an instance of a resource during the evaluation.
type resource struct {
	*Resource
	block  *block
	scope  *scope
	values map[string]cty.Value // arguments, blocks and computed attributes
	state  int                  // 0: not evaluated; 1: being evaluated; 2: evaluated
	err    error
}

// resources returns the instances of a resource.
func (e *evaluator) resources(in *instance, key string) (*expansion[*resource], error) {
	b := in.module.resources[key]
	address := in.name(key)
	if x, ok := in.expanded[key]; ok {
		if x.running {
			return nil, fatal(b.DefRange(), "%s depends on itself; remove the cycle", address)
		}
		return x, nil
	}
	x := &expansion[*resource]{running: true}
	in.expanded[key] = x
	keys, err := e.expand(b, in, address)
	if err != nil {
		return nil, err
	}
	x.keys = keys
	x.make = func(k instanceKey) (*resource, error) {
		if err := e.addInstance(b.TypeRange); err != nil {
			return nil, err
		}
		r := &resource{
			Resource: &Resource{
				Address:   address + k.suffix,
				Data:      b.Type == "data",
				Type:      b.Labels[0],
				Name:      b.Labels[1],
				Uncertain: k.uncertain,
				Range:     b.DefRange(),
				Source:    b.file.src,
				in:        in,
			},
			block: b,
		}
		if !b.file.json {
			r.Block = b.Block
		}
		if r.Uncertain == "" {
			r.Uncertain = in.uncertain
		}
		r.scope = &scope{in: in, vars: k.vars, where: r.Address}
		e.declared[r.Address] = true
		return r, nil
	}
	if err := x.makeAll(); err != nil {
		return nil, err
	}
	x.running = false
	return x, nil
}

// evaluate evaluates the arguments of a resource, once.
func (e *evaluator) evaluate(r *resource) error {
	switch r.state {
	case 1:
		return fatal(r.Range, "%s depends on itself; remove the cycle", r.Address)
	case 2:
		return r.err
	}
	r.state = 1
	before := e.mayFail
	r.err = e.evaluateArguments(r)
	e.mayFail = before
	r.state = 2
	return r.err
}

func (e *evaluator) evaluateArguments(r *resource) error {
	if err := e.enter(r.Range); err != nil {
		return err
	}
	defer e.leave()
	p, err := e.providerOf(r)
	if err != nil {
		return err
	}
	r.Provider = p
	r.body = &node{}
	r.values, err = e.body(r.block.Body, r.scope, r.Address, r.body, true)
	if err != nil {
		return err
	}
	r.raw = cty.ObjectVal(r.values)
	r.Values = e.shown(r.raw)
	if e.o.Compute != nil {
		for name, v := range e.o.Compute(r.Resource) {
			if stringType(v) && isSymbol(v) {
				e.kinds[symbol.First(v.AsString()).Name] = cty.String
			}
			r.values[name] = normal(v, r.Address+"."+name, r.whyUnknown())
		}
		r.raw = cty.ObjectVal(r.values)
		r.Values = e.shown(r.raw)
	}
	return nil
}

// finish completes what only resources in the result need.
func (e *evaluator) finish(*resource) error { return nil }

func (r *resource) whyUnknown() string {
	if r.Data {
		return "data source, read at apply (" + place(r.Range) + ")"
	}
	return "known after apply (" + place(r.Range) + ")"
}

// attribute returns an argument, a block or a computed attribute.
func (e *evaluator) attribute(r *resource, name string, at hcl.Range) (cty.Value, error) {
	if err := e.evaluateAt(r, at); err != nil {
		return cty.NilVal, err
	}
	v, ok := r.values[name]
	if !ok {
		return unknown(r.Address+"."+name, r.whyUnknown()), nil
	}
	if r.body.blocks[name] != nil {
		return r.open(v, r.Address+"."+name), nil
	}
	return v, nil
}

func (e *evaluator) evaluateAt(r *resource, at hcl.Range) error {
	if r.state == 1 {
		return fatal(at, "%s depends on itself; remove the cycle", r.Address)
	}
	return e.evaluate(r)
}

// object1 returns the whole resource as a value. It has more attributes than the code gives.
func (e *evaluator) object1(r *resource, at hcl.Range) (cty.Value, error) {
	if err := e.evaluateAt(r, at); err != nil {
		return cty.NilVal, err
	}
	out := map[string]cty.Value{restKey(r.Address, r.whyUnknown()): unknown(r.Address, r.whyUnknown())}
	for name, v := range r.values {
		if r.body.blocks[name] != nil {
			v = r.open(v, r.Address+"."+name)
		}
		out[name] = v
	}
	return cty.ObjectVal(out), e.spend(1+len(out), at)
}

// open adds to nested blocks that they have more attributes than the code gives.
func (r *resource) open(v cty.Value, name string) cty.Value {
	if v.IsNull() || isSymbol(v) || !v.Type().IsTupleType() {
		return v
	}
	var list []cty.Value
	for i, one := range v.AsValueSlice() {
		if one.Type().IsObjectType() && !one.IsNull() {
			name := name + "[" + strconv.Itoa(i) + "]"
			m := one.AsValueMap()
			if m == nil {
				m = map[string]cty.Value{}
			}
			m[restKey(name, r.whyUnknown())] = unknown(name, r.whyUnknown())
			one = cty.ObjectVal(m)
		}
		list = append(list, one)
	}
	return cty.TupleVal(list)
}

// notArguments are arguments and blocks that Terraform itself reads.
func notArgument(name string) bool {
	switch name {
	case "count", "for_each", "provider", "depends_on", "lifecycle", "provisioner", "connection":
		return true
	}
	return false
}

// node keeps the expressions behind the values of a body.
type node struct {
	arguments map[string]hcl.Expression
	blocks    map[string][]*node
	scope     *scope
	at        hcl.Range
}

// body evaluates the arguments and nested blocks of a body.
func (e *evaluator) body(b *hclsyntax.Body, s *scope, address string, n *node, top bool) (map[string]cty.Value, error) {
	n.arguments, n.scope = make(map[string]hcl.Expression, len(b.Attributes)), s
	if len(b.Blocks) > 0 {
		n.blocks = map[string][]*node{}
	}
	out := make(map[string]cty.Value, len(b.Attributes)+2)
	for _, a := range e.arguments(b) {
		if top && notArgument(a.Name) {
			continue
		}
		in := *s
		in.where = address + "." + a.Name
		v, err := e.tolerant(a.Expr, &in)
		if err != nil {
			return nil, err
		}
		out[a.Name] = v
		n.arguments[a.Name] = a.Expr
	}
	if len(b.Blocks) == 0 {
		return out, nil
	}
	lists := map[string][]cty.Value{}
	open := map[string]cty.Value{}
	for _, inside := range b.Blocks {
		kind := blockKind(inside)
		if top && notArgument(kind) {
			continue
		}
		if inside.Type == "dynamic" && len(inside.Labels) == 1 {
			unknownBlocks, err := e.dynamic(inside, s, address, n, lists)
			if err != nil {
				return nil, err
			}
			if unknownBlocks != cty.NilVal {
				open[kind] = unknownBlocks
			}
			continue
		}
		if err := e.nested(inside, inside.Body, kind, s, address, n, lists); err != nil {
			return nil, err
		}
	}
	for kind, list := range lists {
		out[kind] = cty.TupleVal(list)
	}
	for kind, v := range open {
		out[kind] = v
	}
	return out, nil
}

// nested evaluates one nested block.
func (e *evaluator) nested(b *hclsyntax.Block, body *hclsyntax.Body, kind string, s *scope, address string, n *node, lists map[string][]cty.Value) error {
	if err := e.enter(b.TypeRange); err != nil {
		return err
	}
	defer e.leave()
	inner := &node{at: b.DefRange()}
	values, err := e.body(body, s, address+"."+kind+"["+strconv.Itoa(len(lists[kind]))+"]", inner, false)
	if err != nil {
		return err
	}
	lists[kind] = append(lists[kind], cty.ObjectVal(values))
	n.blocks[kind] = append(n.blocks[kind], inner)
	return e.spend(1+len(values), b.TypeRange)
}

// dynamic evaluates a dynamic block. It returns an unknown value if the number of blocks is not
// known.
func (e *evaluator) dynamic(b *hclsyntax.Block, s *scope, address string, n *node, lists map[string][]cty.Value) (cty.Value, error) {
	kind := b.Labels[0]
	each := b.Body.Attributes["for_each"]
	var content *hclsyntax.Block
	for _, inside := range b.Body.Blocks {
		if inside.Type == "content" {
			content = inside
		}
	}
	if each == nil || content == nil {
		return cty.NilVal, fatal(b.DefRange(), "a dynamic block needs for_each and a content block")
	}
	iterator := kind
	if a := b.Body.Attributes["iterator"]; a != nil {
		if word := literal(a.Expr); word != "" {
			iterator = word
		}
	}
	in := *s
	in.where = address + "." + kind
	v, err := e.tolerant(each.Expr, &in)
	if err != nil {
		return v, err
	}
	name := address + "." + kind
	_, further := rest(v)
	if isSymbol(v) || further || !v.IsNull() && isKeyed(v.Type()) && !orderedKeys(v) {
		p, _ := firstSymbol(v)
		return e.typed(unknown(name, "for_each "+because(p)), cty.DynamicPseudoType), nil
	}
	if v.IsNull() || !v.CanIterateElements() {
		return e.typed(unknown(name, "for_each of the dynamic block is not a collection ("+place(each.SrcRange)+")"), cty.DynamicPseudoType), nil
	}
	for it := v.ElementIterator(); it.Next(); {
		k, element := it.Element()
		if v.Type().IsSetType() {
			k = element
		}
		inner := s.child(map[string]cty.Value{iterator: cty.ObjectVal(map[string]cty.Value{"key": k, "value": element})})
		if err := e.nested(b, content.Body, kind, inner, address, n, lists); err != nil {
			return cty.NilVal, err
		}
	}
	if len(lists[kind]) == 0 {
		lists[kind] = nil
	}
	return cty.NilVal, nil
}

// typed records the type of an unknown value.
func (e *evaluator) typed(v cty.Value, ty cty.Type) cty.Value {
	if isSymbol(v) {
		e.kinds[symbol.First(v.AsString()).Name] = ty
	}
	return v
}

// shown returns a value as the result of Load shows it: unknown where the type is known not to be
// a string.
func (e *evaluator) shown(v cty.Value) cty.Value {
	if v.IsNull() || !v.IsKnown() {
		return v
	}
	ty := v.Type()
	switch {
	case ty == cty.String:
		if len(e.kinds) > 0 && isSymbol(v) {
			if kind, ok := e.kinds[symbol.First(v.AsString()).Name]; ok && kind != cty.String {
				return cty.UnknownVal(kind)
			}
		}
		return v
	case ty.IsPrimitiveType() || !v.CanIterateElements() || !hasSymbol(v):
		return v
	case isKeyed(ty):
		out := map[string]cty.Value{}
		for key, one := range v.AsValueMap() {
			out[key] = e.shown(one)
		}
		return cty.ObjectVal(out)
	case ty.IsSetType():
		return v // of strings
	default:
		list := v.AsValueSlice()
		for i := range list {
			list[i] = e.shown(list[i])
		}
		return cty.TupleVal(list)
	}
}
