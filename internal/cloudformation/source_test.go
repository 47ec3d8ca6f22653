package cloudformation_test

import (
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/iblint/iblint/internal/cloudformation"
)

// Follow finds the value that decides what a function returns.
func TestFollow(t *testing.T) {
	template, err := cloudformation.Parse("a.yaml", []byte(`Parameters:
  Name: {Type: String, Default: x}
  Given: {Type: String, Default: x}
  Allowed: {Type: String, Default: x, AllowedValues: [x]}
  List: {Type: CommaDelimitedList, Default: x}
  SSM: {Type: 'AWS::SSM::Parameter::Value<String>', Default: x}
  None: {Type: String}
Conditions:
  Yes: !Equals [a, a]
  No: !Equals [a, b]
  Open: !Equals [a, !Ref None]
Resources:
  R:
    Type: A::B::C
    Properties:
      name: !Ref Name
      long: {Ref: Name}
      given: !Ref Given
      allowed: !Ref Allowed
      list: !Ref List
      ssm: !Ref SSM
      none: !Ref None
      resource: !Ref R
      pseudo: !Ref AWS::Region
      nothing: !Ref Nothing
      "yes": !If [Yes, a, b]
      "no": {'Fn::If': [No, a, b]}
      open: !If [Open, a, b]
      broken: !If [Yes]
      odd: !If {a: b}
      sub: !Sub a
`))
	if err != nil {
		t.Fatal(err)
	}
	s := cloudformation.NewSet().Add(template, cloudformation.Options{Parameters: map[string]string{"Given": "y"}})
	resources, err := s.Resources()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"name": "x", "long": "x", "yes": "a", "no": "b"}
	properties := resources[0].Node().Content[3]
	for i := 0; i < len(properties.Content); i += 2 {
		name, n := properties.Content[i].Value, properties.Content[i+1]
		if !cloudformation.Function(n) {
			t.Errorf("%s: it is a function", name)
		}
		got := ""
		if to := s.Follow(n); to != nil {
			got = to.Value
		}
		if got != want[name] {
			t.Errorf("%s: got %q", name, got)
		}
	}
	if cloudformation.Function(properties) || s.Follow(&yaml.Node{Kind: yaml.ScalarNode}) != nil {
		t.Error("a map and a text are no functions")
	}
	if !template.Declares("None") || !template.Declares("Open") || template.Declares("Nothing") || template.IsJSON() || template.HasConstructs() {
		t.Error("what the template declares")
	}
}

// What a loop repeats and what SAM adds is not written once in the template.
func TestNodeOfRepeated(t *testing.T) {
	template, err := cloudformation.Parse("a.yaml", []byte(`Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Resources:
  Fn::ForEach::Rs: [X, [A, B], {'R${X}': {Type: A::B::C}}]
  F: {Type: AWS::Serverless::Function}
`))
	if err != nil {
		t.Fatal(err)
	}
	resources, err := cloudformation.NewSet().Add(template, cloudformation.Options{}).Resources()
	if err != nil || len(resources) != 4 {
		t.Fatal(err, len(resources))
	}
	for _, r := range resources {
		if written := r.Node() != nil; written != (r.LogicalID == "F") {
			t.Errorf("%s: written is %v", r.LogicalID, written)
		}
	}
}
