package account

// Undiscovered says that subjects of a kind may exist that nobody knows of,
// since what would tell of them could not be read; or, when NotApplicable, that
// there are none where some might have been expected.
type Undiscovered struct {
	Subject       Subject // stands for those that are not known
	Message       string
	Why           Unread // zero where everything was read, and yet does not tell
	NotApplicable bool
}

// Error is one line.
func (u *Undiscovered) Error() string {
	if u.Why == (Unread{}) {
		return u.Message
	}
	return u.Message + ": " + u.Why.Error()
}

// Unwrap is the Unread, if there is one.
func (u *Undiscovered) Unwrap() error {
	if u.Why == (Unread{}) {
		return nil
	}
	return u.Why
}
