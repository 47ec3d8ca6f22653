package redact_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/redact"
	"github.com/iblint/iblint/internal/source/awsapi"
	"github.com/iblint/iblint/internal/testrun"
)

// Words that AWS defines are kept in errors and in reports.
func TestOwnedStays(t *testing.T) {
	var actions []string
	for _, part := range []account.Part{
		account.RolePart, account.AttachedPoliciesPart, account.InlinePoliciesPart, account.PolicyDocumentsPart, account.SimulationPart, account.RoleNamesPart,
		account.RepositoryTagsPart, account.RepositoryPolicyPart, account.RegistryPolicyPart, account.RepositoryNamesPart, account.TaggedPart, account.LifecyclePoliciesPart,
		account.LifecycleRulesPart, account.DistributionsPart, account.ContainerRecipesPart, account.ImagesPart, account.PipelinesPart, account.ImageRecipesPart, account.SharedImagesPart, account.ExecutionsPart, account.RegionsPart,
		account.MembersPart, account.MembershipPart, account.GuardrailsPart,
	} {
		actions = append(actions, awsapi.Actions(part)...)
	}
	if len(actions) < 30 {
		t.Fatalf("only %d actions", len(actions))
	}
	for _, text := range append(actions, account.KnownRegions()...) {
		for name, now := range map[string]string{"Line": redact.Line(text), "Error": redact.Without("teams").Error(text)} {
			if now != text {
				t.Errorf("%s: %s became %s", name, text, now)
			}
		}
	}
	for _, text := range []string{
		"arn:aws:iam::aws:policy/service-role/EC2ImageBuilderLifecycleExecutionPolicy", "imagebuilder.amazonaws.com", "ec2.eu-west-1.amazonaws.com",
		"aws:SourceAccount", "ForAnyValue:StringLikeIfExists", "EC2 Image Builder", "LifecycleExecutionAccess",
	} {
		if now := redact.Line(text); now != text {
			t.Errorf("%s became %s", text, now)
		}
	}
}

// An error keeps the words of iblint, so that it still says what is wrong. It keeps no
// word of the input.
func TestErrorKeepsItsOwnWords(t *testing.T) {
	r := redact.Without("count", "acme/web")
	for text, want := range map[string]string{
		"--region acmebank-prod-1x: expected a Region such as eu-west-1":                "--region redacted: expected a Region such as eu-west-1",
		"teams/111122223333/plan.json: cannot be read: no such file or directory":       "redacted/redacted/redacted: cannot be read: no such file or directory",
		"repository acme/web: count is 5, line 17, column 1234":                         "repository redacted/redacted: redacted is 5, line 17, column 1234",
		`owners[0].account: "12345" is not an account ID (12 digits)`:                   `owners[0].account: "redacted" is not an account ID (12 digits)`,
		"User: arn:aws:sts::111122223333:assumed-role/A/B is not authorized to perform": "User: arn:aws:sts::redacted:redacted is not authorized to perform",
	} {
		if got := r.Error(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

// Nearly all words of iblint's errors are in prose.txt. Other words are replaced as names.
func TestWordsOfErrorsAreKnown(t *testing.T) {
	var files []string
	for _, pattern := range []string{"../../cmd/lintcmd/*.go", "../source/*/*.go", "../source/*.go", "../../checks/account/*.go"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	literal := regexp.MustCompile("(?:usage|Errorf|errors\\.New|Fprint(?:ln|f)\\(s\\.err, |Detail: |Detail: fmt\\.Sprintf|Contradiction)\\(?(?:\"[a-z]+:[A-Za-z]+\", )?(\"(?:[^\"\\\\]|\\\\.)*\"|`[^`]*`)")
	anyLiteral := regexp.MustCompile("(\"(?:[^\"\\\\]|\\\\.)*\")")
	verb := regexp.MustCompile(`%[-+#]*[a-z]|\\[a-z]`)
	word := regexp.MustCompile(`[a-z]{2,}(_[a-z]+)*`)
	r, words, lost := redact.Without(), 0, map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		messages := literal
		if filepath.Base(file) == "contradiction.go" { // which puts its messages together
			messages = anyLiteral
		}
		for _, m := range messages.FindAllStringSubmatch(string(data), -1) {
			for _, w := range word.FindAllString(strings.ToLower(verb.ReplaceAllString(m[1], " ")), -1) {
				if words++; r.Error(w) != w {
					lost[w] = true
				}
			}
		}
	}
	if words < 500 {
		t.Fatalf("only %d words were found", words)
	}
	if *testrun.Update && len(lost) > 0 {
		addProse(t, slices.Collect(maps.Keys(lost)))
		return
	}
	if len(lost) > 0 {
		t.Errorf("these words of errors are missing in prose.txt, which -update adds: %v", slices.Sorted(maps.Keys(lost)))
	}
}

// addProse adds words to prose.txt, in order and on lines of one width.
func addProse(t *testing.T, words []string) {
	t.Helper()
	text, err := os.ReadFile("prose.txt")
	if err != nil {
		t.Fatal(err)
	}
	all := append(strings.Fields(string(text)), words...)
	slices.Sort(all)
	var b strings.Builder
	width := 0
	for i, w := range slices.Compact(all) {
		switch {
		case i == 0:
		case width+1+len(w) > 140:
			b.WriteByte('\n')
			width = 0
		default:
			b.WriteByte(' ')
			width++
		}
		b.WriteString(w)
		width += len(w)
	}
	if err := os.WriteFile("prose.txt", []byte(b.String()+"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
}
