package cloudformation

import (
	"go.yaml.in/yaml/v4"
)

// serverless is the macro of the AWS Serverless Application Model.
const serverless = "AWS::Serverless-2016-10-31"

// implicitRoles adds the roles that SAM makes for functions without a role: the logical ID is
// that of the function with Role after it (SAM developer guide, generated resources). What may
// attach policies to them is not followed.
func (s *Stack) implicitRoles() {
	if !s.template.transformed(serverless) || s.template.rolesGiven {
		return
	}
	for _, r := range s.order {
		id := r.id + "Role"
		kind, properties := member(r.node, "Type"), member(r.node, "Properties")
		if kind == nil || kind.Value != "AWS::Serverless::Function" || s.resources[id] != nil || properties != nil && member(properties, "Role") != nil {
			continue
		}
		node := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: r.key.Line, Column: r.key.Column}
		if condition := member(r.node, "Condition"); condition != nil {
			node.Content = append(node.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: "Condition"}, condition)
		}
		role := &resource{id: id, key: r.key, node: node, scope: r.scope, how: r.how, implicit: lambdaRole}
		s.resources[id] = role
		s.order = append(s.order, role)
	}
}

func lambdaRole(s *Stack, r *Resource) {
	at := r.At
	r.Type = "AWS::IAM::Role"
	text := func(text string) *Value { return &Value{Kind: Text, Text: text, At: at} }
	list := func(items ...*Value) *Value { return &Value{Kind: List, Items: items, At: at} }
	object := func(members ...Member) *Value { return &Value{Kind: Map, Members: members, At: at} }
	of := func(name string, v *Value) Member { return Member{name, at, v} }
	policies := &Value{Kind: Unknown, Text: s.symbol(r.LogicalID+".ManagedPolicyArns", "SAM makes the role ("+at.String()+")"), At: at}
	r.Properties = object(
		of("AssumeRolePolicyDocument", object(
			of("Version", text("2012-10-17")),
			of("Statement", list(object(
				of("Action", list(text("sts:AssumeRole"))),
				of("Effect", text("Allow")),
				of("Principal", object(of("Service", list(text("lambda.amazonaws.com"))))),
			))),
		)),
		of("ManagedPolicyArns", policies),
	)
}
