package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/fatih/color"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/report/escape"
	"github.com/iblint/iblint/report/wording"
)

// DifferenceVersion of the JSON of a difference, counted as SchemaVersion is.
const DifferenceVersion = "1.0"

// The kinds of changes between two runs. The values are part of the published JSON.
const (
	broke   = "broke"   // fails now and did not fail before, or is new
	mended  = "mended"  // failed before and does not fail now
	lost    = "lost"    // had another verdict before and is unknown now
	changed = "changed" // any other change of the verdict
	added   = "new"     // is new and does not fail
	gone    = "gone"    // no longer exists
	unseen  = "unseen"  // was not checked in the new run
)

// kind is a kind of changes with its heading and the words of its count.
type kind struct{ name, heading, count string }

// kinds are in the order of the report.
var kinds = []kind{
	{broke, "New failures", "newly failing"},
	{lost, "Now unknown", "now unknown"},
	{unseen, "No longer checked", "no longer checked"},
	{mended, "Fixed", "fixed"},
	{changed, "Other changes", "changed"},
	{added, "New", "new"},
	{gone, "Removed", "removed"},
}

// Difference is what changed from one run to the next.
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
	Old         *said           `json:"old,omitempty"` // not there: nothing was said of it
	New         *said           `json:"new,omitempty"`
}

// said is one side of a change.
type said struct {
	Status     checks.Status `json:"status"`
	Suppressed bool          `json:"suppressed,omitempty"`
	Message    string        `json:"message"`
}

func (s *said) word() string {
	if s == nil {
		return "none"
	}
	return wording.Word(s.Status, s.Suppressed)
}

// Compare joins two runs by fingerprint.
func Compare(old, new Verdicts) Difference {
	d := Difference{old: old, new: new}
	ids := slices.Collect(maps.Keys(old.findings))
	for id := range new.findings {
		if _, both := old.findings[id]; !both {
			ids = append(ids, id)
		}
	}
	for _, id := range ids {
		before, was := old.findings[id]
		after, is := new.findings[id]
		c := change{Fingerprint: id, Check: before.Check, Subject: before.Subject}
		if was {
			c.Old = &said{before.Status, before.Suppressed, before.Message}
		}
		if is {
			c.Check, c.Subject, c.New = after.Check, after.Subject, &said{after.Status, after.Suppressed, after.Message}
		}
		if c.Old.word() == c.New.word() {
			d.same++
			continue
		}
		c.Kind = d.kind(c)
		d.changes = append(d.changes, c)
	}
	slices.SortFunc(d.changes, func(a, b change) int {
		return cmp.Or(
			cmp.Compare(rank(a.Kind), rank(b.Kind)), cmp.Compare(a.Subject.Account, b.Subject.Account), cmp.Compare(a.Subject.Type, b.Subject.Type),
			cmp.Compare(a.Subject.Region, b.Subject.Region), cmp.Compare(a.Subject.Name, b.Subject.Name), cmp.Compare(a.Check, b.Check), cmp.Compare(a.Fingerprint, b.Fingerprint),
		)
	})
	return d
}

func rank(word string) int {
	return slices.IndexFunc(kinds, func(k kind) bool { return k.name == word })
}

func (d Difference) kind(c change) string {
	const fail, unknown = string(checks.Fail), string(checks.Unknown)
	switch was, is := c.Old.word(), c.New.word(); {
	case is == fail:
		return broke
	case is == unknown && c.Old != nil:
		return lost
	case c.Old != nil && !d.new.lookedAt(c, d.old):
		return unseen
	case c.New == nil:
		return gone
	case c.Old == nil:
		return added
	case was == fail:
		return mended
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

// Broke says that something fails that did not.
func (d Difference) Broke() bool { return d.count(broke) > 0 }

// Lost says that something was decided and is not known or not looked at any more,
// or that something new is not known.
func (d Difference) Lost() bool {
	return d.count(lost)+d.count(unseen) > 0 || slices.ContainsFunc(d.changes, func(c change) bool { return c.Kind == added && c.New.word() == string(checks.Unknown) })
}

// WriteDifference writes a difference for people.
func WriteDifference(out io.Writer, d Difference, o Options) error {
	return behindGuard(out, func(out io.Writer) error { return writeDifference(out, d, o) })
}

func writeDifference(out io.Writer, d Difference, o Options) error {
	w := textWriter{bufio.NewWriter(out), o.Color, false}
	w.line(0, "old: "+described(d.old))
	w.line(0, "new: "+described(d.new))
	for _, k := range kinds {
		if d.count(k.name) == 0 {
			continue
		}
		w.line(0, "")
		w.line(0, w.paint(k.heading, color.Bold))
		for _, c := range d.changes {
			if c.Kind != k.name {
				continue
			}
			now := c.New
			if now == nil {
				now = c.Old
			}
			word := now.word()
			if c.New == nil {
				word = wording.Suppressed
			}
			w.line(2, fmt.Sprintf("%s  %s  %s", w.paint(fmt.Sprintf("%s %s → %s", wording.Symbol(word), c.Old.word(), c.New.word()), colors[word]...), escape.Printable(c.Check), escape.Printable(c.where())))
			w.line(6, escape.Printable(now.Message))
		}
	}
	w.line(0, "")
	line := ""
	for _, k := range kinds {
		line += fmt.Sprintf("%d %s, ", d.count(k.name), k.count)
	}
	w.line(0, line+fmt.Sprintf("%d unchanged", d.same))
	return w.Flush()
}

// where names the subject.
func (c change) where() string {
	if c.Subject.ARN != "" {
		return c.Subject.ARN
	}
	return fmt.Sprintf("%s %s of %s", c.Subject.Type, c.Subject.Name, c.Subject.Account)
}

func described(v Verdicts) string {
	text := fmt.Sprintf("findings: %d, checks: %d", len(v.findings), len(v.checks))
	if !v.ReadAt.IsZero() {
		text += ", " + wording.ReadAt(v.ReadAt)
	}
	return text
}

// WriteDifferenceJSON writes a difference for tools.
func WriteDifferenceJSON(out io.Writer, d Difference, _ Options) error {
	w := &jsonWriter{out: bufio.NewWriter(out)}
	w.text("{")
	w.member("schemaVersion", DifferenceVersion)
	w.member("tool", tool{"iblint", d.Version})
	w.member("old", sideOf(d.old))
	w.member("new", sideOf(d.new))
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

type side struct {
	Version  string `json:"version"` // of the iblint that judged
	ReadAt   string `json:"readAt,omitempty"`
	Findings int    `json:"findings"`
}

func sideOf(v Verdicts) side {
	s := side{Version: v.Version, Findings: len(v.findings)}
	if !v.ReadAt.IsZero() {
		s.ReadAt = v.ReadAt.UTC().Format("2006-01-02T15:04:05Z")
	}
	return s
}
