package terraform

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/iblint/iblint/internal/source"
)

// failure is an error at a place in the code.
type failure struct {
	at  hcl.Range
	say string
	// fatal failures end Load. Others make the argument unknown in which they happen, since
	// the evaluator may know less than Terraform; try and can see them.
	fatal bool
}

func (f *failure) Error() string {
	if p := place(f.at); p != "" {
		return p + ": " + f.say
	}
	return f.say
}

func fatal(at hcl.Range, format string, args ...any) error {
	return &failure{at, fmt.Sprintf(format, args...), true}
}

func failed(at hcl.Range, format string, args ...any) error {
	return &failure{at, fmt.Sprintf(format, args...), false}
}

// soft returns a failure that is not fatal.
func soft(err error) (*failure, bool) {
	var f *failure
	if errors.As(err, &f) && !f.fatal {
		return f, true
	}
	return nil, false
}

func inputError(err error) error {
	var input *source.InputError
	if errors.As(err, &input) {
		return err
	}
	return &source.InputError{Err: errors.New(source.Cut(err.Error()))}
}

func diagnostics(d hcl.Diagnostics) error {
	for _, one := range d {
		if one.Severity != hcl.DiagError {
			continue
		}
		at := hcl.Range{}
		if one.Subject != nil {
			at = *one.Subject
		}
		say := one.Summary
		if one.Detail != "" {
			say += ": " + one.Detail
		}
		return fatal(at, "%s", line(say))
	}
	return nil
}

// line writes a message on one line.
func line(say string) string { return strings.Join(strings.Fields(say), " ") }
