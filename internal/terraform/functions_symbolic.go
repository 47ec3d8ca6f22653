package terraform

import (
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/iblint/iblint/checks/symbol"
)

// The functions in this file are called if an argument contains a symbol. They return NilVal if
// the result depends on what a symbol stands for.

// lists returns the elements of arguments that are all lists.
func lists(args []cty.Value) ([][]cty.Value, bool) {
	out := make([][]cty.Value, len(args))
	for i, a := range args {
		if a.IsNull() || isSymbol(a) || !isListed(a.Type()) {
			return nil, false
		}
		out[i] = a.AsValueSlice()
	}
	return out, true
}

// whole number returns an argument that must be a whole number.
func wholeNumber(v cty.Value) (int, bool) {
	n, err := convert.Convert(v, cty.Number)
	if err != nil || n.IsNull() || hasSymbol(v) {
		return 0, false
	}
	i, accuracy := n.AsBigFloat().Int64()
	return int(i), accuracy == big.Exact && int64(int(i)) == i
}

func same(_ *callSite, args []cty.Value) (cty.Value, error) {
	if len(args) == 1 {
		return args[0], nil
	}
	return cty.TupleVal(args), nil
}

// isText reports whether a value is certainly a string, and not null.
func (e *evaluator) isText(v cty.Value) bool {
	if !stringType(v) {
		return false
	}
	if isSymbol(v) {
		return e.kinds[symbol.First(v.AsString()).Name] == cty.String
	}
	return true
}

// scalar reports whether a value is certainly no collection.
func (e *evaluator) scalar(v cty.Value) bool {
	if isSymbol(v) {
		kind, ok := e.kinds[symbol.First(v.AsString()).Name]
		return ok && kind.IsPrimitiveType()
	}
	return v.IsNull() || v.Type().IsPrimitiveType()
}

// trimmed is trimspace and chomp: known text at both ends decides.
func trimmed(c *callSite, args []cty.Value) (cty.Value, error) {
	if !stringType(args[0]) {
		return cty.NilVal, nil
	}
	parts := symbol.Split(args[0].AsString())
	for _, p := range []symbol.Part{parts[0], parts[len(parts)-1]} {
		if strings.TrimSpace(p.Text) == "" {
			return cty.NilVal, nil
		}
	}
	return c.known(c.impl, args)
}

// affix is startswith, endswith, trimprefix and trimsuffix: known text at that end decides.
func affix(c *callSite, args []cty.Value) (cty.Value, error) {
	if !stringType(args[0]) || !stringType(args[1]) || symbol.In(args[1].AsString()) {
		return cty.NilVal, nil
	}
	s, part := args[0].AsString(), args[1].AsString()
	parts := symbol.Split(s)
	first := c.name == "startswith" || c.name == "trimprefix"
	edge, common := parts[len(parts)-1].Text, 0
	if first {
		edge = parts[0].Text
		common = commonPrefix(edge, part)
	} else {
		common = commonSuffix(edge, part)
	}
	decided := common == len(part) || common < len(edge)
	if !decided {
		return cty.NilVal, nil
	}
	has := common == len(part)
	switch c.name {
	case "startswith", "endswith":
		return cty.BoolVal(has), nil
	case "trimprefix":
		if has {
			return cty.StringVal(s[len(part):]), nil
		}
	default:
		if has {
			return cty.StringVal(s[:len(s)-len(part)]), nil
		}
	}
	return args[0], nil
}

func joined(c *callSite, args []cty.Value) (cty.Value, error) {
	if len(args) < 2 || !stringType(args[0]) {
		return cty.NilVal, nil
	}
	all, ok := lists(args[1:])
	if !ok {
		return cty.NilVal, nil
	}
	var texts []string
	n := 0
	for _, list := range all {
		for _, one := range list {
			t, err := text(one, c.x.Range())
			if err != nil {
				return cty.NilVal, err
			}
			if isSymbol(one) && !c.e.isText(one) {
				c.e.mayFail++
			}
			texts = append(texts, t)
			n += len(t) + len(args[0].AsString())
		}
	}
	if err := c.e.grown(n, c.x.Range()); err != nil {
		return cty.NilVal, err
	}
	return cty.StringVal(strings.Join(texts, args[0].AsString())), nil
}

// verbs are the verbs of format that do not look inside their argument.
var verbs = regexp.MustCompile(`%(\[\d+\])?[a-zA-Z%]`)

func formatted(c *callSite, args []cty.Value) (cty.Value, error) {
	if !stringType(args[0]) || symbol.In(args[0].AsString()) {
		return cty.NilVal, nil
	}
	format := args[0].AsString()
	left := verbs.ReplaceAllStringFunc(format, func(verb string) string {
		if strings.HasSuffix(verb, "q") || strings.HasSuffix(verb, "t") {
			return verb
		}
		return ""
	})
	if strings.Contains(left, "%") {
		return cty.NilVal, nil
	}
	for _, a := range args[1:] {
		// A list would be repeated by formatlist, and written as JSON by format.
		if isSymbol(a) && c.name == "formatlist" && !c.e.scalar(a) {
			return cty.NilVal, nil
		}
	}
	v, err := c.known(c.impl, args)
	if err != nil {
		return cty.NilVal, nil //nolint:nilerr // a verb for numbers, and the number is unknown
	}
	c.e.mayFail++
	return v, nil
}

func allTrue(c *callSite, args []cty.Value) (cty.Value, error) { return quantified(c, args, yes) }
func anyTrue(c *callSite, args []cty.Value) (cty.Value, error) { return quantified(c, args, no) }

// quantified looks for an element that decides, other than usual.
func quantified(c *callSite, args []cty.Value, usual answer) (cty.Value, error) {
	all, ok := lists(args)
	if !ok {
		return cty.NilVal, nil
	}
	for _, one := range all[0] {
		if one.IsNull() {
			one = cty.False
		}
		decided, err := truth(one, c.x.Range())
		if err != nil {
			return cty.NilVal, err
		}
		if decided != undecided && decided != usual {
			return cty.BoolVal(usual == no), nil
		}
	}
	return cty.NilVal, nil
}

func chunked(_ *callSite, args []cty.Value) (cty.Value, error) {
	all, ok := lists(args[:1])
	n, okN := wholeNumber(args[1])
	if !ok || !okN || n < 0 {
		return cty.NilVal, nil
	}
	if n == 0 {
		return cty.TupleVal([]cty.Value{args[0]}), nil
	}
	var out []cty.Value
	for chunk := range slices.Chunk(all[0], n) {
		out = append(out, cty.TupleVal(chunk))
	}
	return cty.TupleVal(out), nil
}

func coalesced(c *callSite, args []cty.Value) (cty.Value, error) {
	for _, a := range args {
		switch {
		case a.IsNull(), stringType(a) && a.AsString() == "":
			continue
		case stringType(a) && decideEmpty(symbol.Split(a.AsString())) == undecided:
			return cty.NilVal, nil
		case a.Type() == cty.Number || a.Type() == cty.Bool:
			if slices.ContainsFunc(args, stringType) {
				return convert.Convert(a, cty.String)
			}
		}
		return a, nil
	}
	return cty.NilVal, failed(c.x.NameRange, "coalesce: no argument is set")
}

func coalescedList(_ *callSite, args []cty.Value) (cty.Value, error) {
	for _, a := range args {
		if a.IsNull() {
			continue
		}
		if isSymbol(a) || !isListed(a.Type()) {
			break
		}
		if a.LengthInt() > 0 {
			return a, nil
		}
	}
	return cty.NilVal, nil
}

func compacted(_ *callSite, args []cty.Value) (cty.Value, error) {
	all, ok := lists(args)
	if !ok {
		return cty.NilVal, nil
	}
	var out []cty.Value
	for _, one := range all[0] {
		switch {
		case one.IsNull():
		case !stringType(one):
			out = append(out, one)
		case one.AsString() == "":
		case decideEmpty(symbol.Split(one.AsString())) == undecided:
			return cty.NilVal, nil
		default:
			out = append(out, one)
		}
	}
	return cty.TupleVal(out), nil
}

func concatenated(_ *callSite, args []cty.Value) (cty.Value, error) {
	all, ok := lists(args)
	if !ok {
		return cty.NilVal, nil
	}
	return cty.TupleVal(slices.Concat(all...)), nil
}

func contained(_ *callSite, args []cty.Value) (cty.Value, error) {
	all, ok := lists(args[:1])
	if !ok {
		return cty.NilVal, nil
	}
	result := no
	for _, one := range all[0] {
		switch looselyEqual(one, args[1]) {
		case yes:
			return cty.True, nil
		case undecided:
			result = undecided
		}
	}
	if result == undecided {
		return cty.NilVal, nil
	}
	return cty.False, nil
}

func distinct(c *callSite, args []cty.Value) (cty.Value, error) {
	all, ok := lists(args)
	if !ok {
		return cty.NilVal, nil
	}
	out, decided, err := c.unique(all[0])
	if err != nil || !decided {
		return cty.NilVal, err
	}
	return cty.TupleVal(out), nil
}

// unique removes repeated values. The result is false if symbols decide which.
func (c *callSite) unique(list []cty.Value) ([]cty.Value, bool, error) {
	var out []cty.Value
	for _, one := range list {
		if err := c.e.spend(len(out), c.x.NameRange); err != nil {
			return nil, false, err
		}
		again := false
		for _, have := range out {
			switch looselyEqual(have, one) {
			case undecided:
				return nil, false, nil
			case yes:
				again = true
			}
		}
		if !again {
			out = append(out, one)
		}
	}
	return out, true, nil
}

func element(_ *callSite, args []cty.Value) (cty.Value, error) {
	all, ok := lists(args[:1])
	n, okN := wholeNumber(args[1])
	if !ok || !okN || len(all[0]) == 0 {
		return cty.NilVal, nil
	}
	size := len(all[0])
	return all[0][((n%size)+size)%size], nil
}

func flattened(c *callSite, args []cty.Value) (cty.Value, error) {
	var out []cty.Value
	var add func(v cty.Value, depth int) bool
	add = func(v cty.Value, depth int) bool {
		switch {
		case depth > 0 && c.e.scalar(v):
		case isSymbol(v):
			return false // it may be a list
		case v.IsNull(), !isListed(v.Type()):
		default:
			for _, one := range v.AsValueSlice() {
				if !add(one, depth+1) {
					return false
				}
			}
			return true
		}
		out = append(out, v)
		return true
	}
	if !add(args[0], 0) {
		return cty.NilVal, nil
	}
	return cty.TupleVal(out), nil
}

func indexOf(c *callSite, args []cty.Value) (cty.Value, error) {
	all, ok := lists(args[:1])
	if !ok {
		return cty.NilVal, nil
	}
	for i, one := range all[0] {
		switch looselyEqual(one, args[1]) {
		case yes:
			return cty.NumberIntVal(int64(i)), nil
		case undecided:
			return cty.NilVal, nil
		}
	}
	return cty.NilVal, failed(c.x.NameRange, "index: the list does not have the value")
}

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

func length(_ *callSite, args []cty.Value) (cty.Value, error) {
	v := args[0]
	if v.IsNull() || isSymbol(v) || stringType(v) {
		return cty.NilVal, nil
	}
	if _, open := rest(v); open {
		return cty.NilVal, nil
	}
	return cty.NumberIntVal(int64(v.LengthInt())), nil
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

func only(_ *callSite, args []cty.Value) (cty.Value, error) {
	all, ok := lists(args)
	if !ok || len(all[0]) != 1 {
		return cty.NilVal, nil
	}
	return all[0][0], nil
}

func reversed(_ *callSite, args []cty.Value) (cty.Value, error) {
	all, ok := lists(args)
	if !ok {
		return cty.NilVal, nil
	}
	slices.Reverse(all[0])
	return cty.TupleVal(all[0]), nil
}

func sliced(_ *callSite, args []cty.Value) (cty.Value, error) {
	all, ok := lists(args[:1])
	from, okFrom := wholeNumber(args[1])
	to, okTo := wholeNumber(args[2])
	if !ok || !okFrom || !okTo || from < 0 || to < from || to > len(all[0]) {
		return cty.NilVal, nil
	}
	return cty.TupleVal(all[0][from:to]), nil
}

func sorted(c *callSite, args []cty.Value) (cty.Value, error) {
	all, ok := lists(args)
	if !ok {
		return cty.NilVal, nil
	}
	var texts []string
	for _, one := range all[0] {
		t, err := text(one, c.x.Range())
		if err != nil {
			return cty.NilVal, err
		}
		texts = append(texts, t)
	}
	slices.Sort(texts)
	if !ordered(slices.Compact(slices.Clone(texts))) {
		return cty.NilVal, nil
	}
	out := make([]cty.Value, len(texts))
	for i, t := range texts {
		out[i] = cty.StringVal(t)
	}
	return cty.TupleVal(out), nil
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

// product is setproduct of lists; sets give sets, of which the order is not known.
func product(c *callSite, args []cty.Value) (cty.Value, error) {
	all, ok := lists(args)
	if !ok || len(args) == 0 {
		return cty.NilVal, nil
	}
	for _, a := range args {
		if a.Type().IsSetType() {
			return cty.NilVal, nil
		}
	}
	rows := [][]cty.Value{{}}
	for _, list := range all {
		if err := c.e.spend(len(rows)*len(list), c.x.NameRange); err != nil {
			return cty.NilVal, err
		}
		var next [][]cty.Value
		for _, row := range rows {
			for _, one := range list {
				next = append(next, append(row[:len(row):len(row)], one))
			}
		}
		rows = next
	}
	out := make([]cty.Value, len(rows))
	for i, row := range rows {
		out[i] = cty.TupleVal(row)
	}
	return cty.TupleVal(out), nil
}

func setUnion(c *callSite, args []cty.Value) (cty.Value, error) {
	all, ok := lists(args)
	if !ok {
		return cty.NilVal, nil
	}
	return c.set(slices.Concat(all...), args)
}

func (c *callSite) set(elements []cty.Value, args []cty.Value) (cty.Value, error) {
	unique, decided, err := c.unique(elements)
	if err != nil || !decided {
		return cty.NilVal, err
	}
	if len(unique) == 0 {
		return cty.SetValEmpty(cty.String), nil
	}
	if v := setOf(unique, cty.TupleVal(args)); !isSymbol(v) {
		return v, nil
	}
	return cty.NilVal, nil
}

func setIntersection(c *callSite, args []cty.Value) (cty.Value, error) {
	return c.filterSets(args, yes)
}
func setSubtraction(c *callSite, args []cty.Value) (cty.Value, error) { return c.filterSets(args, no) }

// filterSets keeps the elements of the first set that all other sets have, or have not.
func (c *callSite) filterSets(args []cty.Value, want answer) (cty.Value, error) {
	all, ok := lists(args)
	if !ok {
		return cty.NilVal, nil
	}
	var out []cty.Value
	for _, one := range all[0] {
		keep := true
		for _, other := range all[1:] {
			if err := c.e.spend(len(other), c.x.NameRange); err != nil {
				return cty.NilVal, err
			}
			has := no
			for _, have := range other {
				if answer := looselyEqual(have, one); answer == yes {
					has = yes
					break
				} else if answer == undecided {
					has = undecided
				}
			}
			if has == undecided {
				return cty.NilVal, nil
			}
			keep = keep && has == want
		}
		if keep {
			out = append(out, one)
		}
	}
	return c.set(out, args)
}

func convertedTo(ty cty.Type) func(*callSite, []cty.Value) (cty.Value, error) {
	return func(c *callSite, args []cty.Value) (cty.Value, error) {
		v := args[0]
		if isSymbol(v) {
			// The same value, if it can be converted at all.
			c.e.mayFail++
			if ty == cty.String || ty.IsListType() || ty.IsMapType() || ty.IsSetType() {
				return v, nil
			}
			return cty.NilVal, nil
		}
		if v.IsNull() {
			return v, nil
		}
		from := v.Type()
		switch {
		case ty.IsPrimitiveType() && from == cty.String:
			if ty == cty.String {
				return v, nil
			}
			return cty.NilVal, nil
		case ty.IsListType() && isListed(from):
			return listOf(v.AsValueSlice()), nil
		case ty.IsSetType() && isListed(from):
			elements := v.AsValueSlice()
			out, err := c.set(elements, args)
			return out, err
		case ty.IsMapType() && isKeyed(from):
			return mapOf(v.AsValueMap()), nil
		}
		return cty.NilVal, failed(c.x.NameRange, "%s: the value is %s", c.name, from.FriendlyName())
	}
}

// encodedJSON is jsonencode: the document is known, and symbols stand in its unknown places.
func encodedJSON(c *callSite, args []cty.Value) (cty.Value, error) {
	if isSymbol(args[0]) && !c.e.isText(args[0]) {
		return cty.NilVal, nil
	}
	return c.known(stdlib.JSONEncodeFunc, args)
}

// decodedJSON is jsondecode. What a symbol inside a string stands for does not end the string.
func decodedJSON(c *callSite, args []cty.Value) (cty.Value, error) {
	if !stringType(args[0]) || isSymbol(args[0]) {
		return cty.NilVal, nil
	}
	v, err := c.known(stdlib.JSONDecodeFunc, args)
	if err != nil {
		return cty.NilVal, nil //nolint:nilerr // a symbol stands outside of a string
	}
	if isKeyed(v.Type()) && !v.IsNull() && !distinctKeys(v.AsValueMap()) {
		return cty.NilVal, nil
	}
	c.e.mayFail++
	return v, nil
}
