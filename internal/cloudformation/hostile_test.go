package cloudformation_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/iblint/iblint/internal/cloudformation"
	"github.com/iblint/iblint/internal/source"
	"github.com/iblint/iblint/internal/testrun"
)

const small = "Resources: {X: {Type: AWS::T::T}}\n"

// bomb are aliases of aliases: 10^levels values.
func bomb(levels int) string {
	var b strings.Builder
	b.WriteString("Metadata:\n  a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n")
	for i := 1; i < levels; i++ {
		fmt.Fprintf(&b, "  a%d: &a%d [%s]\n", i, i, strings.Repeat(fmt.Sprintf("*a%d,", i-1), 10))
	}
	return b.String()
}

// Bad input is one line that names the file, the line, and what to do.
func TestErrors(t *testing.T) {
	for text, want := range map[string]string{
		"AWSTemplateFormatVersion: '2010-09-09'\n":                         "a.yaml:1: the template has no Resources; declare at least one resource",
		"AWSTemplateFormatVersion: '2010-09-09'\nResources: {}\n":          "a.yaml:1: the template has no Resources; declare at least one resource",
		"AWSTemplateFormatVersion: '2010-09-09'\nResources: []\n":          "a.yaml:2: Resources is no map",
		"AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  X: y\n":     "a.yaml:3: the resource \"X\" is no map",
		"AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  X: {a: b}":  "a.yaml:3: the resource \"X\" has no Type; add one",
		small + "Parameters: x\n":                                          "a.yaml:2: Parameters is no map",
		"Resources:\n  X: {Type: AWS::T::T}\n  X: {Type: AWS::T::T}\n":     "a.yaml:3: the key \"X\" is already on line 2; remove one of them",
		`{"Resources": {"X": {"Type": "AWS::T::T", "Type": "AWS::T::T"}}}`: "a.yaml:1: the key \"Type\" is already on line 1",
		"AWSTemplateFormatVersion: x\nResources:\n  R: [unclosed\n   P:\n": "a.yaml:4: not YAML",
		"AWSTemplateFormatVersion: x\nResources:\n\tR: x\n":                "a.yaml:3: not YAML",
		"{\"AWSTemplateFormatVersion\": \"x\",\n \"Resources\": {\n":       "a.yaml:3: the file is truncated",
		"{\"AWSTemplateFormatVersion\": \"x\",\n \"Resources\": }":         "a.yaml:2: not JSON",
		small + "---\nb: 1\n":                                                      "a.yaml:2: a second document begins here",
		small + "Metadata: \xff\n":                                                 "a.yaml:2: the file is not UTF-8; save it as UTF-8",
		small + "Metadata: &a [*a]\n":                                              "a.yaml:2: the alias *a contains itself",
		small + "Metadata: {[a]: b}\n":                                             "a.yaml:2: a key is no text",
		small + "Metadata: \ufdd0\n":                                               "a.yaml:2: the text contains the noncharacter",
		small + "Metadata: " + strings.Repeat("[", 600):                            "a.yaml:3: not YAML",
		small + "Metadata: " + strings.Repeat("[", 100_000):                        "a.yaml:2: not YAML",
		small + "Metadata: " + strings.Repeat("[", 600) + strings.Repeat("]", 600): "a.yaml:2: values are nested more than 500 levels deep",
		`{"AWSTemplateFormatVersion": ` + strings.Repeat("[", 100_000):             "a.yaml:1: values are nested more than 500 levels deep",
		small + bomb(12):                                                           "a.yaml:",
	} {
		begin := time.Now()
		_, err := cloudformation.Parse("a.yaml", []byte(text))
		var input *source.InputError
		if err == nil || !errors.As(err, &input) || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.80q\n got %v\nwant %s", text, err, want)
		}
		if took := time.Since(begin); took > time.Minute {
			t.Errorf("%.80q took %s", text, took)
		}
	}
}

// Evaluating takes bounded work, whatever a template multiplies.
func TestBounded(t *testing.T) {
	testrun.Long(t)
	var doubling, chain, loops, names strings.Builder
	doubling.WriteString("Resources:\n  R0: {Type: Test::Named::Role, Properties: {Name: 0123456789}}\n")
	chain.WriteString("Resources:\n")
	names.WriteString("Parameters: {P: {Type: String}}\nResources:\n  R0: {Type: Test::Named::Role, Properties: {Name: !Ref P}}\n")
	for i := 1; i < 60; i++ {
		fmt.Fprintf(&doubling, "  R%d: {Type: Test::Named::Role, Properties: {Name: !Sub '${R%d}${R%d}'}}\n", i, i-1, i-1)
		fmt.Fprintf(&names, "  R%d: {Type: Test::Named::Role, Properties: {Name: !Base64 {'Fn::Sub': '${R%d}${R%d}'}}}\n", i, i-1, i-1)
	}
	for i := range 20_000 {
		fmt.Fprintf(&chain, "  R%d: {Type: Test::Named::Role, Properties: {Name: !Ref R%d}}\n", i, i+1)
	}
	loops.WriteString("Transform: AWS::LanguageExtensions\nResources:\n")
	list := "[" + strings.Repeat("a,", 999) + "a]"
	indent := "  "
	for i := range 5 {
		fmt.Fprintf(&loops, "%s'Fn::ForEach::L%d':\n%s  - V%d\n%s  - %s\n%s  -\n", indent, i, indent, i, indent, list, indent)
		indent += "    "
	}
	fmt.Fprintf(&loops, "%s'X${V0}${V1}': {Type: AWS::T::T}\n", indent)
	big := "Parameters: {P: {Type: CommaDelimitedList, Default: '" + strings.Repeat("a,", 100_000) + "'}, I: {Type: String}}\nResources:\n  X:\n    Type: AWS::T::T\n    Properties:\n" +
		strings.Repeat("      - !Select [!Ref I, !Ref P]\n      - !Join ['', !Ref P]\n      - !Split [a, !Join ['', !Ref P]]\n", 5000)
	for name, text := range map[string]string{
		"doubling": doubling.String(), "chain": chain.String(), "loops": loops.String(), "names": names.String(), "big": big,
		"aliases": small + bomb(5) + "Outputs: {O: {Value: {'Fn::ToJsonString': *a4 }, Export: {Name: *a4 }}}\n",
	} {
		begin := time.Now()
		template, err := cloudformation.Parse("a.yaml", []byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		s := cloudformation.NewSet().Add(template, options())
		all, err := s.Resources()
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
		s.Output("O")
		if took := time.Since(begin); took > time.Minute {
			t.Errorf("%s took %s", name, took)
		}
		t.Logf("%s: %d resources, %v, %s", name, len(all), err, time.Since(begin))
	}
}

// Reading and evaluating a large template takes not much longer than the YAML library takes.
func TestRecognize(t *testing.T) {
	for text, want := range map[string]bool{
		small: true, "\ufeff" + small: true, utf16(small): true, `{"Resources": {"X": {"Type": "Custom::X"}}}`: true,
		"AWSTemplateFormatVersion: x\n": true, "Transform: AWS::Serverless-2016-10-31\n": true, "Transform: [AWS::Include]\n": true, "AWSTemplateFormatVersion: [\n": true, "Resources:\n  X: [\n    Type: AWS::T::T": true,
		"": false, "a: b\n": false, "Resources: {X: {Type: text}}\n": false, "Resources: [\n": false, "Transform: x\n": false, "[1]": false, "# Resources:\n": false, "\x00\x01": false,
		`{"schema": 1, "accounts": {}}`: false, "resource \"aws_iam_role\" \"x\" {}\n": false,
	} {
		if got := cloudformation.Recognize([]byte(text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
