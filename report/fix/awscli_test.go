package fix

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/iblint/iblint/checks"
)

// A shell reads each quoted word as the original text.
func TestQuote(t *testing.T) {
	for _, word := range []string{"plain", "", "with blank", "it's", `"`, "$HOME", "`id`", "a;b", "a\nb", "-x", "~", "*", "!x", "a\\b", "=x", "{a,b}", "#x", "key=value"} {
		out, err := exec.Command("sh", "-c", "printf %s "+Quote(word)).Output()
		if err != nil || string(out) != word {
			t.Errorf("%q became %q (%v) through %s", word, out, err, Quote(word))
		}
	}
}

func FuzzQuote(f *testing.F) {
	f.Add("it's $(id)")
	f.Fuzz(func(t *testing.T, word string) {
		if strings.Contains(word, "\x00") || !utf8.ValidString(word) {
			return // a word of a shell cannot contain NUL
		}
		var out bytes.Buffer
		command := exec.Command("sh")
		command.Stdin, command.Stdout = strings.NewReader("printf %s "+Quote(word)+"\n"), &out
		if err := command.Run(); err != nil || out.String() != word {
			t.Errorf("%q became %q (%v)", word, out.String(), err)
		}
	})
}

// Input text never ends the line of a comment.
func TestCommentsStayOnTheirLine(t *testing.T) {
	evil := "x\ntouch /tmp/evil\r"
	for _, action := range []checks.Action{checks.DeleteRole, checks.EditTrust, checks.ReferToRole, checks.TagRepository, checks.AttachPolicy} {
		for _, line := range AWSCLI(&checks.Fix{Changes: []checks.Change{{
			Action: action, Account: "111122223333", Region: "eu-west-1", Role: evil, References: []string{evil}, Hint: evil, OldValue: &evil, Policy: evil, Key: evil,
		}}}) {
			if strings.HasPrefix(line, "#") && strings.ContainsAny(line, "\n\r") {
				t.Errorf("%s: the comment %q ends early", action, line)
			}
		}
	}
}

// Every kind of change has commands.
func TestEveryChangeHasCommands(t *testing.T) {
	for _, action := range []checks.Action{
		checks.CreateRole, checks.DeleteRole, checks.AttachPolicy, checks.DetachPolicy, checks.ReplaceBoundary, checks.ReferToRole, checks.EditTrust, checks.EditInlinePolicy, checks.EditManagedPolicy,
		checks.EditRepositoryPolicy, checks.EditGuardrail, checks.CreateRepository, checks.TagRepository, checks.UntagRepository, checks.EnablePolicy, checks.IncludeResources,
		checks.LookAtRun, checks.LookAtAccount, checks.EditRegistryPolicy,
	} {
		if len(changeCommands(checks.Change{Action: action, Rule: 1})) == 0 {
			t.Errorf("%s has no commands", action)
		}
	}
}

// Different names have different files, so that no file overwrites the undo of another.
func TestFileNames(t *testing.T) {
	files := map[string]string{}
	for _, name := range []string{"app/web", "app_web", "app.web", "app-web", "a+b", "a=b", "a,b", "a@b", "a_b"} {
		file := fileName(name)
		if other := files[file]; other != "" || strings.Contains(file, "/") || Quote(file) != file {
			t.Errorf("%q and %[3]q are saved as %[2]s", name, file, other)
		}
		files[file] = name
	}
}

// Different edits save to different files: each saved document is the undo of its edit.
func TestEditsSaveToDifferentFiles(t *testing.T) {
	taken := map[string]checks.Action{}
	for _, c := range []checks.Change{
		{Action: checks.EditTrust, Role: "R"},
		{Action: checks.EditInlinePolicy, Role: "R", Policy: "trust"},
		{Action: checks.EditManagedPolicy, Policy: "arn:aws:iam::111122223333:policy/R"},
	} {
		c.Account = "111122223333"
		_, file, _ := strings.Cut(changeCommands(c)[0], " > ")
		file, _, _ = strings.Cut(file, " ")
		if taken[file] != "" {
			t.Errorf("%s and %s save to %s", taken[file], c.Action, file)
		}
		taken[file] = c.Action
	}
}

// A second run, and a run after somebody has created the right role, keep the saved files and delete
// nothing: IAM finds a role by its name in any letter case, and one at another path by its name.
func TestOnlyTheRoleThatWasReadIsDeleted(t *testing.T) {
	for wrong, right := range map[string]string{
		`{"Role":{"Path":"/","RoleName":"r"}}`:   `{"Role":{"Path":"/","RoleName":"R"}}`,
		`{"Role":{"Path":"/x/","RoleName":"R"}}`: `{"Role":{"Path":"/","RoleName":"R"}}`,
	} {
		var is struct {
			Role struct{ Path, RoleName string }
		}
		if err := json.Unmarshal([]byte(wrong), &is); err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		lines := changeCommands(checks.Change{Action: checks.DeleteRole, Account: "111122223333", Role: is.Role.RoleName, Path: is.Role.Path})
		for _, answer := range []string{"echo '" + right + "'", "exit 254", "echo '" + wrong + "'", "exit 254", "echo '" + right + "'"} { // 254: NoSuchEntity
			deletes := strings.Contains(answer, wrong)
			c := exec.Command("sh", "-c", `aws() { case $2 in get-role) (`+answer+`) ;; list-*) echo a ;; delete-role) touch deleted ;; *) touch changed ;; esac; }`+"\n"+strings.Join(lines, "\n"))
			c.Dir = dir
			out, err := c.CombinedOutput()
			for _, file := range []string{"deleted", "changed"} {
				if done := os.Remove(filepath.Join(dir, file)) == nil; done != deletes {
					t.Errorf("%s: %s: %v, %v: %s", answer, file, done, err, out)
				}
			}
			if said := strings.Contains(string(out), "does not exist any more; run iblint again"); said == deletes {
				t.Errorf("%s: %s", answer, out)
			}
		}
		saved, err := os.ReadFile(filepath.Join(dir, "111122223333."+is.Role.RoleName+".role.json"))
		if err != nil || string(saved) != wrong+"\n" {
			t.Errorf("%q is saved (%v)", saved, err)
		}
	}
}
