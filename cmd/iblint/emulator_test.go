//go:build emulator

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	gocmp "github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
)

// The exit codes, as iblint --help documents them.
const (
	exitOK        = 0
	exitFail      = 1
	exitUndecided = 3
)

// TestEmulator runs the built program against moto, an independent AWS emulator. .ci/run starts
// several and sets IBLINT_EMULATOR to their URLs. With the build tag and without emulators, the
// tests fail instead of being skipped.
func TestEmulator(t *testing.T) {
	all := startEmulators(t)
	t.Run("remediation", all.testRemediation)
	t.Run("CloudFormation", all.testCloudFormation)
	for name, test := range map[string]func(*emulator, *testing.T){
		"all is there": (*emulator).testPass,
		"profile with role_arn in a configuration file": (*emulator).testConfigurationFile,
		"failures":                        (*emulator).testFailures,
		"further pages":                   (*emulator).testPages,
		"permissions":                     (*emulator).testPermissions,
		"other partitions":                (*emulator).testPartitions,
		"snapshot":                        (*emulator).testSnapshot,
		"a role that must be replaced":    (*emulator).testReplaceRole,
		"undo":                            (*emulator).testUndo,
		"lifecycle policies":              (*emulator).testLifecyclePolicies,
		"edited lifecycle policies":       (*emulator).testEditedPolicies,
		"registry policies":               (*emulator).testRegistryPolicies,
		"last runs":                       (*emulator).testLastRun,
		"what a lifecycle policy selects": (*emulator).testSelection,
		"what is taken away from a role":  (*emulator).testTakenAway,
		"guardrails":                      (*emulator).testGuardrails,
		"organization":                    (*emulator).testOrganization,
		"the same as code":                (*emulator).testSameAsCode,
		"deployed templates":              (*emulator).testTemplates,
		"code over live accounts":         (*emulator).testWithLive,
		"reader roles":                    (*emulator).testReaderRole,
		"Security Hub":                    (*emulator).testSecurityHub,
	} {
		t.Run(name, func(t *testing.T) { test(all.take(t), t) })
	}
}

// emulators are the free emulators. Each is used by one test at a time.
type emulators chan *emulator

// take makes a test parallel, with an emulator of its own.
func (all emulators) take(t *testing.T) *emulator {
	t.Parallel()
	e := <-all
	t.Cleanup(func() { all <- e })
	e.reset(t)
	return e
}

const (
	owner       = "111122223333"
	destination = "222233334444"
	region      = "eu-west-1"
	execution   = "ImageBuilderLifecycle"
	repository  = "app/web"
)

// The guide's trust policies.
const (
	executionTrust    = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["imagebuilder.amazonaws.com"]},"Action":["sts:AssumeRole"]}]}`
	crossAccountTrust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"imagebuilder.amazonaws.com"},"Action":"sts:AssumeRole",` +
		`"Condition":{"StringEquals":{"aws:SourceAccount":["` + destination + `","` + owner + `"]},"ArnLike":{"aws:SourceArn":"arn:*:imagebuilder:*:*:image/*/*/*"}}}]}`
)

// accountRegion is a Region for calls that a partition's account makes.
var accountRegion = map[string]string{"aws": "eu-west-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}

type emulator struct {
	url    string
	binary string
	stderr string // standard error of the last run
}

func startEmulators(t *testing.T) emulators {
	urls := strings.Fields(os.Getenv("IBLINT_EMULATOR"))
	if len(urls) == 0 {
		t.Fatal("IBLINT_EMULATOR is not set; .ci/run starts moto and sets it")
	}
	binary := filepath.Join(t.TempDir(), "iblint")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	all := make(emulators, len(urls))
	for _, url := range urls {
		all <- &emulator{url: strings.TrimSuffix(url, "/"), binary: binary}
	}
	return all
}

func (e *emulator) post(t *testing.T, path, body string) {
	t.Helper()
	client := http.Client{Timeout: 30 * time.Second}
	answer, err := client.Post(e.url+path, "text/plain", strings.NewReader(body))
	if err != nil {
		t.Fatalf("the emulator does not answer: %v", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("the emulator answers %s with %s", path, answer.Status)
	}
}

// reset empties the emulator. Earlier sessions become invalid.
func (e *emulator) reset(t *testing.T) {
	t.Helper()
	e.post(t, "/moto-api/reset", "")
}

// enforce makes the emulator enforce identity policies until the end of the test.
func (e *emulator) enforce(t *testing.T) {
	t.Helper()
	t.Cleanup(func() { e.post(t, "/moto-api/reset-auth", "inf") })
	e.post(t, "/moto-api/reset-auth", "0")
}

// forMoto returns a policy that moto enforces as AWS enforces the original. moto takes
// the service prefix of an action from the request's signature, and the signature name
// of the tagging API differs from its IAM prefix.
func forMoto(t *testing.T, policy any) string {
	t.Helper()
	data, err := json.Marshal(policy)
	must(t, err)
	return strings.ReplaceAll(string(data), `"tag:GetResources"`, `"tagging:GetResources"`)
}

// session contains credentials for one account.
type session struct {
	partition, account string
	keys               aws.Credentials
	cfg                aws.Config
	iam                *iam.Client
}

// enter assumes a role of an account. moto permits this even if the role does not exist.
func (e *emulator) enter(t *testing.T, partition, id, role string) *session {
	t.Helper()
	cfg := aws.Config{
		Region: accountRegion[partition], BaseEndpoint: &e.url,
		// If moto closes a connection, it may have done what the call asked. A retry would
		// then fail because it is done already, so each call has its own connection.
		HTTPClient:  awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) { tr.DisableKeepAlives = true }),
		Credentials: credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "secret", ""),
	}
	out, err := sts.NewFromConfig(cfg).AssumeRole(t.Context(), &sts.AssumeRoleInput{
		RoleArn: aws.String(account.RoleARN(partition, id, "/", role)), RoleSessionName: aws.String("test"),
	})
	must(t, err)
	keys := aws.Credentials{AccessKeyID: *out.Credentials.AccessKeyId, SecretAccessKey: *out.Credentials.SecretAccessKey, SessionToken: *out.Credentials.SessionToken}
	cfg.Credentials = credentials.StaticCredentialsProvider{Value: keys}
	return &session{partition, id, keys, cfg, iam.NewFromConfig(cfg)}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (s *session) ecr(region string) *ecr.Client {
	return ecr.NewFromConfig(s.cfg, func(o *ecr.Options) { o.Region = region })
}

func (s *session) createRole(t *testing.T, name, path, trust string) {
	t.Helper()
	_, err := s.iam.CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: &name, Path: &path, AssumeRolePolicyDocument: &trust})
	must(t, err)
}

func (s *session) attach(ctx context.Context, role, policy string) error {
	_, err := s.iam.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: &role, PolicyArn: &policy})
	return err
}

// createPolicy creates a customer managed policy, unless it exists.
func (s *session) createPolicy(ctx context.Context, path, name, document string) error {
	_, err := s.iam.CreatePolicy(ctx, &iam.CreatePolicyInput{Path: &path, PolicyName: &name, PolicyDocument: &document})
	var exists *iamtypes.EntityAlreadyExistsException
	if errors.As(err, &exists) {
		return nil
	}
	return err
}

func (s *session) putInline(t *testing.T, role, name, document string) {
	t.Helper()
	_, err := s.iam.PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{RoleName: &role, PolicyName: &name, PolicyDocument: &document})
	must(t, err)
}

func (s *session) setTrust(t *testing.T, role, trust string) {
	t.Helper()
	_, err := s.iam.UpdateAssumeRolePolicy(t.Context(), &iam.UpdateAssumeRolePolicyInput{RoleName: &role, PolicyDocument: &trust})
	must(t, err)
}

func (s *session) createRepository(t *testing.T, region, name string, tags account.Tags) {
	t.Helper()
	in := &ecr.CreateRepositoryInput{RepositoryName: &name}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		in.Tags = append(in.Tags, ecrtypes.Tag{Key: aws.String(key), Value: aws.String(tags[key])})
	}
	_, err := s.ecr(region).CreateRepository(t.Context(), in)
	if exists := new(ecrtypes.RepositoryAlreadyExistsException); errors.As(err, &exists) {
		// An earlier attempt created it, though moto's response was lost or an error: its
		// threads interfere with each other at times.
		err = nil
	}
	must(t, err)
}

func (s *session) setRepositoryPolicy(ctx context.Context, region, name, document string) error {
	_, err := s.ecr(region).SetRepositoryPolicy(ctx, &ecr.SetRepositoryPolicyInput{RepositoryName: &name, PolicyText: &document})
	return err
}

func (s *session) tags(t *testing.T, r account.Repository) account.Tags {
	t.Helper()
	out, err := s.ecr(r.Region).ListTagsForResource(t.Context(), &ecr.ListTagsForResourceInput{
		ResourceArn: aws.String(account.RepositoryARN(s.partition, s.account, r)),
	})
	must(t, err)
	tags := account.Tags{}
	for _, tag := range out.Tags {
		tags[*tag.Key] = *tag.Value
	}
	return tags
}

// environment returns the environment of a program. Only PATH comes from this machine.
func (e *emulator) environment(t *testing.T, more ...string) []string {
	return append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "AWS_PAGER=", "AWS_EC2_METADATA_DISABLED=true",
		"AWS_ENDPOINT_URL=" + e.url, "AWS_ENDPOINT_URL_STS=" + e.url, // a profile's own call looks at the second only
		"AWS_MAX_ATTEMPTS=2", // moto has no simulator and always fails at it: with the usual number, that is slow
	}, more...)
}

// environment returns the environment of a program with the session's credentials.
func (s *session) environment(region string) []string {
	return []string{
		"AWS_ACCESS_KEY_ID=" + s.keys.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + s.keys.SecretAccessKey, "AWS_SESSION_TOKEN=" + s.keys.SessionToken,
		"AWS_REGION=" + region, "AWS_DEFAULT_REGION=" + region, // the AWS CLI 1 looks at the second only
	}
}

// result is the part of the JSON report that the tests use.
type result struct {
	Summary  checks.Summary
	Calls    map[string]account.Calls
	Findings []reported
	Ledger   []checks.Entry
	Unread   []account.Gap
}

type reported struct {
	Check       string
	Status      checks.Status
	Change      checks.Comparison
	Subject     account.Subject
	AccountName string
	Message     string
	Evidence    []string
	Unread      *account.Unread
	Remediation *struct {
		checks.Fix
		Commands []string
	}
}

// iblint runs the program and returns what it wrote and its exit code.
func (e *emulator) iblint(t *testing.T, environment []string, args ...string) (stdout string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, e.binary, args...)
	c.Dir, c.Env = t.TempDir(), environment
	var out, errors bytes.Buffer
	c.Stdout, c.Stderr = &out, &errors
	err := c.Run()
	e.stderr = errors.String()
	if e.stderr != "" && !slices.Contains(args, "--debug") {
		t.Logf("standard error: %s", e.stderr)
	}
	if c.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), c.ProcessState.ExitCode()
}

// refused returns the number of calls of an operation in the last run that failed, from the output
// of --debug.
func (e *emulator) refused(operation string) (calls int) {
	for line := range strings.Lines(e.stderr) {
		if strings.HasPrefix(line, "call: "+operation+", ") && !strings.HasSuffix(line, ": ok\n") {
			calls++
		}
	}
	return calls
}

// check runs iblint check and decodes its report.
func (e *emulator) check(t *testing.T, environment []string, args ...string) (result, int) {
	t.Helper()
	out, code := e.iblint(t, environment, append([]string{"check", "--format", "json"}, args...)...)
	var r result
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("exit code %d, report: %v\n%s", code, err, out)
	}
	return r, code
}

// verdicts returns the statuses by check, for a scope with one subject for each check. Guardrails
// have one for each account, of which it returns the different ones.
func (r result) verdicts() map[string]checks.Status {
	verdicts := map[string]checks.Status{}
	for _, f := range r.Findings {
		switch before := verdicts[f.Check]; {
		case before == "":
			verdicts[f.Check] = f.Status
		case f.Check != guardrails:
			verdicts[f.Check] += " and " + f.Status
		case !strings.Contains(string(before), string(f.Status)):
			verdicts[f.Check] += ", " + f.Status
		}
	}
	return verdicts
}

const guardrails = "organization-guardrails"

// allPass returns the verdicts if nothing is missing, except those given: check, status, check, status, …
func allPass(but ...string) map[string]checks.Status {
	verdicts := map[string]checks.Status{}
	for _, c := range lifecycle.All() {
		if c.Kind != account.LifecyclePolicyKind { // roles are named, so policies are not asked for; moto has none
			verdicts[c.ID] = checks.Pass
		}
	}
	verdicts[guardrails] = checks.Skip // the accounts are in no organization
	for i := 0; i < len(but); i += 2 {
		if verdicts[but[i]] == "" {
			panic("no check " + but[i])
		}
		verdicts[but[i]] = checks.Status(but[i+1])
	}
	return verdicts
}

func (r result) expect(t *testing.T, code, wantCode int, want map[string]checks.Status) {
	t.Helper()
	if diff := gocmp.Diff(want, r.verdicts()); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}
	if code != wantCode {
		t.Errorf("exit code %d, expected %d", code, wantCode)
	}
}

// translateManagedPolicy replaces the partition in the managed policy by the policy's own. moto's
// copies contain the wrong one.
func (s *session) translateManagedPolicy(t *testing.T) {
	t.Helper()
	arn := account.ManagedPolicyARN(s.partition)
	text, err := s.managedPolicy(t.Context(), arn)
	must(t, err)
	must(t, s.seedPolicy(t.Context(), arn, account.Present(strings.ReplaceAll(text, "arn:aws:", "arn:"+s.partition+":"))))
}

// complete seeds an owner and a destination with all prerequisites.
func (e *emulator) complete(t *testing.T, partition string) (o, d *session) {
	t.Helper()
	e.reset(t)
	o, d = e.enter(t, partition, owner, "Setup"), e.enter(t, partition, destination, "Setup")
	for _, s := range []*session{o, d} {
		s.translateManagedPolicy(t)
	}
	o.createRole(t, execution, "/", executionTrust)
	must(t, o.attach(t.Context(), execution, account.ManagedPolicyARN(partition)))
	d.createRole(t, account.CrossAccountRoleName, "/", crossAccountTrust)
	must(t, d.attach(t.Context(), account.CrossAccountRoleName, account.ManagedPolicyARN(partition)))
	o.createRepository(t, accountRegion[partition], repository, account.Tags{account.RepositoryTagKey: account.RepositoryTagValue, "team": "web"})
	return o, d
}

// scope are the flags for complete.
func scope(partition string) []string {
	return []string{
		"--owner", owner, "--execution-role", execution, "--repository", repository, "--region", accountRegion[partition],
		"--destination", destination + "=" + account.RoleARN(partition, destination, "/", "Audit"),
	}
}

// deleting is a flag with a planned lifecycle policy that deletes AMIs with a role. It decides which
// actions the role needs.
func deleting(t *testing.T, id, role string) []string {
	t.Helper()
	return planned(t, id, role, "AMI_IMAGE", `"amis": true, "snapshots": true`)
}

// deletingContainers is the same for container images.
func deletingContainers(t *testing.T, id, role string) []string {
	t.Helper()
	return planned(t, id, role, "CONTAINER_IMAGE", `"containers": true`)
}

func planned(t *testing.T, id, role, resourceType, include string) []string {
	t.Helper()
	return []string{"--lifecycle-policy", write(t, "lifecycle.json", fmt.Sprintf(`{
		"name": "delete-%s", "executionRole": "%s", "resourceType": %q,
		"policyDetails": [{
			"action": {"type": "DELETE", "includeResources": {%s}},
			"filter": {"type": "AGE", "value": 6, "unit": "MONTHS", "retainAtLeast": 1}
		}],
		"resourceSelection": {"tagMap": {"team": "%[1]s"}}
	}`, strings.ToLower(role), account.RoleARN("aws", id, "/", role), resourceType, include))}
}

func (e *emulator) testPass(t *testing.T) {
	o, _ := e.complete(t, "aws")
	r, code := e.check(t, e.environment(t, o.environment(region)...), scope("aws")...)
	r.expect(t, code, exitOK, allPass())
}

func (e *emulator) testConfigurationFile(t *testing.T) {
	o, _ := e.complete(t, "aws")
	aws := write(t, "config", fmt.Sprintf("[profile owner]\naws_access_key_id = %s\naws_secret_access_key = %s\naws_session_token = %s\nregion = %s\n"+
		"[profile destination]\nrole_arn = arn:aws:iam::%s:role/Audit\nsource_profile = owner\nregion = %[4]s\n",
		o.keys.AccessKeyID, o.keys.SecretAccessKey, o.keys.SessionToken, region, destination))
	config := write(t, "iblint.yaml", fmt.Sprintf(`
owners:
  - account: "%s"
    profile: owner
    regions: [%s]
    executionRoles: [%s]
    destinations:
      - {account: "%s", profile: destination}
    repositories:
      %[2]s: [%[5]s]
`, owner, region, execution, destination, repository))
	r, code := e.check(t, e.environment(t, "AWS_CONFIG_FILE="+aws), "--config", config)
	r.expect(t, code, exitOK, allPass())

	// The wrong account behind a profile is an error, and is not checked.
	r, code = e.check(t, e.environment(t, "AWS_CONFIG_FILE="+aws), "--config", config, "--destination", destination+"=owner")
	r.expect(t, code, exitUndecided, allPass("cross-account-role-exists", "unknown", "cross-account-role-trust", "unknown", "cross-account-role-policy", "unknown",
		"cross-account-role-permissions", "unknown", guardrails, "skip, unknown"))
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	must(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func (e *emulator) testFailures(t *testing.T) {
	deleteRole := func(t *testing.T, s *session, name string) {
		_, err := s.iam.DetachRolePolicy(t.Context(), &iam.DetachRolePolicyInput{RoleName: &name, PolicyArn: aws.String(account.ManagedPolicyARN("aws"))})
		must(t, err)
		_, err = s.iam.DeleteRole(t.Context(), &iam.DeleteRoleInput{RoleName: &name})
		must(t, err)
	}
	const lambda = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}}`
	for _, test := range []struct {
		name  string
		spoil func(t *testing.T, o, d *session)
		want  map[string]checks.Status
	}{
		{"no execution role", func(t *testing.T, o, _ *session) { deleteRole(t, o, execution) },
			allPass("execution-role-exists", "fail", "execution-role-trust", "skip", "execution-role-policy", "skip", "execution-role-permissions", "skip")},
		{"execution role trusts another service", func(t *testing.T, o, _ *session) { o.setTrust(t, execution, lambda) },
			allPass("execution-role-trust", "fail")},
		{"another policy on the execution role", func(t *testing.T, o, _ *session) {
			deleteRole(t, o, execution)
			o.createRole(t, execution, "/", executionTrust)
			must(t, o.createPolicy(t.Context(), "/service-role/", account.ManagedPolicyName, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`))
			must(t, o.attach(t.Context(), execution, "arn:aws:iam::"+owner+":policy/service-role/"+account.ManagedPolicyName))
		}, allPass("execution-role-policy", "fail", "execution-role-permissions", "skip")},
		{"no cross-account role", func(t *testing.T, _, d *session) { deleteRole(t, d, account.CrossAccountRoleName) },
			allPass("cross-account-role-exists", "fail", "cross-account-role-trust", "skip", "cross-account-role-policy", "skip", "cross-account-role-permissions", "skip")},
		{"cross-account role for another owner", func(t *testing.T, _, d *session) {
			d.setTrust(t, account.CrossAccountRoleName, strings.NewReplacer(owner, "999999999999", destination, "888888888888").Replace(crossAccountTrust))
		}, allPass("cross-account-role-trust", "fail")},
		{"tag with a blank too many", func(t *testing.T, o, _ *session) {
			_, err := o.ecr(region).TagResource(t.Context(), &ecr.TagResourceInput{
				ResourceArn: aws.String(account.RepositoryARN("aws", owner, account.Repository{Region: region, Name: repository})),
				Tags:        []ecrtypes.Tag{{Key: aws.String(account.RepositoryTagKey), Value: aws.String(account.RepositoryTagValue + " ")}},
			})
			must(t, err)
		}, allPass("ecr-repository-tag", "fail")},
		{"no repository", func(t *testing.T, o, _ *session) {
			_, err := o.ecr(region).DeleteRepository(t.Context(), &ecr.DeleteRepositoryInput{RepositoryName: aws.String(repository)})
			must(t, err)
		}, allPass("ecr-repository-exists", "fail", "ecr-repository-tag", "skip", "ecr-repository-policy", "skip")},
	} {
		t.Run(test.name, func(t *testing.T) {
			o, d := e.complete(t, "aws")
			test.spoil(t, o, d)
			r, code := e.check(t, e.environment(t, o.environment(region)...), scope("aws")...)
			r.expect(t, code, exitFail, test.want)
		})
	}
}

// testPages puts the deciding item on the second page of a list. iblint requests pages of 1000
// items. moto always returns inline policies in one page.
func (e *emulator) testPages(t *testing.T) {
	many := func(t *testing.T, make func(ctx context.Context, i int) error) {
		t.Helper()
		group, ctx := errgroup.WithContext(t.Context())
		group.SetLimit(8)
		for i := range 1000 {
			group.Go(func() error { return make(ctx, i) })
		}
		must(t, group.Wait())
	}

	t.Run("attached policies", func(t *testing.T) {
		o, _ := e.complete(t, "aws")
		many(t, func(ctx context.Context, i int) error {
			name := fmt.Sprintf("A%04d", i) // moto sorts by name: all of them come before the managed policy
			if err := o.createPolicy(ctx, "/", name, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`); err != nil {
				return err
			}
			return o.attach(ctx, execution, "arn:aws:iam::"+owner+":policy/"+name)
		})
		first, err := o.iam.ListAttachedRolePolicies(t.Context(), &iam.ListAttachedRolePoliciesInput{RoleName: aws.String(execution), MaxItems: aws.Int32(1000)})
		must(t, err)
		if !first.IsTruncated || slices.ContainsFunc(first.AttachedPolicies, func(p iamtypes.AttachedPolicy) bool { return *p.PolicyName == account.ManagedPolicyName }) {
			t.Fatal("the managed policy is on the first page: this test shows nothing")
		}
		r, code := e.check(t, e.environment(t, o.environment(region)...), scope("aws")...)
		r.expect(t, code, exitOK, allPass())
	})

	t.Run("role names", func(t *testing.T) {
		e.reset(t)
		o := e.enter(t, "aws", owner, "Setup")
		many(t, func(ctx context.Context, i int) error {
			_, err := o.iam.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String(fmt.Sprintf("A%04d", i)), AssumeRolePolicyDocument: aws.String(executionTrust)})
			return err
		})
		o.createRole(t, "A1000", "/", executionTrust)
		// moto sorts by a random ID, so the test reads which policy is last.
		pages := iam.NewListRolesPaginator(o.iam, &iam.ListRolesInput{MaxItems: aws.Int32(1000)})
		alike := ""
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			must(t, err)
			if len(page.Roles) == 1 {
				alike = *page.Roles[0].RoleName
			}
		}
		if alike == "" {
			t.Fatal("no second page of one role: this test shows nothing")
		}
		r, code := e.check(t, e.environment(t, o.environment(region)...), "--execution-role", strings.ToLower(alike), "--only", "execution-role-exists")
		r.expect(t, code, exitFail, map[string]checks.Status{"execution-role-exists": checks.Fail})
		if !strings.Contains(r.Findings[0].Message, alike) {
			t.Errorf("the look-alike %s is not reported: %s", alike, r.Findings[0].Message)
		}
	})
}

// moreRepositories are, with the one of complete, enough to read their tags in bulk.
var moreRepositories = []string{"app/api", "app/db"}

// permissionsTest tests the policy that iblint permissions prints.
type permissionsTest struct {
	*emulator
	text string
}

// actions returns the actions of a statement that moto implements. It has no Image Builder;
// the tests of internal/source/awsapi deny each action of Image Builder. testGuardrails
// denies those of Organizations, except DescribeOrganization.
func (p permissionsTest) actions(t *testing.T, sid string) []string {
	t.Helper()
	for _, s := range parsePolicy(t, p.text).Statement {
		if s.Sid == sid {
			return slices.DeleteFunc(s.Action, func(a string) bool {
				// The scope of a registry policy is read only if there is one.
				return strings.HasPrefix(a, "imagebuilder:") || strings.HasPrefix(a, "ram:") || a == "ecr:GetAccountSetting" || strings.HasPrefix(a, "organizations:") && a != "organizations:DescribeOrganization"
			})
		}
	}
	t.Fatalf("there is no statement %s:\n%s", sid, p.text)
	return nil
}

func (p permissionsTest) without(t *testing.T, action string) policyDocument {
	t.Helper()
	policy := parsePolicy(t, p.text)
	for i, s := range policy.Statement {
		policy.Statement[i].Action = slices.DeleteFunc(s.Action, func(a string) bool { return a == action })
	}
	return policy
}

// run checks the owner with a caller that has only this policy.
func (p permissionsTest) run(t *testing.T, policy policyDocument, args ...string) (result, int) {
	t.Helper()
	o, _ := p.complete(t, "aws")
	for _, name := range moreRepositories {
		o.createRepository(t, region, name, account.Tags{account.RepositoryTagKey: account.RepositoryTagValue})
	}
	o.putInline(t, execution, "Extra", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}]}`)
	// iblint knows AWS's own managed policy, and reads this one.
	must(t, o.createPolicy(t.Context(), "/", "Own", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`))
	must(t, o.attach(t.Context(), execution, "arn:aws:iam::"+owner+":policy/Own"))
	o.createRole(t, "Audit", "/", executionTrust)
	o.putInline(t, "Audit", "Read", forMoto(t, policy))
	audit := p.enter(t, "aws", owner, "Audit")
	p.enforce(t)
	environment := p.environment(t, append(audit.environment(region), "AWS_ENDPOINT_URL_IMAGEBUILDER="+emptyImageBuilder(t))...)
	return p.check(t, environment, append([]string{"--owner", owner, "--region", region}, args...)...)
}

// testPermissions gives the caller the policy that iblint permissions prints, and then
// the same policy without one action, for each action. moto's errors have another form
// than AWS's, and the SDK decodes them as UnknownError. So the test compares the
// missing action and not the reason.
func (e *emulator) testPermissions(t *testing.T) {
	text, code := e.iblint(t, e.environment(t), "permissions")
	if code != exitOK {
		t.Fatalf("iblint permissions: exit code %d", code)
	}
	p := permissionsTest{e, text}
	here := []string{"--execution-role", execution, "--repository", repository, "--skip", "cross-account-role-exists,cross-account-role-trust,cross-account-role-policy,cross-account-role-permissions"}
	pass := map[string]checks.Status{
		"execution-role-exists": "pass", "execution-role-trust": "pass", "execution-role-policy": "pass", "execution-role-permissions": "pass",
		"ecr-repository-exists": "pass", "ecr-repository-tag": "pass", "ecr-repository-policy": "pass", "ecr-registry-policy": "pass", guardrails: "skip",
	}

	t.Run("enough", func(t *testing.T) {
		r, code := p.run(t, parsePolicy(t, p.text), append([]string{"--debug"}, here...)...)
		r.expect(t, code, exitOK, pass)
		if n := e.refused("IAM SimulatePrincipalPolicy"); n == 0 {
			t.Errorf("the simulator was not asked in vain: this test shows nothing\n%s", e.stderr)
		}
	})
	undecided := map[string][]string{
		"iam:GetRole":                  {"execution-role-exists", "execution-role-trust", "execution-role-policy", "execution-role-permissions"},
		"iam:ListAttachedRolePolicies": {"execution-role-policy", "execution-role-permissions"},
		"iam:ListRolePolicies":         {"execution-role-permissions"},
		"iam:GetRolePolicy":            {"execution-role-permissions"},
		"iam:GetPolicy":                {"execution-role-permissions"},
		"iam:GetPolicyVersion":         {"execution-role-permissions"},
		"ecr:ListTagsForResource":      {"ecr-repository-exists", "ecr-repository-tag", "ecr-repository-policy"},
		"ecr:GetRepositoryPolicy":      {"ecr-repository-policy"},
		"ecr:GetRegistryPolicy":        {"ecr-registry-policy"},

		"organizations:DescribeOrganization": {guardrails},
	}
	for _, action := range p.actions(t, "Required") {
		t.Run("without "+action, func(t *testing.T) {
			undecided, ok := undecided[action]
			if !ok {
				t.Fatal("a new permission: say here which checks need it")
			}
			want := maps.Clone(pass)
			for _, id := range undecided {
				want[id] = checks.Unknown
			}
			r, code := p.run(t, p.without(t, action), here...)
			r.expect(t, code, exitUndecided, want)
			for _, f := range r.Findings {
				if f.Status != checks.Unknown {
					continue
				}
				if f.Unread == nil || f.Unread.Action != action {
					t.Errorf("%s: unread is %+v, expected it to name %s", f.Check, f.Unread, action)
				}
			}
		})
	}
	// Each of these is called and denied, and iblint uses its fallback.
	operations := map[string]string{"ecr:DescribeRepositories": "ECR DescribeRepositories", "tag:GetResources": "Resource Groups Tagging API GetResources"}
	for _, action := range append(p.actions(t, "HasFallback"), "nothing") {
		t.Run("in bulk, without "+action, func(t *testing.T) {
			if operations[action] == "" && action != "nothing" {
				t.Fatal("a new permission: say here which operation it is for")
			}
			r, code := p.run(t, p.without(t, action), append([]string{"--repository", moreRepositories[0], "--repository", moreRepositories[1], "--debug"}, here...)...)
			if want := (checks.Summary{Pass: 4 + 3*3 + 1, Skip: 1}); r.Summary != want || code != exitOK {
				t.Errorf("the summary is %+v, exit code %d; expected %+v", r.Summary, code, want)
			}
			for of, operation := range operations {
				want := 0
				if of == action {
					want = 1
				}
				if n := e.refused(operation); n != want {
					t.Errorf("%s was refused %d times, expected %d\n%s", operation, n, want, e.stderr)
				}
			}
		})
	}
	t.Run("without iam:ListRoles", func(t *testing.T) {
		// moto returns an error for the simulator's operation, allowed or not. "enough" shows that this changes no verdict.
		if only := p.actions(t, "EvidenceOnly"); !slices.Equal(only, []string{"iam:ListRoles", "iam:SimulatePrincipalPolicy"}) {
			t.Fatalf("expected iam:ListRoles and the simulation alone to be for evidence only: %v", only)
		}
		r, code := p.run(t, p.without(t, "iam:ListRoles"), "--execution-role", "Missing", "--only", "execution-role-exists")
		r.expect(t, code, exitFail, map[string]checks.Status{"execution-role-exists": checks.Fail})
		if !slices.ContainsFunc(r.Unread, func(g account.Gap) bool { return g.Action == "iam:ListRoles" }) {
			t.Errorf("what could not be read is not reported: %+v", r.Unread)
		}
	})
}

func (e *emulator) testPartitions(t *testing.T) {
	for _, partition := range []string{"aws-cn", "aws-us-gov"} {
		t.Run(partition, func(t *testing.T) {
			o, d := e.complete(t, partition)
			environment := e.environment(t, o.environment(accountRegion[partition])...)
			r, code := e.check(t, environment, scope(partition)...)
			r.expect(t, code, exitOK, allPass())
			for _, f := range r.Findings {
				if f.Subject.Partition != partition || f.Check != guardrails && !strings.HasPrefix(f.Subject.ARN, "arn:"+partition+":") {
					t.Errorf("%s: the subject is %+v", f.Check, f.Subject)
				}
			}
			// The managed policy of another partition would not count.
			name, policy := account.CrossAccountRoleName, account.ManagedPolicyARN(partition)
			_, err := d.iam.DetachRolePolicy(t.Context(), &iam.DetachRolePolicyInput{RoleName: &name, PolicyArn: &policy})
			must(t, err)
			r, code = e.check(t, environment, scope(partition)...)
			r.expect(t, code, exitFail, allPass("cross-account-role-policy", "fail", "cross-account-role-permissions", "skip"))
		})
	}
}

// testSnapshot expects a recording to give the same verdicts as the live account, including
// everything that is wrong and everything that could not be read.
func (e *emulator) testSnapshot(t *testing.T) {
	o, d := e.complete(t, "aws")
	d.setTrust(t, account.CrossAccountRoleName, executionTrust) // without condition: warn
	d.putInline(t, account.CrossAccountRoleName, "Limits", `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"ec2:DeleteSnapshot","Resource":"*"}]}`)
	environment := e.environment(t, o.environment(region)...)
	args := append(scope("aws"),
		"--execution-role", "Missing", "--repository", "app/none",
		"--destination", "333344445555", // the owner's credentials cannot read it: unknown
	)
	live, liveCode := e.check(t, environment, args...)
	if s := live.Summary; s.Pass == 0 || s.Warn == 0 || s.Fail == 0 || s.Skip == 0 || s.Unknown == 0 {
		t.Errorf("expected some of every status, got %+v", s)
	}

	file := filepath.Join(t.TempDir(), "snapshot.json")
	if out, code := e.iblint(t, environment, append([]string{"snapshot", "-o", file}, args...)...); code != exitUndecided || out != "" {
		t.Errorf("snapshot: exit code %d, expected %d as one account is not readable; output %q", code, exitUndecided, out)
	}
	info, err := os.Stat(file)
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the recording has mode %o", info.Mode().Perm())
	}

	e.reset(t) // only the recording is left
	recorded, recordedCode := e.check(t, []string{"PATH=" + os.Getenv("PATH")}, "--recorded", file)
	if diff := gocmp.Diff(live, recorded); diff != "" {
		t.Errorf("the recording gives other verdicts (-live +recorded):\n%s", diff)
	}
	if liveCode != exitFail || recordedCode != exitFail {
		t.Errorf("exit codes: live %d, recorded %d, expected %d", liveCode, recordedCode, exitFail)
	}
}
