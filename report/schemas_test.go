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

// The schemas and validators of the formats. .ci/schemas/install installs them.
func schemas(t *testing.T) string {
	t.Helper()
	folder := os.Getenv("IBLINT_SCHEMAS")
	if folder == "" {
		t.Fatal("IBLINT_SCHEMAS is not set; see .ci/run")
	}
	return folder
}

// results are some results, and one with each hostile text, by file name.
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

// written writes the results in a format to files.
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

// The JSON Schema of SARIF 2.1.0, as Microsoft publishes it.
func TestSchemaOfSARIF(t *testing.T) {
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	schema, err := c.Compile(filepath.Join(schemas(t), "sarif/lib/schemas/sarif-2.1.0-rtm.5.json"))
	if err != nil {
		t.Fatal(err)
	}
	all := results(t)
	all["many"] = manyFindings(13_000)
	for name, r := range all {
		log, err := jsonschema.UnmarshalJSON(strings.NewReader(render(t, "sarif", r, fixed)))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(log); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Microsoft's validator of SARIF reports no error, and no warning of its rules for GitHub.
func TestSchemaOfSARIFByMultitool(t *testing.T) {
	files := written(t, "sarif", fewResults(t)) // two seconds each
	// An invalid file shows that the files are validated.
	wrong := filepath.Join(t.TempDir(), "wrong.sarif")
	text := strings.Replace(render(t, "sarif", demo(t), fixed), `"endLine": 7`, `"endLine": 6`, 1)
	if err := os.WriteFile(wrong, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	files = append(files, wrong)
	verdict := filepath.Join(t.TempDir(), "verdict.sarif")
	command := exec.Command(filepath.Join(schemas(t), "multitool/Sarif.Multitool"),
		append([]string{"validate", "--rule-kind", "Sarif;Ghas", "--level", "Error;Warning", "--output", verdict}, files...)...)
	command.Env = append(os.Environ(), "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%.3000s", err, out)
	}
	found, err := os.ReadFile(verdict)
	if err != nil {
		t.Fatal(err)
	}
	var log struct {
		Runs []struct {
			Results []struct {
				RuleID, Level string
				Message       json.RawMessage
				Locations     json.RawMessage
			}
		}
	}
	if err := json.Unmarshal(found, &log); err != nil {
		t.Fatal(err)
	}
	inWrong := 0
	for _, r := range log.Runs[0].Results {
		switch {
		case strings.Contains(string(r.Locations), "wrong.sarif"):
			inWrong++
		case r.Level == "error" || strings.HasPrefix(r.RuleID, "GH"):
			t.Errorf("%s %s: %s", r.Level, r.RuleID, r.Message)
		}
	}
	if inWrong == 0 {
		t.Error("the invalid file has no errors; were the files validated?")
	}
}
