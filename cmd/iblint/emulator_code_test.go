//go:build emulator

package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
)

// testSameAsCode gives the same accounts in five ways, live, as a recording, and as a configuration,
// a plan and templates, and expects the same verdicts of the checks that all can decide.
func (e *emulator) testSameAsCode(t *testing.T) {
	const (
		limited   = "Limited"
		bare      = "Bare"
		untrusted = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"imagebuilder.amazonaws.com"},"Action":"sts:AssumeRole"}}`
	)
	o, d := e.enter(t, "aws", owner, "Setup"), e.enter(t, "aws", destination, "Setup")
	for _, role := range []string{execution, limited, bare} {
		o.createRole(t, role, "/", executionTrust)
	}
	for _, role := range []string{execution, limited} {
		must(t, o.attach(t.Context(), role, account.ManagedPolicyARN("aws")))
	}
	o.putInline(t, limited, "Keep", `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"ec2:DeregisterImage","Resource":"*"}}`)
	for name, value := range map[string]string{"app/web": account.RepositoryTagValue, "app/api": strings.ToLower(account.RepositoryTagValue), "app/job": account.RepositoryTagValue} {
		o.createRepository(t, region, name, account.Tags{account.RepositoryTagKey: value})
	}
	keep, err := os.ReadFile("testdata/same/owner/keep.json")
	must(t, err)
	must(t, o.setRepositoryPolicy(t.Context(), region, "app/job", string(keep)))
	d.createRole(t, account.CrossAccountRoleName, "/", untrusted)
	must(t, d.attach(t.Context(), account.CrossAccountRoleName, account.ManagedPolicyARN("aws")))

	given := slices.Concat(
		[]string{"--owner", owner, "--region", region, "--repository", "app/web", "--repository", "app/api", "--repository", "app/job"},
		deletingContainers(t, owner, execution), deleting(t, owner, limited), deleting(t, owner, bare))
	environment := append(e.environment(t, o.environment(region)...), "AWS_ENDPOINT_URL_IMAGEBUILDER="+emptyImageBuilder(t))
	read := []string{"--destination", destination + "=" + account.RoleARN("aws", destination, "/", "Audit")}
	live, _ := e.check(t, environment, slices.Concat(given, read)...)
	file := filepath.Join(t.TempDir(), "recording.json")
	if _, code := e.iblint(t, environment, slices.Concat([]string{"snapshot", "-o", file, "--execution-role", execution, "--execution-role", limited, "--execution-role", bare}, given[:10], read)...); code != exitUndecided { // moto has no policy simulator
		t.Fatalf("iblint snapshot: exit code %d\n%s", code, e.stderr)
	}
	nothing := []string{"PATH=" + os.Getenv("PATH")}
	recorded, _ := e.check(t, nothing, slices.Concat([]string{"--recorded", file}, given[10:])...)
	same, err := filepath.Abs("testdata/same")
	must(t, err)
	ways := map[string]result{"live": live, "recorded": recorded}
	for way, paths := range map[string][2]string{
		"configuration": {"owner", "receiver"}, "plan": {"plans/owner.json", "plans/receiver.json"}, "template": {"owner.yaml", "receiver.yaml"},
	} {
		ways[way], _ = e.check(t, nothing, "--owner", owner, "--region", region, filepath.Join(same, paths[0]), destination+"="+filepath.Join(same, paths[1]))
	}

	verdicts := func(r result) map[string]checks.Status {
		all := map[string]checks.Status{}
		for _, f := range r.Findings {
			if f.Status != checks.Skip && f.Status != checks.Unknown {
				all[fmt.Sprintf("%s of %s in %s", f.Check, f.Subject.Name, f.Subject.Account)] = f.Status
			}
		}
		return all
	}
	all := map[string]map[string]checks.Status{}
	for way, r := range ways {
		all[way] = verdicts(r)
	}
	compared := map[checks.Status]int{}
	for _, key := range slices.Sorted(maps.Keys(all["live"])) {
		got, decided := map[string]checks.Status{}, true
		for way, verdicts := range all {
			got[way] = verdicts[key]
			decided = decided && verdicts[key] != ""
		}
		if !decided {
			t.Logf("%s: %v", key, got)
			continue
		}
		compared[got["live"]]++
		for _, status := range got {
			if status != got["live"] {
				t.Errorf("%s: %v", key, got)
				break
			}
		}
	}
	if compared[checks.Pass] < 15 || compared[checks.Warn] < 1 || compared[checks.Fail] < 4 {
		t.Errorf("compared: %v", compared)
	}
}

// testWithLive deploys code over live accounts, and then really, and expects the verdicts of the
// accounts after that. What the code changes is new or fixed.
func (e *emulator) testWithLive(t *testing.T) {
	o, d := e.enter(t, "aws", owner, "Setup"), e.enter(t, "aws", destination, "Setup")
	o.createRole(t, execution, "/", executionTrust)
	must(t, o.attach(t.Context(), execution, account.ManagedPolicyARN("aws")))
	o.createRepository(t, region, "app/web", account.Tags{})
	d.createRole(t, account.CrossAccountRoleName, "/", crossAccountTrust)
	must(t, d.attach(t.Context(), account.CrossAccountRoleName, account.ManagedPolicyARN("aws")))

	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "main.tf"), []byte(`
resource "aws_ecr_repository" "web" {
  name = "app/web"
  tags = { LifecycleExecutionAccess = "EC2 Image Builder" }
}
resource "aws_iam_role_policy" "keep" {
  name   = "Keep"
  role   = "`+execution+`"
  policy = jsonencode({ Version = "2012-10-17", Statement = { Effect = "Deny", Action = "ec2:DeregisterImage", Resource = "*" } })
}
`), 0o600))
	args := slices.Concat([]string{"--region", region, "--repository", "app/web", "--destination", destination + "=" + account.RoleARN("aws", destination, "/", "Audit")},
		deleting(t, owner, execution))
	environment := append(e.environment(t, o.environment(region)...), "AWS_ENDPOINT_URL_IMAGEBUILDER="+emptyImageBuilder(t))
	deployed, code := e.check(t, environment, append(args, "--with-live", "--fail-on-new", dir)...)
	changed := map[string]checks.Comparison{}
	for _, f := range deployed.Findings {
		if f.Change != checks.Unchanged {
			changed[f.Check] = f.Change
		}
	}
	if want := map[string]checks.Comparison{"execution-role-permissions": checks.New, "ecr-repository-tag": checks.Fixed}; !maps.Equal(changed, want) || code != exitFail {
		t.Errorf("exit code %d, changed: %v, want %v\n%s", code, changed, want, e.stderr)
	}

	o.putInline(t, execution, "Keep", `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"ec2:DeregisterImage","Resource":"*"}}`)
	_, err := o.ecr(region).TagResource(t.Context(), &ecr.TagResourceInput{
		ResourceArn: aws.String("arn:aws:ecr:" + region + ":" + owner + ":repository/app/web"),
		Tags:        []ecrtypes.Tag{{Key: aws.String(account.RepositoryTagKey), Value: aws.String(account.RepositoryTagValue)}},
	})
	must(t, err)
	after, _ := e.check(t, environment, args...)
	if diff := gocmp.Diff(deployed.ofRolesAndRepositories(), after.ofRolesAndRepositories()); diff != "" {
		t.Errorf("the accounts have other verdicts after the deployment (-before +after):\n%s", diff)
	}
}
