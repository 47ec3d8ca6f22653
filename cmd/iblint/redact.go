package main

import (
	"io"
	"os"
	"regexp"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/redact"
)

const redactUsage = "put pseudonyms in place of account IDs, ARNs and names, the same for the same thing, so that it can be shown to others"

// redacted is a result with pseudonyms in it, of what else is named, too.
func redacted(r checks.Result, named []string) (checks.Result, error) {
	for _, s := range r.Suppressions {
		named = append(named, s.Owner, s.Subject)
	}
	redactor, err := redact.New(r.Inventory, named...)
	if err != nil {
		return r, err
	}
	inv, err := redactor.Inventory(r.Inventory)
	if err != nil {
		return r, err
	}
	return r.Rewrite(inv, redactor.Text), nil
}

// redactedInventory is what was read with pseudonyms in it.
func redactedInventory(inv *account.Inventory, named []string) (*account.Inventory, error) {
	redactor, err := redact.New(inv, named...)
	if err != nil {
		return nil, err
	}
	return redactor.Inventory(inv)
}

// names are those that say how accounts are read.
func (l *live) names() []string {
	if l == nil {
		return nil
	}
	all := []string{l.aws.Profile, l.aws.RoleName, l.aws.ExternalID, l.aws.SessionName}
	for _, variable := range []string{"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ROLE_SESSION_NAME"} { // of the AWS SDK
		all = append(all, os.Getenv(variable))
	}
	for _, how := range l.aws.Access {
		all = append(all, how.Profile, how.Role, how.ExternalID)
	}
	return all
}

// redacting is standard error without account IDs, ARNs, and the names that are known
// before anything was read.
type redacting struct {
	io.Writer
	text func(string) string
}

// redactErrors puts redacting before a run's standard error.
func redactErrors(s *streams, debug bool) (*redacting, error) {
	if debug {
		return nil, usage("--redact and --debug exclude each other: calls are listed as they are")
	}
	w := &redacting{s.err, redact.Line}
	s.err = w
	return w, nil
}

// Write writes whole lines.
func (w *redacting) Write(p []byte) (int, error) {
	if _, err := io.WriteString(w.Writer, w.text(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// behind is standard error itself, for progress, which counts and names nothing.
func behind(w io.Writer) io.Writer {
	if r, ok := w.(*redacting); ok {
		w = r.Writer
	}
	if g, ok := w.(*guardedErrors); ok {
		w = g.itself // a terminal: its bar is no line
	}
	return w
}

// withoutNames takes names out of an error; without redacting it is as it is.
func (w *redacting) withoutNames(err error) error {
	if err == nil || w == nil {
		return err
	}
	return redactedError{err, func(text string) string { return quotedProfile.ReplaceAllString(w.text(text), `profile "redacted"`) }}
}

// quotedProfile is one that an error names: others may stand behind the one of the run.
var quotedProfile = regexp.MustCompile(`\bprofile "[^"]*"`)

type redactedError struct {
	err  error
	text func(string) string
}

func (e redactedError) Error() string { return e.text(e.err.Error()) }
func (e redactedError) Unwrap() error { return e.err }
