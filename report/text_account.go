package report

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/report/escape"
	"github.com/iblint/iblint/report/wording"
)

// byAccount groups findings, which are sorted by account.
func byAccount(findings iter.Seq[checks.Finding]) iter.Seq2[string, []checks.Finding] {
	return func(yield func(string, []checks.Finding) bool) {
		var group []checks.Finding
		for f := range findings {
			if len(group) > 0 && group[0].Subject.Account != f.Subject.Account {
				if !yield(group[0].Subject.Account, group) {
					return
				}
				group = nil
			}
			group = append(group, f)
		}
		if len(group) > 0 {
			yield(group[0].Subject.Account, group)
		}
	}
}

// block is what the text report shows of one account.
type block struct {
	id, name  string
	relations []string // what the account is, see wording.AccountRelations

	destination  bool // AMIs are copied to it, or may be
	organization bool // all findings are about the organization that it manages

	shown     []checks.Finding // those with a line of their own, in the order of the findings, until arrange
	lines     []line           // of those that were shown, from arrange on
	counted   checks.Summary   // the findings without a line, apart from sameCause
	sameCause int              // skips that a problem explains
	skip      string           // the short message of the skips that are counted, if they all have the same; otherwise empty
}

// line is a line of the report: one problem, or several with one cause.
type line struct {
	status checks.Status
	word   string // of wording.Word
	check  string // its ID, or how many they are
	thing  string // what it is about, printable; empty: the account
	short  string
	cause  string   // ID; empty: none
	checks []string // of the findings, each once
	n      int      // of findings
	step   int      // the number of the line of "Fix first" that clears it; 0: none does
}

// newBlock returns the block of an account. It does not keep the findings without a line.
func newBlock(r checks.Result, o Options, id string, relations []string, findings []checks.Finding) *block {
	b := &block{id: id, name: wording.AccountName(r.Inventory, id), relations: relations, organization: true}
	for i, f := range findings {
		b.destination = b.destination || f.Subject.Type == string(account.DestinationKind)
		b.organization = b.organization && f.Subject.Type == string(account.OrganizationKind) && (f.Subject.ARN != "" || f.StandsForCheck())
		if o.showsFinding(f) {
			b.shown = append(b.shown, f)
			continue
		}
		if f.Explained() && !f.Suppressed() {
			b.sameCause++
		} else {
			b.counted.Add(f)
		}
		if f.Status == checks.Skip {
			if b.counted.Skip == 1 {
				b.skip = f.Short
			} else if b.skip != f.Short {
				b.skip = ""
			}
		}
		findings[i] = checks.Finding{}
	}
	return b
}

// onlyPasses reports whether nothing about the account needs a line.
func (b *block) onlyPasses() bool {
	c := b.counted
	return c.Pass > 0 && c.Warn+c.Fail+c.Unknown+c.Suppressed == 0
}

// notNeeded reports whether no check applies to the account.
func (b *block) notNeeded() bool {
	onlySkips := checks.Summary{Skip: b.counted.Skip}
	return len(b.shown)+len(b.lines)+b.sameCause == 0 && b.counted.Skip > 0 && b.counted == onlySkips
}

// relation is what the account is, in a word or two.
func (b *block) relation() string {
	var owner, listed bool
	destinations := 0
	for _, relation := range b.relations {
		switch relation {
		case wording.Owner:
			owner = true
		case wording.Listed:
			listed = true
		default:
			destinations++
		}
	}
	switch {
	case owner:
		return wording.Owner
	case destinations > 1:
		return fmt.Sprintf("destination of %d owners", destinations)
	case destinations == 1:
		return "destination"
	case listed:
		return wording.Listed
	case b.destination:
		return "destination"
	case b.organization:
		return "organization"
	}
	return ""
}

// heading is the account with what it is.
func (b *block) heading() string {
	return strings.TrimSpace(strings.TrimSpace(cmp.Or(b.id, "all accounts")+" "+b.name) + "  " + b.relation())
}

// summary is what the findings without a line say, in words: how many they are, or why no check applies.
func (b *block) summary() string {
	if b.notNeeded() && b.skip != "" {
		return fmt.Sprintf("%s (%s)", b.skip, b.counts())
	}
	return b.counts()
}

// total is a block with the counts of several.
func total(group []*block) *block {
	var all block
	for _, b := range group {
		all.counted = sum(all.counted, b.counted)
		all.sameCause += b.sameCause
	}
	return &all
}

// counts are the findings without a line, in words.
func (b *block) counts() string {
	var parts []string
	add := func(n int, word string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, word))
		}
	}
	add(b.counted.Pass, "ok")
	add(b.counted.Fail, "failed")
	add(b.counted.Warn, "warned")
	add(b.counted.Unknown, "unknown")
	add(b.counted.Skip, "skipped")
	add(b.sameCause, "skipped (same cause)")
	add(b.counted.Suppressed, "suppressed")
	return strings.Join(parts, " · ")
}

// arrange makes the lines of the findings that are shown: one for each problem, and one for several with
// one cause.
func (b *block) arrange(o Options, regions int) {
	at := map[string]int{} // of a line that further findings may join
	for _, f := range b.shown {
		cause := ""
		if c := f.Cause(); c != nil && !f.Suppressed() {
			cause = c.ID
		}
		l := line{
			status: f.Status, word: wording.Word(f.Status, f.Suppressed()), check: f.Check.ID, thing: o.thing(f, regions), short: f.Short,
			cause: cause, checks: []string{f.Check.ID}, n: 1,
		}
		if f.Comparison == checks.New || f.Comparison == checks.Fixed {
			l.short = string(f.Comparison) + ": " + l.short
		}
		key := cause
		switch {
		case f.Status != checks.Unknown || f.Suppressed():
			key = ""
		case f.Unread == nil: // nothing but the words shows that it is the same
			key = l.thing + "\x00" + l.short
		}
		if i, ok := at[key]; ok && key != "" {
			same := &b.lines[i]
			same.n++
			if !slices.Contains(same.checks, f.Check.ID) {
				same.checks = append(same.checks, f.Check.ID)
			}
			same.check = checksOf(same.n, same.checks)
			if same.thing != l.thing {
				same.thing = ""
			}
			continue
		}
		at[key] = len(b.lines)
		b.lines = append(b.lines, l)
	}
	slices.SortStableFunc(b.lines, func(a, b line) int { return cmp.Compare(rank(worstFirst, a.status), rank(worstFirst, b.status)) })
	b.shown = nil
}

// checksOf names the checks of several findings on one line.
func checksOf(findings int, ids []string) string {
	switch len(ids) {
	case 1:
		return fmt.Sprintf("%s ×%d", ids[0], findings)
	case findings:
		return fmt.Sprintf("%d checks", findings)
	}
	return fmt.Sprintf("%d findings of %d checks", findings, len(ids))
}

// number gives the lines the numbers of their steps, and joins those that say the same.
func (b *block) number(steps numbered) {
	for i, l := range b.lines {
		if l.status == checks.Fail || l.status == checks.Unknown {
			b.lines[i].step = steps.number(l.cause)
		}
	}
	b.lines = joinAlike(b.lines)
}

// worstFirst is the order of the lines of an account.
var worstFirst = []checks.Status{checks.Fail, checks.Unknown, checks.Warn, checks.Pass, checks.Skip}

// manyAlike is from how many subjects with the same problem on a line names only the first ones.
const manyAlike = 4

// joinAlike joins the lines of one check that say the same of many subjects.
func joinAlike(lines []line) []line {
	type key struct {
		word, check, short string
		step               int
	}
	n := map[key]int{}
	for _, l := range lines {
		n[key{l.word, l.check, l.short, l.step}]++
	}
	var out []line
	joined := map[key]bool{}
	for _, l := range lines {
		k := key{l.word, l.check, l.short, l.step}
		many := n[k] >= manyAlike && l.thing != ""
		if many && joined[k] {
			continue
		}
		if many {
			l.thing = fmt.Sprintf("%s and %d more", l.thing, n[k]-1)
			joined[k] = true
		}
		out = append(out, l)
	}
	return out
}

// thing is what a finding is about, other than the account; in code, where it is declared, on one line.
func (o Options) thing(f checks.Finding, regions int) string {
	if at := o.declaredAt(f); at != nil {
		return oneWord(fmt.Sprintf("%s:%d", at.File, at.Line))
	}
	s := f.Subject
	name := s.Name
	switch kind := account.Kind(s.Type); {
	case kind == account.RegionKind, kind == account.RegistryKind:
		return escape.Printable(s.Region)
	case ofAccount(s), f.StandsForCheck():
		return ""
	}
	if s.Region != "" && regions > 1 {
		name += " (" + s.Region + ")"
	}
	return escape.Printable(name)
}

// ofAccount reports whether an account, perhaps with a Region, identifies a subject among those of a check.
func ofAccount(s account.Subject) bool {
	switch account.Kind(s.Type) {
	case account.DestinationKind, account.OrganizationKind, account.CodeKind, account.RegionKind, account.RegistryKind:
		return true
	}
	return false
}

// key is equal for blocks that say the same about different accounts; empty: the block says something
// of its own.
func (b *block) key() string {
	switch {
	case b.notNeeded():
		return strings.Join([]string{"not needed", b.relation(), b.skip}, "\x00")
	case len(b.lines) == 0 && b.onlyPasses():
		return strings.Join([]string{"ok", b.relation()}, "\x00")
	case len(b.lines) == 0:
		return ""
	}
	parts := []string{"problems", b.relation()}
	for _, l := range b.lines {
		parts = append(parts, l.word, l.check, l.thing, l.short, strconv.Itoa(l.step))
	}
	return strings.Join(parts, "\x00")
}

// fold joins the blocks of many accounts that say the same. The first of them stands for all.
func fold(blocks []*block) [][]*block {
	at := map[string]int{}
	n := map[string]int{}
	for _, b := range blocks {
		n[b.key()]++
	}
	var out [][]*block
	for _, b := range blocks {
		k := b.key()
		if k == "" || n[k] < manyAlike {
			out = append(out, []*block{b})
			continue
		}
		if i, ok := at[k]; ok {
			out[i] = append(out[i], b)
			continue
		}
		at[k] = len(out)
		out = append(out, []*block{b})
	}
	slices.SortStableFunc(out, func(a, b []*block) int { return cmp.Compare(position(a), position(b)) })
	return out
}

// position puts accounts that share a line behind the others, and those without a problem last.
func position(group []*block) int {
	switch {
	case len(group) == 1:
		return 0
	case len(group[0].lines) > 0:
		return 1
	}
	return 2
}
