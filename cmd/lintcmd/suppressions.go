package lintcmd

import (
	"errors"
	"fmt"
	"time"

	"github.com/iblint/iblint/checks"
)

// suppressionConfig is a decision to accept a check's findings until a date.
type suppressionConfig struct {
	Check       string `yaml:"check"`
	Subject     string `yaml:"subject"` // or Fingerprint
	Fingerprint string `yaml:"fingerprint"`
	Reason      string `yaml:"reason"`
	Owner       string `yaml:"owner"`
	Expires     string `yaml:"expires"`
}

func (s suppressionConfig) validate(all []checks.Check) *mistake {
	if s.Check == "" {
		return wrong(errors.New("check is missing; expected the check whose findings are suppressed (all checks: iblint rules)"))
	}
	if _, err := find(all, s.Check); err != nil {
		return wrong(err, "check")
	}
	switch {
	case s.Subject == "" && s.Fingerprint == "":
		return wrong(errors.New(`subject is missing; expected a pattern for the ARN, name or account of the suppressed subjects, such as "app/*", or a fingerprint`))
	case s.Subject != "" && s.Fingerprint != "":
		return wrong(errors.New("subject and fingerprint exclude each other; give one of them"))
	case s.Fingerprint != "" && !fingerprint().MatchString(s.Fingerprint):
		return wrong(fmt.Errorf("%q is not a fingerprint: expected the 32 hexadecimal digits of a finding in the JSON report", s.Fingerprint), "fingerprint")
	case s.Reason == "":
		return wrong(errors.New("reason is missing; expected why the finding is acceptable"))
	case s.Owner == "":
		return wrong(errors.New("owner is missing; expected the person or team that is responsible for the decision"))
	case s.Expires == "":
		return wrong(errors.New("expires is missing; expected the last day of the suppression, such as 2027-01-31"))
	}
	if _, err := time.Parse(time.DateOnly, s.Expires); err != nil {
		return wrong(fmt.Errorf("%q is not a date such as 2027-01-31", s.Expires), "expires")
	}
	return nil
}

// suppressions returns the suppressions of the configuration. Those whose last day is
// before now are expired.
func (c configuration) suppressions(now time.Time) (all []checks.Suppression) {
	today := now.UTC().Format(time.DateOnly)
	for _, s := range c.Suppressions {
		all = append(all, checks.Suppression{
			Check: s.Check, Subject: s.Subject, Fingerprint: s.Fingerprint, Reason: s.Reason, Owner: s.Owner, Expires: s.Expires, Expired: s.Expires < today,
		})
	}
	return all
}
