package cloudformation_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/iblint/iblint/internal/source/cloudformation"
	"github.com/iblint/iblint/internal/source/declared"
)

const stackManifest = `{"version": "55.0.0", "artifacts": {
	"Images": {
		"type": "aws:cloudformation:stack", "environment": "aws://111122223333/eu-west-1",
		"properties": {"templateFile": "Images.template.json"}, "additionalMetadataFile": "Images.metadata.json"
	},
	"Anywhere": {
		"type": "aws:cloudformation:stack", "environment": "aws://unknown-account/unknown-region",
		"properties": {"templateFile": "Anywhere.template.json", "stackName": "anywhere"}
	},
	"assembly-Prod": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Prod"}},
	"Tree": {"type": "cdk:tree", "properties": {"file": "tree.json"}}
}}`

func assemblyWith(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestAssembly(t *testing.T) {
	here, err := filepath.Abs("assembly_test.go")
	if err != nil {
		t.Fatal(err)
	}
	dir := assemblyWith(t, map[string]string{
		"manifest.json": stackManifest,
		"Images.metadata.json": fmt.Sprintf(`{"/Images/Cleaner/Resource": [{"type": "aws:cdk:logicalId", "data": "Cleaner3EE0A27A", "trace": [
			"new CfnRole (/app/node_modules/aws-cdk-lib/aws-iam/lib/role.js:1:234)", "at new Images (%[1]s:12:5)", "at Object.<anonymous> (/app/bin/app.ts:3:1)"
		]}], "/Images/Roles/Reader/Resource": [{"type": "aws:cdk:logicalId", "data": "Cleaner3EE0A27A"}, {"type": "aws:cdk:creationStack", "data": [
			"...new Role2 in aws-cdk-lib...", "new Roles (%[1]s:7:21)", "<anonymous> (/app/bin/app.ts:3:1)"
		]}], "/Images/BootstrapVersion": [{"type": "aws:cdk:creationStack", "data": [
			"...aws-cdk-lib...", "(no user code in 10 frames, use --stack-trace-limit to capture more)"
		]}, {"type": "aws:cdk:creationStack", "data": "no list"}]}`, here),
		"assembly-Prod/manifest.json": strings.ReplaceAll(strings.ReplaceAll(stackManifest, `"assembly-Prod": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Prod"}},`, ""), "111122223333", "222233334444"),
	})
	if !cloudformation.IsAssembly(dir) || cloudformation.IsAssembly(t.TempDir()) {
		t.Error("an assembly is not recognised, or another directory is")
	}
	all, err := cloudformation.Assembly(dir, os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, one := range all {
		rel, _ := filepath.Rel(dir, one.Path)
		got = append(got, fmt.Sprintf("%s %q %q %s", filepath.ToSlash(rel), one.Account, one.Region, one.StackName))
	}
	want := `Anywhere.template.json "" "" anywhere
Images.template.json "111122223333" "eu-west-1" Images
assembly-Prod/Anywhere.template.json "" "" anywhere
assembly-Prod/Images.template.json "222233334444" "eu-west-1" Images`
	if strings.Join(got, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
	written := map[string]declared.Place{
		"Images/Cleaner/Resource":      {File: filepath.ToSlash(here), Line: 12, Column: 5},
		"Images/Roles/Reader/Resource": {File: filepath.ToSlash(here), Line: 7, Column: 21}, // in a nested stack, with the same logical ID
	}
	if diff := cmp.Diff(written, all[1].Written); diff != "" {
		t.Errorf("the places in the source (-want +got):\n%s", diff)
	}
}

// What a manifest says is not trusted.
func TestAssemblyErrors(t *testing.T) {
	for name, test := range map[string]struct{ manifest, want string }{
		"outside":         {`{"version": "1", "artifacts": {"A": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "../x.json"}}}}`, `manifest.json: the artifact "A" names "../x.json", which is no file in the assembly; run cdk synth again`},
		"absolute":        {`{"version": "1", "artifacts": {"A": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "/etc"}}}}`, `manifest.json: the artifact "A" names "/etc"`},
		"without a name":  {`{"version": "1", "artifacts": {"A": {"type": "aws:cloudformation:stack"}}}`, `manifest.json: the artifact "A" names ""`},
		"itself":          {`{"version": "1", "artifacts": {"A": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "."}}}}`, "assemblies are nested more than 20 levels deep"},
		"not JSON":        {`{"version": `, "manifest.json: is no manifest of a cloud assembly: unexpected end of JSON input; run cdk synth again"},
		"of another type": {`{"version": 1}`, "manifest.json: is no manifest of a cloud assembly"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := cloudformation.Assembly(assemblyWith(t, map[string]string{"manifest.json": test.manifest}), os.ReadFile)
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

// A finding has the line of the source if the file is below the working directory.
func TestPlaceInSource(t *testing.T) {
	template := `{"Resources": {"Cleaner": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}, "Metadata": {"aws:cdk:path": "Images/Cleaner/Resource"}}}}`
	dir := assemblyWith(t, map[string]string{"app/images.ts": "", "app/cdk.out/t.json": template, "other.ts": ""})
	t.Chdir(filepath.Join(dir, "app"))
	for name, test := range map[string]struct{ source, want string }{
		"below":   {filepath.Join(dir, "app", "images.ts"), "images.ts"},
		"missing": {filepath.Join(dir, "app", "gone.ts"), "cdk.out/t.json"},
		"outside": {filepath.Join(dir, "other.ts"), "cdk.out/t.json"},
		"folder":  {filepath.Join(dir, "app"), "cdk.out/t.json"},
	} {
		t.Run(name, func(t *testing.T) {
			written := map[string]declared.Place{"Images/Cleaner/Resource": {File: filepath.ToSlash(test.source), Line: 12, Column: 5}}
			out, _, err := cloudformation.Code{Templates: []cloudformation.Template{{Path: "cdk.out/t.json", Generated: true, Written: written}}}.Read()
			if err != nil || len(out.Roles) != 1 {
				t.Fatal(out, err)
			}
			if at := out.Roles[0].Place; at.File != test.want || at.Address != "Images/Cleaner/Resource" {
				t.Errorf("%+v", at)
			}
		})
	}
}
