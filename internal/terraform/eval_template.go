package terraform

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// text converts a value to a string.
func text(v cty.Value, at hcl.Range) (string, error) {
	if stringType(v) {
		return v.AsString(), nil
	}
	if v.IsNull() {
		return "", failed(at, "a string is required here, and the value is null")
	}
	s, err := convert.Convert(v, cty.String)
	if err != nil {
		return "", failed(at, "a string is required here, and the value is %s", v.Type().FriendlyName())
	}
	return s.AsString(), nil
}

func (e *evaluator) template(x *hclsyntax.TemplateExpr, s *scope) (cty.Value, error) {
	var b strings.Builder
	for _, part := range x.Parts {
		v, err := e.eval(part, s)
		if err != nil {
			return v, err
		}
		t, err := text(v, part.Range())
		if err != nil {
			return cty.NilVal, err
		}
		b.WriteString(t)
		if err := e.grown(b.Len(), x.SrcRange); err != nil {
			return cty.NilVal, err
		}
	}
	return cty.StringVal(b.String()), nil
}

// grown refuses strings that are too long, and counts the work of the others.
func (e *evaluator) grown(bytes int, at hcl.Range) error {
	if bytes > maxString {
		return fatal(at, "a string is longer than %d bytes; shorten it", maxString)
	}
	return e.spend(bytes/16, at)
}

func (e *evaluator) templateJoin(x *hclsyntax.TemplateJoinExpr, s *scope) (cty.Value, error) {
	v, err := e.eval(x.Tuple, s)
	if err != nil || isSymbol(v) {
		return v, err
	}
	if v.IsNull() || !isListed(v.Type()) {
		return cty.NilVal, failed(x.Range(), "a list is required here")
	}
	var b strings.Builder
	for _, part := range v.AsValueSlice() {
		t, err := text(part, x.Range())
		if err != nil {
			return cty.NilVal, err
		}
		b.WriteString(t)
		if err := e.grown(b.Len(), x.Range()); err != nil {
			return cty.NilVal, err
		}
	}
	return cty.StringVal(b.String()), nil
}
