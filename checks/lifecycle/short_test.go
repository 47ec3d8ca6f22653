package lifecycle_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/lifecycle"
)

// quoted and plainWord: a plain word is a word that iblint chose. What else is in a short form are names, actions, keys,
// versions and texts in quotation marks, whose length iblint does not choose.
var (
	quoted    = regexp.MustCompile(`"[^"]*"`)
	plainWord = regexp.MustCompile(`^\(?[A-Za-z]?[a-z']*[,;:)]*$`)
)

// A short form fits on a line of a report: what iblint says in it has at most 60 characters, and all
// of it at most 100.
func TestEveryFindingHasAShortForm(t *testing.T) {
	seen := map[string]bool{}
	for name, inv := range recordings(t) {
		for f := range checks.Evaluate(inv, lifecycle.All()) {
			if line := f.Check.ID + f.Short; seen[line] {
				continue
			} else {
				seen[line] = true
			}
			var plain []string
			for _, word := range strings.Fields(quoted.ReplaceAllString(f.Short, "")) {
				if plainWord.MatchString(word) {
					plain = append(plain, word)
				}
			}
			wrong := ""
			switch {
			case f.Short == "":
				wrong = "is empty"
			case strings.ContainsAny(f.Short, "\n\r\t"):
				wrong = "is more than one line"
			case strings.HasSuffix(f.Short, "."):
				wrong = "ends in a full stop"
			case utf8.RuneCountInString(f.Short) > 100:
				wrong = "has more than 100 characters"
			case len(strings.Join(plain, " ")) > 60:
				wrong = "says more than 60 characters"
			case f.Short == f.Message && len(f.Message) > 60:
				wrong = "is the long form"
			case strings.Contains(f.Short, f.Subject.ARN) && f.Subject.ARN != "":
				wrong = "names the subject"
			default:
				continue
			}
			t.Errorf("%s: the short form of %s about %s %s: %q\n%s", name, f.Check.ID, f.Subject.Name, wrong, f.Short, f.Message)
		}
	}
}
