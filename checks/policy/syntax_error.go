package policy

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A SyntaxError says where and why a text is not a policy document.
type SyntaxError struct {
	Line   int    // from 1
	Column int    // from 1, counted in characters
	Path   string // e.g. Statement[1].Condition.StringEquals, or "" at the top
	// Problem is one sentence without a full stop. Text from the document is quoted
	// in ASCII.
	Problem string
}

// Error returns position, path and problem in one line.
func (e *SyntaxError) Error() string {
	at := fmt.Sprintf("line %d, column %d: ", e.Line, e.Column)
	if e.Path != "" {
		at += e.Path + ": "
	}
	return at + e.Problem
}

// position converts a byte offset to a line and a column, both from 1.
func position(text string, offset int) (line, column int) {
	before := text[:offset]
	line = 1 + strings.Count(before, "\n")
	column = 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	return line, column
}

// A step is one element of the path to a value in a document: the name of a member
// or the index of an array element.
type step struct {
	name    string
	index   int
	inArray bool
}

func pathString(steps []step) string {
	var b strings.Builder
	for _, s := range steps {
		switch {
		case s.inArray:
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
		case !isPlain(s.name):
			b.WriteString("[" + quote(s.name) + "]")
		default:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(s.name)
		}
	}
	return b.String()
}
