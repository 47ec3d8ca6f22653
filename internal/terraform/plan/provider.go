package plan

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/iblint/iblint/checks/symbol"
	"github.com/iblint/iblint/internal/terraform"
)

// provider returns the provider configuration of a node.
func (r *reader) provider(n *node) *terraform.Provider {
	key := n.provider
	if n.config != nil {
		key = n.config.Provider
	}
	if p := r.providers[key]; p != nil {
		return p
	}
	config, declared := r.plan.providers[key]
	if !declared { // modules inherit it; early versions of Terraform put their names before it
		config, declared = r.plan.providers[key[strings.LastIndexByte(key, ':')+1:]]
	}
	p := &terraform.Provider{Key: key, Type: config.Name, Alias: config.Alias, Values: cty.EmptyObjectVal, Range: hcl.Range{Filename: r.plan.name}}
	if declared {
		steps := parse(config.Module)
		values := r.settings(r.module(steps[:len(steps)/2*2]), decode(config.Expressions), "provider."+key, 0)
		p.Values = values
	}
	r.providers[key] = p
	return p
}

// settings returns the arguments of a provider configuration, which the plan has as expressions
// only. An argument that refers to one known value is taken for that value.
func (r *reader) settings(in *instance, body any, path string, depth int) cty.Value {
	out := map[string]cty.Value{}
	m, _ := body.(map[string]any)
	for _, name := range sortedKeys(m) {
		if depth > maxNesting {
			break
		}
		if e, ok := asExpression(m[name]); ok {
			out[name] = r.setting(in, e, path+"."+name)
			continue
		}
		var list []cty.Value
		for _, block := range blocks(body, name) {
			list = append(list, r.settings(in, block, path+"."+name, depth+1))
		}
		out[name] = cty.TupleVal(list)
	}
	return cty.ObjectVal(out)
}

func (r *reader) setting(in *instance, e expression, path string) cty.Value {
	if e.isConstant {
		return r.constant(e.constant, path)
	}
	if refers := e.whole(); len(refers) == 1 {
		if v, ok := r.known(in, refers[0], 0); ok {
			return r.constant(v, path)
		}
		return cty.StringVal(symbol.New(path, "the plan does not say what "+refers[0]+" is"))
	}
	return cty.StringVal(symbol.New(path, "the plan does not say what it is"))
}

func (r *reader) constant(v any, path string) cty.Value {
	return r.convert(where{n: &node{}, path: path}, v, nil, 0).raw
}

// known is the value that a variable has, or that a data source was read with.
func (r *reader) known(in *instance, reference string, depth int) (any, bool) {
	steps := parse(reference)
	switch {
	case depth > maxNesting:
	case len(steps) == 2 && steps[0].name == "var" && steps[1].index == "":
		name := steps[1].name
		if in.parent == nil {
			given, ok := r.plan.variables[name]
			return decode(given.Value), ok
		}
		if in.call == nil {
			return nil, false
		}
		raw, ok := in.call.Expressions[name]
		if !ok {
			return nil, false
		}
		e, ok := asExpression(decode(raw))
		if !ok {
			return nil, false
		}
		if e.isConstant {
			return e.constant, true
		}
		if refers := e.whole(); len(refers) == 1 {
			return r.known(in.parent, refers[0], depth+1)
		}
	case len(steps) >= 3 && steps[0].name == "data":
		n := r.nodes[prefixed(in.address, join(steps[:3]))]
		if n == nil || len(steps) != 4 || steps[3].index != "" || isUnknown(n.unknowns()[steps[3].name]) {
			return nil, false
		}
		values, _ := decode(n.values).(map[string]any)
		v, ok := values[steps[3].name]
		return v, ok
	}
	return nil, false
}
