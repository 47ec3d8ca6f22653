package terraform

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/json"
	"github.com/zclconf/go-cty/cty"
)

// shape says which properties of a JSON object are blocks. All others are arguments.
type shape map[string]blockShape

type blockShape struct {
	labels int // how many
	inside func() shape
}

func rootShape() shape {
	return shape{
		"variable":  {1, noBlocks},
		"locals":    {0, noBlocks},
		"output":    {1, noBlocks},
		"module":    {1, noBlocks},
		"provider":  {1, noBlocks},
		"resource":  {2, dynamicBlocks},
		"data":      {2, dynamicBlocks},
		"ephemeral": {2, noBlocks},
		"terraform": {0, func() shape { return shape{"required_providers": {0, noBlocks}} }},
	}
}

func noBlocks() shape { return nil }

// dynamicBlocks is the shape of resources: whether another property is a block is for the
// provider to say.
func dynamicBlocks() shape {
	content := func() shape { return shape{"content": {0, dynamicBlocks}} }
	return shape{"dynamic": {1, content}}
}

// parseJSON converts a file of Terraform's JSON syntax to the syntax tree of the native syntax,
// so that there is one evaluator.
func parseJSON(name string, src []byte, s shape) (*hclsyntax.Body, error) {
	if err := checkJSONNesting(src, name); err != nil {
		return nil, err
	}
	parsed, diags := json.Parse(src, name)
	if err := diagnostics(diags); err != nil {
		return nil, err
	}
	return jsonBody(parsed.Body, s)
}

func jsonBody(body hcl.Body, s shape) (*hclsyntax.Body, error) {
	schema := &hcl.BodySchema{}
	for kind, one := range s {
		schema.Blocks = append(schema.Blocks, hcl.BlockHeaderSchema{Type: kind, LabelNames: []string{"type", "name"}[2-one.labels:]})
	}
	content, rest, diags := body.PartialContent(schema)
	if err := diagnostics(diags); err != nil {
		return nil, err
	}
	out := &hclsyntax.Body{Attributes: hclsyntax.Attributes{}, SrcRange: body.MissingItemRange(), EndRange: body.MissingItemRange()}
	for _, b := range content.Blocks {
		inside, err := jsonBody(b.Body, s[b.Type].inside())
		if err != nil {
			return nil, err
		}
		out.Blocks = append(out.Blocks, &hclsyntax.Block{
			Type: b.Type, Labels: b.Labels, Body: inside,
			TypeRange: b.TypeRange, LabelRanges: b.LabelRanges, OpenBraceRange: b.DefRange, CloseBraceRange: b.DefRange,
		})
	}
	attributes, diags := rest.JustAttributes()
	if err := diagnostics(diags); err != nil {
		return nil, err
	}
	for name, a := range attributes {
		expression, err := jsonExpression(a.Expr)
		if err != nil {
			return nil, err
		}
		out.Attributes[name] = &hclsyntax.Attribute{Name: name, Expr: expression, SrcRange: a.Range, NameRange: a.NameRange}
	}
	return out, nil
}

func jsonExpression(e hcl.Expression) (hclsyntax.Expression, error) {
	at := e.Range()
	if pairs, diags := hcl.ExprMap(e); !diags.HasErrors() {
		object := &hclsyntax.ObjectConsExpr{SrcRange: at, OpenRange: e.StartRange()}
		for _, p := range pairs {
			key, err := jsonExpression(p.Key)
			if err != nil {
				return nil, err
			}
			value, err := jsonExpression(p.Value)
			if err != nil {
				return nil, err
			}
			object.Items = append(object.Items, hclsyntax.ObjectConsItem{KeyExpr: key, ValueExpr: value})
		}
		return object, nil
	}
	if list, diags := hcl.ExprList(e); !diags.HasErrors() {
		tuple := &hclsyntax.TupleConsExpr{SrcRange: at, OpenRange: e.StartRange()}
		for _, one := range list {
			element, err := jsonExpression(one)
			if err != nil {
				return nil, err
			}
			tuple.Exprs = append(tuple.Exprs, element)
		}
		return tuple, nil
	}
	v, diags := e.Value(nil)
	if err := diagnostics(diags); err != nil {
		return nil, err
	}
	if v.Type() != cty.String || v.IsNull() {
		return &hclsyntax.LiteralValueExpr{Val: v, SrcRange: at}, nil
	}
	text := []byte(v.AsString())
	if err := checkTemplateNesting(text, at.Filename); err != nil {
		return nil, err
	}
	start := hcl.Pos{Line: at.Start.Line, Column: at.Start.Column + 1, Byte: at.Start.Byte + 1}
	template, diags := hclsyntax.ParseTemplate(text, at.Filename, start)
	if diags.HasErrors() { // such as a description, which is not a template
		return &hclsyntax.LiteralValueExpr{Val: v, SrcRange: at}, nil
	}
	return template, nil
}
