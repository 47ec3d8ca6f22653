package report_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclwrite"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
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
	for _, name := range testrun.Some(names) {
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
	c := checks.On(checks.Check{ID: "test", Title: "test"}, func(*demand.View, string) ([]named, error) { return subjects, nil }, func(n named) (checks.Verdict, error) {
		v := checks.Verdict{Status: checks.Fail, Message: string(n) + " is wrong"}
		if i := slices.Index(subjects, n); i < len(changes) {
			v.Fix = &checks.Fix{Summary: "test", Changes: changes[i : i+1]}
		}
		return v, nil
	})
	return checks.Run(inv, []checks.Check{c})
}

// A change of an unknown kind is an error. Nothing is written.
func TestRemediationOfAnUnknownKind(t *testing.T) {
	c := checks.On(checks.Check{ID: "test-check"}, func(*demand.View, string) ([]demand.ContainerRepository, error) {
		return []demand.ContainerRepository{{Owner: "111122223333", Partition: "aws", Repository: account.Repository{Region: "eu-west-1", Name: "app"}}}, nil
	}, func(demand.ContainerRepository) (checks.Verdict, error) {
		return checks.Verdict{Status: checks.Fail, Message: "m", FindFix: func() *checks.Fix {
			return &checks.Fix{Summary: "Do it.", Changes: []checks.Change{{Action: "dance", Account: "111122223333"}}}
		}}, nil
	})
	r := checks.Run(&account.Inventory{Owners: []account.Owner{{Account: "111122223333"}}}, []checks.Check{c})
	for _, dialect := range fix.Dialects() {
		var b bytes.Buffer
		if err := fix.Write(&b, r, dialect, true); err == nil || !strings.Contains(err.Error(), `the fix of check test-check is invalid: "dance" is not a known action`) || b.Len() > 0 {
			t.Errorf("%s: %v, and %q", dialect, err, b.String())
		}
	}
}
