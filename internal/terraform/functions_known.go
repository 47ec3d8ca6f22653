package terraform

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
	"golang.org/x/text/encoding/htmlindex"
)

// The functions of the language that the libraries do not have.

func param(name string, ty cty.Type) function.Parameter {
	return function.Parameter{Name: name, Type: ty}
}

func nullable(name string, ty cty.Type) function.Parameter {
	return function.Parameter{Name: name, Type: ty, AllowNull: true, AllowDynamicType: true}
}

// stringFunc returns a function from strings to a string.
func stringFunc(names []string, f func(args []string) (string, error)) function.Function {
	spec := &function.Spec{Type: function.StaticReturnType(cty.String)}
	for _, name := range names {
		spec.Params = append(spec.Params, param(name, cty.String))
	}
	spec.Impl = func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		texts := make([]string, len(args))
		for i, a := range args {
			texts[i] = a.AsString()
		}
		s, err := f(texts)
		return cty.StringVal(s), err
	}
	return function.New(spec)
}

func predicate(f func(s, part string) bool) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{param("string", cty.String), param("part", cty.String)},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return cty.BoolVal(f(args[0].AsString(), args[1].AsString())), nil
		},
	})
}

var (
	startsWithFunc  = predicate(strings.HasPrefix)
	endsWithFunc    = predicate(strings.HasSuffix)
	strContainsFunc = predicate(strings.Contains)

	baseNameFunc = stringFunc([]string{"path"}, func(a []string) (string, error) { return filepath.Base(a[0]), nil })
	dirNameFunc  = stringFunc([]string{"path"}, func(a []string) (string, error) { return filepath.Dir(a[0]), nil })

	urlDecodeFunc = stringFunc([]string{"string"}, func(a []string) (string, error) { return url.QueryUnescape(a[0]) })

	replaceFunc = stringFunc([]string{"string", "part", "replacement"}, func(a []string) (string, error) {
		if len(a[1]) > 1 && strings.HasPrefix(a[1], "/") && strings.HasSuffix(a[1], "/") {
			re, err := regexp.Compile(a[1][1 : len(a[1])-1])
			if err != nil {
				return "", err
			}
			return re.ReplaceAllString(a[0], a[2]), nil
		}
		return strings.ReplaceAll(a[0], a[1], a[2]), nil
	})

	base64Sha256Func = stringFunc([]string{"string"}, func(a []string) (string, error) {
		sum := sha256.Sum256([]byte(a[0]))
		return base64.StdEncoding.EncodeToString(sum[:]), nil
	})
	base64Sha512Func = stringFunc([]string{"string"}, func(a []string) (string, error) {
		sum := sha512.Sum512([]byte(a[0]))
		return base64.StdEncoding.EncodeToString(sum[:]), nil
	})
	base64GzipFunc = stringFunc([]string{"string"}, func(a []string) (string, error) {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		if _, err := w.Write([]byte(a[0])); err != nil {
			return "", err
		}
		if err := w.Close(); err != nil {
			return "", err
		}
		return base64.StdEncoding.EncodeToString(b.Bytes()), nil
	})
	textEncodeFunc = stringFunc([]string{"string", "encoding"}, func(a []string) (string, error) {
		enc, err := htmlindex.Get(a[1])
		if err != nil {
			return "", err
		}
		out, err := enc.NewEncoder().String(a[0])
		return base64.StdEncoding.EncodeToString([]byte(out)), err
	})
	textDecodeFunc = stringFunc([]string{"string", "encoding"}, func(a []string) (string, error) {
		enc, err := htmlindex.Get(a[1])
		if err != nil {
			return "", err
		}
		raw, err := base64.StdEncoding.DecodeString(a[0])
		if err != nil {
			return "", err
		}
		return enc.NewDecoder().String(string(raw))
	})
)

var sameFunc = function.New(&function.Spec{
	Params: []function.Parameter{nullable("value", cty.DynamicPseudoType)},
	Type:   func(args []cty.Value) (cty.Type, error) { return args[0].Type(), nil },
	Impl:   func(args []cty.Value, _ cty.Type) (cty.Value, error) { return args[0], nil },
})

var notSensitiveFunc = function.New(&function.Spec{
	Params: []function.Parameter{nullable("value", cty.DynamicPseudoType)},
	Type:   function.StaticReturnType(cty.Bool),
	Impl:   func([]cty.Value, cty.Type) (cty.Value, error) { return cty.False, nil },
})

var lengthFunc = function.New(&function.Spec{
	Params: []function.Parameter{param("value", cty.DynamicPseudoType)},
	Type:   function.StaticReturnType(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		v := args[0]
		switch ty := v.Type(); {
		case ty == cty.String:
			return stdlib.Strlen(v)
		case isListed(ty) || isKeyed(ty):
			return cty.NumberIntVal(int64(v.LengthInt())), nil
		}
		return cty.NilVal, errors.New("the argument must be a string or a collection")
	},
})

// listed returns a function of lists: numbers, bools.
func listed(ty cty.Type, f func(list []cty.Value) (cty.Value, error)) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{param("list", cty.DynamicPseudoType)},
		Type:   function.StaticReturnType(ty),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if !isListed(args[0].Type()) {
				return cty.NilVal, errors.New("the argument must be a list")
			}
			return f(args[0].AsValueSlice())
		},
	})
}

var sumFunc = listed(cty.Number, func(list []cty.Value) (cty.Value, error) {
	if len(list) == 0 {
		return cty.NilVal, errors.New("the list is empty")
	}
	sum := cty.Zero
	for _, one := range list {
		n, err := convert.Convert(one, cty.Number)
		if err != nil || n.IsNull() {
			return cty.NilVal, errors.New("the elements must be numbers")
		}
		sum = sum.Add(n)
	}
	return sum, nil
})

func allAre(want bool) func([]cty.Value) (cty.Value, error) {
	return func(list []cty.Value) (cty.Value, error) {
		for _, one := range list {
			b, err := convert.Convert(one, cty.Bool)
			if err != nil {
				return cty.NilVal, errors.New("the elements must be bools")
			}
			if b.IsNull() {
				b = cty.False
			}
			if b.True() != want {
				return cty.BoolVal(!want), nil
			}
		}
		return cty.BoolVal(want), nil
	}
}

var (
	allTrueFunc = listed(cty.Bool, allAre(true))
	anyTrueFunc = listed(cty.Bool, allAre(false))
)

var oneFunc = function.New(&function.Spec{
	Params: []function.Parameter{param("list", cty.DynamicPseudoType)},
	Type:   function.StaticReturnType(cty.DynamicPseudoType),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		if !isListed(args[0].Type()) {
			return cty.NilVal, errors.New("the argument must be a list")
		}
		switch list := args[0].AsValueSlice(); len(list) {
		case 0:
			return cty.NullVal(cty.DynamicPseudoType), nil
		case 1:
			return list[0], nil
		}
		return cty.NilVal, errors.New("the list must have at most one element")
	},
})

var listFunc = function.New(&function.Spec{
	VarParam: &function.Parameter{Name: "elements", Type: cty.DynamicPseudoType, AllowNull: true},
	Type:     func(args []cty.Value) (cty.Type, error) { return cty.TupleVal(args).Type(), nil },
	Impl:     func(args []cty.Value, _ cty.Type) (cty.Value, error) { return cty.TupleVal(args), nil },
})

// coalesceFunc returns the first argument that is neither null nor an empty string.
var coalesceFunc = function.New(&function.Spec{
	VarParam: &function.Parameter{Name: "values", Type: cty.DynamicPseudoType, AllowNull: true, AllowDynamicType: true},
	Type:     function.StaticReturnType(cty.DynamicPseudoType),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		types := make([]cty.Type, len(args))
		for i, a := range args {
			types[i] = a.Type()
		}
		ty, conversions := convert.UnifyUnsafe(types)
		for i, a := range args {
			if a.IsNull() || ty == cty.String && stringType(a) && a.AsString() == "" {
				continue
			}
			if ty != cty.NilType && conversions[i] != nil {
				return conversions[i](a)
			}
			return a, nil
		}
		return cty.NilVal, errors.New("no argument is set")
	},
})

var containsFunc = function.New(&function.Spec{
	Params: []function.Parameter{param("list", cty.DynamicPseudoType), nullable("value", cty.DynamicPseudoType)},
	Type:   function.StaticReturnType(cty.Bool),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		if !isListed(args[0].Type()) {
			return cty.NilVal, errors.New("the first argument must be a list")
		}
		for _, one := range args[0].AsValueSlice() {
			if looselyEqual(one, args[1]) == yes {
				return cty.True, nil
			}
		}
		return cty.False, nil
	},
})

// looselyEqual compares after a conversion to one type.
func looselyEqual(a, b cty.Value) answer {
	if !hasSymbol(a) && !hasSymbol(b) && !a.Type().Equals(b.Type()) && !a.IsNull() && !b.IsNull() {
		if ty, _ := convert.Unify([]cty.Type{a.Type(), b.Type()}); ty != cty.NilType {
			ca, errA := convertKnown(a, ty)
			cb, errB := convertKnown(b, ty)
			if errA == nil && errB == nil {
				a, b = ca, cb
			}
		}
	}
	return equal(a, b)
}

var indexFunc = function.New(&function.Spec{
	Params: []function.Parameter{param("list", cty.DynamicPseudoType), nullable("value", cty.DynamicPseudoType)},
	Type:   function.StaticReturnType(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		if !isListed(args[0].Type()) {
			return cty.NilVal, errors.New("the first argument must be a list")
		}
		for i, one := range args[0].AsValueSlice() {
			if looselyEqual(one, args[1]) == yes {
				return cty.NumberIntVal(int64(i)), nil
			}
		}
		return cty.NilVal, errors.New("the list does not have the value")
	},
})

var lookupFunc = function.New(&function.Spec{
	Params:   []function.Parameter{param("map", cty.DynamicPseudoType), param("key", cty.String)},
	VarParam: &function.Parameter{Name: "default", Type: cty.DynamicPseudoType, AllowNull: true, AllowDynamicType: true},
	Type:     function.StaticReturnType(cty.DynamicPseudoType),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		if !isKeyed(args[0].Type()) {
			return cty.NilVal, errors.New("the first argument must be a map")
		}
		if v, ok := args[0].AsValueMap()[args[1].AsString()]; ok {
			return v, nil
		}
		if len(args) == 3 {
			if ty := args[0].Type(); ty.IsMapType() {
				return convertKnown(args[2], ty.ElementType())
			}
			return args[2], nil
		}
		return cty.NilVal, errors.New("the map does not have the key")
	},
})

var matchKeysFunc = function.New(&function.Spec{
	Params: []function.Parameter{param("values", cty.DynamicPseudoType), param("keys", cty.DynamicPseudoType), param("search", cty.DynamicPseudoType)},
	Type:   function.StaticReturnType(cty.DynamicPseudoType),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		for _, a := range args {
			if !isListed(a.Type()) {
				return cty.NilVal, errors.New("the arguments must be lists")
			}
		}
		values, keys, search := args[0].AsValueSlice(), args[1].AsValueSlice(), args[2].AsValueSlice()
		if len(values) != len(keys) {
			return cty.NilVal, errors.New("values and keys must have the same length")
		}
		var out []cty.Value
		for i, key := range keys {
			if slices.ContainsFunc(search, func(one cty.Value) bool { return looselyEqual(one, key) == yes }) {
				out = append(out, values[i])
			}
		}
		return cty.TupleVal(out), nil
	},
})

var transposeFunc = function.New(&function.Spec{
	Params: []function.Parameter{param("map", cty.Map(cty.List(cty.String)))},
	Type:   function.StaticReturnType(cty.Map(cty.List(cty.String))),
	Impl: func(args []cty.Value, ty cty.Type) (cty.Value, error) {
		out := map[string][]cty.Value{}
		for it := args[0].ElementIterator(); it.Next(); {
			k, list := it.Element()
			if list.IsNull() {
				return cty.NilVal, errors.New("a list is null")
			}
			for _, one := range list.AsValueSlice() {
				if one.IsNull() {
					return cty.NilVal, errors.New("an element is null")
				}
				out[one.AsString()] = append(out[one.AsString()], k)
			}
		}
		if len(out) == 0 {
			return cty.MapValEmpty(ty.ElementType()), nil
		}
		lists := map[string]cty.Value{}
		for key, list := range out {
			lists[key] = cty.ListVal(list)
		}
		return cty.MapVal(lists), nil
	},
})

var timeCompareFunc = function.New(&function.Spec{
	Params: []function.Parameter{param("a", cty.String), param("b", cty.String)},
	Type:   function.StaticReturnType(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		a, err := time.Parse(time.RFC3339, args[0].AsString())
		if err != nil {
			return cty.NilVal, err
		}
		b, err := time.Parse(time.RFC3339, args[1].AsString())
		if err != nil {
			return cty.NilVal, err
		}
		return cty.NumberIntVal(int64(a.Compare(b))), nil
	},
})
