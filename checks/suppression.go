package checks

import "github.com/iblint/iblint/checks/policy"

// Suppression is somebody's decision to live with what a check finds, until a day.
// What it suppresses stays in every report, and decides no exit code.
type Suppression struct {
	Check   string `json:"check"`   // ID
	Subject string `json:"subject"` // pattern for its ARN, its name or its account: * is any text, ? one character
	Reason  string `json:"reason"`
	Owner   string `json:"owner"`   // who answers for it
	Expires string `json:"expires"` // the last day on which it holds: 2027-01-31

	// Expired says that the day is over. Checks know no clock: who does has to say so.
	Expired bool `json:"expired"`
}

// Suppressed is a suppression and how many findings it met: fails, warns and
// unknowns. What passes, or is skipped, needs none.
type Suppressed struct {
	Suppression
	Findings int `json:"findings"`
}

// matches says whether the suppression is about the finding.
func (s Suppression) matches(f Finding) bool {
	switch f.Status {
	case Pass, Skip:
		return false
	}
	of := f.Subject
	return s.Check == f.Check.ID && (policy.Like(s.Subject, of.ARN) || policy.Like(s.Subject, of.Name) || policy.Like(s.Subject, of.Account))
}

// suppress finds the suppression of a finding. One that still holds goes before
// one that expired, then the first.
func (r Result) suppress(f *Finding) {
	given := r.Suppressions
	if r.given != nil {
		given = r.given
	}
	for i, s := range given {
		if (f.Suppression == nil || f.Suppression.Expired && !s.Expired) && s.matches(*f) {
			f.Suppression = &r.Suppressions[i].Suppression
		}
	}
}
