package terraform

import (
	"slices"

	"github.com/zclconf/go-cty/cty"
)

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
