package checks

// Comparison says how a finding differs from that of an earlier state, such as that of the accounts
// before code is deployed.
type Comparison string

// The results of a comparison.
const (
	New       Comparison = "new"       // a problem that the earlier state did not have
	Fixed     Comparison = "fixed"     // a problem of the earlier state that is gone
	Unchanged Comparison = "unchanged" // everything else
)

// Differences count the problems that are new, by status, and those that are fixed. Suppressed findings
// do not count.
type Differences struct {
	Warn    int `json:"newWarn"`
	Fail    int `json:"newFail"`
	Unknown int `json:"newUnknown"`
	Fixed   int `json:"fixed"`
}

// ComparedWith returns the result with each finding compared with those of an earlier result of the
// same checks. It evaluates all findings of both.
func (r Result) ComparedWith(earlier Result) Result {
	r.earlier = map[string]Status{}
	for f := range earlier.Findings() {
		if !f.Suppressed() {
			r.earlier[f.Fingerprint()] = f.Status
		}
	}
	counted := Differences{}
	for f := range r.Findings() {
		switch {
		case f.Suppressed():
		case f.Comparison == Fixed:
			counted.Fixed++
		case f.Comparison == New && f.Status == Warn:
			counted.Warn++
		case f.Comparison == New && f.Status == Fail:
			counted.Fail++
		case f.Comparison == New:
			counted.Unknown++
		}
	}
	r.Differences = &counted
	return r
}

// compare compares a finding; empty: there is no earlier result.
func (r Result) compare(f Finding) Comparison {
	if r.earlier == nil {
		return ""
	}
	before := r.earlier[f.Fingerprint()]
	switch {
	case before == f.Status:
		return Unchanged
	case f.Status.problem():
		return New
	case before.problem() && f.Status == Pass:
		return Fixed
	}
	return Unchanged
}

// problem reports whether a status asks for something to be done.
func (s Status) problem() bool { return s == Warn || s == Fail || s == Unknown }
