package lintcmd

import (
	"errors"
	"fmt"
	"time"

	"github.com/iblint/iblint/checks"
)

// suppressionConfig is a decision to live with what a check finds, until a day.
type suppressionConfig struct {
	Check   string `yaml:"check"`
	Subject string `yaml:"subject"`
	Reason  string `yaml:"reason"`
	Owner   string `yaml:"owner"`
	Expires string `yaml:"expires"`
}

func (s suppressionConfig) validate(all []checks.Check) error {
	if _, err := find(all, s.Check); err != nil {
		return err
	}
	switch {
	case s.Subject == "":
		return errors.New(`subject is missing; expected a pattern for the ARN, the name or the account of what is suppressed, such as "app/*"`)
	case s.Reason == "":
		return errors.New("reason is missing; say why this may stay as it is")
	case s.Owner == "":
		return errors.New("owner is missing; say who answers for it")
	case s.Expires == "":
		return errors.New("expires is missing; give the last day on which it holds, such as 2027-01-31")
	}
	if _, err := time.Parse(time.DateOnly, s.Expires); err != nil {
		return fmt.Errorf("expires: %q is not a date such as 2027-01-31", s.Expires)
	}
	return nil
}

// suppressions are those of the configuration, as they stand at a time.
func (c configuration) suppressions(now time.Time) (all []checks.Suppression) {
	today := now.UTC().Format(time.DateOnly)
	for _, s := range c.Suppressions {
		all = append(all, checks.Suppression{
			Check: s.Check, Subject: s.Subject, Reason: s.Reason, Owner: s.Owner, Expires: s.Expires, Expired: s.Expires < today,
		})
	}
	return all
}
