package plan

import (
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/iblint/iblint/internal/terraform"
)

// Options say what the types of resources mean.
type Options struct {
	// Compute returns what the provider computes for a resource or data source, as
	// terraform.Options.Compute does.
	Compute func(*terraform.Resource) map[string]cty.Value
	// Target is what an argument refers to, by the type of its resource and its name; nil: what
	// it refers to does not say what it is.
	Target func(kind, argument string) *Target
	// Collection reports whether an argument or a block of a name is no single value.
	Collection func(argument string) bool
}

// Resource is an instance of a resource or data source.
type Resource struct {
	*terraform.Resource
	// ProviderName names the provider, whichever configuration of it applies.
	ProviderName string

	configured func(argument string) bool
}

// Configured reports whether the configuration gives an argument. In a state, none is known to be.
func (r Resource) Configured(argument string) bool {
	return r.configured != nil && r.configured(argument)
}

// reader turns the objects of a plan into resources.
type reader struct {
	plan      *Plan
	options   Options
	modules   map[string]*instance
	instances map[string][]string // keys of module instances, by the address of the call
	nodes     map[string]*node    // by address
	keys      map[string][]string // keys of the instances of a resource, by its address
	providers map[string]*terraform.Provider

	steps, total int // work so far: for one value, and in all
	depth        int // resources that are being evaluated

	last     *resourceConfig // the configuration that was decoded last: instances of a resource follow each other
	lastBody any
}

// node is an object on the way to be a resource.
type node struct {
	object
	in       *instance
	key      string
	config   *resourceConfig
	body     any            // the configuration of its arguments
	open     map[string]any // what is unknown
	state    int            // 0: not evaluated; 1: being evaluated; 2: evaluated
	computed map[string]cty.Value
	resource *terraform.Resource
	mixed    bool // values are not shown as they are
}

// Resources are what a plan leaves behind, in the order of the file.
func (p *Plan) Resources(o Options) []Resource {
	return p.read(p.objects, o)
}

// Before are the resources as they are before the plan is applied.
func (p *Plan) Before(o Options) []Resource {
	return p.read(p.past, o)
}

// IsState reports whether this is a state.
func (p *Plan) IsState() bool { return p.state }

func (p *Plan) read(objects []object, o Options) (all []Resource) {
	r := &reader{
		plan: p, options: o, modules: map[string]*instance{}, instances: map[string][]string{},
		nodes: make(map[string]*node, len(objects)), keys: map[string][]string{}, providers: map[string]*terraform.Provider{},
	}
	nodes := make([]*node, 0, len(objects))
	for _, one := range objects {
		if r.nodes[one.address] != nil || one.address == "" {
			continue
		}
		n := r.node(one)
		nodes = append(nodes, n)
	}
	for _, n := range nodes {
		if n.wanted && r.evaluate(n) {
			all = append(all, Resource{n.resource, n.provider, n.configured})
		}
	}
	return all
}

func (r *reader) node(o object) *node {
	module, own := split(parse(o.address))
	n := &node{object: o, in: r.module(module)}
	if len(own) > 0 {
		n.key = own[len(own)-1].index
		own = slices.Clone(own)
		own[len(own)-1].index = ""
	}
	address := join(own)
	n.config = n.in.config.resource(address)
	r.nodes[o.address] = n
	whole := prefixed(n.in.address, address)
	r.keys[whole] = append(r.keys[whole], n.key)
	return n
}

// configured reports whether the configuration gives an argument.
func (n *node) configured(argument string) bool {
	if n.config == nil {
		return false
	}
	body := n.body
	if body == nil {
		body = decode(n.config.Expressions)
	}
	members, _ := body.(map[string]any)
	_, ok := members[argument]
	return ok
}

// arguments are the configuration of a node's arguments.
func (r *reader) arguments(n *node) any {
	if n.config == nil {
		return nil
	}
	if r.last != n.config {
		r.last, r.lastBody = n.config, decode(n.config.Expressions)
		if r.lastBody == nil {
			r.lastBody = map[string]any{}
		}
	}
	return r.lastBody
}

// unknowns are the parts of the object that are not known.
func (n *node) unknowns() map[string]any {
	if n.open == nil {
		n.open, _ = decode(n.unknown).(map[string]any)
		if n.open == nil {
			n.open = map[string]any{}
		}
	}
	return n.open
}

// isUnknown reports whether a value or a part of it is not known.
func isUnknown(shape any) bool {
	switch s := shape.(type) {
	case bool:
		return s
	case []any:
		return slices.ContainsFunc(s, isUnknown)
	case map[string]any:
		for _, one := range s {
			if isUnknown(one) {
				return true
			}
		}
	}
	return false
}

// evaluate makes the resource of a node. The result is false if it depends on itself.
func (r *reader) evaluate(n *node) bool {
	if n.state > 0 || !n.wanted || r.depth > maxDepth {
		return n.state == 2
	}
	n.state = 1
	r.depth++
	defer func() { r.depth-- }()
	n.body = r.arguments(n)
	resource := &terraform.Resource{
		Address: n.address, Data: n.data, Type: n.kind, Name: n.name, Uncertain: n.deferred, Provider: r.provider(n),
		Range: hcl.Range{Filename: r.plan.name, Start: hcl.Pos{Line: 1, Column: 1}},
	}
	raw, shown := r.body(n)
	give := func() {
		v := cty.ObjectVal(raw)
		if n.mixed {
			resource.Give(cty.ObjectVal(shown), v)
		} else {
			resource.Give(v, v)
		}
	}
	give()
	n.computed = r.options.Compute(resource)
	unknown := n.unknowns()
	for _, name := range slices.Sorted(maps.Keys(n.computed)) {
		if given, ok := raw[name]; ok && !isUnknown(unknown[name]) && !given.IsNull() {
			n.computed[name] = given // what exists has it already
			continue
		}
		raw[name], shown[name] = n.computed[name], n.computed[name]
	}
	give()
	n.resource, n.state = resource, 2
	n.body, n.open = nil, nil // they are large, and hardly ever needed again
	return true
}

func sortedKeys[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }
