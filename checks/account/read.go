package account

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// Reason says why something could not be read. The set is closed: a recording
// with another reason is refused.
type Reason string

// The reasons. Throttled and Timeout are what is left after the SDK's retries.
const (
	NotCollected  Reason = "not-collected"  // nobody tried to read it
	AccessDenied  Reason = "denied"         // AWS refused the IAM action
	Throttled     Reason = "throttled"      // AWS asked to slow down until the retries were used up
	Timeout       Reason = "timeout"        // no answer in time
	Interrupted   Reason = "interrupted"    // the run was stopped first
	NoCredentials Reason = "no-credentials" // no usable credentials for the account
	WrongAccount  Reason = "wrong-account"  // the credentials belong to another account
	Malformed     Reason = "malformed"      // read, but not understood
	Contradicted  Reason = "contradicted"   // two answers of AWS cannot both be true
	Failed        Reason = "failed"         // any other error of the service or the network
)

var reasons = map[Reason]string{
	NotCollected:  "was not collected",
	AccessDenied:  "access denied",
	Throttled:     "throttled, also after retries",
	Timeout:       "no answer in time",
	Interrupted:   "the run was interrupted first",
	NoCredentials: "no usable credentials",
	WrongAccount:  "the credentials belong to another account",
	Malformed:     "not understood",
	Contradicted:  "AWS contradicts itself",
	Failed:        "the call failed",
}

// Unread is why a part of an account is not known. It is an error, so that
// "could not look" travels the way errors do and is never mistaken for a value.
type Unread struct {
	Reason Reason `json:"reason"`
	Action string `json:"action,omitempty"` // the IAM action that was needed, such as iam:GetRole
	Detail string `json:"detail,omitempty"` // what the service or the file said; not trusted

	// DeniedBy is the type of policy that refused it, such as "service control
	// policy", where AWS's message tells.
	DeniedBy string `json:"deniedBy,omitempty"`
}

// Error is one line: the action, the reason and what was said.
func (u Unread) Error() string {
	text := reasons[u.Reason]
	if text == "" {
		text = string(u.Reason)
	}
	if u.Reason == Contradicted { // the detail names both operations
		return text + ": " + u.Detail
	}
	if u.DeniedBy != "" {
		text += " by a " + u.DeniedBy
	}
	if u.Action != "" {
		text = u.Action + ": " + text
	}
	if u.Detail != "" {
		text += " (" + u.Detail + ")"
	}
	return text
}

// Read is a part of an account as it was read: a value, absent (looked for and
// not there), or unread with the reason. The zero value is unread, "not
// collected". Get is the only way to the value, so nobody can forget to ask.
type Read[T any] struct {
	state  state
	value  T
	unread Unread
}

type state uint8

const (
	unread state = iota
	absent
	present
)

// Present is a part that was read and is there.
func Present[T any](v T) Read[T] { return Read[T]{state: present, value: v} }

// Absent is a part that was looked for and is not there.
func Absent[T any]() Read[T] { return Read[T]{state: absent} }

// Unreadable is a part that could not be read.
func Unreadable[T any](why Unread) Read[T] { return Read[T]{unread: why} }

// Get returns the value and whether it is there; the error is the Unread that
// tells why neither is known.
func (r Read[T]) Get() (value T, found bool, err error) {
	if r.state == unread {
		return value, false, r.why()
	}
	return r.value, r.state == present, nil
}

func (r Read[T]) why() Unread {
	if r.unread.Reason == "" {
		return Unread{Reason: NotCollected, Action: r.unread.Action, Detail: r.unread.Detail}
	}
	return r.unread
}

// IsZero says that nobody tried to read it; such a part is left out of JSON.
func (r Read[T]) IsZero() bool { return r.state == unread && r.unread == Unread{} }

type readJSON[T any] struct {
	Value  *T      `json:"value,omitempty"`
	Absent bool    `json:"absent,omitempty"`
	Unread *Unread `json:"unread,omitempty"`
}

// JSONSchemaAlias tells what a schema of the JSON form is made from.
func (Read[T]) JSONSchemaAlias() any { return readJSON[T]{} }

// MarshalJSON keeps the three states apart: {"value": …}, {"absent": true} or {"unread": {…}}.
func (r Read[T]) MarshalJSON() ([]byte, error) {
	switch r.state {
	case present:
		return json.Marshal(readJSON[T]{Value: &r.value})
	case absent:
		return json.Marshal(readJSON[T]{Absent: true})
	default:
		why := r.why()
		return json.Marshal(readJSON[T]{Unread: &why})
	}
}

// UnmarshalJSON reads what MarshalJSON writes; exactly one of the three states must be given.
func (r *Read[T]) UnmarshalJSON(data []byte) error {
	var j readJSON[T]
	if err := strict(data, &j); err != nil {
		return err
	}
	*r = Read[T]{}
	given := 0
	if j.Value != nil {
		given++
		*r = Present(*j.Value)
	}
	if j.Absent {
		given++
		*r = Absent[T]()
	}
	if j.Unread != nil {
		given++
		if err := j.Unread.check(); err != nil {
			return err
		}
		*r = Unreadable[T](*j.Unread)
	}
	if given != 1 {
		return errors.New(`expected exactly one of "value", "absent": true and "unread"`)
	}
	return nil
}

// Short says that the part was not even asked for: the run ended first, or there
// is no way into the account. Verdicts that are unknown for such a reason are no
// finding about the account, but a gap of the run.
func (u Unread) Short() bool {
	switch u.Reason {
	case Interrupted, Timeout, NoCredentials, WrongAccount:
		return true
	}
	return u.Action == "sts:AssumeRole" || u.Action == "sts:GetCallerIdentity"
}

func (u Unread) check() error {
	if reasons[u.Reason] == "" {
		return fmt.Errorf("unknown reason %q for an unread part", u.Reason)
	}
	return nil
}

// List is a list as far as it was read. What is in it is true; what is not in
// it is absent only when the list is complete. So a cut list can make a pass,
// never a fail. The zero value is an empty list that was not collected.
type List[T any] struct {
	items    []T
	complete bool
	unread   Unread
}

// Complete is a list of which every page was read.
func Complete[T any](items []T) List[T] { return List[T]{items: items, complete: true} }

// Partial is a list that goes on, or may go on, beyond these items, and why the rest is not known.
func Partial[T any](items []T, why Unread) List[T] { return List[T]{items: items, unread: why} }

// Items are what was read of the list.
func (l List[T]) Items() []T { return l.items }

// Err is nil when the list is complete, else the Unread that tells why it is not.
func (l List[T]) Err() error {
	if l.complete {
		return nil
	}
	if l.unread.Reason == "" {
		return Unread{Reason: NotCollected}
	}
	return l.unread
}

// IsZero says that nobody tried to read the list; such a list is left out of JSON.
func (l List[T]) IsZero() bool { return !l.complete && l.items == nil && l.unread == Unread{} }

type listJSON[T any] struct {
	Items  []T     `json:"items"`
	Unread *Unread `json:"unread,omitempty"`
}

// JSONSchemaAlias tells what a schema of the JSON form is made from.
func (List[T]) JSONSchemaAlias() any { return listJSON[T]{} }

// MarshalJSON writes the items, and "unread" when there may be more.
func (l List[T]) MarshalJSON() ([]byte, error) {
	j := listJSON[T]{Items: l.items}
	if j.Items == nil {
		j.Items = []T{}
	}
	var why Unread
	if errors.As(l.Err(), &why) {
		j.Unread = &why
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON writes. "items" must be there: only a list that says so is complete.
func (l *List[T]) UnmarshalJSON(data []byte) error {
	var j listJSON[T]
	if err := strict(data, &j); err != nil {
		return err
	}
	if j.Items == nil {
		return errors.New(`a list without "items"`)
	}
	if j.Unread == nil {
		*l = Complete(j.Items)
		return nil
	}
	if err := j.Unread.check(); err != nil {
		return err
	}
	*l = Partial(j.Items, *j.Unread)
	return nil
}

// strict decodes JSON and refuses keys it does not know, at every depth: a
// misspelt key in a recording would otherwise be a part that silently was not read.
func strict(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// Gaps returns the errors that were joined in an error, as lists of subjects return
// them: one for each thing that could not be discovered.
func Gaps(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	if err != nil {
		return []error{err}
	}
	return nil
}
