package cloudformation_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/iblint/iblint/internal/source/cloudformation"
)

const child = `
Parameters: {Name: {Type: String, Default: standard}}
Resources:
  Role: {Type: 'AWS::IAM::Role', Properties: {RoleName: !Ref Name, AssumeRolePolicyDocument: ` + trust + `, ManagedPolicyArns: [` + lifecycleManaged + `]}}
Outputs: {Arn: {Value: !GetAtt Role.Arn, Export: {Name: role}}}
`

var usesNested = strings.ReplaceAll(retention, "!GetAtt Role.Arn", "!GetAtt Iam.Outputs.Arn")

// A nested stack is a file beside the template: by a path, or by the last part of a URL.
func TestNestedStacks(t *testing.T) {
	for name, url := range map[string]string{
		"a path": "iam/child.yaml", "a path with a dot": "./iam/child.yaml", "a URL": "https://bucket.s3.amazonaws.com/x/child2.yaml",
		"a URL with a parameter": "!Sub 'https://${Bucket}.s3.${AWS::URLSuffix}/x/child2.yaml'",
	} {
		t.Run(name, func(t *testing.T) {
			folder := files(t, map[string]string{
				"iam/child.yaml": child, "child2.yaml": child,
				"main.yaml": "Parameters: {Bucket: {Type: String}}\nResources:\n  Iam: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateURL: " + url + ", Parameters: {Name: keeper}}}\n" + usesNested,
			})
			code := cloudformation.Code{Templates: []cloudformation.Template{{Path: filepath.Join(folder, "main.yaml"), Account: "111122223333", Region: "eu-west-1"}}}
			all := verdicts(t, code)
			for _, want := range []string{"execution-role-exists 111122223333 keeper: pass", "execution-role-policy 111122223333 keeper: pass"} {
				if !slices.Contains(all, want) {
					t.Errorf("no %s in %q", want, all)
				}
			}
		})
	}
}

// No template outside of the tree is read, and one that is not there leaves open what it makes.
func TestNestedElsewhere(t *testing.T) {
	for name, url := range map[string]string{
		"outside": "../child.yaml", "absolute": "/etc/passwd", "missing": "gone.yaml", "a link": "link.yaml", "a folder": "folder", "no template": "text.txt", "broken": "broken.yaml",
	} {
		t.Run(name, func(t *testing.T) {
			folder := files(t, map[string]string{
				"child.yaml": child, "code/folder/x": "", "code/text.txt": "text", "code/broken.yaml": "AWSTemplateFormatVersion: [",
				"code/main.yaml": "Resources:\n  Iam: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateURL: '" + url + "'}}\n" + usesNested,
			})
			if err := os.Symlink(filepath.Join(folder, "child.yaml"), filepath.Join(folder, "code/link.yaml")); err != nil {
				t.Fatal(err)
			}
			code := cloudformation.Code{Templates: []cloudformation.Template{{Path: filepath.Join(folder, "code/main.yaml"), Account: "111122223333", Region: "eu-west-1"}}}
			for _, v := range verdicts(t, code) {
				if strings.HasPrefix(v, "execution-role") && !strings.HasSuffix(v, ": unknown") {
					t.Error(v)
				}
			}
		})
	}
}

// A template that was only found, and that another one nests, is not deployed by itself.
func TestFoundTemplates(t *testing.T) {
	folder := files(t, map[string]string{
		"child.yaml": child,
		"main.yaml":  "Resources:\n  Iam: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateURL: child.yaml, Parameters: {Name: keeper}}}\n" + usesNested,
	})
	code := cloudformation.Code{}
	for _, name := range []string{"child.yaml", "main.yaml"} {
		code.Templates = append(code.Templates, cloudformation.Template{Path: filepath.Join(folder, name), Account: "111122223333", Region: "eu-west-1", Found: true})
	}
	out, stacks, err := code.Read()
	if err != nil || len(stacks) != 2 || len(out.Roles) != 1 || out.Roles[0].Name != "keeper" || out.Roles[0].Address != "Iam.Role" {
		t.Fatalf("%v %d stacks, %+v", err, len(stacks), out.Roles)
	}
	code.Templates[0].Found = false // the user named it
	if out, stacks, err = code.Read(); err != nil || len(stacks) != 3 || len(out.Roles) != 2 {
		t.Errorf("%v %d stacks, %+v", err, len(stacks), out.Roles)
	}
}

// A stack set is deployed in the accounts that it names, and its roles trust what they refer to.
func TestStackSets(t *testing.T) {
	set := `
Parameters: {Receivers: {Type: CommaDelimitedList, Default: '222233334444,333344445555'}}
Resources:
  Access:
    Type: AWS::CloudFormation::StackSet
    Properties:
      StackSetName: access
      PermissionModel: SERVICE_MANAGED
      Parameters: [{ParameterKey: Owner, ParameterValue: !Ref 'AWS::AccountId'}]
      StackInstancesGroup:
        - {DeploymentTargets: {Accounts: !Ref Receivers}, Regions: [eu-west-1, eu-central-1]}
        - {DeploymentTargets: {Accounts: ['444455556666'], AccountFilterType: DIFFERENCE, OrganizationalUnitIds: [ou-1]}, Regions: [eu-west-1]}
      TemplateBody: |
        Parameters: {Owner: {Type: String}}
        Resources:
          Role:
            Type: AWS::IAM::Role
            Properties:
              RoleName: Ec2ImageBuilderCrossAccountLifecycleAccess
              AssumeRolePolicyDocument:
                Version: 2012-10-17
                Statement:
                  - Effect: Allow
                    Principal: {Service: imagebuilder.amazonaws.com}
                    Action: sts:AssumeRole
                    Condition:
                      StringEquals: {'aws:SourceAccount': [!Ref 'AWS::AccountId', !Ref Owner]}
                      ArnLike: {'aws:SourceArn': 'arn:*:imagebuilder:*:*:image/*/*/*'}
              ManagedPolicyArns: [` + lifecycleManaged + `]
  Role: {Type: 'AWS::IAM::Role', Properties: {RoleName: keeper, AssumeRolePolicyDocument: ` + trust + `, ManagedPolicyArns: [` + lifecycleManaged + `]}}
  Distribution:
    Type: AWS::ImageBuilder::DistributionConfiguration
    Properties:
      Name: golden
      Distributions: [{Region: eu-west-1, AmiDistributionConfiguration: {TargetAccountIds: !Ref Receivers}}]
` + retention
	code := one(t, set, "eu-west-1")
	all := verdicts(t, code)
	for _, v := range all {
		if !strings.HasSuffix(v, ": pass") {
			t.Error(v)
		}
	}
	for _, id := range []string{"222233334444", "333344445555"} {
		if !slices.Contains(all, "cross-account-role-trust "+id+" Ec2ImageBuilderCrossAccountLifecycleAccess: pass") {
			t.Errorf("%s: %q", id, all)
		}
	}
	out, _, err := code.Read()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range out.Roles {
		if r.Account == "222233334444" && r.Line != 16 {
			t.Errorf("%+v", r.Place)
		}
	}
}
