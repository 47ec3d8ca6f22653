package cloudformation

import (
	"bytes"

	"go.yaml.in/yaml/v4"

	"github.com/iblint/iblint/checks/symbol"
)

// Root is the document of the template. Columns of its nodes are bytes, after a byte order mark.
func (t *Template) Root() *yaml.Node { return t.root }

// IsJSON reports whether the template is in JSON.
func (t *Template) IsJSON() bool { return t.json }

// IsUTF8 reports whether the text of the template is the bytes that were parsed.
func (t *Template) IsUTF8() bool {
	return !bytes.HasPrefix(t.Source, []byte("\xff\xfe")) && !bytes.HasPrefix(t.Source, []byte("\xfe\xff"))
}

// Node is the map of the resource in the template; nil: it is not written there once, because a
// loop repeats it or SAM adds it.
func (r *Resource) Node() *yaml.Node {
	if r.written == nil || r.written.implicit != nil || r.written.scope != nil || r.written.how != "" {
		return nil
	}
	return r.written.node
}

// Function reports whether a node is a call of a function.
func Function(n *yaml.Node) bool {
	name, _ := intrinsic(n)
	return name != ""
}

// Follow returns the node that decides the value of a function outside of loops: the branch of
// Fn::If that is taken, or the default of a parameter that Ref names. It returns nil if it is
// another function, if a value was given for the parameter, or if the parameter takes only certain
// values.
func (s *Stack) Follow(n *yaml.Node) *yaml.Node {
	name, arg := intrinsic(n)
	switch name {
	case "Fn::If":
		if !isList(arg) || len(arg.Content) != 3 || !isText(arg.Content[0]) {
			return nil
		}
		switch s.named(arg.Content[0].Value, arg.Content[0]).answer {
		case yes:
			return arg.Content[1]
		case no:
			return arg.Content[2]
		}
	case "Ref":
		e, ok := s.template.declared[arg.Value]
		if _, given := s.o.Parameters[arg.Value]; !ok || given || s.o.OtherParameters != "" || !isText(arg) {
			return nil
		}
		for _, constraint := range []string{"AllowedValues", "AllowedPattern", "MaxLength", "MinLength"} {
			if member(e.value, constraint) != nil {
				return nil
			}
		}
		if v := s.parameter(arg.Value); v == nil || v.Kind != Text || symbol.In(v.Text) {
			return nil
		}
		return member(e.value, "Default")
	}
	return nil
}

// HasConstructs reports whether the CDK made the template: it writes the paths of constructs.
func (t *Template) HasConstructs() bool {
	for _, r := range t.resources {
		one := resource{node: r.value}
		if one.metadata("aws:cdk:path") != "" {
			return true
		}
	}
	return false
}

// Section is the map of a part of the template, such as Resources; nil: there is none.
func (t *Template) Section(name string) *yaml.Node { return member(t.root, name) }

// Declares reports whether the template has a resource, a parameter or a condition of a name.
func (t *Template) Declares(name string) bool {
	for _, list := range [][]entry{t.resources, t.parameters, t.conditions} {
		for _, e := range list {
			if e.name == name {
				return true
			}
		}
	}
	return false
}
