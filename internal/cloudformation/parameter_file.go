package cloudformation

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/iblint/iblint/checks/symbol"
)

const parameterForms = `expected [{"ParameterKey": …, "ParameterValue": …}], ["KEY=VALUE"], or {"Parameters": {KEY: VALUE}}`

// ParseParameters reads values of parameters from a file, in the form of the option --parameters
// of aws cloudformation, of --parameter-overrides of aws cloudformation deploy, or of a template
// configuration file of CodePipeline. A value that only the deployment knows is a symbol. Errors
// are *source.InputError.
func ParseParameters(name string, data []byte) (map[string]string, error) {
	root, err := document(name, data)
	if err != nil {
		return nil, err
	}
	f := parameterFile{name: name, values: map[string]string{}}
	if root.Kind == yaml.SequenceNode {
		for _, n := range root.Content {
			if err := f.item(resolved(n)); err != nil {
				return nil, err
			}
		}
		return f.values, nil
	}
	values := member(root, "Parameters")
	if values == nil || values.Kind != yaml.MappingNode {
		return nil, f.failed(root, "no values of parameters; "+parameterForms)
	}
	for _, e := range entries(values) {
		if err := f.add(e.key, e.name, e.value); err != nil {
			return nil, err
		}
	}
	return f.values, nil
}

type parameterFile struct {
	name   string
	values map[string]string
}

func (f *parameterFile) at(n *yaml.Node) Position { return Position{f.name, n.Line, n.Column} }

func (f *parameterFile) failed(n *yaml.Node, say string) error {
	return failed(f.at(n), "%s", say)
}

// item is an item of a list: KEY=VALUE, or an object.
func (f *parameterFile) item(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		key, value, ok := strings.Cut(n.Value, "=")
		if !ok || key == "" {
			return f.failed(n, quoted(n.Value)+" is not KEY=VALUE")
		}
		return f.add(n, key, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value, Line: n.Line, Column: n.Column})
	}
	key, value, previous := member(n, "ParameterKey"), member(n, "ParameterValue"), member(n, "UsePreviousValue")
	switch {
	case key == nil || key.Kind != yaml.ScalarNode || key.Value == "":
		return f.failed(n, "not a value of a parameter; "+parameterForms)
	case value != nil:
		return f.add(key, key.Value, value)
	case previous != nil && previous.Value == "true":
		return f.set(key, key.Value, symbol.New(key.Value, "the value that the stack has already ("+f.at(key).String()+")"))
	}
	return f.failed(key, "the parameter "+quoted(key.Value)+" has no ParameterValue; add one")
}

func (f *parameterFile) add(key *yaml.Node, name string, value *yaml.Node) error {
	switch value.Kind {
	case yaml.ScalarNode:
		if value.Tag == "!!null" {
			return f.failed(key, "the parameter "+quoted(name)+" has no value; add one, or remove it")
		}
		return f.set(key, name, value.Value)
	case yaml.SequenceNode:
		return f.set(key, name, defaultText(value))
	}
	// CodePipeline: Fn::GetArtifactAtt and Fn::GetParam.
	if len(value.Content) != 2 || !strings.HasPrefix(value.Content[0].Value, "Fn::Get") {
		return f.failed(key, "the value of the parameter "+quoted(name)+" is neither a text nor a list; "+parameterForms)
	}
	return f.set(key, name, symbol.New(name, "the pipeline gives the value ("+f.at(key).String()+")"))
}

func (f *parameterFile) set(key *yaml.Node, name, value string) error {
	if _, again := f.values[name]; again {
		return f.failed(key, "the parameter "+quoted(name)+" has two values; remove one")
	}
	f.values[name] = value
	return nil
}
