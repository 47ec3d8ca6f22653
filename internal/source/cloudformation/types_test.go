package cloudformation_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/checks/symbol"
	"github.com/iblint/iblint/internal/source/cloudformation"
)

// files writes files to a new folder, which it returns.
func files(t *testing.T, contents map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range contents {
		file := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// verdicts are "check subject: status" of code, without those that are skipped.
func verdicts(t *testing.T, code cloudformation.Code) (all []string) {
	t.Helper()
	out, _, err := code.Read()
	if err != nil {
		t.Fatal(err)
	}
	for f := range checks.Evaluate(out.Inventory(), lifecycle.All()) {
		if f.Status != checks.Skip {
			all = append(all, fmt.Sprintf("%s %s %s: %s", f.Check.ID, symbol.Text(f.Subject.Account), symbol.Text(f.Subject.Name), f.Status))
		}
	}
	return all
}

// one is code of one template.
func one(t *testing.T, text, region string) cloudformation.Code {
	t.Helper()
	folder := files(t, map[string]string{"t.yaml": text})
	return cloudformation.Code{Templates: []cloudformation.Template{{Path: filepath.Join(folder, "t.yaml"), Account: "111122223333", Region: region}}}
}

const trust = `{Version: 2012-10-17, Statement: [{Effect: Allow, Principal: {Service: imagebuilder.amazonaws.com}, Action: 'sts:AssumeRole'}]}`

const lifecycleManaged = `!Sub 'arn:${AWS::Partition}:iam::aws:policy/service-role/EC2ImageBuilderLifecycleExecutionPolicy'`

const retention = `
  Retention:
    Type: AWS::ImageBuilder::LifecyclePolicy
    Properties:
      Name: keep
      ExecutionRole: !GetAtt Role.Arn
      ResourceType: AMI_IMAGE
      PolicyDetails: [{Action: {Type: DELETE, IncludeResources: {Amis: true, Snapshots: true}}, Filter: {Type: AGE, Value: 90, Unit: DAYS}}]
      ResourceSelection: {TagMap: {a: b}}
`

const permissions = `{Version: 2012-10-17, Statement: {Effect: Allow, Action: '*', Resource: '*'}}`

func TestTypes(t *testing.T) {
	role := func(more string) string {
		return "\n  Role: {Type: 'AWS::IAM::Role', Properties: {RoleName: keeper, AssumeRolePolicyDocument: " + trust + more + "}}\n"
	}
	for name, c := range map[string]struct {
		template, region string
		want             []string // all but these are skipped or pass
		pass             []string // these at least
	}{
		"managed policy": {
			template: "Resources:" + role(", ManagedPolicyArns: ["+lifecycleManaged+"]") + retention,
			pass:     []string{"execution-role-policy 111122223333 keeper", "execution-role-trust 111122223333 keeper"},
		},
		"one managed policy without a list": {
			template: "Resources:" + role(", ManagedPolicyArns: "+lifecycleManaged) + retention,
			pass:     []string{"execution-role-policy 111122223333 keeper"},
		},
		"China": {
			template: "Resources:" + role(", ManagedPolicyArns: ["+lifecycleManaged+"]") + retention, region: "cn-north-1",
			want: []string{"execution-role-permissions 111122223333 keeper: unknown"}, // the policy's document there is not at hand
			pass: []string{"execution-role-policy 111122223333 keeper"},
		},
		"another partition": {
			template: "Resources:" + role(", ManagedPolicyArns: ['arn:aws:iam::aws:policy/service-role/EC2ImageBuilderLifecycleExecutionPolicy']") + retention, region: "cn-north-1",
			want: []string{"execution-role-policy 111122223333 keeper: fail"},
		},
		"inline policy": {
			template: "Resources:" + role(", Policies: [{PolicyName: p, PolicyDocument: "+permissions+"}]") + retention,
			want:     []string{"execution-role-policy 111122223333 keeper: warn"},
		},
		"inline policy as JSON text": {
			template: "Resources:" + role(`, Policies: [{PolicyName: p, PolicyDocument: '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'}]`) + retention,
			want:     []string{"execution-role-policy 111122223333 keeper: warn"},
		},
		"role policy": {
			template: "Resources:" + role("") + "  P: {Type: 'AWS::IAM::RolePolicy', Properties: {RoleName: !Ref Role, PolicyName: p, PolicyDocument: " + permissions + "}}" + retention,
			want:     []string{"execution-role-policy 111122223333 keeper: warn"},
		},
		"customer managed policy with roles": {
			template: "Resources:" + role("") + "  P: {Type: 'AWS::IAM::ManagedPolicy', Properties: {Roles: [!Ref Role], PolicyDocument: " + permissions + "}}" + retention,
			want:     []string{"execution-role-policy 111122223333 keeper: warn"},
		},
		"customer managed policy by reference": {
			template: "Resources:" + role(", ManagedPolicyArns: [!Ref P]") + "  P: {Type: 'AWS::IAM::ManagedPolicy', Properties: {PolicyDocument: " + permissions + "}}" + retention,
			want:     []string{"execution-role-policy 111122223333 keeper: warn"},
		},
		"nothing attached": {
			template: "Resources:" + role("") + retention,
			want:     []string{"execution-role-policy 111122223333 keeper: fail"},
		},
		"attached by a condition": {
			template: "Parameters: {Stage: {Type: String}}\nConditions: {Prod: !Equals [!Ref Stage, prod]}\nResources:" +
				role(", ManagedPolicyArns: [!If [Prod, "+lifecycleManaged+", !Ref 'AWS::NoValue']]") + retention,
			want: []string{"execution-role-policy 111122223333 keeper: unknown", "execution-role-permissions 111122223333 keeper: unknown"},
		},
		"attached whatever a condition says": {
			template: "Parameters: {Stage: {Type: String}}\nConditions: {Prod: !Equals [!Ref Stage, prod]}\nResources:" +
				role(", ManagedPolicyArns: ["+lifecycleManaged+", !If [Prod, 'arn:aws:iam::aws:policy/ReadOnlyAccess', !Ref 'AWS::NoValue']]") + retention,
			want: []string{"execution-role-permissions 111122223333 keeper: unknown"}, // it may deny
			pass: []string{"execution-role-policy 111122223333 keeper"},
		},
		"a trust with another service": {
			template: "Resources:" + strings.ReplaceAll(role(", ManagedPolicyArns: ["+lifecycleManaged+"]"), "imagebuilder.", "ec2.") + retention,
			want:     []string{"execution-role-trust 111122223333 keeper: fail"},
		},
		"a property with small letters": {
			template: "Resources:" + role(", ManagedPolicyArns: ["+lifecycleManaged+"]") + strings.ReplaceAll(retention, "{Amis", "{amis"),
			want:     []string{"lifecycle-policy-valid 111122223333 keep: fail", "lifecycle-policy-actions 111122223333 keep: fail"},
		},
		"an age that is not known": {
			template: "Parameters: {Days: {Type: Number}}\nResources:" + role(", ManagedPolicyArns: ["+lifecycleManaged+"]") + strings.ReplaceAll(retention, "90", "!Ref Days"),
			pass:     []string{"lifecycle-policy-actions 111122223333 keep", "execution-role-policy 111122223333 keeper"},
		},
		"rules that are not known": {
			template: "Parameters: {Amis: {Type: String}}\nResources:" + role(", ManagedPolicyArns: ["+lifecycleManaged+"]") + strings.ReplaceAll(retention, "Amis: true", "Amis: !Ref Amis"),
			want:     []string{"lifecycle-policy-actions 111122223333 keep: unknown"},
		},
		"an age with a fraction": {
			template: "Resources:" + role(", ManagedPolicyArns: ["+lifecycleManaged+"]") + strings.ReplaceAll(retention, "90", "1.5"),
			want:     []string{"lifecycle-policy-actions 111122223333 keep: unknown"},
		},
		"a repository without the tag": {
			template: "Resources:" + role(", ManagedPolicyArns: ["+lifecycleManaged+"]") + strings.NewReplacer("AMI_IMAGE", "CONTAINER_IMAGE", "Amis: true, Snapshots: true", "Containers: true").Replace(retention) +
				"  Repository: {Type: 'AWS::ECR::Repository', Properties: {RepositoryName: worker, Tags: [{Key: a, Value: b}]}}\n" +
				"  Recipe: {Type: 'AWS::ImageBuilder::ContainerRecipe', Properties: {Name: r, Version: 1.0.0, TargetRepository: {Service: ECR, RepositoryName: !Ref Repository}}}\n",
			want: []string{"ecr-repository-tag 111122223333 worker: fail"},
			pass: []string{"ecr-repository-exists 111122223333 worker"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			region := c.region
			if region == "" {
				region = "eu-west-1"
			}
			all := verdicts(t, one(t, c.template, region))
			for _, v := range all {
				if !strings.HasSuffix(v, ": pass") && !slices.ContainsFunc(c.want, func(w string) bool { return strings.HasPrefix(v, w) }) && len(c.want) == 0 {
					t.Errorf("%s\nin %s", v, strings.Join(all, "\n   "))
				}
			}
			for _, w := range c.want {
				if !slices.ContainsFunc(all, func(v string) bool { return strings.HasPrefix(v, w) && !strings.HasSuffix(v, ": pass") }) {
					t.Errorf("no %s\nin %s", w, strings.Join(all, "\n   "))
				}
			}
			for _, p := range c.pass {
				if !slices.Contains(all, p+": pass") {
					t.Errorf("no %s: pass\nin %s", p, strings.Join(all, "\n   "))
				}
			}
		})
	}
}

// What a macro may change is declared as possible only.
func TestMacro(t *testing.T) {
	out, _, err := one(t, "Transform: Own\nResources:\n  Role: {Type: 'AWS::IAM::Role', Properties: {AssumeRolePolicyDocument: "+trust+"}}"+retention, "eu-west-1").Read()
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Possible) != 1 || len(out.LifecyclePolicies) != 0 || len(out.Roles) != 1 || out.Roles[0].Unsure == nil || !strings.Contains(out.Roles[0].Unsure.Detail, "the macro Own may change the template") {
		t.Errorf("%+v", out)
	}
}

// What is in templates that are not here matters beside something that lifecycle management is
// about, in the same stack or one of those that it nests.
func TestElsewhere(t *testing.T) {
	role := "\n  Role: {Type: 'AWS::IAM::Role', Properties: {RoleName: keeper, AssumeRolePolicyDocument: " + trust + ", ManagedPolicyArns: [" + lifecycleManaged + "]}}\n"
	const (
		stack   = "\n  Other: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateURL: 'https://b.s3.amazonaws.com/other.yaml'}}\n"
		include = "\n  Fn::Transform: {Name: AWS::Include, Parameters: {Location: 's3://b/more.yaml'}}\n"
	)
	for name, c := range map[string]struct {
		template string
		possible int
	}{
		"a stack beside nothing":             {role + stack, 0},
		"AWS::Include beside nothing":        {role + include, 0},
		"a stack beside a lifecycle policy":  {role + stack + retention, 3},
		"AWS::Include beside one":            {role + include + retention, 3},
		"both":                               {role + include + stack + retention, 6},
		"a stack beside a nested policy":     {role + stack + "\n  Inner: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateBody: '{\"Resources\": {\"L\": {\"Type\": \"AWS::ImageBuilder::LifecyclePolicy\", \"Properties\": {\"Name\": \"x\"}}}}'}}\n", 3},
		"only the nested stack that is here": {role + "\n  Inner: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateBody: '{\"Resources\": {\"L\": {\"Type\": \"AWS::ImageBuilder::LifecyclePolicy\", \"Properties\": {\"Name\": \"x\"}}}}'}}\n", 0},
	} {
		t.Run(name, func(t *testing.T) {
			out, _, err := one(t, "Resources:"+c.template, "eu-west-1").Read()
			if err != nil {
				t.Fatal(err)
			}
			if len(out.Possible) != c.possible {
				t.Errorf("%+v", out.Possible)
			}
		})
	}
}

// A template may be given for several accounts, parameters apply to all that declare them, and a
// name says which template a made-up name is from.
func TestSeveralTemplates(t *testing.T) {
	folder := files(t, map[string]string{
		"a.yaml":     "Parameters: {Stage: {Type: String}}\nResources:\n  Role: {Type: 'AWS::IAM::Role', Properties: {Path: !Sub '/${Stage}/'}}\n",
		"deep/a.yml": "Resources:\n  Role: {Type: 'AWS::IAM::Role'}\n",
		"b.json":     `{"Resources": {"Role": {"Type": "AWS::IAM::Role"}}}`,
	})
	code := cloudformation.Code{Parameters: map[string]string{"Stage": "prod", "Sttage": "x"}}
	for i, name := range []string{"a.yaml", "a.yaml", "deep/a.yml", "b.json"} {
		code.Templates = append(code.Templates, cloudformation.Template{Path: filepath.Join(folder, name), Account: []string{"111122223333", "222233334444", "", ""}[i], Region: "eu-west-1"})
	}
	out, stacks, err := code.Read()
	if err != nil {
		t.Fatal(err)
	}
	if got := code.Undeclared(stacks); !slices.Equal(got, []string{"Sttage"}) {
		t.Errorf("%q", got)
	}
	var got []string
	for _, r := range out.Roles {
		got = append(got, strings.ReplaceAll(symbol.Text(r.Account+" "+r.Path+" "+r.Name), filepath.ToSlash(folder), ""))
	}
	want := []string{"111122223333 /prod/ ${/a.yaml/Role}", "222233334444 /prod/ ${/a.yaml/Role}", "this account / ${/deep/a.yml/Role}", "this account / ${b/Role}"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
