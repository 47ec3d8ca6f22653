package plan

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/iblint/iblint/checks/symbol"
)

// maxNesting bounds the depth of values; what is deeper is unknown.
const maxNesting = 60

// pair is a value in two forms: with a symbol in each unknown place, and as readers of resources
// expect it, with an unknown value where it is no single value.
type pair struct{ raw, shown cty.Value }

func same(v cty.Value) pair { return pair{v, v} }

// body returns the arguments and attributes of an object.
func (r *reader) body(n *node) (raw, shown map[string]cty.Value) {
	raw, shown = map[string]cty.Value{}, map[string]cty.Value{}
	after, _ := decode(n.values).(map[string]any)
	unknown := n.unknowns()
	for _, name := range names(after, unknown) {
		if unknown[name] == true && n.config != nil && !n.configured(name) {
			continue // the provider computes it; Options.Compute says what it is
		}
		p := r.argument(n, n.body, after, unknown, name, n.address, 0)
		raw[name], shown[name] = p.raw, p.shown
	}
	return raw, shown
}

// names are the members of a value, of which the unknown ones are in unknown only. Blocks that the
// code does not have are empty lists in a plan.
func names(after, unknown map[string]any) []string {
	all := slices.DeleteFunc(sortedKeys(after), func(name string) bool {
		list, is := after[name].([]any)
		return is && len(list) == 0 && !isUnknown(unknown[name])
	})
	for name, shape := range unknown {
		if _, ok := after[name]; !ok && isUnknown(shape) {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

// argument returns an argument or a nested block of a body.
func (r *reader) argument(n *node, body any, after, unknown map[string]any, name, path string, depth int) pair {
	at := where{n: n, path: path + "." + name, argument: name}
	if list := blocks(body, name); len(list) > 0 {
		return r.nested(at, list, after[name], unknown[name], depth)
	}
	if m, ok := body.(map[string]any); ok {
		if e, ok := asExpression(m[name]); ok {
			at.expression = &e
		}
	}
	return r.convert(at, after[name], unknown[name], depth)
}

// where is the place of a value.
type where struct {
	n          *node
	path       string
	argument   string      // the name of the argument that it is in
	expression *expression // nil: there is none
}

func (w where) in(name string) where {
	w.path += "." + name
	return w
}

func (w where) element(i int) where {
	w.path += "[" + strconv.Itoa(i) + "]"
	return w
}

// nested returns nested blocks.
func (r *reader) nested(at where, list []map[string]any, after, unknown any, depth int) pair {
	if unknown == true || depth > maxNesting {
		return r.unknownValue(at)
	}
	one := func(at where, after, unknown any) pair {
		known, isObject := after.(map[string]any)
		shape, _ := unknown.(map[string]any)
		if !isObject {
			return r.convert(at, after, unknown, depth+1)
		}
		body := block(list, after)
		raw, shown := map[string]cty.Value{}, map[string]cty.Value{}
		for _, name := range names(known, shape) {
			p := r.argument(at.n, body, known, shape, name, at.path, depth+1)
			raw[name], shown[name] = p.raw, p.shown
		}
		return pair{cty.ObjectVal(raw), cty.ObjectVal(shown)}
	}
	items, ok := after.([]any)
	if !ok {
		return one(at, after, unknown)
	}
	shapes, _ := unknown.([]any)
	raw, shown := make([]cty.Value, len(items)), make([]cty.Value, len(items))
	for i, item := range items {
		p := one(at.element(i), item, nth(shapes, i))
		raw[i], shown[i] = p.raw, p.shown
	}
	return pair{cty.TupleVal(raw), cty.TupleVal(shown)}
}

func nth(list []any, i int) any {
	if i < len(list) {
		return list[i]
	}
	return nil
}

// convert returns a value of JSON, of which parts may be unknown.
func (r *reader) convert(at where, after, unknown any, depth int) pair {
	if unknown == true || depth > maxNesting {
		return r.unknownValue(at)
	}
	switch v := after.(type) {
	case string:
		return same(cty.StringVal(v))
	case bool:
		return same(cty.BoolVal(v))
	case json.Number:
		return same(number(v))
	case []any:
		shapes, _ := unknown.([]any)
		return r.list(at, v, shapes, depth)
	case map[string]any:
		shape, _ := unknown.(map[string]any)
		raw, shown := map[string]cty.Value{}, map[string]cty.Value{}
		for _, name := range names(v, shape) {
			inner := at.in(name)
			if r.options.Target(at.n.kind, name) != nil || r.options.Collection(name) {
				inner.argument = name
			}
			p := r.convert(inner, v[name], shape[name], depth+1)
			raw[name], shown[name] = p.raw, p.shown
		}
		return pair{cty.ObjectVal(raw), cty.ObjectVal(shown)}
	}
	if isUnknown(unknown) { // of another shape than the value
		return r.unknownValue(at)
	}
	return same(cty.NullVal(cty.DynamicPseudoType))
}

// list returns a list or a set. If as many of its elements are unknown as there are values that
// they can be, they are these, in any order.
func (r *reader) list(at where, items, shapes []any, depth int) pair {
	var meant []cty.Value
	if count := countTrue(shapes); count > 0 {
		meant = r.meant(at)
		if len(meant) != count {
			meant = nil
		}
	}
	raw, shown := make([]cty.Value, len(items)), make([]cty.Value, len(items))
	for i, item := range items {
		var p pair
		switch {
		case nth(shapes, i) != true:
			p = r.convert(at.element(i), item, nth(shapes, i), depth+1)
		case len(meant) > 0:
			p, meant = same(meant[0]), meant[1:]
		default:
			p = same(r.symbol(at.element(i)))
		}
		raw[i], shown[i] = p.raw, p.shown
	}
	return pair{cty.TupleVal(raw), cty.TupleVal(shown)}
}

func countTrue(shapes []any) (n int) {
	for _, one := range shapes {
		if one == true {
			n++
		}
	}
	return n
}

// number returns a number that people can have meant, and others as text, which could be longer
// than memory.
func number(text json.Number) cty.Value {
	if i, err := text.Int64(); err == nil {
		return cty.NumberIntVal(i)
	}
	if f, err := text.Float64(); err == nil && math.Abs(f) < 1e18 && (f == 0 || math.Abs(f) > 1e-9) {
		return cty.NumberFloatVal(f)
	}
	return cty.StringVal(text.String())
}

// unknownValue returns what an unknown value is.
func (r *reader) unknownValue(at where) pair {
	if !r.options.Collection(at.argument) {
		if meant := r.meant(at); len(meant) == 1 {
			return same(meant[0])
		}
		return same(r.symbol(at))
	}
	at.n.mixed = true
	return pair{r.symbol(at), cty.DynamicVal}
}

// meant are the values that an unknown value can be, if the references say all of them.
func (r *reader) meant(at where) []cty.Value {
	target := r.options.Target(at.n.kind, at.argument)
	if target == nil || at.expression == nil {
		return nil
	}
	before := r.steps
	r.steps = 0
	defer func() { r.steps = before }()
	s := scope{in: at.n.in, key: at.n.key}
	if at.n.config != nil {
		s.forEach = at.n.config.ForEach
	}
	out := r.resolve(s, *at.expression, target)
	if out.open != "" || out.other != "" {
		return nil
	}
	return out.values
}

// symbol returns the symbol of an unknown value that nothing else is equal to.
func (r *reader) symbol(at where) cty.Value {
	why := "known after apply"
	if at.expression != nil {
		refers := slices.DeleteFunc(at.expression.whole(), func(text string) bool { return strings.HasPrefix(text, "each.") || text == "count.index" })
		if len(refers) > 0 {
			why += "; it refers to " + refers[0]
			if len(refers) > 1 {
				why += fmt.Sprintf(" and %d more", len(refers)-1)
			}
		}
	}
	return cty.StringVal(symbol.New(at.path, why+" ("+r.plan.name+")"))
}
