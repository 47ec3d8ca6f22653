package lintcmd

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/iblint/iblint/fixtures"
	"github.com/iblint/iblint/internal/testrun"
)

// A recording that is read account by account gives the same output as a small one with the same
// content, and the same errors.
func TestLargeRecordings(t *testing.T) {
	testrun.Long(t)
	t.Chdir(t.TempDir())
	large := func(text string) string { return text[:1] + strings.Repeat(" ", manyAccounts) + text[1:] }
	organization, err := fixtures.All.ReadFile("organization.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"demo": string(fixtures.Demo), "organization": string(organization), "broken": `{"schemaVersion":"1.1","accounts":{"1":{}}}`,
		"bare":          `{"schemaVersion":"1.1","accounts":{"111122223333":{"imageBuilder":{"eu-west-1":{"lifecyclePolicies":{"items":[]}}}}}}`,
		"contradiction": strings.ReplaceAll(string(fixtures.Demo), "imagebuilder.amazonaws.com", "ec2.amazonaws.com"),
	} {
		for file, text := range map[string]string{"small.json": content, "large.json": large(content)} {
			if err := os.MkdirAll(name, 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name+"/"+file, []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, args := range [][]string{
		{"check", "--recorded", "demo/FILE", "--format", "json"},
		{"check", "--recorded", "demo/FILE", "--format", "json", "--redact"},
		{"check", "--recorded", "organization/FILE", "--format", "html"},
		{"check", "--recorded", "organization/FILE", "--recorded", "demo/small.json", "--owner", "111122223333", "--details"},
		{"check", "--recorded", "demo/FILE", "--max-input", "1KiB"},
		{"check", "--recorded", "broken/FILE"},
		{"check", "--recorded", "bare/FILE", "--owner", "111122223333", "--region", "eu-west-1"},
		{"remediate", "--recorded", "demo/FILE"},
	} {
		ran := map[string]string{}
		for _, file := range []string{"small.json", "large.json"} {
			var out, errs bytes.Buffer
			args := slices.Clone(args)
			for i := range args {
				args[i] = strings.ReplaceAll(args[i], "FILE", file)
			}
			code := Run(args, strings.NewReader(""), &out, &errs)
			ran[file] = strings.ReplaceAll(string(rune('0'+code))+out.String()+errs.String(), file, "FILE")
		}
		if ran["small.json"] != ran["large.json"] {
			t.Errorf("%v: a large recording differs:\n%.2000s\nfrom a small one:\n%.2000s", args, ran["large.json"], ran["small.json"])
		}
	}

	// A directory that holds both readings of the accounts.
	for name, want := range map[string]string{"demo": "", "contradiction": "contradict each other"} {
		var out, errs bytes.Buffer
		if name == "contradiction" {
			if err := os.WriteFile(name+"/small.json", fixtures.Demo, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		code := Run([]string{"check", "--recorded", name}, strings.NewReader(""), &out, &errs)
		if (code == exitUsage) != (want != "") || !strings.Contains(errs.String(), want) {
			t.Errorf("%s: exit code %d: %s", name, code, errs.String())
		}
	}
}
