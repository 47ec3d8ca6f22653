package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
)

// No line closes the fence of its block.
func TestCodeBlockHoldsEveryLine(t *testing.T) {
	for _, line := range []string{"```", " ```", "   ````", "~~~", "`````````"} {
		var rendered bytes.Buffer
		if err := goldmark.Convert([]byte(codeBlock("diff", []string{line, "**behind**"})), &rendered); err != nil {
			t.Fatal(err)
		}
		if got := rendered.String(); !strings.Contains(got, strings.TrimLeft(line, " ")+"\n**behind**\n</code></pre>") {
			t.Errorf("%q ends its block: %s", line, got)
		}
	}
}
