//go:build emulator

package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
)

const (
	management  = "999900001111"
	otherRegion = "us-east-1"
)

// inOrganization are the checks that do not need Image Builder, which moto lacks.
const inOrganization = "execution-role-exists,execution-role-trust,execution-role-policy,execution-role-permissions,ecr-repository-exists,ecr-repository-tag,ecr-repository-policy"

// closed accounts, so many that the list of accounts takes two pages: Organizations
// shows 20 a page at most.
const closed = 18

// organization is an organization in moto. moto generates account IDs, so the tests identify
// accounts by name.
type organization struct {
	ids             map[string]string
	workloads, prod string   // organizational units, the second below the first
	environment     []string // of the caller of iblint, in the management account
}

// createOrganization creates the organization whose verdicts organizationVerdicts returns. The
// roles that iblint assumes, and the caller, have the policy that iblint permissions prints.
func (e *emulator) createOrganization(t *testing.T) *organization {
	t.Helper()
	e.reset(t)
	m := e.enter(t, "aws", management, "Setup")
	client := organizations.NewFromConfig(m.cfg)
	_, err := client.CreateOrganization(t.Context(), &organizations.CreateOrganizationInput{})
	must(t, err)
	roots, err := client.ListRoots(t.Context(), &organizations.ListRootsInput{})
	must(t, err)
	root := *roots.Roots[0].Id
	unit := func(parent, name string) string {
		out, err := client.CreateOrganizationalUnit(t.Context(), &organizations.CreateOrganizationalUnitInput{ParentId: &parent, Name: &name})
		must(t, err)
		return *out.OrganizationalUnit.Id
	}
	o := &organization{ids: map[string]string{"master": management}} // moto names it so
	o.workloads = unit(root, "Workloads")
	o.prod = unit(o.workloads, "Prod")
	create := func(name, unit string) string {
		out, err := client.CreateAccount(t.Context(), &organizations.CreateAccountInput{AccountName: &name, Email: aws.String("nobody@example.com")})
		must(t, err)
		id := *out.CreateAccountStatus.AccountId
		o.ids[name] = id
		if unit != root {
			_, err := client.MoveAccount(t.Context(), &organizations.MoveAccountInput{AccountId: &id, SourceParentId: &root, DestinationParentId: &unit})
			must(t, err)
		}
		return id
	}
	in := func(id string) *session { return e.enter(t, "aws", id, "Setup") }
	images, web := in(create("images", o.workloads)), in(create("web", o.prod))
	locked, shut, sandbox := in(create("locked", root)), in(create("shut", root)), in(create("sandbox", root))
	for i := range closed {
		_, err := client.CloseAccount(t.Context(), &organizations.CloseAccountInput{AccountId: aws.String(create(fmt.Sprintf("closed %d", i), root))})
		must(t, err)
	}

	for _, s := range []*session{m, images, web, locked, shut, sandbox} {
		s.createRole(t, execution, "/", executionTrust)
		must(t, s.attach(t.Context(), execution, account.ManagedPolicyARN("aws")))
	}
	tagged := account.Tags{account.RepositoryTagKey: account.RepositoryTagValue, "team": "web"}
	for _, s := range []*session{images, web, locked, shut, sandbox} {
		s.createRepository(t, region, "app/web", tagged)
	}
	images.createRepository(t, otherRegion, "app/web", tagged)
	web.createRepository(t, region, "app/api", account.Tags{"team": "web"})
	web.createRepository(t, otherRegion, "app/web", account.Tags{account.RepositoryTagKey: account.RepositoryTagValue + " "})
	web.setTrust(t, execution, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}}`)

	text, code := e.iblint(t, e.environment(t), "permissions", "--organization", "--all-repositories", "--only", inOrganization)
	if code != exitOK {
		t.Fatalf("iblint permissions: exit code %d", code)
	}
	policy := func(lacks string, more ...statement) string {
		var p policyDocument
		must(t, json.Unmarshal([]byte(text), &p))
		for i, s := range p.Statement {
			p.Statement[i].Action = slices.DeleteFunc(s.Action, func(action string) bool { return strings.HasPrefix(action, lacks) })
		}
		p.Statement = append(slices.DeleteFunc(p.Statement, func(s statement) bool { return len(s.Action) == 0 }), more...)
		return forMoto(t, p)
	}
	for _, s := range []*session{images, web, locked, shut, sandbox} {
		lacks := "nothing"
		if s == locked {
			lacks = "ecr:"
		}
		s.createRole(t, "Audit", "/", executionTrust) // moto ignores the trust policy
		s.putInline(t, "Audit", "Read", policy(lacks))
	}
	for _, s := range []*session{images, web} {
		s.createRole(t, "AuditWithoutTagging", "/", executionTrust)
		s.putInline(t, "AuditWithoutTagging", "Read", policy("tag:"))
	}
	// moto also permits assuming a role that does not exist. So for the account that cannot
	// be entered, the caller lacks the permission.
	m.createRole(t, "Runner", "/", executionTrust)
	m.putInline(t, "Runner", "Read", policy("nothing",
		statement{"Enter", "Allow", []string{"sts:AssumeRole"}, "arn:aws:iam::*:role/Audit*"},
		statement{"Shut", "Deny", []string{"sts:AssumeRole"}, account.RoleARN("aws", shut.account, "/", "Audit")}))
	o.environment = e.environment(t, e.enter(t, "aws", management, "Runner").environment(region)...)
	return o
}

// verdicts of an account, by check and, where it is about one, Region and repository.
// An account that was not checked has one verdict with the name "account".
type verdicts map[string]checks.Status

// organizationVerdicts returns the expected verdicts by account name, with sandbox excluded.
func organizationVerdicts() map[string]verdicts {
	role := verdicts{"execution-role-exists": "pass", "execution-role-trust": "pass", "execution-role-policy": "pass", "execution-role-permissions": "pass"}
	with := func(more verdicts) verdicts {
		all := maps.Clone(role)
		maps.Copy(all, more)
		return all
	}
	want := map[string]verdicts{
		"master": role, // it has no repositories
		"images": with(verdicts{
			"ecr-repository-exists eu-west-1/app/web": "pass", "ecr-repository-tag eu-west-1/app/web": "pass",
			"ecr-repository-exists us-east-1/app/web": "pass", "ecr-repository-tag us-east-1/app/web": "pass",
			// Nothing names these repositories, so their policies are read only if the tag is missing.
			"ecr-repository-policy eu-west-1/app/web": "skip", "ecr-repository-policy us-east-1/app/web": "skip",
		}),
		"web": with(verdicts{
			"execution-role-trust":                    "fail",                                                 // another service's
			"ecr-repository-exists eu-west-1/app/api": "pass", "ecr-repository-tag eu-west-1/app/api": "fail", // no tag
			"ecr-repository-exists eu-west-1/app/web": "pass", "ecr-repository-tag eu-west-1/app/web": "pass",
			"ecr-repository-exists us-east-1/app/web": "pass", "ecr-repository-tag us-east-1/app/web": "fail", // the value has an additional space
			"ecr-repository-policy eu-west-1/app/api": "pass", "ecr-repository-policy us-east-1/app/web": "pass", "ecr-repository-policy eu-west-1/app/web": "skip",
		}),
		"locked": with(verdicts{ // its role Audit may do nothing in ECR
			"ecr-repository-exists eu-west-1/repositories": "unknown", "ecr-repository-tag eu-west-1/repositories": "unknown",
			"ecr-repository-exists us-east-1/repositories": "unknown", "ecr-repository-tag us-east-1/repositories": "unknown",
			"ecr-repository-policy eu-west-1/repositories": "unknown", "ecr-repository-policy us-east-1/repositories": "unknown",
		}),
		"shut": { // its role Audit cannot be assumed
			"execution-role-exists": "unknown", "execution-role-trust": "unknown", "execution-role-policy": "unknown", "execution-role-permissions": "unknown",
			"ecr-repository-exists eu-west-1/repositories": "unknown", "ecr-repository-tag eu-west-1/repositories": "unknown",
			"ecr-repository-exists us-east-1/repositories": "unknown", "ecr-repository-tag us-east-1/repositories": "unknown",
			"ecr-repository-policy eu-west-1/repositories": "unknown", "ecr-repository-policy us-east-1/repositories": "unknown",
		},
		"sandbox": {"account": "skip"},
	}
	for i := range closed {
		want[fmt.Sprintf("closed %d", i)] = verdicts{"account": "skip"}
	}
	return want
}

// expect compares the verdicts of all accounts, and verifies that each belongs to the account of
// that name.
func (o *organization) expect(t *testing.T, r result, code, wantCode int, want map[string]verdicts) {
	t.Helper()
	got := map[string]verdicts{}
	for _, f := range r.Findings {
		key := f.Check
		switch f.Subject.Type {
		case "organization":
			key = "account"
		case "ecr-repository":
			key += " " + f.Subject.Region + "/" + f.Subject.Name
		}
		if got[f.AccountName] == nil {
			got[f.AccountName] = verdicts{}
		}
		if got[f.AccountName][key] != "" || f.Subject.Account != o.ids[f.AccountName] {
			t.Errorf("%s of account %q is reported again, or for the wrong account, %s", key, f.AccountName, f.Subject.Account)
		}
		got[f.AccountName][key] = f.Status
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}
	if code != wantCode {
		t.Errorf("exit code %d, expected %d", code, wantCode)
	}
}

// expectLedger expects the numbers of planned and completed checks of ECR.
func (o *organization) expectLedger(t *testing.T, r result) {
	t.Helper()
	ledger := map[string]string{}
	for name, id := range o.ids {
		for _, entry := range r.Ledger {
			if entry.Account == id && entry.Check == "ecr-repository-tag" {
				ledger[name+" "+entry.Region] = fmt.Sprintf("%d of %d, short: %t", entry.Done, entry.Expected, entry.Short)
			}
		}
	}
	if diff := gocmp.Diff(map[string]string{
		"master eu-west-1": "0 of 0, short: false", "master us-east-1": "0 of 0, short: false",
		"images eu-west-1": "1 of 1, short: false", "images us-east-1": "1 of 1, short: false",
		"web eu-west-1": "2 of 2, short: false", "web us-east-1": "1 of 1, short: false",
		"locked eu-west-1": "0 of 1, short: false", "locked us-east-1": "0 of 1, short: false",
		"shut eu-west-1": "0 of 1, short: true", "shut us-east-1": "0 of 1, short: true",
	}, ledger); diff != "" {
		t.Errorf("what was planned and done of ecr-repository-tag (-want +got):\n%s", diff)
	}
}

// expectSnapshot expects a snapshot to give the same verdicts as the live accounts.
func (e *emulator) expectSnapshot(t *testing.T, environment, args []string) {
	t.Helper()
	e.enforce(t)
	live, liveCode := e.check(t, environment, args...)
	file := filepath.Join(t.TempDir(), "snapshot.json")
	if _, code := e.iblint(t, environment, append([]string{"snapshot", "-o", file}, args...)...); code != exitUndecided {
		t.Errorf("snapshot: exit code %d, expected %d as two accounts are not all readable", code, exitUndecided)
	}
	recorded, code := e.check(t, []string{"PATH=" + os.Getenv("PATH")}, "--recorded", file)
	if diff := gocmp.Diff(live, recorded); diff != "" || code != liveCode {
		t.Errorf("the recording gives other verdicts, exit codes %d and %d (-live +recorded):\n%s", liveCode, code, diff)
	}
}

// expectTwice expects two runs to write the same report, except for the time.
func (e *emulator) expectTwice(t *testing.T, environment, args []string) {
	t.Helper()
	readAt := regexp.MustCompile(`\n  "readAt": "[^"]*",\n`)
	e.enforce(t)
	var reports []string
	for range 2 {
		out, _ := e.iblint(t, environment, append([]string{"check", "--format", "json"}, args...)...)
		if n := len(readAt.FindAllString(out, -1)); n != 1 {
			t.Fatalf("the report says %d times when it was read:\n%s", n, out)
		}
		reports = append(reports, readAt.ReplaceAllString(out, "\n"))
	}
	if diff := gocmp.Diff(reports[0], reports[1]); diff != "" {
		t.Errorf("the same command, twice:\n%s", diff)
	}
}

// testOrganization checks an organization with identity policies enforced.
//
// moto's tagging API does not list repositories, so the tags of each are read by its own call.
func (e *emulator) testOrganization(t *testing.T) {
	o := e.createOrganization(t)
	scope := []string{"--organization", "--region", region, "--region", otherRegion, "--execution-role", execution, "--all-repositories"}
	args := func(role string, more ...string) []string {
		return slices.Concat(scope, []string{"--only", inOrganization, "--role-name", role}, more)
	}
	check := func(t *testing.T, args []string) (result, int) {
		t.Helper()
		e.enforce(t)
		return e.check(t, o.environment, args...)
	}
	whole := organizationVerdicts()
	of := func(names ...string) map[string]verdicts {
		want := map[string]verdicts{}
		for _, name := range names {
			want[name] = whole[name]
		}
		return want
	}
	withoutSandbox := []string{"--exclude", o.ids["sandbox"]}

	t.Run("every account", func(t *testing.T) {
		r, code := check(t, args("Audit", append(withoutSandbox, "--debug")...))
		o.expect(t, r, code, exitFail, whole)
		if n := e.refused("Resource Groups Tagging API GetResources"); n > 0 {
			t.Errorf("the tagging API was refused %d times, so that nothing was read in bulk\n%s", n, e.stderr)
		}

		// ListAccounts takes two pages. iblint assumes a role in four accounts: not in
		// the caller's own, the excluded one or a closed one. It calls
		// DescribeOrganization in each account that it entered and in the caller's own.
		if got := map[string]int{"Organizations": r.Calls["Organizations"].Calls, "STS": r.Calls["STS"].Calls}; !maps.Equal(got, map[string]int{"Organizations": 2 + 4, "STS": 1 + 4}) {
			t.Errorf("calls: %v", got)
		}

		o.expectLedger(t, r)
	})

	// Without the account that has a failure, the exit code depends on the others.
	t.Run("what cannot be read", func(t *testing.T) {
		r, code := check(t, args("Audit", append(withoutSandbox, "--exclude", o.ids["web"])...))
		want := maps.Clone(whole)
		want["web"] = verdicts{"account": "skip"}
		o.expect(t, r, code, exitUndecided, want)
		actions := map[string]string{o.ids["locked"]: "ecr:DescribeRepositories", o.ids["shut"]: "sts:AssumeRole"}
		for _, f := range r.Findings {
			if f.Status == checks.Unknown && (f.Unread == nil || f.Unread.Action != actions[f.Subject.Account]) {
				t.Errorf("%s in account %s: unread is %+v", f.Check, f.AccountName, f.Unread)
			}
		}
		for _, g := range r.Unread {
			if g.Action != actions[g.Account] && g.Action != "iam:SimulatePrincipalPolicy" { // moto has no simulator
				t.Errorf("unread: %+v", g)
			}
		}
		// iblint entered the account. Only what the account denies is missing.
		r, code = check(t, args("Audit", "--account", o.ids["locked"]))
		o.expect(t, r, code, exitUndecided, of("locked"))
	})

	t.Run("accounts by ID", func(t *testing.T) {
		r, code := check(t, args("Audit", "--account", o.ids["images"], "--account", management))
		o.expect(t, r, code, exitOK, of("images", "master"))
	})

	t.Run("organizational units", func(t *testing.T) {
		r, code := check(t, args("Audit", "--ou", o.workloads))
		o.expect(t, r, code, exitFail, of("images", "web"))
		r, code = check(t, args("Audit", "--ou", o.prod))
		o.expect(t, r, code, exitFail, of("web"))
	})

	t.Run("without tag:GetResources", func(t *testing.T) {
		r, code := check(t, args("AuditWithoutTagging", "--ou", o.workloads, "--debug"))
		o.expect(t, r, code, exitFail, of("images", "web"))
		if n := e.refused("Resource Groups Tagging API GetResources"); n != 2*2 {
			t.Errorf("it was refused %d times, expected it of 2 accounts in 2 Regions: this test shows nothing\n%s", n, e.stderr)
		}
	})

	t.Run("one confirmed negative", func(t *testing.T) {
		r, code := check(t, args("Audit", "--ou", o.prod, "--confirm-negatives", "1"))
		want := of("web")
		want["web"] = maps.Clone(want["web"])
		for _, id := range []string{"ecr-repository-exists", "ecr-repository-tag", "ecr-repository-policy"} {
			want["web"][id+" eu-west-1/app/web"] = "unknown" // the second of its Region
		}
		o.expect(t, r, code, exitFail, want)
	})

	t.Run("snapshot", func(t *testing.T) {
		// A snapshot reads for all checks. With a destination named, none needs Image Builder.
		e.expectSnapshot(t, o.environment, slices.Concat(scope, []string{"--role-name", "Audit", "--destination", o.ids["images"]}, withoutSandbox))
	})

	t.Run("twice the same", func(t *testing.T) { e.expectTwice(t, o.environment, args("Audit")) })
}
