package cloudformation

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/iblint/iblint/checks/symbol"
)

// ref is Ref. With AWS::LanguageExtensions, the name may be computed.
func ref(c call) *Value {
	if isText(c.node) {
		return c.reference(c.scope.replace(c.node.Value), c.node, c.scope)
	}
	switch name := c.eval(c.node, c.scope); {
	case name.Kind == Unknown || symbol.In(name.Text):
		return c.of(name)
	case name.IsText():
		return c.reference(name.Text, c.node, c.scope)
	}
	return c.wrong("Ref without a name")
}

// reference is what Ref of a name returns.
func (s *Stack) reference(name string, n *yaml.Node, sc *scope) *Value {
	if text, ok := sc.value(name); ok {
		return &Value{Kind: Text, Text: text, At: s.at(n)}
	}
	if text, ok := s.pseudo[name]; ok {
		return &Value{Kind: Text, Text: text, At: s.at(n)}
	}
	switch name {
	case "AWS::NoValue":
		return &Value{At: s.at(n)}
	case "AWS::NotificationARNs":
		return s.unknown(n, sc, name, "topics are given at the deployment")
	}
	if v := s.parameter(name); v != nil {
		return v
	}
	if s.resources[name] != nil {
		return s.attributeOf(name, "Ref", n, sc)
	}
	return s.unknown(n, sc, name, "the template has no parameter and no resource of this name")
}

// getAtt is Fn::GetAtt: a list of the logical ID and the attribute, or both with a dot between
// them.
func getAtt(c call) *Value {
	var parts []string
	if isText(c.node) {
		parts = strings.SplitN(c.scope.replace(c.node.Value), ".", 2)
	}
	for _, n := range c.list() {
		v := c.eval(n, c.scope)
		if !v.IsText() || symbol.In(v.Text) && c.resources[v.Text] == nil {
			return c.of(v)
		}
		parts = append(parts, v.Text)
	}
	if len(parts) < 2 {
		return c.wrong("Fn::GetAtt without a resource and an attribute")
	}
	return c.attribute(parts[0], strings.Join(parts[1:], "."), c.node, c.scope)
}

// attribute is what Fn::GetAtt returns.
func (s *Stack) attribute(id, attribute string, n *yaml.Node, sc *scope) *Value {
	if s.resources[id] == nil {
		return s.unknown(n, sc, id+"."+attribute, "the template has no resource "+quotedName(id))
	}
	return s.attributeOf(id, attribute, n, sc)
}

// attributeOf is an attribute of a resource, or what Ref returns for it ("Ref").
func (s *Stack) attributeOf(id, attribute string, n *yaml.Node, sc *scope) *Value {
	name := id
	if attribute != "Ref" {
		name += "." + attribute
	}
	entry := s.resources[id]
	if entry.running {
		s.set.cycle(entry, s.at(n))
		return s.unknown(n, sc, name, "the resource depends on itself")
	}
	r := s.evaluate(entry)
	if r == nil {
		return s.unknown(n, sc, name, "the resource is not created, because its condition does not hold")
	}
	if text, ok := r.attributes[attribute]; ok {
		return &Value{Kind: Text, Text: text, At: s.at(n)}
	}
	if out, ok := strings.CutPrefix(attribute, "Outputs."); ok && r.Type == nestedType {
		child, why := r.Nested()
		if child == nil {
			return &Value{Kind: Unknown, Text: s.symbol(name, why+" ("+r.At.String()+")"), At: s.at(n)}
		}
		if v, ok := child.Output(out); ok {
			return &Value{Kind: v.Kind, Text: v.Text, At: s.at(n), optional: v.optional}
		}
	}
	// The same for each reference, so that they are equal.
	return &Value{Kind: Unknown, Text: s.symbol(name, "known after the deployment ("+r.At.String()+")"), At: s.at(n)}
}

// findInMap is Fn::FindInMap: a map, two keys, and perhaps a default (AWS::LanguageExtensions).
func findInMap(c call) *Value {
	list := c.list()
	if len(list) < 3 || len(list) > 4 {
		return c.wrong("Fn::FindInMap without a map and two keys")
	}
	var keys []*Value
	for _, n := range list[:3] {
		v := c.eval(n, c.scope)
		if !v.IsText() && v.Kind != Unknown {
			return c.wrong("a key of Fn::FindInMap is no text")
		}
		keys = append(keys, v)
	}
	for _, v := range keys {
		if v.Kind == Unknown || symbol.In(v.Text) {
			one := c.of(keys...)
			return &Value{Kind: Unknown, Text: c.symbol(symbol.First(one.Text).Name, symbol.First(one.Text).Why), At: one.At}
		}
	}
	for _, e := range c.template.mappings {
		c.set.spend(1)
		if e.name != keys[0].Text {
			continue
		}
		c.set.spend(len(e.value.Content))
		if top := member(e.value, keys[1].Text); top != nil {
			c.set.spend(len(top.Content))
			if found := member(top, keys[2].Text); found != nil {
				return c.eval(found, nil)
			}
		}
	}
	if len(list) == 4 {
		if standard := member(resolved(list[3]), "DefaultValue"); standard != nil {
			return c.eval(standard, c.scope)
		}
	}
	return c.wrong("the mappings have no such keys")
}

// importValue is Fn::ImportValue.
func importValue(c call) *Value {
	name := c.eval(c.node, c.scope)
	if !name.IsText() {
		return c.of(name)
	}
	if v := c.set.exported(c.Stack, name.Text); v != nil {
		return &Value{Kind: v.Kind, Text: v.Text, At: c.at(), optional: v.optional}
	}
	return &Value{Kind: Unknown, Text: c.set.missing(c.Stack, name.Text, c.at()), At: c.at()}
}
