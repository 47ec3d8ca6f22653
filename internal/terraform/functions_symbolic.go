package terraform

import (
	"math/big"
	"slices"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/iblint/iblint/checks/symbol"
)

// The functions in functions_symbolic*.go are called if an argument contains a symbol. They return NilVal if
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
