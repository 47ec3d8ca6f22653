package terraform

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/iblint/iblint/checks/symbol"
)

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
