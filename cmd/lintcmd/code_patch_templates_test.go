package lintcmd_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// untaggedTemplate declares two repositories, which lack their tags.
const untaggedTemplate = `AWSTemplateFormatVersion: '2010-09-09'
Resources:
  # the first
  One:
    Type: AWS::ECR::Repository
    Properties:
      RepositoryName: one
  OneRecipe:
    Type: AWS::ImageBuilder::ContainerRecipe
    Properties: &recipe
      Name: one
      Version: 1.0.0
      ContainerType: DOCKER
      TargetRepository:
        Service: ECR
        RepositoryName: !Ref One
  TwoRecipe:
    Type: AWS::ImageBuilder::ContainerRecipe
    Properties: {Name: two, Version: 1.0.0, ContainerType: DOCKER, TargetRepository: {Service: ECR, RepositoryName: !Ref Two}}
  Two:
    Type: AWS::ECR::Repository # the last
    Properties:
      RepositoryName: two
`

// untaggedJSON is the same in JSON.
func untaggedJSON(t *testing.T, indent string) string {
	t.Helper()
	recipe := func(name, id string) map[string]any {
		return map[string]any{"Type": "AWS::ImageBuilder::ContainerRecipe", "Properties": map[string]any{
			"Name": name, "Version": "1.0.0", "ContainerType": "DOCKER",
			"TargetRepository": map[string]any{"Service": "ECR", "RepositoryName": map[string]any{"Ref": id}},
		}}
	}
	repository := func(name string) map[string]any {
		return map[string]any{"Type": "AWS::ECR::Repository", "Properties": map[string]any{"RepositoryName": name}}
	}
	resources := map[string]any{"One": repository("one"), "Two": repository("two"), "OneRecipe": recipe("one", "One"), "TwoRecipe": recipe("two", "Two")}
	data, err := json.MarshalIndent(map[string]any{"Resources": resources}, "", indent)
	if err != nil {
		t.Fatal(err)
	}
	if indent == "" {
		data = []byte(strings.ReplaceAll(string(data), "\n", ""))
	}
	return string(data) + "\n"
}

// However a template is written, git applies the patch, one patch is enough, and comments are kept.
func TestPatchOfOddTemplates(t *testing.T) {
	one := untaggedTemplate
	for _, test := range []struct{ name, file, content string }{
		{"plain", "infra/images.yaml", one},
		{"another suffix", "infra/images.template", one},
		{"CRLF", "infra/images.yaml", strings.ReplaceAll(one, "\n", "\r\n")},
		{"no line feed at the end", "infra/images.yml", strings.TrimSpace(one)},
		{"CRLF without the last", "infra/images.yaml", strings.ReplaceAll(strings.TrimSpace(one), "\n", "\r\n")},
		{"byte order mark", "infra/images.yaml", "\xEF\xBB\xBF" + one},
		{"markers", "infra/images.yaml", "%YAML 1.1\n---\n" + one + "...\n"},
		{"odd characters in the name", "infra/a\"b\\c\tdé.yaml", one},
		{"not ASCII", "infra/images.yaml", strings.ReplaceAll(one, "# the", "# größer 日本 the")},
		{"four spaces", "infra/images.yaml", strings.ReplaceAll(one, "  ", "    ")},
		{"empty lines", "infra/images.yaml", strings.ReplaceAll(one, "\n  ", "\n\n  ")},
		{"comments after", "infra/images.yaml", one + "      # the end\n  # of all\n# resources\n"},
		{"tabs after values", "infra/images.yaml", strings.ReplaceAll(strings.ReplaceAll(one, "RepositoryName: one", "RepositoryName: one\t"), "RepositoryName: two", "RepositoryName: two\t# two")},
		{"braces over lines", "infra/images.yaml", strings.NewReplacer("Properties:\n      RepositoryName: one\n", "Properties: {\n      RepositoryName: one # 1\n    }\n", "Properties:\n      RepositoryName: two\n", "Properties: { RepositoryName: two }\n").Replace(one)},
		{"long functions", "infra/images.yaml", strings.NewReplacer("!Ref One", "{Ref: One}", "!Ref Two", "{\"Ref\": Two}").Replace(one)},
		{"JSON", "infra/images.json", untaggedJSON(t, "  ")},
		{"JSON with tabs", "infra/images.json", untaggedJSON(t, "\t")},
		{"JSON on one line", "infra/images.json", untaggedJSON(t, "")},
		{"JSON with CRLF and a byte order mark", "infra/images.json", "\xEF\xBB\xBF" + strings.ReplaceAll(untaggedJSON(t, "    "), "\n", "\r\n")},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			writeFile(t, test.file, test.content)
			patch, notes, code := patched(t, filepath.Dir(test.file))
			if code != 1 || notes != "" {
				t.Fatalf("exit %d, %s", code, notes)
			}
			apply(t, patch)
			after, err := os.ReadFile(test.file)
			if err != nil || strings.Count(string(after), "LifecycleExecutionAccess") != 2 {
				t.Fatalf("%v: %s", err, after)
			}
			if strings.Contains(test.content, "\r\n") && strings.Count(string(after), "\n") != strings.Count(string(after), "\r\n") {
				t.Errorf("line ends are mixed: %q", after)
			}
			if strings.Count(string(after), "#") != strings.Count(test.content, "#") {
				t.Errorf("a comment is lost:\n%s", after)
			}
			if patch, notes, code := patched(t, filepath.Dir(test.file)); patch != "" || code != 0 {
				t.Errorf("exit %d, %s\n%s\n%s", code, notes, patch, after)
			}
		})
	}
}

// What is not written out in the file is not edited: the snippet says what to add, and where.
func TestPatchLeavesTemplates(t *testing.T) {
	utf16 := func(text string) string {
		out := []byte("\xff\xfe")
		for _, c := range []byte(text) {
			out = append(out, c, 0)
		}
		return string(out)
	}
	for name, content := range map[string]string{
		"UTF-16":              utf16(untaggedTemplate),
		"explicit keys":       strings.Replace(untaggedTemplate, "  One:\n", "  ? One\n  :\n", 1),
		"an anchor":           strings.NewReplacer("  One:\n", "  One: &one\n", "Properties:\n      RepositoryName: two", "Properties: &two\n      RepositoryName: two").Replace(untaggedTemplate),
		"merged properties":   strings.NewReplacer("      RepositoryName: one\n", "      <<: {RepositoryName: one}\n", "      RepositoryName: two\n", "      <<: {RepositoryName: two}\n").Replace(untaggedTemplate),
		"tags of a parameter": strings.NewReplacer("Resources:\n", "Parameters:\n  Tags: {Type: CommaDelimitedList, Default: ''}\nResources:\n", "RepositoryName: one\n", "RepositoryName: one\n      Tags: !Ref Tags\n", "RepositoryName: two\n", "RepositoryName: two\n      Tags: !Ref Tags\n").Replace(untaggedTemplate),
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			writeFile(t, "images.yaml", content)
			patch, notes, code := patched(t, "images.yaml")
			if code != 1 || patch != "" || strings.Count(notes, "add this tag to the tags of") != 2 || !strings.Contains(notes, "    Tags:\n      - Key: LifecycleExecutionAccess\n        Value: EC2 Image Builder\n") {
				t.Errorf("exit %d: %s%s", code, notes, patch)
			}
		})
	}
}

// A patch is printed as it is, so nothing is in it that a terminal or a CI system would run.
func TestPatchOfTemplateContainsNoCommands(t *testing.T) {
	for _, hostile := range []string{"::error::x", "##vso[task.setvariable]", "\u202e"} {
		t.Chdir(t.TempDir())
		writeFile(t, "images.yaml", untaggedTemplate+"    Metadata:\n      Note: |\n        "+hostile+"\n")
		if patch, notes, code := patched(t, "images.yaml"); strings.Contains(patch, hostile) || code != 1 || !strings.Contains(notes, "change it by hand") {
			t.Errorf("exit %d: %q %q", code, notes, patch)
		}
	}
}

// Two fixes of the same place fit together if one is deeper, and the code is evaluated with both.
func TestPatchAtOnePlace(t *testing.T) {
	t.Chdir(t.TempDir())
	writeFile(t, "images.yaml", `Resources:
  Keep:
    Type: AWS::ImageBuilder::LifecyclePolicy
    Properties:
      Name: keep
      ExecutionRole: !GetAtt Role.Arn
      ResourceType: CONTAINER_IMAGE
      ResourceSelection: { TagMap: { Expires: later } }
      PolicyDetails: [ { Action: { Type: DELETE, IncludeResources: { Containers: true } }, Filter: { Type: AGE, Value: 1, Unit: YEARS } } ]
  Recipe:
    Type: AWS::ImageBuilder::ContainerRecipe
    Properties: {Name: two, Version: 1.0.0, ContainerType: DOCKER, TargetRepository: {Service: ECR, RepositoryName: !Ref Web}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
        - Effect: Allow
          Principal: { Service: ec2.amazonaws.com }
          Action: sts:AssumeRole
  Web:
    Type: AWS::ECR::Repository
`)
	patch, notes, _ := patched(t, "images.yaml")
	apply(t, patch)
	after, err := os.ReadFile("images.yaml")
	want := `  Web:
    Type: AWS::ECR::Repository
    Properties:
      Tags:
      - Key: LifecycleExecutionAccess
        Value: EC2 Image Builder
  EC2ImageBuilderLifecycleExecutionRole:
    Type: AWS::IAM::Role
    Properties:
      RoleName: EC2ImageBuilderLifecycleExecutionRole
`
	if err != nil || notes != "" || !strings.Contains(string(after), want) {
		t.Errorf("%v %s\n%s", err, notes, after)
	}
	if patch, notes, code := patched(t, "images.yaml"); patch != "" || code != 0 {
		t.Errorf("exit %d, %s\n%s", code, notes, patch)
	}
}
