package recorded_test

import (
	"bytes"
	"errors"
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
	for i, name := range slices.Sorted(maps.Keys(files)) {
		if i%testrun.Thin() != 0 {
			continue
		}
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
