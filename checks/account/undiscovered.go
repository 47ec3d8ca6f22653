package account

import "cmp"

// Undiscovered says that more subjects of a kind may exist, because what names them could not
// be read. If it is NotApplicable, it says why there are none.
type Undiscovered struct {
	Subject       Subject // stands for those that are not known
	Message       string
	Short         string // Message without the subject, in about 60 characters; Why has its own
	Why           Unread // zero if everything was read, and does not decide
	Settle        string // what settles it if Why is zero, such as a flag; empty: a person decides
	NotApplicable bool
}

// Error is one line.
func (u *Undiscovered) Error() string {
	if u.Why == (Unread{}) {
		return u.Message
	}
	return u.Message + ": " + u.Why.Error()
}

// Brief is Error without the subject, in short.
func (u *Undiscovered) Brief() string {
	if u.Why == (Unread{}) {
		return cmp.Or(u.Short, u.Message)
	}
	return u.Why.Brief()
}

// Unwrap is the Unread, if there is one.
func (u *Undiscovered) Unwrap() error {
	if u.Why == (Unread{}) {
		return nil
	}
	return u.Why
}
