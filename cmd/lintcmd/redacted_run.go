package lintcmd

import (
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/lazyregexp"
	"github.com/iblint/iblint/internal/redact"
)

const redactUsage = "replace private values, such as IDs, by pseudonyms"

const redactOrDebug = "--redact and --debug exclude each other, because --debug prints account IDs"

// redacted returns r with pseudonyms for what AWS returned and for the given names. The
// redactor holds the pseudonyms.
func redacted(r checks.Result, named []string) (checks.Result, *redact.Redactor, error) {
	for _, s := range r.Suppressions {
		named = append(named, s.Owner, s.Subject, s.Fingerprint, s.Reason)
	}
	redactor, inv, err := redactedInventory(r.Inventory, named)
	if err != nil {
		return r, nil, err
	}
	return r.Rewrite(inv, redactor.Text), redactor, nil
}

// redactedInventory returns a copy of inv with pseudonyms for its values and for the
// given names.
func redactedInventory(inv *account.Inventory, named []string) (*redact.Redactor, *account.Inventory, error) {
	inv = inv.Unfolded()
	redactor, err := redact.New(inv, named...)
	if err != nil {
		return nil, nil, err
	}
	redacted, err := redactor.Inventory(inv)
	return redactor, redacted, err
}

// names returns profiles, roles, external IDs and session names. Errors may contain them.
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

// redacting is standard error of a run with --redact. It replaces everything in a line
// that neither AWS nor iblint defines.
type redacting struct {
	io.Writer
	text func(string) string
}

// hasRedactFlag reports whether args contain --redact. It does not parse args, because the
// error about wrong arguments must be redacted, too.
func hasRedactFlag(args []string) bool {
	redact := false
	for _, arg := range args {
		name, value, given := strings.Cut(arg, "=")
		if name != "--redact" {
			continue
		}
		on, err := strconv.ParseBool(value)
		redact = !given || on || err != nil
	}
	return redact
}

// without makes standard error omit the values of the flags and the names in more.
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

// ownValues are flags whose values iblint defines. They are not redacted.
var ownValues = map[string]bool{"only": true, "skip": true, "fail-on": true, "source-account-means": true}

// pseudonyms makes standard error use the pseudonyms of r, which the report uses, too.
func (s invocation) pseudonyms(r *redact.Redactor) {
	if w, ok := s.err.(*redacting); ok {
		w.text = r.Error
	}
}

// Write redacts p, which must consist of complete lines, and writes it.
func (w *redacting) Write(p []byte) (int, error) {
	if _, err := io.WriteString(w.Writer, quotedProfile().ReplaceAllString(w.text(string(p)), `profile "redacted"`)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// quotedProfile matches a profile in an error. Errors also name profiles that the run's
// profile refers to, which the redactor does not know.
var quotedProfile = lazyregexp.New(`\bprofile "[^"]*"`)

// unfiltered returns standard error without redaction and escaping. Progress uses it,
// because it prints only numbers, and because a progress bar consists of incomplete lines.
func unfiltered(w io.Writer) io.Writer {
	if r, ok := w.(*redacting); ok {
		w = r.Writer
	}
	if g, ok := w.(*guardedErrors); ok {
		w = g.unguarded
	}
	return w
}
