// Package edit changes text files by byte ranges, so that everything else in them, such as
// comments and formatting, stays as it is. It finds the ranges for changes of values that are
// written out in HCL, YAML or JSON.
package edit

import (
	"bytes"
	"cmp"
	"slices"
)

// Edit replaces a range of bytes of a file. An empty range inserts the text.
type Edit struct {
	File       string // as the user would write it
	Start, End int
	Text       string // with line feeds; a file with CRLF line ends gets those
	Apart      bool   // an insertion that can stand beside others at the same place, such as a block
	Depth      int    // of an insertion: the deeper of two at the same place comes first
}

// Conflict reports whether two edits change the same bytes, or insert at the same place what may
// not fit together. Equal edits do not conflict.
func Conflict(a, b Edit) bool {
	switch {
	case a.File != b.File || a == b:
		return false
	case a.Start == a.End && b.Start == b.End:
		return a.Start == b.Start && a.Depth == b.Depth && !(a.Apart && b.Apart)
	case a.Start == a.End:
		return b.Start < a.Start && a.Start < b.End
	case b.Start == b.End:
		return a.Start < b.Start && b.Start < a.End
	}
	return a.Start < b.End && b.Start < a.End
}

// Overlap reports whether edits that belong together change the same bytes. Insertions at one place
// are made in order.
func Overlap(edits []Edit) bool {
	return slices.ContainsFunc(edits, func(a Edit) bool {
		return slices.ContainsFunc(edits, func(b Edit) bool {
			return Conflict(a, b) && (a.Start != b.Start || a.End != a.Start || b.End != b.Start)
		})
	})
}

// Conflicts reports whether one of the edits conflicts with one of the others.
func Conflicts(edits, others []Edit) bool {
	return slices.ContainsFunc(edits, func(a Edit) bool {
		return slices.ContainsFunc(others, func(b Edit) bool { return Conflict(a, b) })
	})
}

// ordered are the edits of a file in order. Equal edits are there once.
func ordered(file string, edits []Edit) (own []Edit) {
	for _, e := range edits {
		if e.File == file {
			own = append(own, e)
		}
	}
	slices.SortStableFunc(own, func(a, b Edit) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End), cmp.Compare(b.Depth, a.Depth))
	})
	var once []Edit
	for _, e := range own {
		same := false
		for i := len(once) - 1; i >= 0 && once[i].Start == e.Start && !same; i-- {
			same = once[i] == e
		}
		if !same {
			once = append(once, e)
		}
	}
	return once
}

// apply returns a text after edits of it in order, which must not conflict.
func apply(content []byte, edits []Edit) []byte {
	var out bytes.Buffer
	at := 0
	for _, e := range edits {
		if e.Start < at || e.End > len(content) {
			continue // not reached: the edits do not conflict
		}
		out.Write(content[at:e.Start])
		out.WriteString(e.Text)
		at = e.End
	}
	out.Write(content[at:])
	return out.Bytes()
}
