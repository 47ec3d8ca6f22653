package recorded_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/fixtures"
	"github.com/iblint/iblint/internal/source"
	"github.com/iblint/iblint/internal/source/recorded"
	"github.com/iblint/iblint/internal/testrun"
	"github.com/iblint/iblint/report"
)

// fixtureFiles returns the recordings of package fixtures.
func fixtureFiles(t testing.TB) map[string][]byte {
	t.Helper()
	entries, err := fixtures.All.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".json") {
			if files[e.Name()], err = fixtures.All.ReadFile(e.Name()); err != nil {
				t.Fatal(err)
			}
		}
	}
	return files
}

// jsonReport returns the JSON report about an inventory.
func jsonReport(t testing.TB, inv *account.Inventory) string {
	t.Helper()
	result := checks.Run(inv, lifecycle.All())
	for f := range result.Findings() {
		if strings.Contains(f.Message, "fault of iblint") {
			t.Fatalf("%s panicked: %s", f.Check.ID, f.Message)
		}
	}
	var b bytes.Buffer
	for _, name := range []string{"json", "text"} {
		format, err := report.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := format(&b, result, report.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// Reading and writing a recording gives the same bytes.
func TestWrittenAndReadBack(t *testing.T) {
	files := fixtureFiles(t)
	for _, name := range testrun.Some(slices.Sorted(maps.Keys(files))) {
		inv, err := recorded.Parse(name, files[name])
		if err != nil {
			t.Fatal(err)
		}
		var first, second bytes.Buffer
		if err := recorded.Write(&first, inv); err != nil {
			t.Fatal(err)
		}
		again, err := recorded.Parse(name, first.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if err := recorded.Write(&second, again); err != nil {
			t.Fatal(err)
		}
		if first.String() != second.String() {
			t.Errorf("%s: written twice, it differs", name)
		}
		if jsonReport(t, inv) != jsonReport(t, again) {
			t.Errorf("%s: evaluated differently after it was written and read", name)
		}
	}
}

// A recording by a newer version of iblint is refused as such, whatever else is in it. One by
// an older version is read.
func TestVersions(t *testing.T) {
	const newer, other, unknown = "a newer version of iblint wrote it", "record it again, or use another version of iblint", "unknown field"
	for version, want := range map[string]string{
		"1": "", "1.0": "", recorded.SchemaVersion: "", "1.2": newer, "1.10": newer, "2.0": other, "0.9": other, "1.x": other, "1.99999999999999999999": other, "": other,
	} {
		for _, field := range []string{"", `,"ofTheFuture":1`} {
			want := want
			if want == "" && field != "" {
				want = unknown
			}
			_, err := recorded.Parse("accounts.json", fmt.Appendf(nil, `{"schemaVersion":%q%s}`, version, field))
			switch {
			case want == "" && err != nil:
				t.Errorf("%s: %v", version, err)
			case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
				t.Errorf("%s with %q: %v, want %q", version, field, err, want)
			case want == newer && (!strings.Contains(err.Error(), version) || !strings.Contains(err.Error(), recorded.SchemaVersion) || strings.Contains(err.Error(), "\n")):
				t.Errorf("%s: %v, want one line with both versions", version, err)
			}
		}
	}
}

// What a recording of version 1.0 does not have is not collected.
func TestOlderRecording(t *testing.T) {
	inv, err := recorded.Parse("accounts.json", []byte(`{"schemaVersion":"1.0","accounts":{"111122223333":{"imageBuilder":{"eu-west-1":{
		"lifecyclePolicies":{"items":[{"arn":"arn:1","name":"n","status":"ENABLED","executionRole":"L","resourceType":"AMI_IMAGE","rules":{"value":[{"action":"DELETE","readsAttributes":true}]}}]},
		"images":{"items":[{"arn":"arn:2"}]}}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	ib := inv.Accounts["111122223333"].ImageBuilder["eu-west-1"]
	rules, _, _ := ib.LifecyclePolicies.Items()[0].Rules.Get()
	if !ib.Pipelines.IsZero() || !ib.ImageRecipes.IsZero() || rules[0].Filter != nil || ib.Images.Items()[0].State != "" {
		t.Errorf("%+v, %+v, %+v, %+v", ib.Pipelines, ib.ImageRecipes, rules, ib.Images)
	}
	for _, err := range []error{ib.Pipelines.Err(), ib.ImageRecipes.Err()} {
		if why := (account.Unread{}); !errors.As(err, &why) || why.Reason != account.NotCollected {
			t.Errorf("%v, want not collected", err)
		}
	}
	if gaps := inv.Gaps(); slices.ContainsFunc(gaps, func(g account.Gap) bool { return g.Part == account.PipelinesPart || g.Part == account.ImageRecipesPart }) {
		t.Errorf("gaps: %v", gaps)
	}
}

// Every recording is either refused as wrong input or checked.
func FuzzParse(f *testing.F) {
	for _, data := range fixtureFiles(f) {
		if len(data) < 20_000 { // the others say the same at length
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		inv, err := recorded.Parse("fuzz", data)
		if err != nil {
			var input *source.InputError
			if !errors.As(err, &input) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q is not one line about the input", err)
			}
			return
		}
		jsonReport(t, inv)
	})
}
