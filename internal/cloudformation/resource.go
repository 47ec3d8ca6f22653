package cloudformation

import (
	"go.yaml.in/yaml/v4"
)

// Resource is a resource of a stack.
type Resource struct {
	LogicalID string // as the template gives it; with a symbol if a loop has unknown items
	Type      string // AWS::IAM::Role
	// Properties is a map, or unknown. Dynamic references ({{resolve:…}}) are symbols in it.
	Properties *Value
	// Uncertain is not empty if it is not known whether the resource will exist: the reason,
	// such as "condition IsProd depends on ${Stage}: parameter without value (a.yaml:3)".
	Uncertain string
	// Retained says that CloudFormation never deletes the resource: neither with the stack nor
	// when another resource replaces it.
	Retained bool
	Path     string   // of the construct that the CDK made it of (aws:cdk:path); empty: none
	Asset    string   // the file that a property is replaced with (aws:asset:path); empty: none
	At       Position // of the logical ID

	written    *resource
	stack      *Stack
	attributes map[string]string
	nested     *Stack
	noNested   string
}

// Address is the logical ID, after those of the stacks that it is nested in.
func (r *Resource) Address() string { return r.stack.path + r.LogicalID }

// Stack is the stack that the resource belongs to.
func (r *Resource) Stack() *Stack { return r.stack }

// GeneratedName is the name that CloudFormation gives a resource without a name of its own: the
// name of the stack, the logical ID, and random characters, of which all are letters, digits and
// hyphens (CloudFormation User Guide, Name type). It is a symbol.
func (r *Resource) GeneratedName() string {
	name := r.stack.symbol(r.LogicalID, "the name is generated at the deployment ("+r.At.String()+")")
	r.stack.set.words[name] = true
	return name
}

// resource is a resource that may not be evaluated yet.
type resource struct {
	id    string
	key   *yaml.Node
	node  *yaml.Node
	scope *scope
	how   string // why it is not known how many there are, of a loop

	implicit func(*Stack, *Resource) // sets the properties of a resource that SAM adds

	running, done bool
	cyclic        string    // why CloudFormation refuses it, if it depends on itself
	result        *Resource // nil: it will not exist
}

// cycle notes that the resources that are being evaluated, from one on, depend on each other.
// CloudFormation refuses such a template.
func (set *Set) cycle(from *resource, at Position) {
	for i := len(set.running) - 1; i >= 0; i-- {
		set.running[i].cyclic = "it depends on itself (" + at.String() + ")"
		if set.running[i] == from {
			return
		}
	}
}

// declare adds a resource of the template. The first of the same name counts, which only loops
// can repeat.
func (s *Stack) declare(e entry, sc *scope, how string) {
	id := sc.replace(e.name)
	if s.resources[id] != nil || !s.set.declare(s.at(e.key)) {
		return
	}
	r := &resource{id: id, key: e.key, node: e.value, scope: sc, how: how}
	s.resources[id] = r
	s.order = append(s.order, r)
}

// evaluate evaluates a resource once. It returns nil for one that will not exist.
func (s *Stack) evaluate(r *resource) *Resource {
	if r.done || r.running {
		return r.result
	}
	r.running = true
	s.set.running = append(s.set.running, r)
	r.result = s.newResource(r)
	s.set.running = s.set.running[:len(s.set.running)-1]
	r.running, r.done = false, true
	if r.result != nil && r.cyclic != "" {
		r.result.Uncertain = r.cyclic
	}
	return r.result
}

func (s *Stack) newResource(r *resource) *Resource {
	out := &Resource{LogicalID: r.id, At: s.at(r.key), written: r, stack: s, Uncertain: r.how}
	if kind := member(r.node, "Type"); kind != nil && isText(kind) {
		out.Type = r.scope.replace(kind.Value)
	}
	if name := member(r.node, "Condition"); name != nil {
		id := r.scope.replace(name.Value)
		switch v := s.named(id, name); v.answer {
		case no:
			return nil
		case undecided:
			out.Uncertain = "condition " + quotedName(id) + " " + v.why
		}
	}
	for _, why := range s.macros() {
		out.Uncertain = why
	}
	if s.o.Uncertain != "" {
		out.Uncertain = s.o.Uncertain
	}
	out.Path, out.Asset = r.metadata("aws:cdk:path"), r.metadata("aws:asset:path")
	out.Retained = s.retained(r, "DeletionPolicy") && s.retained(r, "UpdateReplacePolicy")
	if r.implicit != nil {
		r.implicit(s, out)
	} else {
		out.Properties = s.properties(r)
	}
	if s.o.Compute != nil {
		out.attributes = s.o.Compute(out)
	}
	return out
}

// properties are the properties, with symbols for dynamic references.
func (s *Stack) properties(r *resource) *Value {
	n := member(r.node, "Properties")
	if n == nil {
		return &Value{Kind: Map, At: s.at(r.key)}
	}
	v := s.dynamic(s.eval(n, r.scope))
	if v.Kind != Map && v.Kind != Unknown {
		return &Value{Kind: Map, At: v.At}
	}
	return v
}

// retained reports whether an attribute of the resource is Retain. It may be an intrinsic function
// (AWS::LanguageExtensions).
func (s *Stack) retained(r *resource, attribute string) bool {
	n := member(r.node, attribute)
	return n != nil && s.eval(n, r.scope).Text == "Retain"
}

// metadata is an entry that the CDK writes; empty if there is none.
func (r *resource) metadata(name string) string {
	if all := member(r.node, "Metadata"); all != nil {
		if n := member(all, name); n != nil {
			return n.Value
		}
	}
	return ""
}
