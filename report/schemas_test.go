//go:build schemas

package report_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/iblint/iblint/checks"
)

// What others validate reports with; .ci/schemas/install says where it is.
func schemas(t *testing.T) string {
	t.Helper()
	folder := os.Getenv("IBLINT_SCHEMAS")
	if folder == "" {
		t.Fatal("IBLINT_SCHEMAS is not set; see .ci/run")
	}
	return folder
}

// results are a few results, and one with each hostile text, by a name for files.
func results(t *testing.T) map[string]checks.Result {
	t.Helper()
	all := fewResults(t)
	for i, h := range hostile {
		all["hostile-"+strconv.Itoa(i)] = hostileResult(h)
	}
	return all
}

func fewResults(t *testing.T) map[string]checks.Result {
	t.Helper()
	return map[string]checks.Result{"demo": demo(t), "suppressed": suppressed(t), "empty": empty()}
}

// written are the results in a format, as files.
func written(t *testing.T, format string, results map[string]checks.Result) []string {
	t.Helper()
	folder := t.TempDir()
	var files []string
	for name, r := range results {
		file := filepath.Join(folder, name+"."+format)
		if err := os.WriteFile(file, []byte(render(t, format, r, fixed)), 0o666); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

// Jenkins' XML schema of JUnit reports.
func TestSchemaOfJUnit(t *testing.T) {
	schema := filepath.Join(schemas(t), "junit/test/resources/jenkins-junit.xsd")
	out, err := exec.Command("xmllint", append([]string{"--noout", "--schema", schema}, written(t, "junit", results(t))...)...).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%.3000s", err, out)
	}
}

// The JSON Schema of the OCSF class, from the released schema.
func TestSchemaOfOCSF(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join(schemas(t), "compliance-finding.json"))
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range results(t) {
		lines(t, render(t, "ocsf", r, fixed), func(line []byte) {
			event, err := jsonschema.UnmarshalJSON(strings.NewReader(string(line)))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(event); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

// Microsoft's validator of SARIF with its rules for GitHub: no error, and of the
// rules for GitHub no warning either.
func TestSchemaOfSARIF(t *testing.T) {
	files := written(t, "sarif", fewResults(t)) // two seconds each; every test of SARIF validates the hostile ones
	verdict := filepath.Join(t.TempDir(), "verdict.sarif")
	command := exec.Command(filepath.Join(schemas(t), "multitool/Sarif.Multitool"),
		append([]string{"validate", "--rule-kind", "Sarif;Ghas", "--level", "Error;Warning", "--output", verdict}, files...)...)
	command.Env = append(os.Environ(), "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%.3000s", err, out)
	}
	text, err := os.ReadFile(verdict)
	if err != nil {
		t.Fatal(err)
	}
	var log struct {
		Runs []struct {
			Artifacts []any
			Results   []struct {
				RuleID, Level string
				Message       json.RawMessage
				Locations     json.RawMessage
			}
		}
	}
	if err := json.Unmarshal(text, &log); err != nil {
		t.Fatal(err)
	}
	for _, r := range log.Runs[0].Results {
		if r.Level == "error" || strings.HasPrefix(r.RuleID, "GH") {
			t.Errorf("%s %s: %s", r.Level, r.RuleID, r.Message)
		}
	}
	if !strings.Contains(string(text), "SARIF2004") { // the library writes what is unset as -1, harmlessly
		t.Errorf("nothing at all was found in %d files; were they validated?", len(files))
	}
}
