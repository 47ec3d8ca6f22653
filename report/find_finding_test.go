package report_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/internal/testrun"
	"github.com/iblint/iblint/report"
)

// variants calls with each document that differs from a JSON value in one place: the value there is
// replaced by one of others.
func variants(value any, others []any, with func(any)) {
	for _, other := range others {
		with(other)
	}
	switch v := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			variants(v[key], others, func(other any) {
				changed := maps.Clone(v)
				changed[key] = other
				with(changed)
			})
		}
	case []any:
		for i := range v {
			variants(v[i], others, func(other any) {
				changed := slices.Clone(v)
				changed[i] = other
				with(changed)
			})
		}
	}
}

// A finding of a report that others wrote is an error, or text without control characters and commands.
func TestFindHostileFinding(t *testing.T) {
	testrun.Long(t)
	const h = "\x1b[2J\r\n::error::owned ##vso[x]\u202e\x00"
	var f any
	text := render(t, "json", demo(t), report.Options{})
	document := decode[map[string]any](t, []byte(text))
	for _, one := range document["findings"].([]any) {
		if one.(map[string]any)["check"] == "cross-account-role-permissions" && one.(map[string]any)["status"] == "fail" {
			f = one
		}
	}
	id := f.(map[string]any)["fingerprint"].(string)
	written := 0
	others := []any{h, id + h, nil, -1, map[string]any{}, []any{}, []any{nil}, []any{map[string]any{}}, []any{h}, map[string]any{h: h}}
	variants(f, others, func(changed any) {
		data, err := json.Marshal(map[string]any{"schemaVersion": document["schemaVersion"], "findings": []any{changed}})
		if err != nil {
			t.Fatal(err)
		}
		found, err := report.FindFinding(data, id[:8])
		if err != nil || len(found) == 0 {
			return
		}
		written++
		var b strings.Builder
		if err := found[0].Write(&b, report.Options{}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			line = strings.TrimSuffix(line, "\n")
			if strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) || strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##vso[") {
				t.Errorf("%.2000s gives %q", data, line)
			}
		}
	})
	if written < 100 {
		t.Errorf("only %d variants are written", written)
	}
}

// Two findings can have the same fingerprint. Both are found.
func TestFindFindingsOfOneFingerprint(t *testing.T) {
	one := map[string]any{"fingerprint": strings.Repeat("a", 32), "check": "x", "status": checks.Fail}
	data, err := json.Marshal(map[string]any{"schemaVersion": report.SchemaVersion, "findings": []any{one, one}})
	if err != nil {
		t.Fatal(err)
	}
	if found, err := report.FindFinding(data, "aaaaaaaa"); err != nil || len(found) != 2 {
		t.Errorf("%d found, %v", len(found), err)
	}
}
