package cloudformation

import (
	"go.yaml.in/yaml/v4"
)

// call is a call of a function.
type call struct {
	*Stack
	name  string
	node  *yaml.Node // the argument
	scope *scope
}

// functions are the functions that can be evaluated. Others, such as Fn::GetAZs and
// Fn::Transform, return what only the deployment knows.
var functions map[string]func(call) *Value

func init() { // the functions evaluate their arguments, which call functions
	functions = map[string]func(call) *Value{
		"Ref":              ref,
		"Fn::GetAtt":       getAtt,
		"Fn::Sub":          substitute,
		"Fn::Join":         join,
		"Fn::Select":       choice,
		"Fn::Split":        split,
		"Fn::If":           func(c call) *Value { return c.choose(c.node, c.list(), c.scope) },
		"Fn::FindInMap":    findInMap,
		"Fn::ImportValue":  importValue,
		"Fn::Base64":       base64Of,
		"Fn::Cidr":         subnets,
		"Fn::Length":       length,
		"Fn::ToJsonString": toJSON,
	}
}

func (s *Stack) call(name string, arg *yaml.Node, sc *scope) *Value {
	c := call{s, name, arg, sc}
	if f := functions[name]; f != nil {
		v := f(c)
		s.set.spend(len(v.Text)/16 + len(v.Items))
		if len(v.Text) > maxText {
			return s.unknown(arg, sc, "", "the text is too long")
		}
		return v
	}
	switch name {
	case "Fn::GetAZs":
		return c.derived(arg, sc, name, s.eval(arg, sc), &Value{Kind: Unknown, Text: s.symbol("AWS::Region zones", "Availability Zones are looked up at the deployment ("+s.at(arg).String()+")")})
	case "Fn::Transform":
		return s.unknown(arg, sc, "", "a macro makes it")
	case "Fn::Equals", "Fn::And", "Fn::Or", "Fn::Not", "Condition":
		return s.conditionValue(name, arg, sc)
	}
	return s.unknown(arg, sc, "", "the function "+quotedName(name)+" is not evaluated")
}

// conditionValue is the value of a condition function outside of conditions.
func (s *Stack) conditionValue(name string, arg *yaml.Node, sc *scope) *Value {
	called := *arg
	called.Tag = "!" + name
	v := s.decide(&called, sc)
	if v.answer == undecided {
		return s.unknown(arg, sc, "", v.why)
	}
	text := "false"
	if v.answer == yes {
		text = "true"
	}
	return &Value{Kind: Bool, Text: text, At: s.at(arg)}
}

// list are the arguments of a function that takes several; nil if it is not given a list.
func (c call) list() []*yaml.Node {
	if !isList(c.node) {
		return nil
	}
	return c.node.Content
}

// args are evaluated arguments. The result is false if there are not so many.
func (c call) args(from, to int) ([]*Value, bool) {
	list := c.list()
	if len(list) < from || len(list) > to {
		return nil, false
	}
	all := make([]*Value, len(list))
	for i, n := range list {
		all[i] = c.eval(n, c.scope)
	}
	return all, true
}

func (c call) at() Position { return c.Stack.at(c.node) }

func (c call) text(text string) *Value { return &Value{Kind: Text, Text: text, At: c.at()} }

// wrong is what a function returns whose arguments CloudFormation refuses.
func (c call) wrong(why string) *Value { return c.unknown(c.node, c.scope, "", why) }

// of is what a function returns that depends on what is not known.
func (c call) of(args ...*Value) *Value { return c.derived(c.node, c.scope, c.name, args...) }
