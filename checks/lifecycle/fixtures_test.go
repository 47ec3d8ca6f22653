package lifecycle_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/fixtures"
	"github.com/iblint/iblint/internal/source/recorded"
	"github.com/iblint/iblint/internal/testrun"
)

const fixturesDir = "../../fixtures"

// recording is the fixture with this name, for a test that may change it.
func recording(t testing.TB, name string) *account.Inventory {
	t.Helper()
	inv, err := parsed(filepath.Join(fixturesDir, name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

func parsed(file string) (*account.Inventory, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return recorded.Parse(file, data)
}

// recordings are all fixtures, by name. They are parsed once, so no test may change them.
func recordings(t testing.TB) map[string]*account.Inventory {
	t.Helper()
	all, err := sharedRecordings()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var sharedRecordings = sync.OnceValues(func() (map[string]*account.Inventory, error) {
	files, err := filepath.Glob(filepath.Join(fixturesDir, "*.json"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("no fixtures: %w", err)
	}
	all := map[string]*account.Inventory{}
	for _, file := range files {
		if all[strings.TrimSuffix(filepath.Base(file), ".json")], err = parsed(file); err != nil {
			return nil, err
		}
	}
	return all, nil
})

// results are those of all checks about all fixtures, by name. They are evaluated once.
func results(t testing.TB) map[string]checks.Result {
	t.Helper()
	recordings(t)
	return sharedResults()
}

var sharedResults = sync.OnceValue(func() map[string]checks.Result {
	shared, _ := sharedRecordings()
	all := map[string]checks.Result{}
	for name, inv := range shared {
		all[name] = checks.Run(inv, lifecycle.All())
	}
	return all
})

// TestMain also checks that no test changed what all tests share.
func TestMain(m *testing.M) {
	code := m.Run()
	shared, _ := sharedRecordings()
	for name, inv := range shared {
		unchanged, err := parsed(filepath.Join(fixturesDir, name+".json"))
		if err != nil || !bytes.Equal(written(inv), written(unchanged)) {
			fmt.Fprintf(os.Stderr, "FAIL: a test changed the recording %s, which all tests share: %v\n", name, err)
			code = 1
		}
	}
	os.Exit(code)
}

// written is the recording of an inventory.
func written(inv *account.Inventory) []byte {
	var b bytes.Buffer
	if err := recorded.Write(&b, inv); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// verdicts is a result as a .want file holds it.
func verdicts(r checks.Result) string {
	var b bytes.Buffer
	for f := range r.Findings() {
		fmt.Fprintf(&b, "%-7s %-26s %s: %q\n", f.Status, f.Check.ID, f.Subject.ARN, f.Message)
	}
	return b.String()
}

func TestFixturesHaveTheirVerdicts(t *testing.T) {
	for name, result := range results(t) {
		t.Run(name, func(t *testing.T) {
			got := verdicts(result)
			file := filepath.Join(fixturesDir, name+".want")
			if *testrun.Update {
				if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("verdicts differ (-want +got):\n%s", diff)
			}
		})
	}
}

// Every check has a fixture with its name, in which it gives each verdict that it
// documents. It gives no other verdict in any fixture.
func TestEveryCheckHasAFixtureOfEachVerdict(t *testing.T) {
	all := recordings(t)
	for _, c := range lifecycle.All() {
		own, ok := all[c.ID]
		if !ok {
			t.Errorf("%s: there is no fixtures/%s.json", c.ID, c.ID)
			continue
		}
		var documented []checks.Status
		for _, v := range c.Cases {
			if v.When == "" || slices.Contains(documented, v.Status) {
				t.Errorf("%s: verdict %s is documented twice or without a text", c.ID, v.Status)
			}
			documented = append(documented, v.Status)
		}
		given := map[checks.Status]bool{}
		for _, selected := range [][]checks.Check{lifecycle.All(), {c}} { // alone it reports what another check would
			for f := range checks.Evaluate(own, selected) {
				if f.Check.ID == c.ID {
					given[f.Status] = true
				}
			}
		}
		for _, status := range documented {
			if !given[status] {
				t.Errorf("%s: fixtures/%s.json has no %s", c.ID, c.ID, status)
			}
		}
		for name, result := range results(t) {
			for f := range result.Findings() {
				if f.Subject.Type == string(account.RegionKind) || f.Subject.Type == string(account.OrganizationKind) {
					continue // a whole Region or account is left out, which is reported once for all checks
				}
				if f.Check.ID == c.ID && !slices.Contains(documented, f.Status) {
					t.Errorf("%s gives an undocumented %s in %s: %s", c.ID, f.Status, name, f.Message)
				}
			}
		}
	}
}

// The demo shows what each check is about: it passes, warns or fails for something. No
// organization belongs to the demo.
func TestDemoShowsEveryCheck(t *testing.T) {
	inv, err := recorded.Parse("demo", fixtures.Demo)
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{lifecycle.OrganizationGuardrails.ID: true}
	for f := range checks.Run(inv, lifecycle.All()).Findings() {
		if f.Status != checks.Skip && f.Status != checks.Unknown {
			shown[f.Check.ID] = true
		}
	}
	for _, c := range lifecycle.All() {
		if !shown[c.ID] {
			t.Errorf("the demo shows nothing of %s", c.ID)
		}
	}
}

func TestEveryCheckIsDocumented(t *testing.T) {
	if err := checks.Validate(lifecycle.All()); err != nil {
		t.Error(err)
	}
	seen := map[string]bool{}
	for _, c := range lifecycle.All() {
		switch {
		case seen[c.ID]:
			t.Errorf("%s: two checks have this ID", c.ID)
		case strings.Trim(c.ID, "abcdefghijklmnopqrstuvwxyz-") != "":
			t.Errorf("%s: the ID is not kebab-case", c.ID)
		case c.Title == "" || strings.HasSuffix(c.Title, "."):
			t.Errorf("%s: the title %q should be a statement without a full stop", c.ID, c.Title)
		case len(c.Doc) < 100 || len(c.Links) == 0 || len(c.Needs) == 0 || c.Severity == "":
			t.Errorf("%s: documentation, links, needs or severity are missing", c.ID)
		}
		seen[c.ID] = true
	}
	// Users' scripts and configurations refer to these IDs. None may be removed.
	for _, id := range []string{
		"execution-role-exists", "execution-role-trust", "execution-role-policy",
		"cross-account-role-exists", "cross-account-role-trust", "cross-account-role-policy", "ecr-repository-tag",
	} {
		if !seen[id] {
			t.Errorf("check %s is gone", id)
		}
	}
}

// Failures and warnings have a fix. Other findings have none.
func TestFixesOfFailAndWarn(t *testing.T) {
	for name, result := range results(t) {
		for f := range result.Findings() {
			wanted := f.Status == checks.Fail || f.Status == checks.Warn
			if has := f.Fix() != nil; has != wanted {
				t.Errorf("%s: %s %s of %s: has a fix: %v", name, f.Status, f.Check.ID, f.Subject.Name, has)
			}
			if wanted && (f.Fix().Summary == "" || len(f.Fix().Changes) == 0) {
				t.Errorf("%s: %s of %s: the fix has no summary or no changes", name, f.Check.ID, f.Subject.Name)
			}
			if f.Status != checks.Unknown && f.Status != checks.Skip && len(f.Evidence) == 0 {
				t.Errorf("%s: %s %s of %s: no evidence", name, f.Status, f.Check.ID, f.Subject.Name)
			}
		}
	}
}
