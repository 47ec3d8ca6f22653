package checks

import (
	"cmp"

	"github.com/iblint/iblint/checks/policy"
)

// Suppression is the decision to accept the findings of a check about a subject until a day.
// Suppressed findings are in every report, and do not change the exit code.
type Suppression struct {
	Check   string `json:"check"`   // ID
	Subject string `json:"subject"` // pattern for its ARN, name or account: * matches any text, ? one character
	// Fingerprint identifies the suppressed finding in place of a pattern: Subject is empty then.
	Fingerprint string `json:"fingerprint,omitempty"`

	Reason  string `json:"reason"`
	Owner   string `json:"owner"`   // who is responsible for it
	Expires string `json:"expires"` // the last day on which it applies, such as 2027-01-31

	// Expired says that Expires is in the past. The caller sets it, because checks read no
	// clock.
	Expired bool `json:"expired"`
}

// Of is what the suppression names besides its check: its subjects, or a fingerprint.
func (s Suppression) Of() string { return cmp.Or(s.Subject, s.Fingerprint) }

// Suppressed is a suppression with the number of findings that it matched. It matches
// findings with the status Fail, Warn or Unknown only.
type Suppressed struct {
	Suppression
	Findings int `json:"findings"`
}

// matches reports whether the suppression matches the finding.
func (s Suppression) matches(f Finding) bool {
	switch f.Status {
	case Pass, Skip:
		return false
	}
	if s.Fingerprint != "" {
		return s.Fingerprint == f.Fingerprint()
	}
	subject := f.Subject
	return s.Check == f.Check.ID && (policy.Like(s.Subject, subject.ARN) || policy.Like(s.Subject, subject.Name) || policy.Like(s.Subject, subject.Account))
}

// suppress sets the suppression of a finding: the first that matches and has not expired, or
// else the first that matches.
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
