package report_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/goccy/go-yaml"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/fixtures"
	"github.com/iblint/iblint/internal/source/recorded"
	"github.com/iblint/iblint/internal/testrun"
	"github.com/iblint/iblint/report/fix"
)

func remediate(t *testing.T, r checks.Result, dialect string) string {
	t.Helper()
	var b bytes.Buffer
	if err := fix.Write(&b, r, dialect, true); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var endings = map[string]string{"cli": "sh", "cloudformation": "yaml", "terraform": "tf"}

func TestRemediateGolden(t *testing.T) {
	for _, dialect := range fix.Dialects() {
		golden(t, "demo."+endings[dialect], remediate(t, demo(t), dialect))
		golden(t, "empty."+endings[dialect], remediate(t, checks.Result{Version: "v1.2.3", Inventory: &account.Inventory{}}, dialect))
	}
}

// The parser of each dialect accepts the fixes of every fixture, and the same result gives the
// same bytes.
func TestEveryFixtureInEveryDialect(t *testing.T) {
	names, err := fs.Glob(fixtures.All, "*.json")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	dir := t.TempDir()
	for i, name := range names {
		if i%testrun.Thin() != 0 {
			continue
		}
		data, err := fs.ReadFile(fixtures.All, name)
		if err != nil {
			t.Fatal(err)
		}
		inv, err := recorded.Parse(name, data)
		if err != nil {
			t.Fatal(err)
		}
		r := checks.Run(inv, lifecycle.All())
		for _, dialect := range fix.Dialects() {
			got := remediate(t, r, dialect)
			if again := remediate(t, r, dialect); again != got {
				t.Errorf("%s: %s differs the second time", name, dialect)
			}
			if err := readable(dialect, got); err != nil {
				t.Errorf("%s: %s: %v\n%s", name, dialect, err, got)
			}
			if err := os.WriteFile(filepath.Join(dir, strings.TrimSuffix(name, "json")+endings[dialect]), []byte(got), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	// hclwrite.Format applies the rules of terraform fmt. If a tool is installed, it is run as well.
	for _, tool := range [][]string{{"terraform", "fmt", "-check", "-diff", dir}, {"shellcheck", "--shell=sh"}} {
		if _, err := exec.LookPath(tool[0]); err != nil {
			t.Logf("not asked, as it is not here: %s", tool[0])
			continue
		}
		if tool[0] == "shellcheck" {
			scripts, _ := filepath.Glob(filepath.Join(dir, "*.sh"))
			tool = append(tool, scripts...)
		}
		c := exec.Command(tool[0], tool[1:]...)
		c.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE=")
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", tool[0], err, out)
		}
	}
}

// readable parses a document with the parser of its dialect.
func readable(dialect, text string) error {
	switch dialect {
	case "cli":
		c := exec.Command("sh", "-n")
		c.Stdin = strings.NewReader(text)
		if out, err := c.CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
	case "cloudformation":
		var template struct {
			Resources map[string]struct {
				Type string `yaml:"Type"`
			} `yaml:"Resources"`
		}
		if err := yaml.UnmarshalWithOptions([]byte(text), &template); err != nil {
			return err
		}
		if template.Resources["Nothing"].Type == "" {
			return errors.New("the resources are not read back")
		}
	case "terraform":
		if _, diagnostics := hclparse.NewParser().ParseHCL([]byte(text), "main.tf"); diagnostics.HasErrors() {
			return diagnostics
		}
		if formatted := string(hclwrite.Format([]byte(text))); formatted != text {
			return errors.New("terraform fmt would change it")
		}
	}
	return nil
}

// Input text contains no terminal controls, ends no comment, and stays a value in each dialect.
func TestHostileTextInRemediation(t *testing.T) {
	for _, h := range slices.Concat(hostile, []string{"${file(\"/etc/passwd\")}", "%{ if true }", "\"\n}\nresource \"x\" \"y\" {", "{{resolve:ssm:x}}", "a: b # c", "*/ x /*", "EOT\n", "- x", "\\"}) {
		r := hostileResult(h)
		for _, dialect := range fix.Dialects() {
			got := remediate(t, r, dialect)
			for _, c := range strings.NewReplacer("\n", "", "\t", "").Replace(got) {
				if !unicode.IsPrint(c) && c != unicode.ReplacementChar {
					t.Errorf("%s: the output contains %.40q as %q", dialect, h, c)
					break
				}
			}
			if err := readable(dialect, got); err != nil {
				t.Errorf("%s: %.40q: %v", dialect, h, err)
			}
			if dialect == "cloudformation" && strings.Contains(h, "{{resolve:") {
				var template any
				if err := yaml.Unmarshal([]byte(got), &template); err != nil || strings.Contains(fmt.Sprint(template), "{{resolve:") {
					t.Errorf("CloudFormation would resolve %q (%v)", h, err)
				}
			}
		}
	}
}

// No dynamic reference in a document reaches CloudFormation, however it is escaped.
func TestNoDynamicReferences(t *testing.T) {
	const document = `{"Version":"2012-10-17","Statement":[{"Sid":"{{resolve\u003assm:x}}"}]}`
	for _, c := range []checks.Change{
		{Action: checks.CreateRole, Document: document},
		{Action: checks.EditInlinePolicy, Policy: "p", Before: document, After: document},
	} {
		c.Partition, c.Account, c.Role = "aws", "111122223333", "Lifecycle"
		var template any
		if err := yaml.Unmarshal([]byte(remediate(t, failing(t, c), "cloudformation")), &template); err != nil || strings.Contains(fmt.Sprint(template), "{{resolve:") {
			t.Errorf("%s: CloudFormation would resolve %s (%v)", c.Action, document, err)
		}
	}
}

// Names keep their values in each dialect.
func TestNamesAreReadBack(t *testing.T) {
	for _, name := range []string{"it's", `"quoted"`, "${x}", "%{x}", "a\\nb", "a: b", "#", "ä", "\U0001F600", "{}", "null", "2026-01-01", "$HOME", "`id`", "- a"} {
		r := failing(t, checks.Change{Action: checks.CreateRole, Partition: "aws", Account: "111122223333", Role: name, Document: `{"Version":"2012-10-17","Statement":[]}`})

		var template struct {
			Resources map[string]struct {
				Properties struct {
					RoleName string `yaml:"RoleName"`
				} `yaml:"Properties"`
			} `yaml:"Resources"`
		}
		if err := yaml.Unmarshal([]byte(remediate(t, r, "cloudformation")), &template); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		read := map[string]bool{}
		for _, resource := range template.Resources {
			read[resource.Properties.RoleName] = true
		}
		if !read[name] {
			t.Errorf("%q reads back from the template as %v", name, slices.Collect(maps.Keys(read)))
		}

		file, diagnostics := hclparse.NewParser().ParseHCL([]byte(remediate(t, r, "terraform")), "main.tf")
		if diagnostics.HasErrors() {
			t.Errorf("%q: %v", name, diagnostics)
			continue
		}
		for _, block := range file.Body.(*hclsyntax.Body).Blocks {
			if block.Type == "resource" {
				if v, diagnostics := block.Body.Attributes["name"].Expr.Value(nil); diagnostics.HasErrors() || v.AsString() != name {
					t.Errorf("%q reads back from the configuration as %#v (%v)", name, v, diagnostics)
				}
			}
		}

		if out, _ := runScript(t, t.TempDir(), "111122223333", remediate(t, r, "cli")); !strings.Contains(out.calls, "\n--role-name\n"+name+"\n") {
			t.Errorf("the script does not pass %q to aws:\n%s", name, out.calls)
		}
	}
}

// A script only passes hostile names to aws.
func TestHostileTextIsNotRun(t *testing.T) {
	for _, h := range []string{"x; touch evil", "$(touch evil)", "`touch evil`", "' touch evil '", "\"; touch evil; \"", "x\ntouch evil\n", "../evil", "&& touch evil", "> evil", "| tee evil", "\\'; touch evil; \\'", "-x evil"} {
		dir := t.TempDir()
		calls := 0
		for _, action := range []checks.Action{
			checks.CreateRole, checks.DeleteRole, checks.AttachPolicy, checks.ReferToRole, checks.EditTrust, checks.EditInlinePolicy, checks.EditManagedPolicy,
			checks.EditRepositoryPolicy, checks.CreateRepository, checks.TagRepository, checks.UntagRepository, checks.EnablePolicy, checks.IncludeResources,
		} {
			out, _ := runScript(t, dir, "111122223333", remediate(t, failing(t, checks.Change{
				Action: action, Partition: h, Account: "111122223333", Region: h, Role: h, Path: h, Document: h, Hint: h, Before: h, After: h, Policy: h,
				References: []string{h}, NewReference: h, Regions: []string{h}, Rule: 1, Include: []string{h}, Repository: h, Key: h, Value: h, OldValue: &h,
			}), "cli"))
			for operation, n := range out.operations {
				if operation != "sts get-caller-identity" {
					calls += n
				}
			}
		}
		if calls < 10 != strings.Contains(h, "\n") { // with a line break in it nothing is run at all
			t.Errorf("%q: %d calls", h, calls)
		}
		if err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if path != dir && !strings.HasPrefix(filepath.Base(filepath.Dir(path)), "iblint-undo.111122223333.") && !strings.HasPrefix(filepath.Base(path), "iblint-undo.111122223333.") || filepath.Base(path) == "evil" {
				t.Errorf("%q created %s", h, path)
			}
			return err
		}); err != nil {
			t.Error(err)
		}
	}
}

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
	if out.operations["sts get-caller-identity"] != 4 || len(out.operations) != 1 {
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

// A change that several findings need is made once. Of two edits of one document, one is made.
// Changes that others depend on come first.
func TestPlan(t *testing.T) {
	change := func(action checks.Action, change checks.Change) checks.Change {
		change.Action, change.Partition, change.Account = action, "aws", "111122223333"
		return change
	}
	const first, second = `{"Statement":[{"Sid":"first"}]}`, `{"Statement":[{"Sid":"second"}]}`
	r := failing(t,
		change(checks.ReferToRole, checks.Change{References: []string{"old"}, NewReference: "new", Regions: []string{"eu-west-1"}}),
		change(checks.AttachPolicy, checks.Change{Role: "new", Policy: "arn:aws:iam::aws:policy/P"}),
		change(checks.EditManagedPolicy, checks.Change{Policy: "arn:aws:iam::111122223333:policy/Shared", Before: "{}", After: first}),
		change(checks.EditManagedPolicy, checks.Change{Policy: "arn:aws:iam::111122223333:policy/Shared", Before: "{}", After: second}),
		change(checks.AttachPolicy, checks.Change{Role: "new", Policy: "arn:aws:iam::aws:policy/P"}),
		change(checks.CreateRole, checks.Change{Role: "new", Document: first}),
		change(checks.CreateRole, checks.Change{Role: "NEW", Document: second}),
		change(checks.DeleteRole, checks.Change{Role: "New"}),
	)
	script := remediate(t, r, "cli")
	var run []string
	for line := range strings.Lines(script) {
		for _, operation := range []string{"aws iam delete-role ", "aws iam create-role ", "aws iam attach-role-policy ", "aws iam create-policy-version ", "aws imagebuilder update-lifecycle-policy "} {
			if !strings.HasPrefix(line, "#") && strings.Contains(line, operation) {
				run = append(run, strings.Fields(operation)[2])
			}
		}
	}
	if want := []string{"delete-role", "create-role", "attach-role-policy", "create-policy-version", "update-lifecycle-policy"}; !slices.Equal(run, want) {
		t.Errorf("it runs %q, want %q:\n%s", run, want, script)
	}
	if !strings.Contains(script, "# Manual step, because a change above replaces the same resource") || !strings.Contains(script, "second") {
		t.Errorf("the second edit is missing:\n%s", script)
	}
	for _, dialect := range []string{"cloudformation", "terraform"} {
		if got := remediate(t, r, dialect); strings.Count(got, `"NEW"`)+strings.Count(got, "'NEW'") > 0 {
			t.Errorf("%s creates the role twice:\n%s", dialect, got)
		}
	}
}

// Suppressed findings are not fixed. Findings without a fix are listed.
func TestFindingsThatAreNotFixed(t *testing.T) {
	c := checks.Change{Action: checks.AttachPolicy, Partition: "aws", Account: "111122223333", Role: "R", Policy: "arn:aws:iam::aws:policy/P"}
	r := failing(t, c)
	r = checks.Run(r.Inventory, r.Checks, checks.Suppression{Check: "test", Subject: "*"})
	if got := remediate(t, r, "cli"); !strings.Contains(got, "# There is nothing to change.\n") || strings.Contains(got, "attach-role-policy") {
		t.Errorf("it fixes a suppressed finding:\n%s", got)
	}
	for _, dialect := range fix.Dialects() {
		if got := remediate(t, failing(t), dialect); !strings.Contains(got, "# iblint knows no fix for this finding: account 111122223333, test: 0 is wrong\n") {
			t.Errorf("%s does not list the finding without a fix:\n%s", dialect, got)
		}
	}
	if err := fix.Write(&brokenWriter{left: 100}, failing(t, c), "cli", true); err == nil {
		t.Error("writing to a full disk gave no error")
	}
	if err := fix.Write(&bytes.Buffer{}, failing(t, c), "pulumi", true); err == nil || !strings.Contains(err.Error(), "cli, cloudformation, terraform") {
		t.Errorf("error %v should list the dialects", err)
	}
}

// failing is a result with one failure for each change, or with one failure without a fix if there
// are no changes.
func failing(t *testing.T, changes ...checks.Change) checks.Result {
	t.Helper()
	inv := &account.Inventory{
		Owners:   []account.Owner{{Account: "111122223333", Regions: []string{"eu-west-1"}}},
		Accounts: map[string]*account.Account{"111122223333": {Partition: "aws"}},
	}
	var subjects []named
	for i := range max(len(changes), 1) {
		subjects = append(subjects, named(fmt.Sprint(i)))
	}
	c := checks.On(checks.Check{ID: "test", Title: "test"}, func(*account.Inventory, string) ([]named, error) { return subjects, nil }, func(n named) (checks.Verdict, error) {
		v := checks.Verdict{Status: checks.Fail, Message: string(n) + " is wrong"}
		if i := slices.Index(subjects, n); i < len(changes) {
			v.Fix = &checks.Fix{Summary: "test", Changes: changes[i : i+1]}
		}
		return v, nil
	})
	return checks.Run(inv, []checks.Check{c})
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

// A change of an unknown kind is an error. Nothing is written.
func TestRemediationOfAnUnknownKind(t *testing.T) {
	c := checks.On(checks.Check{ID: "test-check"}, func(*account.Inventory, string) ([]account.ContainerRepository, error) {
		return []account.ContainerRepository{{Owner: "111122223333", Partition: "aws", Repository: account.Repository{Region: "eu-west-1", Name: "app"}}}, nil
	}, func(account.ContainerRepository) (checks.Verdict, error) {
		return checks.Verdict{Status: checks.Fail, Message: "m", FindFix: func() *checks.Fix {
			return &checks.Fix{Summary: "Do it.", Changes: []checks.Change{{Action: "dance", Account: "111122223333"}}}
		}}, nil
	})
	r := checks.Run(&account.Inventory{Owners: []account.Owner{{Account: "111122223333"}}}, []checks.Check{c})
	for _, dialect := range fix.Dialects() {
		var b bytes.Buffer
		if err := fix.Write(&b, r, dialect, true); err == nil || !strings.Contains(err.Error(), `the fix of check test-check is invalid: "dance" is no kind of change`) || b.Len() > 0 {
			t.Errorf("%s: %v, and %q", dialect, err, b.String())
		}
	}
}
