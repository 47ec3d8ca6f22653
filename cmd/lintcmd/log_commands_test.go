package lintcmd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/internal/cilog"
	"github.com/iblint/iblint/internal/fakeaws"
	"github.com/iblint/iblint/internal/source/recorded"
	"github.com/iblint/iblint/report"
	"github.com/iblint/iblint/report/fix"
)

// hostileText contains a command for each CI system, and one at the start of a line.
const hostileText = "##[error]a ##VSO[task.complete result=Failed]b ##teamcity[c] section_start:1:d #\u034f#[error]e\n::error::f\r::error::g\u0085"

// hostileAccounts returns accounts with commands in text that others control: descriptions,
// policies, tags, names and error messages.
func hostileAccounts() *account.Inventory {
	quoted, err := json.Marshal(hostileText)
	if err != nil {
		panic(err) // a string always marshals
	}
	trust := strings.NewReplacer("H", string(quoted)).Replace(`{"Version":"2012-10-17","Statement":{"Sid":H,"Effect":"Allow","Principal":{"Service":"imagebuilder.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":[H,"222233334444"],H:H}}}}`)
	role := account.Role{
		Name: account.CrossAccountRoleName, Path: "/", ARN: account.RoleARN("aws", waitDestination, "/", account.CrossAccountRoleName), Trust: account.Present(trust),
		Attached: account.Partial[account.AttachedPolicy](nil, account.Unread{Reason: account.AccessDenied, Action: "iam:ListAttachedRolePolicies", Detail: hostileText, DeniedBy: hostileText}),
	}
	return &account.Inventory{
		Owners: []account.Owner{{Account: waitOwner, Regions: []string{"eu-west-1"}, Destinations: []account.Target{{Account: waitDestination}}}},
		Accounts: map[string]*account.Account{
			waitOwner:       {Partition: "aws", Name: hostileText},
			waitDestination: {Partition: "aws", Name: hostileText, Roles: map[string]account.Read[account.Role]{account.CrossAccountRoleName: account.Present(role)}},
		},
	}
}

// logOf runs iblint and returns its exit code and all its output, as a CI log contains it.
func logOf(t *testing.T, stdin string, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = Run(args, strings.NewReader(stdin), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

// No command of iblint prints a command for a CI system to standard output or standard error.
func TestNoSubcommandPrintsCommands(t *testing.T) {
	t.Setenv("GITHUB_STEP_SUMMARY", "")
	t.Chdir(t.TempDir())
	write := func(name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	var recording bytes.Buffer
	if err := recorded.Write(&recording, hostileAccounts()); err != nil {
		t.Fatal(err)
	}
	write("accounts.json", recording.String())
	quoted, err := json.Marshal(hostileText)
	if err != nil {
		t.Fatal(err)
	}
	write("trust.json", fmt.Sprintf(`{"Version":"2012-10-17","Statement":{"Sid":%[1]s,"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":%[1]s}}}}`, quoted))
	write("unknown-field.json", fmt.Sprintf(`{"schemaVersion":"1.0",%s:1}`, quoted))
	write("version.json", fmt.Sprintf(`{"schemaVersion":%s}`, quoted))
	write("config.yaml", "suppressions:\n- check: "+string(quoted)+"\n  subject: x\n"+string(quoted)+": 1\n")
	write("suppressed.yaml", fmt.Sprintf("suppressions:\n- {check: cross-account-role-trust, subject: '*', reason: %[1]s, owner: %[1]s, expires: 2020-01-01}\n- {check: cross-account-role-trust, subject: %[1]s, reason: x, owner: x, expires: 2099-01-01}\n", quoted))
	name := strings.ReplaceAll(hostileText, "/", "")
	write(name, "{")
	if code, _, errs := logOf(t, "", "check", "--recorded", "accounts.json", "--format", "json", "--output", "new.json"); code == exitUsage {
		t.Fatal(errs)
	}
	newReport, err := os.ReadFile("new.json")
	if err != nil {
		t.Fatal(err)
	}
	write("old.json", strings.ReplaceAll(strings.ReplaceAll(string(newReport), `"check": "cross-account-role-trust"`, `"check": `+string(quoted)), `"name": "`, `"name": "##[error]`))

	runs := [][]string{
		{"rules"}, {"rules", "--markdown"}, {"schema"}, {"permissions"}, {"--help"}, {"check", "--help"}, {"--version"},
		{"diff", "old.json", "new.json"}, {"diff", "new.json", "old.json", "--format", "json"},
		{"trust", "trust.json"}, {"trust", "trust.json", "--format", "json"}, {"trust", "trust.json", "--source-account", waitDestination, "--source-arn", hostileText, "--context", hostileText},
		{"trust", "trust.json", "--source-account", waitDestination, "--source-arn", "arn:aws:imagebuilder:eu-west-1:111122223333:" + hostileText, "--context", "aws:x=" + hostileText, "--absent", "aws:" + hostileText},
		{"trust", "trust.json", "--format", hostileText}, {"trust", name}, {"trust", hostileText + "/x"}, {"explain", hostileText}, {hostileText}, {"check", hostileText}, {"check", "--" + hostileText}, {"check", "--format", hostileText},
		{"check", "--recorded", name}, {"check", "--recorded", "unknown-field.json"}, {"check", "--recorded", "version.json"}, {"diff", "unknown-field.json", "new.json"},
		{"check", "--recorded", "accounts.json", "--owner", hostileText}, {"check", "--recorded", "accounts.json", "--execution-role", hostileText}, {"check", "--recorded", "accounts.json", "--repository", hostileText},
		{"check", "--recorded", "accounts.json", "--destination", hostileText}, {"check", "--recorded", "accounts.json", "--only", hostileText}, {"check", "--recorded", "accounts.json", "--region", hostileText},
		{"check", "--recorded", "accounts.json", "--config", "config.yaml"}, {"check", "--recorded", "accounts.json", "--config", "suppressed.yaml"}, {"check", "--recorded", "accounts.json", "--output", hostileText + "/x"},
		{"check", "--recorded", "accounts.json", "--scp", hostileText + "=trust.json"}, {"check", "--recorded", "accounts.json", "--scp", waitOther + "=trust.json"},
		{"remediate", "--recorded", "accounts.json", "--as", hostileText}, {"snapshot", "-o", hostileText + "/x"},
	}
	for _, c := range lifecycle.All() {
		runs = append(runs, []string{"explain", c.ID})
	}
	for _, format := range report.Names() {
		runs = append(runs, []string{"check", "--recorded", "accounts.json", "--config", "suppressed.yaml", "--format", format})
	}
	for _, dialect := range fix.Dialects() {
		runs = append(runs, []string{"remediate", "--recorded", "accounts.json", "--warnings", "--as", dialect})
	}
	for _, args := range runs {
		inertRun(t, args...)
	}
}

// A live run prints none either: not in a recording on standard output, not in messages about
// what could not be read, and not in the trace. The recording can be read back unchanged.
func TestLiveRunPrintsNoCommands(t *testing.T) {
	t.Setenv("GITHUB_STEP_SUMMARY", "")
	t.Chdir(t.TempDir())
	inv := hostileAccounts()
	server := fakeaws.Start(inv, fakeaws.Options{})
	defer server.Close()
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_ENDPOINT_URL_STS": server.URL, "AWS_ACCESS_KEY_ID": fakeaws.Key(waitOwner), "AWS_SECRET_ACCESS_KEY": "secret",
		"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_EC2_METADATA_DISABLED": "true",
	} {
		t.Setenv(name, value)
	}
	for _, args := range [][]string{
		{"doctor", "--owner", waitOwner, "--destination", waitDestination, "--role-name", "Audit", "--region", "eu-west-1"},
		{"doctor", "--owner", waitOwner, "--destination", waitDestination, "--region", "eu-west-1", "--format", "json"},
		{"doctor", "--organization", "--role-name", "Audit", "--region", "eu-west-1"},
		{"init", "--output", "-", "--region", "eu-west-1"},
		{"snapshot", "--owner", waitOwner, "--region", "eu-west-1", "--part", "1/2", "-o", "-"},
	} {
		inertRun(t, args...)
	}
	scope := []string{"--owner", waitOwner, "--destination", waitDestination, "--role-name", "Audit", "--region", "eu-west-1", "--execution-role", "Lifecycle", "--debug"}
	for _, args := range [][]string{{"check"}, {"check", "--format", "json"}, {"remediate", "--warnings"}, {"snapshot", "-o", "-"}} {
		code, out, errs := logOf(t, "", append(args, scope...)...)
		if code == exitUsage || !strings.Contains(errs, "call: IAM GetRole") || args[0] == "snapshot" && !strings.Contains(errs, "not read") {
			t.Fatalf("%q: exit code %d: %s", args, code, errs)
		}
		for where, log := range map[string]string{"standard output": out, "standard error": errs} {
			if commands := cilog.Commands(log); len(commands) > 0 {
				t.Errorf("%q: %s holds %.300q", args, where, commands)
			}
		}
		if args[0] != "snapshot" {
			continue
		}
		read, err := recorded.Parse("snapshot", []byte(out))
		if err != nil {
			t.Fatal(err)
		}
		want, _, _ := inv.Accounts[waitDestination].Roles[account.CrossAccountRoleName].Get()
		got, _, _ := read.Accounts[waitDestination].Roles[account.CrossAccountRoleName].Get()
		if wantTrust, _, _ := want.Trust.Get(); got.Trust != account.Present(wantTrust) {
			t.Errorf("the trust policy reads back as %v", got.Trust)
		}
	}
}

// Standard error escapes text that others control, such as a trace or a message of the flag
// package. The progress bar needs control characters and bypasses the escaping.
func TestStandardErrorIsGuarded(t *testing.T) {
	var b bytes.Buffer
	w := guardErrors(&b, &b)
	fmt.Fprintf(w, "call: %s\n%s\x1b[2J\n  ::%s", hostileText, "#", "error::x")
	fmt.Fprint(w, "#\n")
	if commands := cilog.Commands(b.String()); len(commands) > 0 || strings.ContainsAny(b.String(), "\x1b\r") || !strings.HasSuffix(b.String(), "\n#\\x1b[2J\n  \\x3a:error::x#\n") {
		t.Errorf("it holds %q:\n%q", commands, b.String())
	}
	if unfiltered(w) != io.Writer(&b) || unfiltered(&redacting{Writer: w}) != io.Writer(&b) {
		t.Error("the progress bar does not bypass the escaping")
	}
}
