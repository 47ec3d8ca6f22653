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

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
)

// testSameAsCode gives the same accounts in three ways, live, as a recording and as code, and
// expects the same verdicts of the checks that all three can decide.
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
	code, _ := e.check(t, nothing, "--owner", owner, "--region", region, filepath.Join(same, "owner"), destination+"="+filepath.Join(same, "receiver"))

	verdicts := func(r result) map[string]checks.Status {
		all := map[string]checks.Status{}
		for _, f := range r.Findings {
			if f.Status != checks.Skip && f.Status != checks.Unknown {
				all[fmt.Sprintf("%s of %s in %s", f.Check, f.Subject.Name, f.Subject.Account)] = f.Status
			}
		}
		return all
	}
	all := []map[string]checks.Status{verdicts(live), verdicts(recorded), verdicts(code)}
	compared := map[checks.Status]int{}
	for _, key := range slices.Sorted(maps.Keys(all[0])) {
		l, r, c := all[0][key], all[1][key], all[2][key]
		if r == "" || c == "" {
			t.Logf("%s: live %s, recorded %q, code %q", key, l, r, c)
			continue
		}
		compared[l]++
		if l != r || l != c {
			t.Errorf("%s: live %s, recorded %s, code %s", key, l, r, c)
		}
	}
	if compared[checks.Pass] < 15 || compared[checks.Warn] < 1 || compared[checks.Fail] < 4 {
		t.Errorf("compared: %v", compared)
	}
}
