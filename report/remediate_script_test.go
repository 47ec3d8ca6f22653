package report_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks"
)

// The part of an account does not run with other credentials, and stops at the first command that
// fails.
func TestScriptIsGuarded(t *testing.T) {
	script := remediate(t, demo(t), "cli")
	dir := t.TempDir()
	out, err := runScript(t, dir, "999988887777", script)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(out.output, "nothing was changed") {
		t.Errorf("with the wrong credentials: %v\n%s", err, out.output)
	}
	if out.operations["sts get-caller-identity"] != 5 || len(out.operations) != 1 {
		t.Errorf("with the wrong credentials it calls %v", out.operations)
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "iblint-undo*")); len(files) > 0 {
		t.Errorf("with the wrong credentials it creates %v", files)
	}

	out, err = runScript(t, t.TempDir(), "333344445555", script)
	if err != nil || out.operations["iam delete-role"] != 1 || out.operations["iam create-role"] != 1 || out.operations["ecr tag-resource"] != 0 {
		t.Errorf("with the credentials of one account: %v, it calls %v\n%s", err, out.operations, out.output)
	}
	for _, changed := range []string{"", "CHANGED=1"} {
		out, err = runScript(t, t.TempDir(), "222233334444", script, changed)
		if told := strings.Contains(out.output, "has changed since iblint read it"); told != (changed != "") || told == (err == nil) || told == (out.operations["iam put-role-policy"] == 1) {
			t.Errorf("%q: %v, it calls %v\n%s", changed, err, out.operations, out.output)
		}
	}
	out, err = runScript(t, t.TempDir(), "333344445555", script, "CHANGED=1") // as in a second run
	if err == nil || !strings.Contains(out.output, "does not exist any more; run iblint again") || len(out.operations) > 2 {
		t.Errorf("when the role is another one: %v, it calls %v\n%s", err, out.operations, out.output)
	}
	out, err = runScript(t, t.TempDir(), "333344445555", script, "FAIL=delete-role")
	if err == nil || out.operations["iam delete-role"] != 1 || out.operations["iam create-role"] != 0 {
		t.Errorf("when a role cannot be deleted: %v, it calls %v\n%s", err, out.operations, out.output)
	}
}

// No change overwrites the undo file of another, whatever the names of repositories, roles and
// policies.
func TestUndoFilesAreDistinct(t *testing.T) {
	const account, region = "111122223333", "eu-west-1"
	saved := map[string]checks.Action{}
	for _, c := range []checks.Change{
		{Action: checks.EnablePolicy, Policy: "arn:aws:imagebuilder:eu-west-1:111122223333:lifecycle-policy/a"},
		{Action: checks.IncludeResources, Policy: "arn:aws:imagebuilder:eu-west-1:111122223333:lifecycle-policy/a", Rule: 1, Include: []string{"amis"}},
		{Action: checks.EditRepositoryPolicy, Repository: "a", Before: "{}", After: "{}"},
		{Action: checks.EditRepositoryPolicy, Repository: "a.enable.lifecycle-policy", Before: "{}", After: "{}"},
		{Action: checks.EditRepositoryPolicy, Repository: "a.rule1.lifecycle-policy", Before: "{}", After: "{}"},
		{Action: checks.EditManagedPolicy, Policy: "arn:aws:iam::111122223333:policy/eu-west-1.a", Before: "{}", After: "{}"},
		{Action: checks.EditManagedPolicy, Policy: "arn:aws:iam::111122223333:policy/eu-west-1.a.enable.lifecycle-policy", Before: "{}", After: "{}"},
		{Action: checks.EditManagedPolicy, Policy: "arn:aws:iam::111122223333:policy/R.trust", Before: "{}", After: "{}"},
		{Action: checks.EditManagedPolicy, Policy: "arn:aws:iam::111122223333:policy/R.P.inline-policy", Before: "{}", After: "{}"},
		{Action: checks.EditTrust, Role: "R", Before: "{}", After: "{}"},
		{Action: checks.EditInlinePolicy, Role: "R", Policy: "P", Before: "{}", After: "{}"},
	} {
		c.Partition, c.Account, c.Region = "aws", account, region
		for _, file := range regexp.MustCompile(`> (\S+-before\.json)`).FindAllStringSubmatch(remediate(t, failing(t, c), "cli"), 1) {
			if other, ok := saved[file[1]]; ok {
				t.Errorf("%s and %s both save %s", other, c.Action, file[1])
			}
			saved[file[1]] = c.Action
		}
	}
	if len(saved) != 11 {
		t.Errorf("%d files are saved: %v", len(saved), saved)
	}
}

// called is the record of a run of a script.
type called struct {
	calls      string         // arguments, one a line
	operations map[string]int // by service and operation
	output     string
}

// runScript runs a script with an aws command that only records its arguments.
func runScript(t *testing.T, dir, accountID, script string, environment ...string) (called, error) {
	t.Helper()
	bin, log := t.TempDir(), filepath.Join(t.TempDir(), "log")
	for name, text := range map[string]string{
		"aws": `#!/bin/sh
printf '\n%s' "@$1 $2" >> "$LOG"; printf '\n%s' "$@" >> "$LOG"; printf '\n' >> "$LOG"
case "$1 $2" in
	"sts get-caller-identity") echo "$ACCOUNT" ;;
	"$1 ${FAIL-}") exit 255 ;;
	*" list-"*) ;;
	*) echo '{}' ;;
esac
`,
		"jq": "#!/bin/sh\necho '{}'; test -z \"${CHANGED-}\"\n",
	} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte(text), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.Command("sh", "-c", script)
	if len(script) > 100_000 { // more than an argument may have
		c = exec.Command("sh")
		c.Stdin = strings.NewReader(script)
	}
	c.Dir = dir
	c.Env = append([]string{"PATH=" + bin + ":" + os.Getenv("PATH"), "LOG=" + log, "ACCOUNT=" + accountID, "HOME=" + dir}, environment...)
	out, err := c.CombinedOutput()
	calls, _ := os.ReadFile(log)
	operations := map[string]int{}
	for line := range strings.Lines(string(calls)) {
		if operation, ok := strings.CutPrefix(line, "@"); ok {
			operations[strings.TrimSpace(operation)]++
		}
	}
	return called{string(calls), operations, string(out)}, err
}
