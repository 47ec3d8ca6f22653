package cloudformation

import (
	"bytes"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Template is a template that was read.
type Template struct {
	Name   string // of the file, as errors and places give it
	Source []byte // the text, for edits by byte range

	parameters, mappings, conditions, resources, outputs []entry

	declared   map[string]entry // parameters by name
	rolesGiven bool             // SAM: Globals give all functions a role
	transforms []transform
	root       *yaml.Node
	json       bool
}

// entry is a key with its value.
type entry struct {
	name       string
	key, value *yaml.Node
}

// transform is a macro that CloudFormation applies to the whole template.
type transform struct {
	name string
	at   Position
}

// Parse reads a template in YAML or JSON. The error is ErrOther if the content is none; else it
// is an *source.InputError.
func Parse(name string, data []byte) (*Template, error) {
	text, err := utf8Text(data)
	if err != nil || !sections().Match(text) && !startsLikeTemplate(text) {
		return nil, ErrOther
	}
	root, err := document(name, data)
	switch {
	case err != nil && !mentions(string(text)):
		return nil, ErrOther
	case err != nil:
		return nil, err
	case !isTemplate(root):
		return nil, ErrOther
	}
	t := &Template{Name: name, Source: data, root: root, json: bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("{")) && root.Style&yaml.FlowStyle == 0}
	for _, section := range []struct {
		name string
		into *[]entry
	}{
		{"Parameters", &t.parameters}, {"Mappings", &t.mappings}, {"Conditions", &t.conditions}, {"Resources", &t.resources}, {"Outputs", &t.outputs},
	} {
		if *section.into, err = t.section(root, section.name); err != nil {
			return nil, err
		}
	}
	if len(t.resources) == 0 {
		return nil, failed(Position{name, 1, 1}, "the template has no Resources; declare at least one resource")
	}
	for _, r := range t.resources {
		if err := t.checkResource(r); err != nil {
			return nil, err
		}
	}
	t.declared = map[string]entry{}
	for _, p := range t.parameters {
		t.declared[p.name] = p
	}
	t.readTransforms(root)
	if globals := member(root, "Globals"); globals != nil {
		if function := member(globals, "Function"); function != nil {
			t.rolesGiven = member(function, "Role") != nil
		}
	}
	return t, nil
}

// startsLikeTemplate reports whether a text has a section whose key is written in another way,
// such as with an escape.
func startsLikeTemplate(text []byte) bool {
	return strings.Contains(string(text[:min(len(text), 1<<16)]), "AWSTemplateFormatVersion")
}

func (t *Template) at(n *yaml.Node) Position { return Position{t.Name, n.Line, n.Column} }

// section are the entries of a part of the template.
func (t *Template) section(root *yaml.Node, name string) ([]entry, error) {
	value := member(root, name)
	switch {
	case value == nil || value.Tag == "!!null":
		return nil, nil
	case value.Kind != yaml.MappingNode:
		return nil, failed(t.at(value), "%s is no map; write a name and a colon for each of them", name)
	}
	return entries(value), nil
}

// entries are the keys and values of a mapping. Keys that YAML merges into it ("<<") follow; they
// do not replace others.
func entries(n *yaml.Node) []entry {
	all := make([]entry, 0, len(n.Content)/2)
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := resolved(n.Content[i]), resolved(n.Content[i+1])
		if key.Value == "<<" && key.Tag == "!!merge" {
			merged = append(merged, value)
			continue
		}
		all = append(all, entry{key.Value, n.Content[i], value})
	}
	for _, from := range merged {
		list := []*yaml.Node{from}
		if from.Kind == yaml.SequenceNode {
			list = from.Content
		}
		have := map[string]bool{}
		for _, e := range all {
			have[e.name] = true
		}
		for _, one := range list {
			if one = resolved(one); one.Kind != yaml.MappingNode {
				continue
			}
			for _, e := range entries(one) {
				if !have[e.name] {
					have[e.name] = true
					all = append(all, e)
				}
			}
		}
	}
	return all
}

// member is the value of a key; nil if the mapping does not have it.
func member(n *yaml.Node, name string) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for _, e := range entries(n) {
		if e.name == name {
			return e.value
		}
	}
	return nil
}

// checkResource refuses what is no resource. What a loop or a macro makes is no resource yet.
func (t *Template) checkResource(r entry) error {
	if strings.HasPrefix(r.name, "Fn::") {
		return nil
	}
	if r.value.Kind != yaml.MappingNode {
		return failed(t.at(r.key), "the resource %s is no map; give it a Type", quoted(r.name))
	}
	if kind := member(r.value, "Type"); kind == nil || !isText(kind) || kind.Value == "" {
		return failed(t.at(r.key), "the resource %s has no Type; add one, such as AWS::IAM::Role", quoted(r.name))
	}
	return nil
}

func (t *Template) readTransforms(root *yaml.Node) {
	value := member(root, "Transform")
	if value == nil {
		return
	}
	list := []*yaml.Node{value}
	if value.Kind == yaml.SequenceNode {
		list = value.Content
	}
	for _, one := range list {
		one = resolved(one)
		if name := member(one, "Name"); name != nil {
			one = name
		}
		if one.Value != "" {
			t.transforms = append(t.transforms, transform{one.Value, t.at(one)})
		}
	}
}

func (t *Template) transformed(by string) bool {
	return slices.ContainsFunc(t.transforms, func(one transform) bool { return one.name == by })
}
