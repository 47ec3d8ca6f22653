package terraform

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/iblint/iblint/checks/symbol"
)

// instanceKeys is what count or for_each say.
type instanceKeys struct {
	mode string // "", count or for_each
	list []instanceKey
	open bool   // there may be others than those in the list
	why  string // why, if open
	any  func(key cty.Value) (instanceKey, bool)
}

// instanceKey is one of count or for_each.
type instanceKey struct {
	key       cty.Value // NilVal: neither count nor for_each, or not known
	suffix    string    // of the address: "", [0], ["k"], […]
	vars      map[string]cty.Value
	uncertain string
}

// expansion is the instances of a resource or of a called module.
type expansion[T any] struct {
	keys    *instanceKeys
	list    []T
	extra   map[string]T // of an open expansion, for references to particular keys
	make    func(instanceKey) (T, error)
	running bool
}

func (x *expansion[T]) makeAll() error {
	for _, k := range x.keys.list {
		one, err := x.make(k)
		if err != nil {
			return err
		}
		x.list = append(x.list, one)
	}
	return nil
}

// pick returns the instance that a reference names, and the rest of the reference. It returns nil
// if the reference is to all instances.
func pick[T any](x *expansion[T], steps hcl.Traversal) (one T, left hcl.Traversal, err error) {
	if x.keys.mode == "" {
		return x.list[0], steps, nil
	}
	if len(steps) == 0 {
		return one, steps, nil
	}
	var key cty.Value
	switch t := steps[0].(type) {
	case hcl.TraverseIndex:
		key = t.Key
	case hcl.TraverseAttr:
		if x.keys.mode == "count" {
			return one, steps, failed(t.SrcRange, "the reference needs an index, since count is set")
		}
		key = cty.StringVal(t.Name)
	default:
		return one, steps, nil
	}
	if hasSymbol(key) {
		return one, steps, nil
	}
	for i, k := range x.keys.list {
		if k.key != cty.NilVal && sameKey(k.key, key) {
			return x.list[i], steps[1:], nil
		}
	}
	if k, ok := x.keys.any(key); ok {
		if have, ok := x.extra[k.suffix]; ok {
			return have, steps[1:], nil
		}
		one, err := x.make(k)
		if err != nil {
			return one, steps, err
		}
		if x.extra == nil {
			x.extra = map[string]T{}
		}
		x.extra[k.suffix] = one
		return one, steps[1:], nil
	}
	return one, steps, nil // the whole value knows whether that is a failure
}

func sameKey(a, b cty.Value) bool {
	if b.IsNull() {
		return false
	}
	c, err := convert.Convert(b, a.Type())
	return err == nil && !c.IsNull() && c.RawEquals(a)
}

// whole returns all instances: a tuple for count, an object for for_each.
func whole[T any](x *expansion[T], open cty.Value, value func(T) (cty.Value, error)) (cty.Value, error) {
	if x.keys.open {
		return open, nil
	}
	var list []cty.Value
	object := map[string]cty.Value{}
	for i, one := range x.list {
		v, err := value(one)
		if err != nil {
			return v, err
		}
		if x.keys.mode == "count" {
			list = append(list, v)
		} else {
			object[x.keys.list[i].key.AsString()] = v
		}
	}
	if x.keys.mode == "count" {
		return cty.TupleVal(list), nil
	}
	return cty.ObjectVal(object), nil
}

// expand evaluates count and for_each of a block.
func (e *evaluator) expand(b *block, in *instance, address string) (*instanceKeys, error) {
	none := func(cty.Value) (instanceKey, bool) { return instanceKey{}, false }
	if a := b.attribute("count"); a != nil {
		return e.expandCount(a.Expr, in, address)
	}
	if a := b.attribute("for_each"); a != nil {
		return e.expandForEach(a.Expr, in, address)
	}
	return &instanceKeys{list: []instanceKey{{}}, any: none}, nil
}

func (e *evaluator) expandCount(x hcl.Expression, in *instance, address string) (*instanceKeys, error) {
	v, err := e.tolerant(x, &scope{in: in, where: address + ".count"})
	if err != nil {
		return nil, err
	}
	k := &instanceKeys{mode: "count", any: func(cty.Value) (instanceKey, bool) { return instanceKey{}, false }}
	with := func(index cty.Value) map[string]cty.Value {
		return map[string]cty.Value{"count": cty.ObjectVal(map[string]cty.Value{"index": index})}
	}
	if p, ok := firstSymbol(v); ok {
		k.open, k.why = true, "count "+because(p)
		// Most often, the instance with index 0 is the one that may exist.
		k.any = func(key cty.Value) (instanceKey, bool) {
			n, err := convert.Convert(key, cty.Number)
			if err != nil || n.IsNull() {
				return instanceKey{}, false
			}
			return instanceKey{n, index(n), with(n), k.why}, true
		}
		i := unknown(address+".count.index", k.why)
		if onlyOne(x) {
			i = cty.Zero
		}
		k.list = []instanceKey{{cty.NilVal, "[…]", with(i), k.why}}
		return k, nil
	}
	n, err := convert.Convert(v, cty.Number)
	if err != nil || n.IsNull() {
		return nil, fatal(x.Range(), "count must be a number, and it is %s", v.Type().FriendlyName())
	}
	count, accuracy := n.AsBigFloat().Int64()
	if accuracy != 0 || count < 0 {
		return nil, fatal(x.Range(), "count must be a whole number from 0, and it is %s", n.AsBigFloat().Text('g', 10))
	}
	if count > int64(e.maxInstances) {
		return nil, fatal(x.Range(), "count is %d; more than %d instances are not evaluated", count, e.maxInstances)
	}
	for i := range count {
		n := cty.NumberIntVal(i)
		k.list = append(k.list, instanceKey{n, "[" + strconv.FormatInt(i, 10) + "]", with(n), ""})
	}
	return k, nil
}

func (e *evaluator) expandForEach(x hcl.Expression, in *instance, address string) (*instanceKeys, error) {
	v, err := e.tolerant(x, &scope{in: in, where: address + ".for_each"})
	if err != nil {
		return nil, err
	}
	k := &instanceKeys{mode: "for_each", any: func(cty.Value) (instanceKey, bool) { return instanceKey{}, false }}
	with := func(key, value cty.Value) map[string]cty.Value {
		return map[string]cty.Value{"each": cty.ObjectVal(map[string]cty.Value{"key": key, "value": value})}
	}
	open := func(p symbol.Part) {
		k.open, k.why = true, "for_each "+because(p)
		value := func(key cty.Value) cty.Value {
			got, err := e.get(v, key, x.Range())
			if err != nil {
				return unknown(address+index(key)+".each.value", k.why)
			}
			return got
		}
		if kind, ok := e.kinds[p.Name]; ok && kind.IsSetType() || v.Type().IsSetType() || calls(x, "toset") {
			value = func(key cty.Value) cty.Value { return key }
		}
		k.any = func(key cty.Value) (instanceKey, bool) {
			s, err := convert.Convert(key, cty.String)
			if err != nil || s.IsNull() {
				return instanceKey{}, false
			}
			return instanceKey{s, index(s), with(s, value(s)), k.why}, true
		}
		key := unknown(address+".each.key", k.why)
		k.list = append(k.list, instanceKey{cty.NilVal, "[…]", with(key, unknown(address+".each.value", k.why)), k.why})
	}
	ty := v.Type()
	switch {
	case v.IsNull():
		return nil, fatal(x.Range(), "for_each must be a map or a set of strings, and it is null")
	case isSymbol(v):
		open(symbol.First(v.AsString()))
		return k, nil
	case isKeyed(ty):
		m := v.AsValueMap()
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if !isRest(key) {
				s := cty.StringVal(key)
				k.list = append(k.list, instanceKey{s, index(s), with(s, m[key]), ""})
			}
		}
		if p, ok := rest(v); ok {
			open(p)
		}
		return k, nil
	case isListed(ty):
		if !ty.IsSetType() && hasSymbol(v) {
			p, _ := firstSymbol(v)
			open(p)
			return k, nil
		}
		seen := map[string]bool{}
		for _, one := range v.AsValueSlice() {
			s, err := text(one, x.Range())
			if err != nil {
				return nil, fatal(x.Range(), "for_each must be a map or a set of strings")
			}
			if !seen[s] {
				seen[s] = true
				v := cty.StringVal(s)
				k.list = append(k.list, instanceKey{v, index(v), with(v, v), ""})
			}
		}
		return k, nil
	}
	return nil, fatal(x.Range(), "for_each must be a map or a set of strings, and it is %s", ty.FriendlyName())
}

// compareAddresses compares addresses. Numbers in them are compared as numbers.
func compareAddresses(a, b string) int {
	for a != "" && b != "" {
		if digit(a[0]) && digit(b[0]) {
			x, y := digits(a), digits(b)
			a, b = a[len(x):], b[len(y):]
			x, y = strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
			if len(x) != len(y) {
				return len(x) - len(y)
			}
			if c := strings.Compare(x, y); c != 0 {
				return c
			}
			continue
		}
		if a[0] != b[0] {
			return int(a[0]) - int(b[0])
		}
		a, b = a[1:], b[1:]
	}
	return len(a) - len(b)
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

func digits(s string) string {
	n := 0
	for n < len(s) && digit(s[n]) {
		n++
	}
	return s[:n]
}

// onlyOne reports whether a count can only be 0 or 1.
func onlyOne(x hcl.Expression) bool {
	switch x := x.(type) {
	case *hclsyntax.ParenthesesExpr:
		return onlyOne(x.Expression)
	case *hclsyntax.ConditionalExpr:
		return onlyOne(x.TrueResult) && onlyOne(x.FalseResult)
	case *hclsyntax.LiteralValueExpr:
		return x.Val.RawEquals(cty.Zero) || x.Val.RawEquals(cty.NumberIntVal(1))
	}
	return false
}

// calls reports whether an expression is a call of a function.
func calls(x hcl.Expression, name string) bool {
	switch x := x.(type) {
	case *hclsyntax.ParenthesesExpr:
		return calls(x.Expression, name)
	case *hclsyntax.FunctionCallExpr:
		return x.Name == name
	}
	return false
}
