package lintcmd

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/iblint/iblint/checks/lifecycle"
)

var escapes = regexp.MustCompile("\x1b\\[[0-9;]*m")

// On a terminal of any width, the documentation of each check loses no word, breaks none, and has no line that is too
// long, except for a word that is longer than the line.
func TestExplainFitsTheTerminal(t *testing.T) {
	for _, c := range lifecycle.All() {
		for _, width := range []int{50, 80, 100} {
			var b bytes.Buffer
			explainText(&b, c, width, true)
			text := escapes.ReplaceAllString(b.String(), "")
			for line := range strings.Lines(text) {
				if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width && len(strings.Fields(line)) > 1 {
					t.Errorf("%s at %d columns: a line of %d: %s", c.ID, width, n, line)
				}
			}
			written := strings.Join(strings.Fields(text), " ")
			for _, want := range append([]string{c.Title, c.Doc, c.Cases[0].When}, c.Links...) {
				if want = strings.Join(strings.Fields(strings.ReplaceAll(want, "`", "")), " "); !strings.Contains(written, want) {
					t.Errorf("%s at %d columns lacks: %s", c.ID, width, want)
				}
			}
		}
	}
}
