package report

import (
	"cmp"
	"slices"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/report/wording"
)

// Risk says what to know before a cause is cleared.
type Risk string

// The risks, from small to large.
const (
	Reversible  Risk = "reversible"  // what the commands change can be undone
	ReadAgain   Risk = "read-again"  // nothing changes but what iblint is told or may read, or when it reads
	OwnerFirst  Risk = "owner-first" // a policy that others wrote: ask its owner
	Decide      Risk = "decide"      // a person decides what to change
	Destructive Risk = "destructive" // something is deleted
)

var risks = []Risk{Reversible, ReadAgain, OwnerFirst, Decide, Destructive}

// cause is an entry of the list of causes in the JSON report: the problems with one cause, and the
// step that clears them.
type cause struct {
	ID       string           `json:"id"`
	Kind     checks.CauseKind `json:"kind"`
	Step     string           `json:"step"`    // what to do, in a few words
	Risk     Risk             `json:"risk"`    // what to know before it is done
	Account  string           `json:"account"` // where it is to be done
	Region   string           `json:"region,omitempty"`
	Severity checks.Severity  `json:"severity"` // the highest of the problems
	Clears   checks.Summary   `json:"clears"`   // how many findings it explains, by status
	Findings []string         `json:"findings"` // their fingerprints

	step    wording.Step
	changes int // of the fix: the effort
}

// causes are the causes of the findings that were added.
type causes struct {
	list []*cause
	at   map[string]*cause // by ID

	unread map[unreadCall]bool // the calls that are causes
}

// add adds a finding and returns its cause; nil: it has none.
func (all *causes) add(f checks.Finding) *cause {
	if f.Suppressed() {
		return nil
	}
	why := f.Cause()
	if why == nil {
		return nil
	}
	c := all.at[why.ID]
	if c == nil {
		c = &cause{ID: why.ID, Kind: why.Kind, Account: f.Subject.Account, Region: f.Subject.Region}
		if all.at == nil {
			all.at = map[string]*cause{}
		}
		all.at[why.ID], all.list = c, append(all.list, c)
	}
	if f.Status != checks.Skip {
		c.explain(f)
	}
	if f.Unread != nil {
		if all.unread == nil {
			all.unread = map[unreadCall]bool{}
		}
		all.unread[unreadCallOf(f.Subject.Account, *f.Unread)] = true
	}
	c.Findings = append(c.Findings, f.Fingerprint())
	c.Clears.Add(f)
	return c
}

// explain sets the step of a cause from one of its problems.
func (c *cause) explain(f checks.Finding) {
	if rank(severities, f.Check.Severity) < rank(severities, c.Severity) || c.Severity == "" {
		c.Severity = f.Check.Severity
	}
	switch fix := f.Fix(); {
	case c.Step != "":
	case f.Unread != nil:
		c.Risk, c.step = ReadAgain, wording.ReadStep(*f.Unread)
	case fix != nil && len(fix.Changes) > 0:
		first := fix.Step()
		c.Account, c.Region = cmp.Or(first.Account, c.Account), first.Region
		c.Risk, c.step, c.changes = riskOf(fix), wording.ChangeStep(fix), len(fix.Changes)
	case f.Settle != "":
		c.Risk, c.step = ReadAgain, wording.SettleStep(f.Settle)
	default:
		c.Risk, c.step = Decide, wording.HandStep(f)
	}
	c.Step = c.step.Text(1)
}

// riskOf is the largest risk of the changes.
func riskOf(f *checks.Fix) Risk {
	worst := Reversible
	for _, c := range f.Changes {
		if r := actionRisks[c.Action]; rank(risks, r) > rank(risks, worst) {
			worst = r
		}
	}
	return worst
}

// actionRisks are the risks of the actions that are not Reversible.
var actionRisks = map[checks.Action]Risk{
	checks.DeleteRole: Destructive,

	checks.EditInlinePolicy: OwnerFirst, checks.EditManagedPolicy: OwnerFirst, checks.EditRepositoryPolicy: OwnerFirst,
	checks.EditRegistryPolicy: OwnerFirst, checks.EditGuardrail: OwnerFirst,

	checks.DetachPolicy: Decide, checks.ReplaceBoundary: Decide, checks.LookAtSelection: Decide, checks.LookAtRun: Decide,
	checks.LookAtAccount: Decide, checks.EditLifecyclePolicy: Decide, checks.EnablePolicy: Decide, checks.IncludeResources: Decide,
}

var severities = []checks.Severity{checks.High, checks.Medium, checks.Low}

func rank[T comparable](order []T, v T) int { return slices.Index(order, v) }

// ranked are the causes in the order in which to clear them: what fails before what is unknown, what
// deletes something last; then what unblocks most, the smallest risk, and the least effort.
func (all *causes) ranked() []*cause {
	list := slices.Clone(all.list)
	slices.SortStableFunc(list, compareCauses)
	return list
}

func compareCauses(a, b *cause) int {
	return cmp.Or(
		cmp.Compare(a.class(), b.class()),
		cmp.Compare(rank(severities, a.Severity), rank(severities, b.Severity)),
		-cmp.Compare(a.Clears.Fail+a.Clears.Skip, b.Clears.Fail+b.Clears.Skip),
		-cmp.Compare(a.Clears.Unknown, b.Clears.Unknown),
		cmp.Compare(rank(risks, a.Risk), rank(risks, b.Risk)),
		cmp.Compare(a.changes, b.changes),
	)
}

// class is the first criterion of the ranking.
func (c *cause) class() int {
	switch {
	case c.Clears.Fail > 0 && c.Risk != Destructive:
		return 0
	case c.Clears.Fail > 0:
		return 1
	case c.Clears.Unknown > 0:
		return 2
	case c.Clears.Warn > 0:
		return 3
	}
	return 4 // only skips: the finding that reports the cause is suppressed
}

// todo is a line of "Fix first": causes with the same step, perhaps in several accounts.
type todo struct {
	*cause          // the first of them; its Clears is of all, and its Risk the largest
	causes int      // how many they are
	where  []string // the accounts, sorted
}

// firstSteps are the lines of "Fix first": failures and unknown verdicts, by rank.
func (all *causes) firstSteps() []*todo {
	var list []*todo
	at := map[wording.Step]*todo{}
	for _, c := range all.ranked() {
		if c.class() > 2 {
			continue
		}
		t := at[c.step]
		if t == nil {
			first := *c
			first.Clears = checks.Summary{}
			t = &todo{cause: &first}
			at[c.step], list = t, append(list, t)
		}
		t.causes++
		if rank(risks, c.Risk) > rank(risks, t.Risk) {
			t.Risk = c.Risk
		}
		t.Clears = sum(t.Clears, c.Clears)
		if !slices.Contains(t.where, c.Account) {
			t.where = append(t.where, c.Account)
		}
	}
	for _, t := range list {
		slices.Sort(t.where)
	}
	slices.SortStableFunc(list, func(a, b *todo) int { return compareCauses(a.cause, b.cause) })
	return list
}

// text is what to do.
func (t *todo) text() string { return t.step.Text(t.causes) }

// inAccounts is where to do it.
func (t *todo) inAccounts() string { return wording.Accounts(t.where) }

// numbered are the lines of "Fix first" with their numbers.
type numbered struct {
	list []*todo
	at   map[string]int // from 1, by the ID of a cause
}

func (all *causes) numbered() numbered {
	n := numbered{all.firstSteps(), map[string]int{}}
	steps := map[wording.Step]int{}
	for i, t := range n.list {
		steps[t.step] = i + 1
	}
	for _, c := range all.list {
		if c.class() <= 2 {
			n.at[c.ID] = steps[c.step]
		}
	}
	return n
}

// number is the number of a cause's line; 0: it has none.
func (n numbered) number(cause string) int { return n.at[cause] }

// of is the number of the line that clears a finding; 0: none does.
func (n numbered) of(f checks.Finding) int {
	if c := f.Cause(); c != nil {
		return n.at[c.ID]
	}
	return 0
}

// reported reports whether something that was not read is the cause of a problem of its account.
func (all *causes) reported(g account.Gap) bool {
	return all.unread[unreadCallOf(g.Account, g.Unread)]
}

// unreadCall is a call that was refused or failed in an account. An organization is read once for all
// accounts.
type unreadCall struct {
	account, action string
	reason          account.Reason
}

func unreadCallOf(id string, u account.Unread) unreadCall {
	if u.OfOrganization() {
		id = ""
	}
	return unreadCall{id, u.Action, u.Reason}
}
