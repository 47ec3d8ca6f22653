package lintcmd

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/fixtures"
	"github.com/iblint/iblint/internal/source/recorded"
)

func compiledSchema(t *testing.T) *validator.Schema {
	t.Helper()
	parsed, err := validator.UnmarshalJSON(bytes.NewReader(configurationSchema))
	if err != nil {
		t.Fatal(err)
	}
	c := validator.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(configurationSchemaURL, parsed); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile(configurationSchemaURL) // also validates the schema itself, against draft 7
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// schemaError is what the schema finds wrong with a configuration.
func schemaError(t *testing.T, schema *validator.Schema, text []byte) error {
	t.Helper()
	var v any
	if err := yaml.Unmarshal(text, &v); err != nil {
		return err
	}
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	instance, err := validator.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(instance)
}

// The schema describes the keys of the types, all of them, and the checks.
func TestConfigurationSchemaIsOfTheTypes(t *testing.T) {
	type object struct {
		ID          string            `json:"$id"`
		Draft       string            `json:"$schema"`
		Description string            `json:"description"`
		Properties  map[string]object `json:"properties"`
		Definitions map[string]object `json:"definitions"`
		Ref         string            `json:"$ref"`
		Enum        []string          `json:"enum"`
		AnyOf       []object          `json:"anyOf"`
	}
	var root object
	if err := json.Unmarshal(configurationSchema, &root); err != nil {
		t.Fatal(err)
	}
	if root.ID != configurationSchemaURL || root.Draft != "http://json-schema.org/draft-07/schema#" {
		t.Errorf("$id %s, $schema %s", root.ID, root.Draft)
	}
	for name, in := range map[string]struct {
		object object
		of     reflect.Type
	}{
		"the file":     {root, reflect.TypeFor[configuration]()},
		"owner":        {root.Definitions["owner"], reflect.TypeFor[ownerConfig]()},
		"destination":  {root.Definitions["destination"], reflect.TypeFor[destinationConfig]()},
		"organization": {root.Definitions["organization"], reflect.TypeFor[organizationConfig]()},
		"suppression":  {root.Definitions["suppression"], reflect.TypeFor[suppressionConfig]()},
	} {
		var keys []string
		for _, f := range reflect.VisibleFields(in.of) {
			if key := f.Tag.Get("yaml"); !f.Anonymous && f.IsExported() {
				keys = append(keys, key)
			}
		}
		slices.Sort(keys)
		if diff := cmp.Diff(keys, slices.Sorted(maps.Keys(in.object.Properties))); diff != "" {
			t.Errorf("%s (-type +schema):\n%s", name, diff)
		}
		for key, p := range in.object.Properties {
			if p.Description == "" && root.Definitions[strings.TrimPrefix(p.Ref, "#/definitions/")].Description == "" {
				t.Errorf("%s: %s has no description", name, key)
			}
		}
	}
	var ids []string
	for _, c := range lifecycle.All() {
		ids = append(ids, c.ID)
	}
	if diff := cmp.Diff(ids, root.Definitions["suppression"].Properties["check"].AnyOf[0].Enum); diff != "" {
		t.Errorf("checks (-all +schema):\n%s", diff)
	}
}

// The schema accepts the documented configurations, and what iblint refuses for its form it refuses, too.
func TestConfigurationSchemaAgreesWithTheReader(t *testing.T) {
	schema := compiledSchema(t)
	texts := map[string][]byte{}
	page, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile("(?ms)^<!-- file (\\S+.yaml) -->\n```yaml\n(.*?)^```$").FindAllSubmatch(page, -1) {
		texts["docs/"+string(m[1])] = m[2]
	}
	scripts, err := filepath.Glob("../iblint/testdata/script/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, script := range scripts {
		archive, err := txtar.ParseFile(script)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			var keys map[string]any
			if strings.HasSuffix(f.Name, ".yaml") && yaml.Unmarshal(f.Data, &keys) == nil && (keys["owners"] != nil || keys["organization"] != nil || keys["suppressions"] != nil) {
				texts[filepath.Base(script)+"/"+f.Name] = f.Data
			}
		}
	}
	accepted, refused := 0, 0
	for name, text := range texts {
		_, read := parseConfiguration(name, text, lifecycle.All())
		valid := schemaError(t, schema, text)
		switch {
		case read == nil && valid != nil && strings.Contains(valid.Error(), "got number, want string"):
			// iblint reads an account ID without quotes if it can. The schema asks for the quotes.
		case read == nil && valid != nil:
			t.Errorf("%s: iblint reads it, and the schema refuses it: %v", name, valid)
		case read == nil:
			accepted++
		case valid == nil && formErrors.MatchString(read.Error()):
			t.Errorf("%s: the schema accepts it, and iblint does not: %v", name, read)
		case valid != nil:
			refused++
		}
	}
	if t.Logf("%d accepted, %d refused", accepted, refused); accepted < 10 || refused < 10 {
		t.Errorf("%d configurations accepted and %d refused by both", accepted, refused)
	}
}

// formErrors are errors about a single value, which a schema can find.
var formErrors = regexp.MustCompile(`unknown field|is not an account ID|is not a role ARN|is none of destination|is missing|is not a date|fingerprint`)

// iblint and the schema accept what iblint init writes, also with every setting switched on.
func TestWrittenConfigurationIsValid(t *testing.T) {
	schema := compiledSchema(t)
	data, err := fixtures.All.ReadFile("discovery.json")
	if err != nil {
		t.Fatal(err)
	}
	inv, err := recorded.Parse("discovery.json", data)
	if err != nil {
		t.Fatal(err)
	}
	for name, flags := range map[string]scopeFlags{
		"plain": {}, "with credentials": {profile: "a b: #c", roleName: "path/Audit", externalID: "123", sessionName: "no"},
	} {
		var b bytes.Buffer
		if err := writeConfiguration(&b, inv, flags); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(b.String(), "# yaml-language-server: $schema="+configurationSchemaURL+"\n") {
			t.Errorf("%s: the first line does not name the schema", name)
		}
		on := regexp.MustCompile(`(?m)^( *)#(  |[a-z])`).ReplaceAll(b.Bytes(), []byte("$1$2"))
		for which, text := range map[string][]byte{"as written": b.Bytes(), "all on": on} {
			c, err := parseConfiguration("written", text, lifecycle.All())
			if err != nil {
				t.Errorf("%s, %s: %v\n%s", name, which, err, text)
			}
			if err := schemaError(t, schema, text); err != nil {
				t.Errorf("%s, %s: %v\n%s", name, which, err, text)
			}
			if flags.profile != "" && (c.Owners[0].Profile != flags.profile || c.ExternalID != flags.externalID || c.SessionName != flags.sessionName || c.RoleName != flags.roleName) {
				t.Errorf("%s, %s: read back %+v", name, which, c)
			}
			if which == "all on" && (len(c.Owners[0].ExecutionRoles) == 0 || len(c.Owners[0].Destinations) == 0 || len(c.Owners[0].Repositories) == 0 || len(c.Suppressions) == 0) {
				t.Errorf("%s: with every setting on, %+v", name, c)
			}
		}
	}
}
