package terraform

import (
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/iblint/iblint/checks/symbol"
	"github.com/iblint/iblint/internal/lazyregexp"
)

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
var verbs = lazyregexp.New(`%(\[\d+\])?[a-zA-Z%]`)

func formatted(c *callSite, args []cty.Value) (cty.Value, error) {
	if !stringType(args[0]) || symbol.In(args[0].AsString()) {
		return cty.NilVal, nil
	}
	format := args[0].AsString()
	left := verbs().ReplaceAllStringFunc(format, func(verb string) string {
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
