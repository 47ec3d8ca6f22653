package checks

import "errors"

// brief is an error that can say in short what is wrong, without the subject. account.Unread and
// account.Undiscovered are such errors.
type brief interface{ Brief() string }

// inShort gives an error a short form.
type inShort struct {
	error
	short string
}

func (e inShort) Brief() string { return e.short }
func (e inShort) Unwrap() error { return e.error }

// InShort returns the error of a decision with a short form, as Verdict.Short is for a message. An
// error that wraps an account.Unread has one already: what could not be read.
func InShort(short string, err error) error { return inShort{err, short} }

// Brief is the short form of an error: the outermost that is in its chain, and otherwise the whole.
func Brief(err error) string {
	var b brief
	if errors.As(err, &b) {
		return b.Brief()
	}
	return err.Error()
}
