package terraform

import (
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

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
