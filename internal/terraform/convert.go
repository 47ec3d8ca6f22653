package terraform

import (
	"errors"
	"maps"
	"slices"
	"strconv"

	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/iblint/iblint/checks/symbol"
)

// conform converts a value to the type of a variable, as Terraform does. Symbols stay where they
// are. A list or map of which the elements cannot have one type because of symbols becomes a tuple
// or an object. Kinds records the type that a symbol has.
func conform(v cty.Value, ty cty.Type, defaults *typeexpr.Defaults, kinds map[string]cty.Type) (cty.Value, error) {
	if !hasSymbol(v) {
		if defaults != nil && !v.IsNull() {
			v = defaults.Apply(v)
		}
		return convertKnown(v, ty)
	}
	if ty == cty.DynamicPseudoType {
		return v, nil
	}
	if isSymbol(v) {
		p := symbol.First(v.AsString())
		switch have, ok := kinds[p.Name]; {
		case !ok && (ty == cty.String || !ty.IsPrimitiveType()):
			kinds[p.Name] = ty
		case ok && have != ty && ty.IsPrimitiveType():
			// What a number is converted to is another value than the number.
			name := "to" + ty.FriendlyName() + "(" + p.Name + ")"
			kinds[name] = ty
			return unknown(name, p.Why), nil
		}
		return v, nil
	}
	child := func(key string) *typeexpr.Defaults {
		if defaults == nil {
			return nil
		}
		return defaults.Children[key]
	}
	from := v.Type()
	switch {
	case ty == cty.String && from == cty.String:
		return v, nil
	case ty.IsPrimitiveType() && from == cty.String:
		return derived("to"+ty.FriendlyName(), v), nil
	case (ty.IsListType() || ty.IsSetType()) && isListed(from):
		elements, err := conformAll(v.AsValueSlice(), ty.ElementType(), child(""), kinds)
		if err != nil {
			return v, err
		}
		if ty.IsSetType() {
			return setOf(elements, v), nil
		}
		return listOf(elements), nil
	case ty.IsTupleType() && isListed(from):
		list := v.AsValueSlice()
		if len(list) != ty.Length() {
			return v, errors.New("a tuple of " + strconv.Itoa(ty.Length()) + " elements is required")
		}
		for i := range list {
			one, err := conform(list[i], ty.TupleElementType(i), child(strconv.Itoa(i)), kinds)
			if err != nil {
				return v, err
			}
			list[i] = one
		}
		return cty.TupleVal(list), nil
	case ty.IsMapType() && isKeyed(from):
		out := map[string]cty.Value{}
		for key, one := range v.AsValueMap() {
			one, err := conform(one, ty.ElementType(), child(""), kinds)
			if err != nil {
				return v, err
			}
			out[key] = one
		}
		return mapOf(out), nil
	case ty.IsObjectType() && isKeyed(from):
		return conformObject(v, ty, defaults, kinds)
	}
	return v, errors.New(ty.FriendlyName() + " required")
}

func convertKnown(v cty.Value, ty cty.Type) (out cty.Value, err error) {
	defer func() { // convert panics for a few combinations of types
		if recover() != nil {
			out, err = v, errors.New(ty.FriendlyName()+" required")
		}
	}()
	return convert.Convert(v, ty)
}

func conformAll(list []cty.Value, ty cty.Type, defaults *typeexpr.Defaults, kinds map[string]cty.Type) ([]cty.Value, error) {
	out := make([]cty.Value, len(list))
	for i, one := range list {
		var err error
		if out[i], err = conform(one, ty, defaults, kinds); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func conformObject(v cty.Value, ty cty.Type, defaults *typeexpr.Defaults, kinds map[string]cty.Type) (cty.Value, error) {
	has := v.AsValueMap()
	further, open := rest(v)
	out := map[string]cty.Value{}
	for _, name := range slices.Sorted(maps.Keys(ty.AttributeTypes())) {
		want := ty.AttributeType(name)
		one, ok := has[name]
		var inner *typeexpr.Defaults
		if defaults != nil {
			inner = defaults.Children[name]
			if standard, has := defaults.DefaultValues[name]; has {
				switch {
				case !ok && open:
				case !ok || one.IsNull():
					one, ok = standard, true
				case isSymbol(one):
					// The default applies if it is null, which is not known. It stays
					// the same unknown value, which is never equal to a known one.
				}
			}
		}
		switch {
		case !ok && open:
			one = unknown(further.Name[:len(further.Name)-len(restSuffix)]+step(cty.StringVal(name)), further.Why)
		case !ok && ty.AttributeOptional(name):
			one = cty.NullVal(want)
		case !ok && symbolicKeys(has):
			one = derived("attribute "+name+" of ", v)
		case !ok:
			return v, errors.New("attribute " + quote(name) + " is required")
		}
		one, err := conform(one, want, inner, kinds)
		if err != nil {
			return v, errors.New("attribute " + quote(name) + ": " + err.Error())
		}
		out[name] = one
	}
	return cty.ObjectVal(out), nil
}

// listOf returns a list, or a tuple if the elements have different types.
func listOf(elements []cty.Value) cty.Value {
	if len(elements) == 0 {
		return cty.EmptyTupleVal
	}
	for _, one := range elements[1:] {
		if !one.Type().Equals(elements[0].Type()) {
			return cty.TupleVal(elements)
		}
	}
	return cty.ListVal(elements)
}

// mapOf returns a map, or an object if the elements have different types.
func mapOf(elements map[string]cty.Value) cty.Value {
	var first cty.Type
	for _, one := range elements {
		if first == cty.NilType {
			first = one.Type()
		}
		if !one.Type().Equals(first) {
			return cty.ObjectVal(elements)
		}
	}
	if len(elements) == 0 {
		return cty.EmptyObjectVal
	}
	return cty.MapVal(elements)
}

// setOf returns a set of elements of which some contain symbols. If two of them may be equal, or
// if their order is not known, the set is unknown.
func setOf(elements []cty.Value, from cty.Value) cty.Value {
	list := listOf(elements)
	if !list.Type().IsListType() {
		return derived("toset", from)
	}
	set := cty.SetVal(elements)
	if set.LengthInt() == 1 {
		return set
	}
	if set.Type().ElementType() != cty.String {
		return derived("toset", from)
	}
	var texts []string
	for _, one := range set.AsValueSlice() {
		if one.IsNull() {
			return derived("toset", from)
		}
		texts = append(texts, one.AsString())
	}
	if !ordered(texts) {
		return derived("toset", from)
	}
	return set
}
