package lintcmd

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/fakeaws"
	"github.com/iblint/iblint/internal/testrun"
)

const waitOwner, waitDestination, waitOther = "111122223333", "222233334444", "333344445555"

// settling returns an owner and its destinations. One destination has the given trust policy,
// which may be wrong.
func settling(trust string) *account.Inventory {
	role := func(id, name, trust string) account.Read[account.Role] {
		return account.Present(account.Role{Name: name, Path: "/", ARN: account.RoleARN("aws", id, "/", name), Trust: account.Present(trust)})
	}
	with := func(id, trust string) *account.Account {
		return &account.Account{Partition: "aws", Roles: map[string]account.Read[account.Role]{account.CrossAccountRoleName: role(id, account.CrossAccountRoleName, trust)}}
	}
	return &account.Inventory{Accounts: map[string]*account.Account{waitOwner: {Partition: "aws"}, waitDestination: with(waitDestination, trust), waitOther: with(waitOther, trustsImageBuilder)}}
}

const (
	trustsImageBuilder = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"imagebuilder.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":["111122223333","222233334444","333344445555","444455556666"]}}}}`
	trustsNobody       = `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"}}`
)

// liveCheck runs iblint check with the owner's credentials against a server.
func liveCheck(t *testing.T, url string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	t.Setenv("AWS_ENDPOINT_URL", url)
	t.Setenv("AWS_ENDPOINT_URL_STS", url)
	t.Setenv("AWS_ACCESS_KEY_ID", fakeaws.Key(waitOwner))
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_CONFIG_FILE", "/dev/null")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	var out, errs bytes.Buffer
	code = Run(append([]string{"check", "--owner", waitOwner, "--role-name", "Audit", "--region", "eu-west-1"}, args...), strings.NewReader(""), &out, &errs)
	return code, out.String(), errs.String()
}

// --wait repeats failed checks, and checks with contradictory responses, until they pass.
func TestWait(t *testing.T) {
	testrun.Long(t)
	after := fakeaws.Start(settling(trustsImageBuilder), fakeaws.Options{})
	defer after.Close()
	listed := settling(trustsImageBuilder) // GetRole does not find it yet
	listed.Accounts[waitDestination].RoleNames = account.Complete([]account.RoleName{{Name: account.CrossAccountRoleName, Path: "/"}})
	contradicted := fakeaws.Options{Fault: func(c fakeaws.Call) fakeaws.Fault {
		if c.Operation == "GetRole" && c.Account == waitDestination {
			return fakeaws.Missing
		}
		return fakeaws.None
	}}
	for check, test := range map[string]struct {
		before *fakeaws.Server
		code   int
	}{
		"cross-account-role-trust":  {fakeaws.Start(settling(trustsNobody), fakeaws.Options{}), exitFail},
		"cross-account-role-exists": {fakeaws.Start(listed, contradicted), exitUndecided},
	} {
		t.Run(check, func(t *testing.T) {
			defer test.before.Close()
			var settled atomic.Bool
			var reads, once atomic.Int32 // calls to the destination: so far, and in one run
			endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.Contains(r.Header.Get("Authorization"), waitDestination) && reads.Add(1) > once.Load() && once.Load() > 0 {
					settled.Store(true)
				}
				if settled.Load() {
					after.ServeHTTP(w, r)
				} else {
					test.before.ServeHTTP(w, r)
				}
			}))
			defer endpoint.Close()
			args := []string{"--destination", waitDestination, "--destination", waitOther, "--only", check}
			if code, _, _ := liveCheck(t, endpoint.URL, args...); code != test.code {
				t.Fatalf("exit code %d before it settled", code)
			}
			once.Store(reads.Swap(0))
			code, out, errs := liveCheck(t, endpoint.URL, append(args, "--wait", "10s")...)
			if code != exitOK || !strings.Contains(out, "✗ 0 failed  ! 0 warnings  ? 0 unknown  ✓ 2 passed") {
				t.Errorf("exit code %d after it settled:\n%s%s", code, out, errs)
			}
			if want := "for " + check + " of arn:aws:iam::222233334444:role/Ec2ImageBuilderCrossAccountLifecycleAccess\n"; strings.Count(errs, "iblint: waiting for up to ") != 1 || !strings.Contains(errs, want) {
				t.Errorf("it says what it waits for, once: %q", errs)
			}
		})
	}
}

// After the time limit, the report contains what still fails.
func TestWaitInVain(t *testing.T) {
	testrun.Long(t)
	server := fakeaws.Start(settling(trustsNobody), fakeaws.Options{})
	defer server.Close()
	code, out, errs := liveCheck(t, server.URL, "--destination", waitDestination, "--only", "cross-account-role-trust", "--wait", "1s")
	if code != exitFail || !strings.Contains(out, "1 fail") || !strings.Contains(errs, "iblint: waiting for up to 1s for cross-account-role-trust of ") {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
}
