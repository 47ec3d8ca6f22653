package edit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aymanbagabas/go-udiff"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Edited returns the content of a file after the edits of it. Blocks of HCL stay formatted.
func Edited(file string, content []byte, edits []Edit) []byte {
	after := Apply(file, content, edits)
	if strings.HasSuffix(file, ".json") {
		return after
	}
	return Tidy(content, after)
}

// Valid reports whether the content of a file can be parsed and declares nothing twice.
func Valid(file string, content []byte) bool {
	if strings.HasSuffix(file, ".json") {
		return json.Valid(content)
	}
	parsed, diags := hclsyntax.ParseConfig(bytes.TrimPrefix(content, []byte("\xEF\xBB\xBF")), file, hcl.InitialPos)
	if diags.HasErrors() {
		return false
	}
	declared := map[string]bool{}
	for _, b := range parsed.Body.(*hclsyntax.Body).Blocks {
		if b.Type != "resource" {
			continue
		}
		key := strings.Join(b.Labels, ".")
		if declared[key] {
			return false
		}
		declared[key] = true
	}
	return true
}

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
