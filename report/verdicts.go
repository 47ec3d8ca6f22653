package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/report/wording"
)

// Verdicts are what one run said of each subject, to be compared with another run's.
type Verdicts struct {
	Version string    // of the iblint that judged
	ReadAt  time.Time // zero: not known

	checks   map[string]bool   // that ran, by ID
	owners   map[string]looked // that were looked at, by account
	unread   map[string]bool   // accounts of which something could not be read
	skipped  map[string]bool   // checks that left something out because nobody tried to read it, by ID
	findings map[string]judged
}

// looked is where an owner was looked at.
type looked struct {
	regions map[string]bool // none: not known
	all     bool            // every Region that is enabled for it
}

func (v Verdicts) look(o account.Owner) {
	l, ok := v.owners[o.Account]
	if !ok {
		l.regions = map[string]bool{}
	}
	l.all = l.all || o.AllRegions
	for _, region := range o.Regions {
		l.regions[region] = true
	}
	v.owners[o.Account] = l
}

// Accounts are those that something was said of.
func (v Verdicts) Accounts() []string {
	accounts := map[string]bool{}
	for _, f := range v.findings {
		accounts[f.Subject.Account] = true
	}
	return slices.Sorted(maps.Keys(accounts))
}

// lookedAt says that a run would have told of what an older one tells of, were it there.
func (v Verdicts) lookedAt(c change, older Verdicts) bool {
	if c.New != nil {
		return !v.findings[c.Fingerprint].notLookedAt()
	}
	s := c.Subject
	was, owner := older.owners[s.Account]
	is, again := v.owners[s.Account]
	switch {
	case !v.checks[c.Check], v.unread[s.Account], owner && !again, len(v.findings) == 0:
		return false
	case s.Type == string(account.OrganizationKind) && v.skipped[c.Check]: // nobody knows which accounts are in one
		return older.findings[c.Fingerprint].notLookedAt()
	}
	return s.Region == "" || !was.all && !was.regions[s.Region] || is.all || len(is.regions) == 0 || is.regions[s.Region]
}

// judged is what was said of one subject by one check.
type judged struct {
	Check      string
	Subject    account.Subject
	Status     checks.Status
	Suppressed bool
	Unread     bool // nobody looked, or could: skipped for that, it is not known to be not applicable
	Message    string
}

// notLookedAt says that nobody tried to read what the verdict would be about.
func (v judged) notLookedAt() bool { return v.Status == checks.Skip && v.Unread }

// word is the word under which totals count the verdict.
func (v judged) word() string { return wording.Word(v.Status, v.Suppressed) }

func newVerdicts() Verdicts {
	return Verdicts{checks: map[string]bool{}, owners: map[string]looked{}, unread: map[string]bool{}, skipped: map[string]bool{}, findings: map[string]judged{}}
}

// add adds a verdict. Of several with one fingerprint, such as of a role that is
// referred to in two ways, the worst counts.
func (v *Verdicts) add(one judged) {
	v.skipped[one.Check] = v.skipped[one.Check] || one.notLookedAt()
	id := checks.Fingerprint(one.Check, one.Subject)
	if have, ok := v.findings[id]; !ok || worse(one, have) {
		v.findings[id] = one
	}
}

// ladder is the order of the words for verdicts, from good to bad.
var ladder = map[string]int{"pass": 1, "skip": 2, wording.Suppressed: 3, "warn": 4, "unknown": 5, "fail": 6}

func worse(a, b judged) bool { return ladder[a.word()] > ladder[b.word()] }

// VerdictsOf are the verdicts of a result.
func VerdictsOf(r checks.Result) Verdicts {
	v := newVerdicts()
	v.Version, v.ReadAt = r.Version, r.Inventory.ReadAt
	for _, c := range r.Checks {
		v.checks[c.ID] = true
	}
	for _, o := range r.Inventory.Owners {
		v.look(o)
	}
	for _, g := range r.Inventory.Gaps() {
		v.unread[g.Account] = true
	}
	for f := range r.Findings() {
		v.add(judged{f.Check.ID, f.Subject, f.Status, f.Suppressed(), f.Unread != nil, f.Message})
	}
	return v
}

// ReadVerdicts reads the verdicts of a JSON report. A report that was cut, or whose
// totals are not those of its findings, is an error.
func ReadVerdicts(data []byte) (Verdicts, error) {
	var d struct {
		SchemaVersion string          `json:"schemaVersion"`
		Tool          tool            `json:"tool"`
		ReadAt        time.Time       `json:"readAt"`
		Scope         *scope          `json:"scope"`
		Summary       *checks.Summary `json:"summary"`
		Findings      *[]struct {
			Check       string              `json:"check"`
			Subject     account.Subject     `json:"subject"`
			Status      checks.Status       `json:"status"`
			Message     string              `json:"message"`
			Unread      *account.Unread     `json:"unread"`
			Suppression *checks.Suppression `json:"suppression"`
		} `json:"findings"`
		Unread []struct {
			Account string `json:"account"`
		} `json:"unread"`
	}
	if err := json.Unmarshal(data, &d); err != nil {
		return Verdicts{}, err
	}
	if d.Scope == nil || d.Summary == nil || d.Findings == nil {
		return Verdicts{}, fmt.Errorf(`"scope", "summary" or "findings" is missing`)
	}
	major, _, _ := strings.Cut(SchemaVersion, ".")
	if theirs, _, _ := strings.Cut(d.SchemaVersion, "."); theirs != major {
		return Verdicts{}, fmt.Errorf("its schema version is %q, but this version of iblint reads version %s; create the report again, or use another version of iblint", d.SchemaVersion, major)
	}
	v := newVerdicts()
	v.Version, v.ReadAt = d.Tool.Version, d.ReadAt
	for _, id := range d.Scope.Checks {
		v.checks[id] = true
	}
	for _, o := range d.Scope.Owners {
		v.look(o)
	}
	for _, g := range d.Unread {
		v.unread[g.Account] = true
	}
	counted := map[string]int{}
	for i, f := range *d.Findings {
		one := judged{f.Check, f.Subject, f.Status, f.Suppression != nil && !f.Suppression.Expired, f.Unread != nil, f.Message}
		if ladder[one.word()] == 0 || f.Check == "" || f.Subject.Account == "" && f.Subject.Name == "" {
			return Verdicts{}, fmt.Errorf("findings[%d] has no check, no subject or no valid status", i)
		}
		counted[one.word()]++
		v.add(one)
	}
	for _, c := range wording.Totals(*d.Summary) {
		if counted[c.Word] != c.N {
			return Verdicts{}, fmt.Errorf("its summary counts %d %s, but it contains %d; the report was truncated or edited", c.N, c.Word, counted[c.Word])
		}
	}
	return v, nil
}

// IsReport says whether JSON is a report rather than a recording.
func IsReport(data []byte) bool {
	var d struct {
		Findings json.RawMessage `json:"findings"`
	}
	return json.NewDecoder(bytes.NewReader(data)).Decode(&d) == nil && d.Findings != nil
}
