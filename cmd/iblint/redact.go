package main

import (
	"io"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/redact"
)

const redactUsage = "put pseudonyms in place of account IDs, ARNs and names, the same for the same thing, so that it can be shown to others"

// redacted is a result with pseudonyms in it.
func redacted(r checks.Result) (checks.Result, error) {
	var more []string
	for _, s := range r.Suppressions {
		more = append(more, s.Owner, s.Subject)
	}
	redactor, err := redact.New(r.Inventory, more...)
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
func redactedInventory(inv *account.Inventory) (*account.Inventory, error) {
	redactor, err := redact.New(inv)
	if err != nil {
		return nil, err
	}
	return redactor.Inventory(inv)
}

// redacting is standard error without account IDs and ARNs: what is told there
// before anything was read names nothing else of an account.
type redacting struct{ io.Writer }

// Write writes whole lines.
func (w redacting) Write(p []byte) (int, error) {
	if _, err := io.WriteString(w.Writer, redact.Line(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// behind is standard error itself, for progress, which counts and names nothing.
func behind(w io.Writer) io.Writer {
	if r, ok := w.(redacting); ok {
		return r.Writer
	}
	return w
}

// withoutNames takes account IDs and ARNs out of an error, if that is wanted.
func withoutNames(wanted bool, err error) error {
	if !wanted {
		return err
	}
	return redactedError{err}
}

type redactedError struct{ err error }

func (e redactedError) Error() string { return redact.Line(e.err.Error()) }
func (e redactedError) Unwrap() error { return e.err }
