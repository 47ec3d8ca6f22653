package edit

import (
	"fmt"
	"strings"

	"github.com/aymanbagabas/go-udiff"
)

// Diff returns the unified diff of the file for edits, as git writes it. The name of the file has to
// be relative, with slashes.
func (f *File) Diff(edits []Edit) (string, error) {
	var lines []udiff.Edit
	for _, c := range f.changes(edits) {
		start, end, after := c.edits[0].Start, c.edits[0].End, string(f.lineEnds(c.edits[0].Text))
		if c.block != nil {
			start, end, after = c.block.start, c.block.end, string(f.edited(c))
		}
		for _, e := range udiff.Lines(string(f.Source[start:end]), after) {
			lines = append(lines, udiff.Edit{Start: start + e.Start, End: start + e.End, New: e.New})
		}
	}
	if len(f.blocks) == 0 { // JSON, or variables
		lines = udiff.Lines(string(f.Source), string(f.Edited(edits)))
	}
	a, b := quoted("a/"+f.Name), quoted("b/"+f.Name)
	diff, err := udiff.ToUnified(stamped(a), stamped(b), string(f.Source), lines, contextLines)
	if err != nil || diff == "" {
		return "", err
	}
	return "diff --git " + a + " " + b + "\n" + diff, nil
}

// contextLines are the lines that a diff shows before and after what changes.
const contextLines = 3

// stamped ends a name with a tab, as git does, so that white space in it is not taken for its end.
func stamped(name string) string {
	if strings.Contains(name, " ") {
		return name + "\t"
	}
	return name
}

// quoted writes a name as git does: in quotes if it has control characters, quotes or backslashes. It
// also quotes # and :, which CI systems may take for commands; git reads the name back.
func quoted(name string) string {
	var b strings.Builder
	special := false
	for i := range len(name) {
		c := name[i]
		if c < ' ' || c >= 0x7F || strings.IndexByte(`"\#:`, c) >= 0 {
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
