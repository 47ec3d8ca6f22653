package edit

import (
	"fmt"
	"strings"

	"github.com/aymanbagabas/go-udiff"
)

// Diff returns the unified diff of a file as git writes it. The name is relative, with slashes.
func Diff(name string, before, after []byte) string {
	a, b := quoted("a/"+name), quoted("b/"+name)
	diff := udiff.Unified(stamped(a), stamped(b), string(before), string(after))
	if diff == "" {
		return ""
	}
	return "diff --git " + a + " " + b + "\n" + diff
}

// stamped ends a name with a tab, as git does, so that white space in it is not taken for its end.
func stamped(name string) string {
	if strings.Contains(name, " ") {
		return name + "\t"
	}
	return name
}

// quoted writes a name as git does: in quotes if it has control characters, quotes or backslashes.
func quoted(name string) string {
	var b strings.Builder
	special := false
	for i := range len(name) {
		c := name[i]
		if c < ' ' || c == '"' || c == '\\' || c >= 0x7F {
			special = true
			fmt.Fprintf(&b, `\%03o`, c)
			continue
		}
		b.WriteByte(c)
	}
	if !special {
		return name
	}
	return `"` + b.String() + `"`
}
