package lintcmd_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/iblint/iblint/cmd/lintcmd"
)

// aCase is what a run must report: fixtures/cases/NAME/want.json.
type aCase struct {
	Exit     []int    `json:"exit"`     // the exit codes that are right
	Findings []wanted `json:"findings"` // each is met by a finding
	Absent   []wanted `json:"absent"`   // none is met by one
	Text     []string `json:"text"`     // each matches in the output
	NotText  []string `json:"not_text"` // none matches in it
	Why      string   `json:"why"`      // the rule, and the AWS document that it is from
}

// wanted matches findings.
type wanted struct {
	Check   string   `json:"check"` // a pattern of IDs
	Status  []string `json:"status"`
	Account string   `json:"account"`
	Name    string   `json:"name"` // part of the subject's name or ARN
	Text    string   `json:"text"` // matches in the finding
}

// found is a finding in a JSON report.
type found struct {
	Check   string `json:"check"`
	Status  string `json:"status"`
	Subject struct {
		Account string `json:"account"`
		Name    string `json:"name"`
		ARN     string `json:"arn"`
	} `json:"subject"`

	text string // the finding as JSON, and the strings in it
}

func (w wanted) meets(f found) bool {
	id, _ := path.Match(w.Check, f.Check)
	return id && slices.Contains(w.Status, f.Status) &&
		(w.Account == "" || w.Account == f.Subject.Account) &&
		(strings.Contains(f.Subject.Name, w.Name) || strings.Contains(f.Subject.ARN, w.Name)) &&
		(w.Text == "" || regexp.MustCompile(w.Text).MatchString(f.text))
}

// Each case has small inputs, the arguments of a run on them, and what it must report, with the
// rule of AWS from which that follows.
func TestCases(t *testing.T) {
	dirs, err := filepath.Glob("../../fixtures/cases/*/want.json")
	if err != nil || len(dirs) < 80 {
		t.Fatalf("%d cases, %v", len(dirs), err)
	}
	for i, dir := range dirs {
		dirs[i], _ = filepath.Abs(filepath.Dir(dir))
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Chdir(dir)
			runCase(t)
		})
	}
}

// runCase runs the case in the working directory.
func runCase(t *testing.T) {
	read := func(name string) []byte {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	var want aCase
	decoder := json.NewDecoder(bytes.NewReader(read("want.json")))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&want); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	code := lintcmd.Run(strings.Fields(string(read("args"))), strings.NewReader(""), &out, &errs)
	if !slices.Contains(want.Exit, code) {
		t.Errorf("exit code %d, want one of %v: %s", code, want.Exit, errs.String())
	}
	if code == 2 {
		return // there is no report
	}
	var report struct {
		Findings []json.RawMessage `json:"findings"`
	}
	texts := out.String()
	if json.Valid(out.Bytes()) {
		texts += textOf(t, out.Bytes())
		if err := json.Unmarshal(out.Bytes(), &report); err != nil {
			t.Fatal(err)
		}
	}
	var findings []found
	for _, raw := range report.Findings {
		var f found
		if err := json.Unmarshal(raw, &f); err != nil {
			t.Fatal(err)
		}
		f.text = string(raw) + "\n" + textOf(t, raw)
		findings = append(findings, f)
	}
	for _, w := range want.Findings {
		if !slices.ContainsFunc(findings, w.meets) {
			t.Errorf("no finding is %+v: %s", w, want.Why)
		}
	}
	for _, w := range want.Absent {
		if i := slices.IndexFunc(findings, w.meets); i >= 0 {
			t.Errorf("a finding is %+v: %s\n%s", w, findings[i].text, want.Why)
		}
	}
	for _, pattern := range want.Text {
		if !regexp.MustCompile(pattern).MatchString(texts) {
			t.Errorf("the output does not match %s: %s", pattern, want.Why)
		}
	}
	for _, pattern := range want.NotText {
		if regexp.MustCompile(pattern).MatchString(texts) {
			t.Errorf("the output matches %s: %s", pattern, want.Why)
		}
	}
}

// textOf is all keys and strings of a JSON document, one a line.
func textOf(t *testing.T, data []byte) string {
	var text strings.Builder
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			text.WriteString(v + "\n")
		case []any:
			for _, item := range v {
				walk(item)
			}
		case map[string]any:
			for key, item := range v {
				text.WriteString(key + "\n")
				walk(item)
			}
		}
	}
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	walk(v)
	return text.String()
}
