package report

import (
	"fmt"
	"strings"
)

// notes are the risks as people read them.
var notes = map[Risk]string{Reversible: "reversible", OwnerFirst: "ask its owner", Decide: "you decide", Destructive: "DESTRUCTIVE"}

// note is what to know before a step is done; empty: nothing.
func (r Risk) note() string { return notes[r] }

// note is what to know before the step is done; empty: nothing, or the step says it.
func (t *todo) note() string {
	if t.step.ByHand() {
		return ""
	}
	return t.Risk.note()
}

// clears says what a step clears.
func (t *todo) clears() string {
	var parts []string
	for _, of := range []struct {
		n    int
		word string
	}{{t.Clears.Fail, "fail"}, {t.Clears.Unknown, "unknown"}, {t.Clears.Warn, "warn"}, {t.Clears.Skip, "skip"}} {
		if of.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", of.n, of.word))
		}
	}
	return "clears " + strings.Join(parts, ", ")
}
