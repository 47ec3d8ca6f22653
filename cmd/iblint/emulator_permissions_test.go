//go:build emulator

package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
)

// finding returns the finding of a check with one subject.
func (r result) finding(t *testing.T, check string) reported {
	t.Helper()
	i := slices.IndexFunc(r.Findings, func(f reported) bool { return f.Check == check })
	if i < 0 {
		t.Fatalf("there is no finding of %s", check)
	}
	return r.Findings[i]
}

func (f reported) expectNamed(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if !strings.Contains(f.Message, name) {
			t.Errorf("%s does not name %q: %s", f.Check, name, f.Message)
		}
	}
}

// testTakenAway denies actions that the managed policy grants: the boundary denies one, and an
// inline policy another.
func (e *emulator) testTakenAway(t *testing.T) {
	const check = "execution-role-permissions"
	o, d := e.complete(t, "aws")
	boundary := "arn:aws:iam::" + owner + ":policy/team/Limits"
	must(t, o.createPolicy(t.Context(), "/team/", "Limits",
		`{"Version":"2012-10-17","Statement":[{"Sid":"Images","Effect":"Allow","Action":["ec2:Describe*","ec2:*Image*","ec2:*Tags","ecr:*","tag:*","imagebuilder:*"],"Resource":"*"},{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`))
	_, err := o.iam.PutRolePermissionsBoundary(t.Context(), &iam.PutRolePermissionsBoundaryInput{RoleName: aws.String(execution), PermissionsBoundary: &boundary})
	must(t, err)
	o.putInline(t, execution, "Keep", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"},{"Sid":"KeepImages","Effect":"Deny","Action":"ec2:DeregisterImage","Resource":"*"}]}`)

	environment := append(e.environment(t, o.environment(region)...), "AWS_ENDPOINT_URL_IMAGEBUILDER="+emptyImageBuilder(t))
	args := slices.Concat(scope("aws"), deleting(t, owner, execution), []string{"--only", check})
	r, code := e.check(t, environment, args...)
	r.expect(t, code, exitFail, map[string]checks.Status{check: checks.Fail})
	f := r.finding(t, check)
	f.expectNamed(t, "ec2:DeregisterImage", "inline policy Keep", `statement 2 ("KeepImages")`, "ec2:DeleteSnapshot", "the permissions boundary of role "+execution)

	w := &world{e: e, sessions: map[string]*session{owner: o, destination: d}}
	f.expectEdits(t, checks.EditInlinePolicy, checks.EditManagedPolicy)
	w.applyFix(t, f)
	r, code = e.check(t, environment, args...)
	r.expect(t, code, exitOK, map[string]checks.Status{check: checks.Pass})
}

// expectEdits expects exactly these edits in the fixes, and that none needs a decision.
func (f reported) expectEdits(t *testing.T, want ...checks.Action) {
	t.Helper()
	var got []checks.Action
	for _, c := range f.Remediation.Changes {
		got = append(got, c.Action)
		if c.After == "" {
			t.Errorf("%s leaves an edit to a person: %+v", f.Check, c)
		}
	}
	if !slices.Equal(slices.Sorted(slices.Values(got)), want) {
		t.Errorf("%s: the changes are %q, expected %q", f.Check, got, want)
	}
}

// createGuarded creates an organization with one account that has all prerequisites, and a service
// control policy that denies actions of lifecycle management.
func (e *emulator) createGuarded(t *testing.T) (m, images *session, policyID, unitID string) {
	t.Helper()
	e.reset(t)
	m = e.enter(t, "aws", management, "Setup")
	client := organizations.NewFromConfig(m.cfg)
	_, err := client.CreateOrganization(t.Context(), &organizations.CreateOrganizationInput{})
	must(t, err)
	roots, err := client.ListRoots(t.Context(), &organizations.ListRootsInput{})
	must(t, err)
	root := roots.Roots[0].Id
	unit, err := client.CreateOrganizationalUnit(t.Context(), &organizations.CreateOrganizationalUnitInput{ParentId: root, Name: aws.String("Prod")})
	must(t, err)
	created, err := client.CreateAccount(t.Context(), &organizations.CreateAccountInput{AccountName: aws.String("images"), Email: aws.String("nobody@example.com")})
	must(t, err)
	id := *created.CreateAccountStatus.AccountId
	_, err = client.MoveAccount(t.Context(), &organizations.MoveAccountInput{AccountId: &id, SourceParentId: root, DestinationParentId: unit.OrganizationalUnit.Id})
	must(t, err)
	_, err = client.EnablePolicyType(t.Context(), &organizations.EnablePolicyTypeInput{RootId: root, PolicyType: orgtypes.PolicyTypeServiceControlPolicy})
	must(t, err)
	policy, err := client.CreatePolicy(t.Context(), &organizations.CreatePolicyInput{
		Name: aws.String("KeepImages"), Description: aws.String("test"), Type: orgtypes.PolicyTypeServiceControlPolicy,
		Content: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:DeleteBucket","Resource":"*"},{"Sid":"Keep","Effect":"Deny","Action":"ec2:DeregisterImage","Resource":"*"}]}`),
	})
	must(t, err)
	_, err = client.AttachPolicy(t.Context(), &organizations.AttachPolicyInput{PolicyId: policy.Policy.PolicySummary.Id, TargetId: unit.OrganizationalUnit.Id})
	must(t, err)

	images = e.enter(t, "aws", id, "Setup")
	images.createRole(t, execution, "/", executionTrust)
	must(t, images.attach(t.Context(), execution, account.ManagedPolicyARN("aws")))
	return m, images, *policy.Policy.PolicySummary.Id, *unit.OrganizationalUnit.Id
}

// testGuardrails checks an organization that denies actions of lifecycle management. The caller has
// the policy that iblint permissions prints.
func (e *emulator) testGuardrails(t *testing.T) {
	m, images, policyID, unitID := e.createGuarded(t)
	id := images.account

	const only = "execution-role-permissions," + guardrails
	text, code := e.iblint(t, e.environment(t), "permissions", "--only", only)
	if code != exitOK {
		t.Fatalf("iblint permissions: exit code %d", code)
	}
	// caller creates the roles of iblint with the policy that iblint permissions prints, without
	// one action, and returns its environment.
	caller := func(t *testing.T, name, but string) []string {
		t.Helper()
		p := parsePolicy(t, text)
		for i, s := range p.Statement {
			p.Statement[i].Action = slices.DeleteFunc(s.Action, func(action string) bool { return action == but })
		}
		for _, s := range []*session{m, images} {
			s.createRole(t, name, "/", executionTrust)
			s.putInline(t, name, "Read", forMoto(t, p))
		}
		p.Statement = append(p.Statement, statement{"Enter", "Allow", []string{"sts:AssumeRole"}, account.RoleARN("aws", id, "/", name)})
		m.putInline(t, name, "Read", forMoto(t, p))
		return e.environment(t, append(e.enter(t, "aws", management, name).environment(region), "AWS_ENDPOINT_URL_IMAGEBUILDER="+emptyImageBuilder(t))...)
	}
	check := func(t *testing.T, environment []string, name string) (result, int) {
		t.Helper()
		e.enforce(t)
		args := []string{"--owner", id + "=" + account.RoleARN("aws", id, "/", name), "--region", region, "--only", only}
		return e.check(t, environment, append(args, deleting(t, id, execution)...)...)
	}
	want := func(verdict checks.Status) map[string]checks.Status {
		return map[string]checks.Status{"execution-role-permissions": checks.Pass, guardrails: verdict}
	}

	everything := caller(t, "Audit", "nothing")
	var f reported
	t.Run("denied", func(t *testing.T) {
		r, code := check(t, everything, "Audit")
		r.expect(t, code, exitFail, want(checks.Fail))
		f = r.finding(t, guardrails)
		f.expectNamed(t, "ec2:DeregisterImage", "KeepImages", policyID, unitID, `statement 2 ("Keep")`)
	})
	if f.Remediation == nil {
		t.Fatal("no remediation")
	}
	w := &world{e: e, sessions: map[string]*session{management: m}}
	f.expectEdits(t, checks.EditGuardrail)
	dir := w.applyFix(t, f)
	t.Run("fixed", func(t *testing.T) {
		r, code := check(t, everything, "Audit")
		r.expect(t, code, exitOK, want(checks.Pass))
	})
	w.undo(t, dir, f)
	t.Run("undone", func(t *testing.T) {
		r, code := check(t, everything, "Audit")
		r.expect(t, code, exitFail, want(checks.Fail))
	})

	tried := 0
	for _, s := range parsePolicy(t, text).Statement {
		for _, action := range s.Action {
			if !strings.HasPrefix(action, "organizations:") {
				continue
			}
			tried++
			t.Run("without "+action, func(t *testing.T) {
				name := "AuditWithout" + strings.TrimPrefix(action, "organizations:")
				environment := caller(t, name, action)
				r, code := check(t, environment, name)
				r.expect(t, code, exitUndecided, want(checks.Unknown))
				if f := r.finding(t, guardrails); f.Unread == nil || f.Unread.Action != action {
					t.Errorf("unread is %+v, expected it to name %s", f.Unread, action)
				}
			})
		}
	}
	if tried != 5 {
		t.Errorf("%d actions of Organizations were refused, expected 5", tried)
	}
}

// policyDocument is what iblint permissions prints.
type policyDocument struct {
	Version   string
	Statement []statement
}

type statement struct {
	Sid      string
	Effect   string
	Action   []string
	Resource string
}

func parsePolicy(t *testing.T, text string) (p policyDocument) {
	t.Helper()
	must(t, json.Unmarshal([]byte(text), &p))
	return p
}
