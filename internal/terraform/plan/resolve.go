package plan

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// Target is what an argument refers to: attributes of resources of some types. If a reference does
// not say which attribute it means, as aws_iam_role.x[each.key].arn in a plan, it is the first one.
type Target struct {
	Types      []string // data sources begin with "data."
	Attributes []string
}

func (t *Target) accepts(n *node) bool {
	kind := n.kind
	if n.data {
		kind = "data." + kind
	}
	return slices.Contains(t.Types, kind)
}

// scope is where an expression stands.
type scope struct {
	in      *instance
	key     string          // index of the instance of the resource, or of the module call
	forEach json.RawMessage // the expression of for_each
}

// meant is what an unknown value can be.
type meant struct {
	values []cty.Value
	open   string // a reference that could be it as well, of which the plan says nothing
	other  string // a reference that takes part, and whose value is something else
}

func (m *meant) add(other meant) {
	for _, v := range other.values {
		if len(m.values) >= maxValues {
			m.open = "too many values"
			break
		}
		if !slices.ContainsFunc(m.values, func(have cty.Value) bool { return have.RawEquals(v) }) {
			m.values = append(m.values, v)
		}
	}
	m.open, m.other = cmp.Or(m.open, other.open), cmp.Or(m.other, other.other)
}

// Plans come from outside, so the work for them is bounded: for one value, and for all of a plan.
const (
	maxSteps  = 1000
	maxTotal  = 2_000_000
	maxDepth  = 1000 // of resources that depend on each other
	maxValues = 100  // that one value can be
)

// spend counts work. The result is false if there was too much of it.
func (r *reader) spend(steps int) bool {
	r.steps++
	r.total += 1 + steps
	return r.steps <= maxSteps && r.total <= maxTotal
}

// expression decodes an expression.
func (r *reader) expression(raw json.RawMessage) (expression, bool) {
	if !r.spend(len(raw) / 100) {
		return expression{}, false
	}
	return asExpression(decode(raw))
}

// resolve returns what an unknown value can be, by what its expression refers to. References to
// what is known cannot be it: a known value is in the plan.
func (r *reader) resolve(s scope, e expression, target *Target) (out meant) {
	if e.isConstant {
		return out
	}
	if !r.spend(len(e.references) * len(e.references) / 100) {
		return meant{open: "too many references"}
	}
	keyed := slices.ContainsFunc(e.references, func(text string) bool {
		return strings.HasPrefix(text, "each.") || text == "count.index"
	})
	for _, text := range e.whole() {
		out.add(r.reference(s, text, keyed, target))
	}
	return out
}

func (r *reader) reference(s scope, text string, keyed bool, target *Target) meant {
	steps := parse(text)
	if len(steps) == 0 {
		return meant{open: "a reference to nothing"}
	}
	switch steps[0].name {
	case "path", "terraform", "count", "self":
		return meant{}
	case "var":
		if len(steps) < 2 || s.in.parent == nil { // those of the root module are known
			return meant{}
		}
		if s.in.call == nil {
			return meant{open: text}
		}
		given, ok := s.in.call.Expressions[steps[1].name]
		if !ok {
			return meant{} // its default
		}
		e, ok := r.expression(given)
		if !ok {
			return meant{open: text}
		}
		return r.resolve(scope{s.in.parent, s.in.key, s.in.call.ForEach}, e, target)
	case "each":
		return r.each(s, steps, target)
	case "module":
		return r.output(s, steps, text, keyed, target)
	case "data":
		if len(steps) < 3 {
			return meant{open: text}
		}
		return r.attribute(s, "data."+steps[1].name+"."+steps[2].name, steps[2].index, steps[3:], text, keyed, target)
	case "local": // plans do not contain local values
		return meant{open: text}
	}
	if len(steps) < 2 {
		return meant{open: text}
	}
	return r.attribute(s, steps[0].name+"."+steps[1].name, steps[1].index, steps[2:], text, keyed, target)
}

// each is a reference to each.key or each.value. The values of for_each = aws_iam_role.x are the
// instances of that resource, by the same keys.
func (r *reader) each(s scope, steps []step, target *Target) (out meant) {
	if len(steps) < 2 || steps[1].name != "value" {
		return out
	}
	e, ok := r.expression(s.forEach)
	if !ok {
		return meant{open: "each.value"}
	}
	if e.isConstant {
		return out
	}
	for _, text := range e.whole() {
		whole := parse(text)
		switch {
		case len(whole) == 2 && whole[0].name != "var" && whole[0].name != "local" && whole[0].name != "module" && whole[0].name != "each" && whole[1].index == "":
			out.add(r.attribute(s, text, "", steps[2:], text, true, target))
		default:
			out.add(r.reference(s, text, true, target))
		}
	}
	return out
}

// output is a reference to an output of a module.
func (r *reader) output(s scope, steps []step, text string, keyed bool, target *Target) (out meant) {
	if len(steps) < 2 || s.in.config.Calls[steps[1].name] == nil {
		return meant{open: text}
	}
	call := s.in.config.Calls[steps[1].name]
	address := prefixed(s.in.address, "module."+steps[1].name)
	for _, key := range chosen(r.instances[address], steps[1].index, s.key, keyed) {
		in := r.modules[address+key]
		if len(steps) > 2 {
			out.add(r.outputOf(in, call, steps[2].name, text, target))
			continue
		}
		for _, name := range sortedKeys(call.Module.Outputs) { // the reference does not say which one
			if one := r.outputOf(in, call, name, text, target); len(one.values) > 0 || one.open != "" {
				out.add(one)
			}
		}
	}
	return out
}

func (r *reader) outputOf(in *instance, call *moduleCall, name, text string, target *Target) meant {
	output, ok := call.Module.Outputs[name]
	if !ok {
		return meant{open: text}
	}
	e, ok := r.expression(output.Expression)
	if !ok {
		return meant{open: text}
	}
	return r.resolve(scope{in: in}, e, target)
}

// attribute is a reference to an attribute of a resource, or to a resource as a whole.
func (r *reader) attribute(s scope, resource, index string, rest []step, text string, keyed bool, target *Target) (out meant) {
	address := prefixed(s.in.address, resource)
	keys, found := r.keys[address]
	if !found {
		if s.in.config.resource(resource) == nil {
			return meant{open: text}
		}
		return out // it has no instances, or is a data source that was read
	}
	name := ""
	if len(rest) > 0 {
		name = rest[0].name
	}
	for _, key := range chosen(keys, index, s.key, keyed) {
		if !r.spend(len(out.values)) || out.open != "" {
			return meant{open: text}
		}
		out.add(r.value(r.nodes[address+key], name, text, target))
	}
	return out
}

// value is an attribute of an instance, unless the plan knows it.
func (r *reader) value(n *node, name, text string, target *Target) meant {
	unknown := n.unknowns()
	if name != "" && !isUnknown(unknown[name]) || name == "" && !isUnknown(unknown) {
		return meant{}
	}
	switch {
	case !target.accepts(n) && (n.wanted || slices.Contains([]string{"arn", "id", "name"}, name)):
		return meant{other: text}
	case !target.accepts(n) || !r.evaluate(n):
		return meant{open: text}
	}
	for _, attribute := range target.Attributes {
		if name != "" && name != attribute || !isUnknown(unknown[attribute]) {
			continue
		}
		if v, ok := n.computed[attribute]; ok {
			return meant{values: []cty.Value{v}}
		}
	}
	return meant{open: text}
}

// chosen are the instances that a reference means: the one with the index that it has, or with the
// key of the instance that refers to it, or else all.
func chosen(keys []string, index, own string, keyed bool) []string {
	switch {
	case index != "":
		if slices.Contains(keys, index) {
			return []string{index}
		}
		return nil
	case keyed && own != "" && slices.Contains(keys, own):
		return []string{own}
	}
	return keys
}
