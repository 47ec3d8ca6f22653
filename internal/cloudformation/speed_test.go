package cloudformation_test

import (
	"fmt"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/iblint/iblint/internal/cloudformation"
)

// large is a template of 5 MB, far more than CloudFormation accepts.
func large() string {
	var b strings.Builder
	b.WriteString("Parameters:\n  Stage: {Type: String, Default: dev}\nResources:\n")
	for i := 0; b.Len() < 5<<20; i++ {
		fmt.Fprintf(&b, `  Role%d:
    Type: Test::Named::Role
    Properties:
      Name: !Sub role-%d-${Stage}-${AWS::Region}
      Document:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Principal:
              Service: !Join ['.', [imagebuilder, !Ref AWS::URLSuffix]]
            Action: sts:AssumeRole
      Tags: [{Key: a, Value: !GetAtt Role%d.Arn}]
`, i, i, i/2+i%2)
	}
	return b.String()
}

// BenchmarkLibrary is what the YAML library alone takes for the template of BenchmarkTemplate.
func BenchmarkLibrary(b *testing.B) {
	text := []byte(large())
	for b.Loop() {
		var root yaml.Node
		if err := yaml.Unmarshal(text, &root); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTemplate reads and evaluates a large template.
func BenchmarkTemplate(b *testing.B) {
	text := []byte(large())
	for b.Loop() {
		template, err := cloudformation.Parse("a.yaml", text)
		if err != nil {
			b.Fatal(err)
		}
		all, err := cloudformation.NewSet().Add(template, options()).Resources()
		if err != nil || len(all) < 10_000 {
			b.Fatal(len(all), err)
		}
	}
}
