package cloudformation

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/iblint/iblint/checks/symbol"
)

// at is the place of a node.
func (s *Stack) at(n *yaml.Node) Position { return s.template.at(n) }

// eval evaluates a value of the template.
func (s *Stack) eval(n *yaml.Node, sc *scope) *Value {
	n = resolved(n)
	if !s.set.enter(s.at(n), len(n.Value)/64+len(n.Content)) {
		return s.unknown(n, sc, "", "it depends on too many other values")
	}
	defer s.set.leave()
	if name, arg := intrinsic(n); name != "" {
		return s.call(name, arg, sc)
	}
	switch n.Kind {
	case yaml.ScalarNode:
		return s.scalar(n, sc)
	case yaml.SequenceNode:
		v := &Value{Kind: List, At: s.at(n)}
		for _, child := range n.Content {
			// CloudFormation removes list items that are AWS::NoValue.
			if item := s.eval(child, sc); item.Given() {
				v.Items = append(v.Items, item)
			}
		}
		return v
	case yaml.MappingNode:
		return s.mapping(n, sc)
	}
	return &Value{At: s.at(n)}
}

// scalar is a text, a number or a bool. Its text is what the template says: CloudFormation reads
// account IDs and dates without quotes as texts. It reads the words of YAML 1.1 as bools.
func (s *Stack) scalar(n *yaml.Node, sc *scope) *Value {
	v := &Value{Kind: Text, Text: n.Value, At: s.at(n)}
	if n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0 {
		switch n.Tag {
		case "!!null":
			return &Value{At: v.At}
		case "!!bool":
			v.Kind, v.Text = Bool, strings.ToLower(n.Value)
		case "!!int", "!!float":
			v.Kind = Number
		default:
			switch strings.ToLower(n.Value) {
			case "yes", "on":
				v.Kind, v.Text = Bool, "true"
			case "no", "off":
				v.Kind, v.Text = Bool, "false"
			}
		}
	}
	if v.Kind == Text {
		v.Text = sc.replace(v.Text)
	}
	return v
}

func (s *Stack) mapping(n *yaml.Node, sc *scope) *Value {
	v := &Value{Kind: Map, At: s.at(n)}
	for _, e := range entries(n) {
		switch {
		case strings.HasPrefix(e.name, loopPrefix):
			s.loop(e, sc, func(body *yaml.Node, inner *scope, how string) {
				if how != "" {
					v.Members = append(v.Members, s.further(e.key, sc, e.name, how))
					return
				}
				one := s.eval(body, inner)
				if one.Kind == Unknown {
					v.Members = append(v.Members, Member{one.Text, one.At, one})
				}
				v.Members = append(v.Members, one.Members...)
			})
		case e.name == "Fn::Transform":
			v.Members = append(v.Members, s.further(e.key, sc, "", "a macro makes it"))
		case strings.HasPrefix(e.name, "Fn::"):
			return s.unknown(n, sc, "", "a function stands beside other keys")
		default:
			if one := s.eval(e.value, sc); one.Given() {
				v.Members = append(v.Members, Member{sc.replace(e.name), s.at(e.key), one})
			}
		}
	}
	return v
}

// further are members of a map that are not known.
func (s *Stack) further(n *yaml.Node, sc *scope, name, why string) Member {
	one := s.unknown(n, sc, name, why)
	return Member{one.Text, one.At, one}
}

// intrinsic is the function that a node calls, by its name in the long form, and the argument.
func intrinsic(n *yaml.Node) (name string, arg *yaml.Node) {
	if strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!") && len(n.Tag) > 1 {
		plain := *n
		plain.Tag, plain.Anchor = "", ""
		if n.Kind == yaml.ScalarNode {
			// With a tag, YAML takes a scalar for a text: !Ref 123 names 123.
			plain.Tag, plain.Style = "!!str", yaml.SingleQuotedStyle
		}
		name = n.Tag[1:]
		if name != "Ref" && name != "Condition" && !strings.HasPrefix(name, "Fn::") {
			name = "Fn::" + name
		}
		return name, &plain
	}
	if n.Kind != yaml.MappingNode || len(n.Content) != 2 {
		return "", nil
	}
	switch key := resolved(n.Content[0]).Value; {
	case strings.HasPrefix(key, loopPrefix):
	case key == "Ref", strings.HasPrefix(key, "Fn::"):
		return key, resolved(n.Content[1])
	}
	return "", nil
}

// unknown is a value that is not known: a symbol with a name that is the same for all that is
// certainly equal, and the reason of the first. Without a name, the place identifies it.
func (s *Stack) unknown(n *yaml.Node, sc *scope, name, why string) *Value {
	at := s.at(n)
	if name == "" || len(name) > maxName {
		name = fmt.Sprintf("the value at %s:%d%s", at, at.Column, sc.names())
	}
	text, ok := s.unknowns[name]
	if !ok {
		text = s.symbol(name, fmt.Sprintf("%s (%s)", why, at))
		s.unknowns[name] = text
	}
	return &Value{Kind: Unknown, Text: text, At: at}
}

// derived is what a function returns of values that are not known. Equal arguments give equal
// results, so the name consists of them.
func (s *Stack) derived(n *yaml.Node, sc *scope, function string, args ...*Value) *Value {
	var texts []string
	var why symbol.Part
	size := 0
	for _, a := range args {
		text := symbol.Text(a.text())
		size += len(text)
		texts = append(texts, text)
		if why.Name == "" {
			why = firstIn(a)
		}
	}
	if why.Name == "" {
		why.Why = "not what " + function + " takes (" + s.at(n).String() + ")"
	}
	s.set.spend(size / 16)
	name := function + "(" + strings.Join(texts, ", ") + ")"
	if size > maxName {
		at := s.at(n)
		name = fmt.Sprintf("%s%s at %s:%d%s", s.prefix, function, at, at.Column, sc.names())
	}
	return &Value{Kind: Unknown, Text: symbol.New(name, why.Why), At: s.at(n)}
}

// text is a value for the name of a symbol.
func (v *Value) text() string {
	if v.Kind == List || v.Kind == Map {
		return v.JSON()
	}
	return v.Text
}

// firstIn is a symbol in a value.
func firstIn(v *Value) symbol.Part {
	if s := symbol.First(v.Text); s.Name != "" {
		return s
	}
	for _, item := range v.Items {
		if s := firstIn(item); s.Name != "" {
			return s
		}
	}
	for _, m := range v.Members {
		if s := symbol.First(m.Name); s.Name != "" {
			return s
		}
		if s := firstIn(m.Value); s.Name != "" {
			return s
		}
	}
	return symbol.Part{}
}
