package terraform

import (
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/iblint/iblint/checks/symbol"
)

// words of operators, for the names of what they derive from unknown values.
var words = map[*hclsyntax.Operation]string{
	hclsyntax.OpLogicalOr: "||", hclsyntax.OpLogicalAnd: "&&", hclsyntax.OpLogicalNot: "!",
	hclsyntax.OpEqual: "==", hclsyntax.OpNotEqual: "!=",
	hclsyntax.OpGreaterThan: ">", hclsyntax.OpGreaterThanOrEqual: ">=", hclsyntax.OpLessThan: "<", hclsyntax.OpLessThanOrEqual: "<=",
	hclsyntax.OpAdd: "+", hclsyntax.OpSubtract: "-", hclsyntax.OpMultiply: "*", hclsyntax.OpDivide: "/", hclsyntax.OpModulo: "%", hclsyntax.OpNegate: "-",
}

func (e *evaluator) binary(x *hclsyntax.BinaryOpExpr, s *scope) (cty.Value, error) {
	a, err := e.eval(x.LHS, s)
	if err != nil {
		return a, err
	}
	switch x.Op {
	case hclsyntax.OpLogicalAnd, hclsyntax.OpLogicalOr:
		return e.logical(x, a, s)
	}
	b, err := e.eval(x.RHS, s)
	if err != nil {
		return b, err
	}
	aSymbolic, err := e.measured(a, x.SrcRange)
	if err != nil {
		return cty.NilVal, err
	}
	bSymbolic, err := e.measured(b, x.SrcRange)
	if err != nil {
		return cty.NilVal, err
	}
	switch x.Op {
	case hclsyntax.OpEqual, hclsyntax.OpNotEqual:
		switch answer := equal(a, b); answer {
		case undecided:
			return e.typed(infix(words[x.Op], a, b), cty.Bool), nil
		default:
			return cty.BoolVal((answer == yes) == (x.Op == hclsyntax.OpEqual)), nil
		}
	}
	if aSymbolic || bSymbolic {
		e.mayFail++
		return e.typed(infix(words[x.Op], a, b), x.Op.Type), nil
	}
	return e.arithmetic(x.Op, x, a, b)
}

// logical evaluates && and ||. As in Terraform, the second operand is not evaluated if the first
// one decides, and one known operand may decide.
func (e *evaluator) logical(x *hclsyntax.BinaryOpExpr, a cty.Value, s *scope) (cty.Value, error) {
	decides := no
	if x.Op == hclsyntax.OpLogicalOr {
		decides = yes
	}
	first, err := truth(a, x.LHS.Range())
	if err != nil {
		return cty.NilVal, err
	}
	if first == decides {
		return cty.BoolVal(decides == yes), nil
	}
	before := e.mayFail
	b, err := e.eval(x.RHS, s)
	if err != nil {
		if _, ok := soft(err); ok && first == undecided {
			e.mayFail++
			return e.typed(derived(words[x.Op], a), cty.Bool), nil
		}
		return b, err
	}
	second, err := truth(b, x.RHS.Range())
	if err != nil {
		return cty.NilVal, err
	}
	switch {
	case second == decides && first == undecided && e.mayFail == before:
		return cty.BoolVal(decides == yes), nil
	case first == undecided || second == undecided:
		if first != undecided {
			return e.typed(derived("tobool", b), cty.Bool), nil
		}
		return e.typed(infix(words[x.Op], a, b), cty.Bool), nil
	}
	return cty.BoolVal(second == yes), nil
}

func (e *evaluator) unary(x *hclsyntax.UnaryOpExpr, s *scope) (cty.Value, error) {
	v, err := e.eval(x.Val, s)
	if err != nil {
		return v, err
	}
	if stringType(v) && symbol.In(v.AsString()) {
		e.mayFail++
		return e.typed(derived(words[x.Op], v), x.Op.Type), nil
	}
	return e.arithmetic(x.Op, x, v)
}

// arithmetic applies an operator to known values.
func (e *evaluator) arithmetic(op *hclsyntax.Operation, x hclsyntax.Expression, args ...cty.Value) (cty.Value, error) {
	for i, p := range op.Impl.Params() {
		if args[i].IsNull() {
			return cty.NilVal, failed(x.Range(), "an operand of %s is null", words[op])
		}
		v, err := convert.Convert(args[i], p.Type)
		if err != nil {
			return cty.NilVal, failed(x.Range(), "an operand of %s is %s; it must be %s", words[op], args[i].Type().FriendlyName(), p.Type.FriendlyName())
		}
		args[i] = v
	}
	v, err := op.Impl.Call(args)
	if err != nil {
		return cty.NilVal, failed(x.Range(), "%s: %s", words[op], line(err.Error()))
	}
	return v, nil
}
