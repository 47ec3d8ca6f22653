package lintcmd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/iblint/iblint/internal/source/awsapi"
)

// roleFormats write the role for a kind of account, by the value of --as.
var roleFormats = map[string]func(io.Writer, awsapi.AccountKind, readerRole) error{
	"json":           func(w io.Writer, _ awsapi.AccountKind, r readerRole) error { return encodeJSON(w, r) },
	"cloudformation": writeRoleTemplate,
	"terraform":      writeRoleConfiguration,
	"stackset":       writeRoleStackSet,
}

// roleLanguages are the values of --as of iblint permissions.
func roleLanguages() []string { return slices.Sorted(maps.Keys(roleFormats)) }

// roleTemplate is a CloudFormation template with the role.
func roleTemplate(r readerRole) (yaml.MapSlice, error) {
	properties, err := ordered(r)
	return yaml.MapSlice{
		{Key: "AWSTemplateFormatVersion", Value: "2010-09-09"},
		{Key: "Description", Value: r.Description},
		{Key: "Resources", Value: yaml.MapSlice{{Key: "Reader", Value: yaml.MapSlice{
			{Key: "Type", Value: "AWS::IAM::Role"},
			{Key: "Properties", Value: properties},
		}}}},
		{Key: "Outputs", Value: yaml.MapSlice{{Key: "RoleArn", Value: yaml.MapSlice{
			{Key: "Description", Value: "The role that iblint assumes"},
			{Key: "Value", Value: yaml.MapSlice{{Key: "Fn::GetAtt", Value: []string{"Reader", "Arn"}}}},
		}}}},
	}, err
}

// ordered converts a value to YAML by its JSON, with the members in the same order.
func ordered(value any) (yaml.MapSlice, error) {
	var text bytes.Buffer
	if err := encodeJSON(&text, value); err != nil {
		return nil, err
	}
	var out yaml.MapSlice
	err := yaml.NewDecoder(&text, yaml.UseOrderedMap()).Decode(&out)
	return out, err
}

func writeRoleTemplate(w io.Writer, kind awsapi.AccountKind, r readerRole) error {
	template, err := roleTemplate(r)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "# The role that iblint reads %s account with. Deploy it there, in one Region:\n"+
		"# aws cloudformation deploy --stack-name iblint --capabilities CAPABILITY_NAMED_IAM --template-file FILE\n", article(kind))
	return yaml.NewEncoder(w, yaml.IndentSequence(true)).Encode(template)
}

// article is the kind of account with its article.
func article(kind awsapi.AccountKind) string {
	switch kind {
	case awsapi.OwnerAccount:
		return "an owner"
	case awsapi.ManagementAccount:
		return "the management"
	}
	return "a " + string(kind)
}

// writeRoleStackSet writes a template whose StackSet creates the role in the accounts of
// organizational units, and in each account that joins them.
func writeRoleStackSet(w io.Writer, kind awsapi.AccountKind, r readerRole) error {
	template, err := roleTemplate(r)
	if err != nil {
		return err
	}
	var body strings.Builder
	if err := yaml.NewEncoder(&body, yaml.IndentSequence(true)).Encode(template); err != nil {
		return err
	}
	ref := func(name string) yaml.MapSlice { return yaml.MapSlice{{Key: "Ref", Value: name}} }
	fmt.Fprintf(w, "# Rolls the role that iblint reads %s account with out over organizational units (the root's ID: all\n"+
		"# accounts but the management account). Deploy it in the management account, in one Region:\n"+
		"# aws cloudformation deploy --stack-name iblint-accounts --template-file FILE --parameter-overrides OrganizationalUnitIds=r-ab12\n", article(kind))
	return yaml.NewEncoder(w, yaml.IndentSequence(true), yaml.UseLiteralStyleIfMultiline(true)).Encode(yaml.MapSlice{
		{Key: "AWSTemplateFormatVersion", Value: "2010-09-09"},
		{Key: "Description", Value: r.Description},
		{Key: "Parameters", Value: yaml.MapSlice{{Key: "OrganizationalUnitIds", Value: yaml.MapSlice{
			{Key: "Type", Value: "CommaDelimitedList"},
			{Key: "Description", Value: "IDs of organizational units, or of the root"},
		}}}},
		{Key: "Resources", Value: yaml.MapSlice{{Key: "Readers", Value: yaml.MapSlice{
			{Key: "Type", Value: "AWS::CloudFormation::StackSet"},
			{Key: "Properties", Value: yaml.MapSlice{
				{Key: "StackSetName", Value: "iblint-" + string(kind)},
				{Key: "PermissionModel", Value: "SERVICE_MANAGED"},
				{Key: "AutoDeployment", Value: yaml.MapSlice{{Key: "Enabled", Value: true}, {Key: "RetainStacksOnAccountRemoval", Value: false}}},
				{Key: "Capabilities", Value: []string{"CAPABILITY_NAMED_IAM"}},
				{Key: "OperationPreferences", Value: yaml.MapSlice{{Key: "MaxConcurrentPercentage", Value: 100}, {Key: "FailureTolerancePercentage", Value: 10}}},
				{Key: "StackInstancesGroup", Value: []yaml.MapSlice{{
					{Key: "DeploymentTargets", Value: yaml.MapSlice{{Key: "OrganizationalUnitIds", Value: ref("OrganizationalUnitIds")}}},
					{Key: "Regions", Value: []yaml.MapSlice{ref("AWS::Region")}}, // a role is global
				}}},
				{Key: "TemplateBody", Value: body.String()},
			}},
		}}}},
	})
}

func writeRoleConfiguration(w io.Writer, kind awsapi.AccountKind, r readerRole) error {
	trust, err := encoded(r.AssumeRolePolicyDocument)
	if err != nil {
		return err
	}
	permissions, err := encoded(r.Policies[0].PolicyDocument)
	if err != nil {
		return err
	}
	file := hclwrite.NewEmptyFile()
	role := file.Body().AppendNewBlock("resource", []string{"aws_iam_role", "iblint"}).Body()
	role.SetAttributeValue("name", cty.StringVal(r.RoleName))
	role.SetAttributeValue("path", cty.StringVal(r.Path))
	role.SetAttributeValue("description", cty.StringVal(r.Description))
	role.SetAttributeRaw("assume_role_policy", trust)
	file.Body().AppendNewline()
	policy := file.Body().AppendNewBlock("resource", []string{"aws_iam_role_policy", "iblint"}).Body()
	policy.SetAttributeValue("name", cty.StringVal(r.Policies[0].PolicyName))
	policy.SetAttributeTraversal("role", hcl.Traversal{hcl.TraverseRoot{Name: "aws_iam_role"}, hcl.TraverseAttr{Name: "iblint"}, hcl.TraverseAttr{Name: "name"}})
	policy.SetAttributeRaw("policy", permissions)
	_, err = fmt.Fprintf(w, "# The role that iblint reads %s account with.\n%s", article(kind), hclwrite.Format(file.Bytes()))
	return err
}

// encoded is a call of jsonencode with the document.
func encoded(document policyDocument) (hclwrite.Tokens, error) {
	text, err := json.Marshal(document)
	if err != nil {
		return nil, err
	}
	kind, err := ctyjson.ImpliedType(text)
	if err != nil {
		return nil, err
	}
	value, err := ctyjson.Unmarshal(text, kind)
	return hclwrite.TokensForFunctionCall("jsonencode", hclwrite.TokensForValue(value)), err
}
