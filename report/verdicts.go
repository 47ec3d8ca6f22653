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

// Verdicts are the verdicts of one run, for a comparison with another run.
type Verdicts struct {
	Version string    // of iblint
	ReadAt  time.Time // when the accounts were read; zero: unknown

	checks    map[string]bool         // the checks that ran, by ID
	owners    map[string]ownerRegions // the checked owners, by account ID
	unread    map[string]bool         // the accounts with a part that could not be read
	unchecked map[string]bool         // the checks that skipped a subject because it was not collected, by ID
	verdicts  map[string]verdict      // by fingerprint
}

// ownerRegions are the Regions in which an owner was checked.
type ownerRegions struct {
	regions map[string]bool // empty: unknown
	all     bool            // all enabled Regions
}

func (v Verdicts) addOwner(o account.Owner) {
	owner, ok := v.owners[o.Account]
	if !ok {
		owner.regions = map[string]bool{}
	}
	owner.all = owner.all || o.AllRegions
	for _, region := range o.Regions {
		owner.regions[region] = true
	}
	v.owners[o.Account] = owner
}

// Accounts returns the IDs of the accounts that have verdicts, sorted.
func (v Verdicts) Accounts() []string {
	accounts := map[string]bool{}
	for _, one := range v.verdicts {
		accounts[one.Subject.Account] = true
	}
	return slices.Sorted(maps.Keys(accounts))
}

// covers reports whether this run would have a verdict for the subject of a change if the
// subject still existed. If it would not, the subject may exist and was not checked.
func (v Verdicts) covers(c change, older Verdicts) bool {
	if c.New != nil {
		return !v.verdicts[c.Fingerprint].notCollected()
	}
	s := c.Subject
	before, wasOwner := older.owners[s.Account]
	after, isOwner := v.owners[s.Account]
	switch {
	case !v.checks[c.Check], v.unread[s.Account], wasOwner && !isOwner, len(v.verdicts) == 0:
		return false
	case s.Type == string(account.OrganizationKind) && v.unchecked[c.Check]: // its accounts are unknown
		return older.verdicts[c.Fingerprint].notCollected()
	}
	return s.Region == "" || !before.all && !before.regions[s.Region] || after.all || len(after.regions) == 0 || after.regions[s.Region]
}

// verdict is the verdict of one check on one subject.
type verdict struct {
	Check      string
	Subject    account.Subject
	Status     checks.Status
	Suppressed bool
	Unread     bool // something could not be read or was not collected
	Message    string
}

// notCollected reports whether the check was skipped because its input was not collected. Such a
// skip does not mean that the check does not apply.
func (v verdict) notCollected() bool { return v.Status == checks.Skip && v.Unread }

// word is the word of the verdict in the totals.
func (v verdict) word() string { return wording.Word(v.Status, v.Suppressed) }

func newVerdicts() Verdicts {
	return Verdicts{checks: map[string]bool{}, owners: map[string]ownerRegions{}, unread: map[string]bool{}, unchecked: map[string]bool{}, verdicts: map[string]verdict{}}
}

// add adds a verdict. If several have the same fingerprint, such as those of a role that two
// policies refer to in different ways, the worst is kept.
func (v *Verdicts) add(one verdict) {
	v.unchecked[one.Check] = v.unchecked[one.Check] || one.notCollected()
	id := checks.Fingerprint(one.Check, one.Subject)
	if other, ok := v.verdicts[id]; !ok || one.worseThan(other) {
		v.verdicts[id] = one
	}
}

// badness orders the words of verdicts, from good to bad.
var badness = map[string]int{"pass": 1, "skip": 2, wording.Suppressed: 3, "warn": 4, "unknown": 5, "fail": 6}

func (v verdict) worseThan(other verdict) bool { return badness[v.word()] > badness[other.word()] }

// VerdictsOf returns the verdicts of a result.
func VerdictsOf(r checks.Result) Verdicts {
	v := newVerdicts()
	v.Version, v.ReadAt = r.Version, r.Inventory.ReadAt
	for _, c := range r.Checks {
		v.checks[c.ID] = true
	}
	for _, o := range r.Inventory.Owners {
		v.addOwner(o)
	}
	for _, g := range r.Inventory.Gaps() {
		v.unread[g.Account] = true
	}
	for f := range r.Findings() {
		v.add(verdict{f.Check.ID, f.Subject, f.Status, f.Suppressed(), f.Unread != nil, f.Message})
	}
	return v
}

// ReadVerdicts reads the verdicts of a JSON report. It returns an error if the report lacks a
// required member, has another major schema version, or has totals that differ from its findings.
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
	if err := sameMajor(d.SchemaVersion); err != nil {
		return Verdicts{}, err
	}
	v := newVerdicts()
	v.Version, v.ReadAt = d.Tool.Version, d.ReadAt
	for _, id := range d.Scope.Checks {
		v.checks[id] = true
	}
	for _, o := range d.Scope.Owners {
		v.addOwner(o)
	}
	for _, g := range d.Unread {
		v.unread[g.Account] = true
	}
	counted := map[string]int{}
	for i, f := range *d.Findings {
		one := verdict{f.Check, f.Subject, f.Status, f.Suppression != nil && !f.Suppression.Expired, f.Unread != nil, f.Message}
		if badness[one.word()] == 0 || f.Check == "" || f.Subject.Account == "" && f.Subject.Name == "" {
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

// IsReport reports whether JSON data is a report rather than a recording.
func IsReport(data []byte) bool {
	var d struct {
		Findings json.RawMessage `json:"findings"`
	}
	return json.NewDecoder(bytes.NewReader(data)).Decode(&d) == nil && d.Findings != nil
}

// sameMajor is an error if a JSON report has another major version than SchemaVersion.
func sameMajor(version string) error {
	major, _, _ := strings.Cut(SchemaVersion, ".")
	if got, _, _ := strings.Cut(version, "."); got != major {
		return fmt.Errorf("its schema version is %q, but this version of iblint reads version %s; create the report again, or use another version of iblint", version, major)
	}
	return nil
}
