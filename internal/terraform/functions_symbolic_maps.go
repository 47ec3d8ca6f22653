package terraform

import (
	"maps"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/iblint/iblint/checks/symbol"
)

// keyed returns the elements of a map of which all keys and their order are known.
func keyed(v cty.Value) (map[string]cty.Value, bool) {
	if v.IsNull() || isSymbol(v) || !isKeyed(v.Type()) {
		return nil, false
	}
	if _, open := rest(v); open || !orderedKeys(v) {
		return nil, false
	}
	return v.AsValueMap(), true
}

func keysOf(_ *callSite, args []cty.Value) (cty.Value, error) {
	m, ok := keyed(args[0])
	if !ok {
		return cty.NilVal, nil
	}
	var out []cty.Value
	for _, key := range slices.Sorted(maps.Keys(m)) {
		out = append(out, cty.StringVal(key))
	}
	return cty.TupleVal(out), nil
}

func valuesOf(_ *callSite, args []cty.Value) (cty.Value, error) {
	m, ok := keyed(args[0])
	if !ok {
		return cty.NilVal, nil
	}
	var out []cty.Value
	for _, key := range slices.Sorted(maps.Keys(m)) {
		out = append(out, m[key])
	}
	return cty.TupleVal(out), nil
}

func lookedUp(c *callSite, args []cty.Value) (cty.Value, error) {
	m := args[0]
	if m.IsNull() || isSymbol(m) || !isKeyed(m.Type()) || hasSymbol(args[1]) {
		return cty.NilVal, nil
	}
	key, err := text(args[1], c.x.Range())
	if err != nil {
		return cty.NilVal, err
	}
	elements := m.AsValueMap()
	if v, ok := elements[key]; ok {
		return v, nil
	}
	for has := range elements {
		if isRest(has) || symbol.In(has) && equalStrings(has, key, false) != no {
			return cty.NilVal, nil
		}
	}
	if len(args) == 3 {
		return args[2], nil
	}
	return cty.NilVal, failed(c.x.NameRange, "lookup: the map does not have the key %s", quote(key))
}

// mergedMaps is merge. An unknown map leaves the keys that are certain, and says with a further
// key that there may be others.
func mergedMaps(c *callSite, args []cty.Value) (cty.Value, error) {
	out := map[string]cty.Value{}
	var open symbol.Part
	opened := 0
	for _, a := range args {
		switch further, isOpen := rest(a); {
		case a.IsNull():
		case isSymbol(a) && c.x.ExpandFinal:
			return cty.NilVal, nil // any number of maps
		case isSymbol(a), isOpen:
			p := further
			if !isOpen {
				p = symbol.First(a.AsString())
				p.Name += restSuffix
			}
			var own map[string]cty.Value
			if isOpen {
				own = a.AsValueMap()
			}
			for key, v := range out {
				// The unknown map may have the same key.
				if _, again := own[key]; !again {
					out[key] = derived("merge", v, cty.StringVal(symbol.New(p.Name, p.Why)))
				}
			}
			for key, v := range own {
				if !isRest(key) {
					out[key] = v
				}
			}
			opened++
			open = p
		case isKeyed(a.Type()):
			maps.Copy(out, a.AsValueMap())
		default:
			return cty.NilVal, failed(c.x.NameRange, "merge: the arguments must be maps")
		}
	}
	if !distinctKeys(out) {
		return cty.NilVal, nil
	}
	if opened > 0 {
		name := strings.TrimSuffix(open.Name, restSuffix)
		if opened > 1 {
			p := symbol.First(derived("merge", args...).AsString())
			name = p.Name
		}
		out[restKey(name, open.Why)] = unknown(name, open.Why)
	}
	return cty.ObjectVal(out), nil
}

func zipped(c *callSite, args []cty.Value) (cty.Value, error) {
	all, ok := lists(args)
	if !ok || len(all[0]) != len(all[1]) {
		return cty.NilVal, nil
	}
	out := map[string]cty.Value{}
	for i, k := range all[0] {
		key, err := text(k, c.x.Range())
		if err != nil {
			return cty.NilVal, err
		}
		out[key] = all[1][i]
	}
	if !distinctKeys(out) {
		return cty.NilVal, nil
	}
	return cty.ObjectVal(out), nil
}
