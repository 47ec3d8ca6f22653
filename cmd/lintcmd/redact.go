package lintcmd

import (
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/redact"
)

const redactUsage = "put pseudonyms in place of account IDs, ARNs, names and everything else that AWS does not own, the same for the same thing, so that it can be shown to others"

const redactOrDebug = "--redact and --debug exclude each other: calls are listed as they are"

// redacted is a result with pseudonyms in it, of what else is named, too. The redactor
// knows what was replaced.
func redacted(r checks.Result, named []string) (checks.Result, *redact.Redactor, error) {
	for _, s := range r.Suppressions {
		named = append(named, s.Owner, s.Subject, s.Reason)
	}
	redactor, inv, err := redactedInventory(r.Inventory, named)
	if err != nil {
		return r, nil, err
	}
	return r.Rewrite(inv, redactor.Text), redactor, nil
}

// redactedInventory is what was read with pseudonyms in it.
func redactedInventory(inv *account.Inventory, named []string) (*redact.Redactor, *account.Inventory, error) {
	redactor, err := redact.New(inv, named...)
	if err != nil {
		return nil, nil, err
	}
	redacted, err := redactor.Inventory(inv)
	return redactor, redacted, err
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

// redacting is standard error of a run that redacts: whatever stands in a line that AWS
// or iblint does not own is replaced.
type redacting struct {
	io.Writer
	text func(string) string
}

// asksToRedact says whether arguments ask to redact, also where they are wrong
// otherwise: the error that says so may repeat any of them.
func asksToRedact(args []string) bool {
	asks := false
	for _, arg := range args {
		name, value, given := strings.Cut(arg, "=")
		if name != "--redact" {
			continue
		}
		on, err := strconv.ParseBool(value)
		asks = !given || on || err != nil
	}
	return asks
}

// without makes standard error leave out what flags were given, and more names.
func (s invocation) without(flags *pflag.FlagSet, more ...string) {
	w, ok := s.err.(*redacting)
	if !ok {
		return
	}
	names := more
	flags.Visit(func(f *pflag.Flag) {
		if ownValues[f.Name] {
			return
		}
		var values []string
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		} else if f.Value.Type() == "string" {
			values = []string{f.Value.String()}
		}
		for _, value := range values {
			names = append(names, strings.Split(value, "=")...) // ACCOUNT=PROFILE, LEVEL=FILE
		}
	})
	w.text = redact.Without(names...).Error
}

// ownValues are flags whose values iblint or AWS defines.
var ownValues = map[string]bool{"only": true, "skip": true, "fail-on": true, "source-account-means": true}

// pseudonyms makes standard error use the pseudonyms of the report.
func (s invocation) pseudonyms(r *redact.Redactor) {
	if w, ok := s.err.(*redacting); ok {
		w.text = r.Error
	}
}

// Write writes whole lines.
func (w *redacting) Write(p []byte) (int, error) {
	if _, err := io.WriteString(w.Writer, quotedProfile.ReplaceAllString(w.text(string(p)), `profile "redacted"`)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// quotedProfile is one that an error names: others may stand behind the one of the run.
var quotedProfile = regexp.MustCompile(`\bprofile "[^"]*"`)

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
