package cloudformation

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/iblint/iblint/checks/symbol"
)

// parameter is the value of a parameter: the given one, or the default. The result is nil if the
// template does not declare it.
func (s *Stack) parameter(name string) *Value {
	if v, ok := s.parameters[name]; ok {
		return v
	}
	e, ok := s.template.declared[name]
	if !ok {
		return nil
	}
	v := s.parameterValue(e)
	s.parameters[name] = v
	return v
}

func (s *Stack) parameterValue(e entry) *Value {
	kind := ""
	if n := member(e.value, "Type"); n != nil {
		kind = n.Value
	}
	list := kind == "CommaDelimitedList" || strings.HasPrefix(kind, "List<") || strings.HasPrefix(kind, "AWS::SSM::Parameter::Value<List") || kind == "AWS::SSM::Parameter::Value<CommaDelimitedList>"
	open := func(why string) *Value {
		v := s.unknown(e.key, nil, e.name, why)
		if !list {
			v.Kind = Text
		}
		return v
	}
	// The given value and the default are the name of the parameter in SSM, not the value.
	if strings.HasPrefix(kind, "AWS::SSM::Parameter::Value<") {
		return open("value of a parameter in SSM, read at the deployment")
	}
	text, given := s.o.Parameters[e.name]
	switch standard := member(e.value, "Default"); {
	case given:
	case s.o.OtherParameters != "":
		return open(s.o.OtherParameters)
	case standard == nil:
		return open("parameter without value")
	case !isText(standard) && !isList(standard):
		return open("the default is no text")
	default:
		text = defaultText(standard)
	}
	if len(text) > maxText {
		return open("the value is too long")
	}
	v := &Value{Kind: Text, Text: text, At: s.at(e.key)}
	switch {
	case kind == "Number" && !symbol.In(text):
		v.Kind = Number
	case list && symbol.In(text) && !s.plain(text, ","):
		// A symbol may stand for several items.
		v.Kind = Unknown
		if !symbol.Is(text) {
			return s.derived(e.key, nil, "Fn::Split", &Value{Kind: Text, Text: ","}, &Value{Kind: Text, Text: text})
		}
	case list:
		v.Kind, v.Text = List, ""
		if text != "" {
			for item := range strings.SplitSeq(text, ",") {
				v.Items = append(v.Items, &Value{Kind: Text, Text: strings.TrimSpace(item), At: v.At})
			}
		}
	}
	return v
}

// defaultText is a default as text. CloudFormation wants texts of lists, and people write lists.
func defaultText(n *yaml.Node) string {
	if n.Kind != yaml.SequenceNode {
		return n.Value
	}
	items := make([]string, len(n.Content))
	for i, item := range n.Content {
		items[i] = resolved(item).Value
	}
	return strings.Join(items, ",")
}
