package lintcmd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/source/recorded"
	"github.com/iblint/iblint/internal/testrun"
	"github.com/iblint/iblint/report"
)

// maker makes decoded JSON of a type, with every field. What is either read or unread is one in turn with the
// other, at each path.
type maker map[string]int // values made, by path

func (m maker) make(t reflect.Type, path string) any {
	n := m[path]
	m[path]++
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	either := false
	if form, ok := reflect.Zero(t).Interface().(interface{ JSONSchemaAlias() any }); ok {
		t = reflect.TypeOf(form.JSONSchemaAlias())
		_, either = t.FieldByName("Absent")
	}
	switch {
	case either && strings.HasSuffix(path, "/otherRoles") && n%2 == 0:
		return map[string]any{"absent": true} // a value is refused
	case either && n%2 == 0:
		field, _ := t.FieldByName("Value")
		return map[string]any{"value": m.make(field.Type, path+"/value")}
	case either:
		return map[string]any{"unread": m.make(reflect.TypeFor[account.Unread](), path+"/unread")}
	case t == reflect.TypeFor[account.Reason]():
		return []account.Reason{account.Failed, account.AccessDenied, account.Contradicted, account.Malformed}[n/2%4]
	case strings.HasSuffix(path, "/date") || t.String() == "time.Time":
		return "2026-10-01T06:00:00Z"
	}
	switch t.Kind() {
	case reflect.String:
		return m.text(path, n)
	case reflect.Bool:
		return n%2 == 0
	case reflect.Int, reflect.Int32, reflect.Int64:
		return 1 + n%3
	case reflect.Slice:
		return []any{m.make(t.Elem(), path+"/#"), m.make(t.Elem(), path+"/#")}
	case reflect.Map:
		entries := map[string]any{}
		for range 2 {
			entries[m.key(path, len(entries))] = m.make(t.Elem(), path+"/*")
		}
		return entries
	case reflect.Struct:
		object := map[string]any{}
		for field := range t.Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if field.IsExported() && name != "" && name != "-" {
				object[name] = m.make(field.Type, path+"/"+name)
			}
		}
		return object
	}
	panic("no value of " + t.String() + " at " + path)
}

var byRegion = regexp.MustCompile(`/(imageBuilder|repositoryTags|repositoryNames|repositoryPolicies|registries|tagged)$`)

func (m maker) key(path string, i int) string {
	switch {
	case path == "/accounts":
		return []string{"111122223333", "222233334444"}[i]
	case byRegion.MatchString(path):
		return []string{"eu-west-1", "us-east-1"}[i]
	case strings.HasSuffix(path, "/lastExecutions"):
		return fmt.Sprintf("arn:aws:imagebuilder:eu-west-1:111122223333:lifecycle-policy/%d", i)
	}
	return fmt.Sprintf("key-%d", i)
}

func (m maker) text(path string, n int) string {
	last := strings.TrimSuffix(strings.TrimSuffix(path, "/#"), "/items")
	switch last = last[strings.LastIndexByte(last, '/')+1:]; {
	case strings.HasSuffix(strings.ToLower(last), "account"), last == "targetAccounts", last == "sharedAccounts":
		if strings.HasSuffix(path, "/destinations/#/account") {
			return "555566667777"
		}
		return []string{"111122223333", "222233334444"}[n%2]
	case strings.HasSuffix(strings.ToLower(last), "region"), last == "regions", last == "excludedRegions":
		return []string{"eu-west-1", "us-east-1"}[n%2]
	case strings.HasSuffix(path, "/executionRoles/#"):
		return fmt.Sprintf("key-%d", n%2)
	case strings.Contains(path, "lifecyclePolicies") && last == "arn":
		return fmt.Sprintf("arn:aws:imagebuilder:eu-west-1:111122223333:lifecycle-policy/%d", n%2)
	case last == "arn" || last == "boundary" || last == "recipe" || last == "distribution" || last == "image" || last == "parentImage":
		return fmt.Sprintf("arn:aws:imagebuilder:eu-west-1:111122223333:%s/%d/1.0.0", last, n)
	case last == "path":
		return "/teams/"
	case last == "document" || last == "policy" && strings.Contains(path, "/value"), last == "trust",
		last == "value" && regexp.MustCompile(`([dD]ocument|trust|olicy|repositoryPolicies/\*/\*)/value$`).MatchString(path):
		return `{"Version":"2012-10-17","Statement":{"Sid":"Own","Effect":"Deny","Principal":"*","Action":"ec2:DeregisterImage","Resource":"arn:aws:ec2:*::image/ami-1234","Condition":{"StringLike":{"aws:PrincipalTag/team":"core"}}}}`
	case last == "resourceType":
		return account.AMIImage
	case last == "partition":
		return "aws"
	case last == "sourceAccountMeans":
		return "either"
	case last == "status":
		return []string{"ENABLED", "FAILED", "SUCCESS"}[n%3]
	case strings.HasSuffix(path, "/repositories/#/name"):
		return "app/web"
	}
	return fmt.Sprintf("text-%d", n)
}

// stringPaths are the paths of all strings of a type, as a planter names them.
func stringPaths(t reflect.Type, path string, yield func(string)) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if form, ok := reflect.Zero(t).Interface().(interface{ JSONSchemaAlias() any }); ok {
		t = reflect.TypeOf(form.JSONSchemaAlias())
	}
	switch t.Kind() {
	case reflect.Pointer:
		stringPaths(t.Elem(), path, yield)
	case reflect.String:
		yield(path)
	case reflect.Slice:
		stringPaths(t.Elem(), path+"/#", yield)
	case reflect.Map:
		yield(path + "/(key)")
		stringPaths(t.Elem(), path+"/*", yield)
	case reflect.Struct:
		for field := range t.Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if field.IsExported() && name != "" && name != "-" {
				stringPaths(field.Type, path+"/"+name, yield)
			}
		}
	}
}

// --redact removes secrets from every string of a recording: from those, too, that no fixture has. A field
// that is new in package account is part of this test.
func TestNoSecretOfAnyFieldSurvives(t *testing.T) {
	testrun.Long(t)
	t.Chdir(t.TempDir())
	paths, runs, refused := map[string]map[int]bool{}, 0, 0
	turns := 6 // each path once in two of them
	if whole {
		turns = len(shapes)
	}
	for turn := range turns {
		p := &planter{group: turn % 2, groups: 2, turn: turn, paths: paths, n: new(int), by: map[string]string{}}
		data := writeJSON(t, "any.json", sorted(withSchema(p.walk("", maker{}.make(reflect.TypeFor[account.Inventory](), "")))))
		runs++
		code, texts := redactedRun(t, "--recorded", "any.json")
		of := fmt.Sprintf("turn %d", turn)
		noSecret(t, of, texts)
		if code == exitUsage {
			refused++
			t.Log(of, texts["standard error"])
			continue
		}
		inv, err := recorded.Parse("any.json", data)
		if err != nil {
			t.Fatal(err)
		}
		noSecret(t, of, written(t, inv))
	}
	planted := map[string]bool{}
	for path := range paths {
		path, _, _ = strings.Cut(path, "{}")
		planted[path] = true
	}
	var missing []string
	stringPaths(reflect.TypeFor[account.Inventory](), "", func(path string) {
		if !planted[path] && !exempt.MatchString(path) && !strings.Contains(path, "/otherRoles/value/") {
			missing = append(missing, path)
		}
	})
	t.Logf("%d paths in %d runs, %d of them refused", len(paths), runs, refused)
	if len(missing) > 0 {
		t.Errorf("no secret was planted at %s", strings.Join(slices.Sorted(slices.Values(missing)), "\n"))
	}
}

func withSchema(v any) any {
	v.(map[string]any)["schemaVersion"] = recorded.SchemaVersion
	return v
}

// A fingerprint of a finding leads back to its subject, because all account IDs can be tried. Reports with --redact
// have fingerprints of pseudonyms, which iblint explain finds and iblint suppress refuses.
func TestFingerprintsAreRedacted(t *testing.T) {
	testrun.Long(t)
	fixture := decoded(t, "../../fixtures/demo.json")
	t.Chdir(t.TempDir())
	writeJSON(t, "demo.json", fixture)
	fingerprint := regexp.MustCompile(`\b[0-9a-f]{16,}\b`)
	run := func(args ...string) string {
		var out, errs bytes.Buffer
		Run(args, strings.NewReader(""), &out, &errs)
		return out.String() + errs.String()
	}
	plain, last := map[string]bool{}, ""
	for _, found := range fingerprint.FindAllString(run("check", "--recorded", "demo.json", "--format", "json"), -1) {
		plain[found], last = true, found
	}
	if len(plain) < 20 {
		t.Fatalf("only %d fingerprints", len(plain))
	}
	writeJSON(t, "suppressions.json", map[string]any{"suppressions": []any{
		map[string]any{"check": "execution-role-exists", "fingerprint": (last + last)[:32], "reason": "zqx", "owner": "zqy", "expires": "2099-01-31"},
	}})
	plain[(last + last)[:32]] = true
	for _, name := range report.Names() {
		text := run("check", "--recorded", "demo.json", "--redact", "--format", name, "--config", "suppressions.json")
		noSecret(t, name, map[string]string{"": text})
		for _, found := range fingerprint.FindAllString(text, -1) {
			if plain[found] {
				t.Errorf("%s has the fingerprint %s of a finding without --redact", name, found)
			}
		}
	}
	run("check", "--recorded", "demo.json", "--redact", "--output", "redacted.json")
	var redacted struct {
		Findings []struct{ Fingerprint, Status string }
	}
	data, err := os.ReadFile("redacted.json")
	if err == nil {
		err = json.Unmarshal(data, &redacted)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range redacted.Findings {
		if text := run("explain", f.Fingerprint, "--report", "redacted.json"); !strings.Contains(text, "why: ") || regexp.MustCompile(`\b[1-9][0-9]{11}\b|ImageBuilderLifecycle\b`).MatchString(text) {
			t.Errorf("explain: %s", text)
		}
		if text := run("suppress", f.Fingerprint, "--report", "redacted.json", "--reason", "r", "--owner", "o", "--expires", "2099-01-31"); !strings.Contains(text, "the report is redacted") {
			t.Errorf("suppress: %s", text)
		}
	}
}
