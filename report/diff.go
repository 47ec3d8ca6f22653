package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/report/escape"
	"github.com/iblint/iblint/report/wording"
)

// DifferenceVersion is the version of the JSON of a Difference, with the rules of SchemaVersion.
const DifferenceVersion = "1.0"

// The kinds of changes between two runs. The values are part of the published JSON.
const (
	newlyFailing    = "broke"   // fails now and did not fail before, or is new
	fixed           = "fixed"   // failed before, and passes or warns now
	nowUnknown      = "lost"    // had another verdict before and is unknown now
	changed         = "changed" // any other change of the verdict
	added           = "new"     // is new and does not fail
	removed         = "gone"    // no longer exists
	noLongerChecked = "unseen"  // was not checked in the new run, or failed before and is skipped now
)

// kind is a kind of changes with its heading and the words of its count.
type kind struct{ name, heading, count string }

// kinds are in the order of the report.
var kinds = []kind{
	{newlyFailing, "New failures", "newly failing"},
	{nowUnknown, "Now unknown", "now unknown"},
	{noLongerChecked, "No longer checked", "no longer checked"},
	{fixed, "Fixed", "fixed"},
	{changed, "Other changes", "changed"},
	{added, "New", "new"},
	{removed, "Removed", "removed"},
}

// Difference is the comparison of two runs.
type Difference struct {
	Version  string // of iblint
	old, new Verdicts
	changes  []change
	same     int
}

type change struct {
	Kind        string          `json:"kind"`
	Fingerprint string          `json:"fingerprint"`
	Check       string          `json:"check"`
	Subject     account.Subject `json:"subject"`
	Old         *changeSide     `json:"old,omitempty"` // absent: not in the old run
	New         *changeSide     `json:"new,omitempty"` // absent: not in the new run
}

// changeSide is the verdict before or after a change.
type changeSide struct {
	Status     checks.Status `json:"status"`
	Suppressed bool          `json:"suppressed,omitempty"`
	Message    string        `json:"message"`
}

func (s *changeSide) word() string {
	if s == nil {
		return "none"
	}
	return wording.Word(s.Status, s.Suppressed)
}

// Compare compares two runs. It matches findings by fingerprint.
func Compare(old, new Verdicts) Difference {
	d := Difference{old: old, new: new}
	ids := slices.Collect(maps.Keys(old.verdicts))
	for id := range new.verdicts {
		if _, both := old.verdicts[id]; !both {
			ids = append(ids, id)
		}
	}
	for _, id := range ids {
		before, was := old.verdicts[id]
		after, is := new.verdicts[id]
		c := change{Fingerprint: id, Check: before.Check, Subject: before.Subject}
		if was {
			c.Old = &changeSide{before.Status, before.Suppressed, before.Message}
		}
		if is {
			c.Check, c.Subject, c.New = after.Check, after.Subject, &changeSide{after.Status, after.Suppressed, after.Message}
		}
		if c.Old.word() == c.New.word() {
			d.same++
			continue
		}
		c.Kind = d.kindOf(c)
		d.changes = append(d.changes, c)
	}
	slices.SortFunc(d.changes, func(a, b change) int {
		return cmp.Or(
			cmp.Compare(kindIndex(a.Kind), kindIndex(b.Kind)), cmp.Compare(a.Subject.Account, b.Subject.Account), cmp.Compare(a.Subject.Type, b.Subject.Type),
			cmp.Compare(a.Subject.Region, b.Subject.Region), cmp.Compare(a.Subject.Name, b.Subject.Name), cmp.Compare(a.Check, b.Check), cmp.Compare(a.Fingerprint, b.Fingerprint),
		)
	})
	return d
}

// kindIndex is the position of a kind in the report.
func kindIndex(name string) int {
	return slices.IndexFunc(kinds, func(k kind) bool { return k.name == name })
}

// kindOf is the kind of a change.
func (d Difference) kindOf(c change) string {
	const fail, unknown = string(checks.Fail), string(checks.Unknown)
	switch was, is := c.Old.word(), c.New.word(); {
	case is == fail:
		return newlyFailing
	case is == unknown && c.Old != nil:
		return nowUnknown
	case c.Old != nil && !d.new.covers(c, d.old):
		return noLongerChecked
	case c.New == nil:
		return removed
	case c.Old == nil:
		return added
	case was == fail && is == string(checks.Skip): // such as the trust of a role that was deleted
		return noLongerChecked
	case was == fail && is != wording.Suppressed:
		return fixed
	}
	return changed
}

func (d Difference) count(kind string) (n int) {
	for _, c := range d.changes {
		if c.Kind == kind {
			n++
		}
	}
	return n
}

// HasNewFailures reports whether something fails that did not fail before.
func (d Difference) HasNewFailures() bool { return d.count(newlyFailing) > 0 }

// HasNewUnknowns reports whether a verdict is now unknown or no longer checked, or a new finding is unknown.
func (d Difference) HasNewUnknowns() bool {
	newUnknown := func(c change) bool { return c.Kind == added && c.New.word() == string(checks.Unknown) }
	return d.count(nowUnknown)+d.count(noLongerChecked) > 0 || slices.ContainsFunc(d.changes, newUnknown)
}

// WriteDifference writes a difference as text.
func WriteDifference(out io.Writer, d Difference, o Options) error {
	return behindGuard(out, func(out io.Writer) error { return writeDifference(out, d, o) })
}

func writeDifference(out io.Writer, d Difference, o Options) error {
	w := newTextWriter(out, o)
	w.hanging(0, 5, "old: ", describeRun(d.old))
	w.hanging(0, 5, "new: ", describeRun(d.new))
	for _, k := range kinds {
		if d.count(k.name) == 0 {
			continue
		}
		w.heading(k.heading)
		for _, c := range d.changes {
			if c.Kind == k.name {
				w.change(c)
			}
		}
	}
	w.line(0, "")
	line := ""
	for _, k := range kinds {
		line += fmt.Sprintf("%d %s, ", d.count(k.name), k.count)
	}
	w.hanging(0, 2, "", line+fmt.Sprintf("%d unchanged", d.same))
	return w.Flush()
}

// change writes a change: both verdicts, the subject, and the latest message.
func (w textWriter) change(c change) {
	latest, word := c.New, c.New.word()
	if latest == nil {
		latest, word = c.Old, wording.Suppressed // removed: without emphasis
	}
	verdicts := w.paint(fmt.Sprintf("%s %s → %s", wording.Symbol(word), c.Old.word(), c.New.word()), colors[word]...)
	w.hanging(2, 6, verdicts+"  ", escape.Printable(c.Check+"  "+c.subjectName()))
	w.hanging(6, 6, "", escape.Printable(latest.Message))
}

// subjectName identifies the subject: its ARN, or its type, name and account.
func (c change) subjectName() string {
	if c.Subject.ARN != "" {
		return c.Subject.ARN
	}
	return fmt.Sprintf("%s %s of %s", c.Subject.Type, c.Subject.Name, c.Subject.Account)
}

// describeRun describes one side of a comparison.
func describeRun(v Verdicts) string {
	text := fmt.Sprintf("findings: %d, checks: %d", len(v.verdicts), len(v.checks))
	if !v.ReadAt.IsZero() {
		text += ", " + wording.ReadAt(v.ReadAt)
	}
	return text
}

// WriteDifferenceJSON writes a difference as JSON.
func WriteDifferenceJSON(out io.Writer, d Difference, _ Options) error {
	w := newJSONWriter(out)
	w.text("{")
	w.member("schemaVersion", DifferenceVersion)
	w.member("tool", tool{"iblint", d.Version})
	w.member("old", runOf(d.old))
	w.member("new", runOf(d.new))
	summary := map[string]int{"same": d.same}
	for _, k := range kinds {
		summary[k.name] = d.count(k.name)
	}
	w.member("summary", summary)
	list(w, "changes", slices.Values(d.changes), func(c change) any { return c })
	w.text("\n}\n")
	if w.err != nil {
		return w.err
	}
	return w.out.Flush()
}

// run is one side of a comparison in JSON.
type run struct {
	Version  string `json:"version"` // of iblint
	ReadAt   string `json:"readAt,omitempty"`
	Findings int    `json:"findings"`
}

func runOf(v Verdicts) run {
	r := run{Version: v.Version, Findings: len(v.verdicts)}
	if !v.ReadAt.IsZero() {
		r.ReadAt = v.ReadAt.UTC().Format("2006-01-02T15:04:05Z")
	}
	return r
}
