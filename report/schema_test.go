package report

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/invopop/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/internal/source/recorded"
	"github.com/iblint/iblint/internal/testrun"
)

var generic = regexp.MustCompile(`^(read|list)JSON\[(\[\])?(?:.*[./])?(\w+)\]$`)

// schema generates the schema from the types and their comments. A strict schema allows only
// the members that it describes. The published schema allows others, because a minor version
// adds members and must not break existing users.
func schema(t *testing.T, strict bool) []byte {
	t.Helper()
	r := jsonschema.Reflector{
		AllowAdditionalProperties: !strict,
		Namer: func(of reflect.Type) string {
			if m := generic.FindStringSubmatch(of.Name()); m != nil {
				return map[string]string{"read": "Read", "list": "List"}[m[1]] + map[string]string{"[]": "ListOf"}[m[2]] + strings.ToUpper(m[3][:1]) + m[3][1:]
			}
			return ""
		},
	}
	for _, dir := range []string{".", "../checks", "../checks/account", "../checks/policy"} {
		if err := r.AddGoComments("github.com/iblint/iblint/"+strings.TrimPrefix(filepath.ToSlash(filepath.Join("report", dir)), "report/"), dir); err != nil {
			t.Fatal(err)
		}
	}
	s := r.Reflect(&document{})
	s.ID = "https://github.com/iblint/iblint/report/schema.json"
	s.Title, s.Description = "iblint report", "The JSON report of iblint check, schema version "+SchemaVersion+". Minor versions add members; only a major version removes members or changes their meaning."
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(s); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSchemaIsOfTheTypes(t *testing.T) {
	got := schema(t, false)
	if *testrun.Update {
		if err := os.WriteFile("schema.json", got, 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(Schema), string(got)); diff != "" {
		t.Errorf("go generate ./report was not run after the types changed (-schema.json +types):\n%s", diff)
	}
}

// The JSON reports of all recordings, and the goldens, match the schema and have only members that
// it describes.
func TestReportsMatchTheSchema(t *testing.T) {
	reports := map[string][]byte{}
	for _, pattern := range []string{"testdata/*.json", "../fixtures/*.json"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) < 2 {
			t.Fatalf("%s: %d files: %v", pattern, len(files), err)
		}
		for _, file := range testrun.Some(files) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(file, "../fixtures/") {
				inv, err := recorded.Parse(file, data)
				if err != nil {
					t.Fatal(err)
				}
				var b bytes.Buffer
				suppressed := checks.Suppression{Check: "ecr-repository-tag", Subject: "*", Reason: "r", Owner: "o", Expires: "2027-01-31"}
				if err := writeJSON(&b, checks.Run(inv, lifecycle.All(), suppressed), Options{}); err != nil {
					t.Fatal(err)
				}
				data = b.Bytes()
			}
			reports[file] = data
		}
	}
	for _, strict := range []bool{false, true} {
		compiled := compile(t, schema(t, strict))
		for file, data := range reports {
			instance, err := validator.UnmarshalJSON(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			if err := compiled.Validate(instance); err != nil {
				t.Errorf("%s (strict: %v): %v", file, strict, err)
			}
		}
	}
}

func compile(t *testing.T, schema []byte) *validator.Schema {
	t.Helper()
	parsed, err := validator.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		t.Fatal(err)
	}
	c := validator.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("report.json", parsed); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("report.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}
