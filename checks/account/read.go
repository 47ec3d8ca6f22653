package account

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/iblint/iblint/checks/symbol"
	"github.com/iblint/iblint/internal/lazyregexp"
)

// Reason says why something could not be read. The set is closed: a recording
// with another reason is refused.
type Reason string

// The reasons. Throttled and Timeout are what is left after the SDK's retries.
const (
	NotCollected  Reason = "not-collected"  // the input cannot hold it, or no call was made
	AccessDenied  Reason = "denied"         // AWS refused the IAM action
	Throttled     Reason = "throttled"      // AWS throttled the call and all its retries
	Timeout       Reason = "timeout"        // no answer in time
	Interrupted   Reason = "interrupted"    // the run ended before the call
	Unrecorded    Reason = "unrecorded"     // none of the recordings has the account
	NoCredentials Reason = "no-credentials" // no usable credentials for the account
	WrongAccount  Reason = "wrong-account"  // the credentials belong to another account
	Malformed     Reason = "malformed"      // read, but could not be parsed
	Contradicted  Reason = "contradicted"   // two answers of AWS cannot both be true
	Failed        Reason = "failed"         // any other error of the service or the network
	Undeclared    Reason = "undeclared"     // the code that was given does not declare it
	Unresolved    Reason = "unresolved"     // the code declares it, and its value is not known before it is deployed
)

var reasons = map[Reason]string{
	NotCollected:  "not collected",
	AccessDenied:  "access denied",
	Throttled:     "throttled, even after retries",
	Timeout:       "no response in time",
	Interrupted:   "the run was interrupted",
	Unrecorded:    "no recording has this account",
	NoCredentials: "no usable credentials",
	WrongAccount:  "the credentials belong to another account",
	Malformed:     "the response could not be parsed",
	Contradicted:  "AWS contradicts itself",
	Failed:        "the call failed",
	Undeclared:    "not declared in the code",
	Unresolved:    "not known before the deployment",
}

// RunTimeUp is the detail of a Timeout for which the time for the run is the reason.
const RunTimeUp = "the time for the run was up"

// AccountTimeUp is the detail of a Timeout for which the time for the account is the reason.
const AccountTimeUp = "the time for the account was up"

// Unread says why a part of an account is not known. It implements error, so that a
// failed read is passed on like an error and is never mistaken for a value.
type Unread struct {
	Reason Reason `json:"reason"`
	Action string `json:"action,omitempty"` // the IAM action that was needed, such as iam:GetRole
	Detail string `json:"detail,omitempty"` // message of the service or the file; not trusted

	// DeniedBy is the type of policy that denied the action, such as "service control
	// policy", if the message of AWS names it.
	DeniedBy string `json:"deniedBy,omitempty"`
}

// Error returns one line: the action, the reason and the detail.
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

var assumedRole = lazyregexp.New(`:assumed-role/([\w+=,.@-]+)/`)

// Role is the name of the role that AWS refused, if the message of AWS names it; otherwise empty.
func (u Unread) Role() string {
	if m := assumedRole().FindStringSubmatch(u.Detail); m != nil && u.Reason == AccessDenied {
		return m[1]
	}
	return ""
}

// OfOrganization reports whether what is unread is of the organization, which is read once for all its
// accounts.
func (u Unread) OfOrganization() bool { return strings.HasPrefix(u.Action, "organizations:") }

// Brief is Error without the words of the service, such as "iam:GetRole denied to role Audit".
func (u Unread) Brief() string {
	text := briefly[u.Reason]
	switch role := u.Role(); {
	case u.DeniedBy != "":
		text += " by a " + u.DeniedBy
	case u.Action != "" && role != "":
		text += " to role " + role
	case u.Reason == Timeout && u.Detail == RunTimeUp:
		text = u.Detail
	case u.Reason == Failed && u.Action != "" && u.Detail != "":
		text += ": " + Excerpt(u.Detail, 60)
	case u.Action == "" && u.Detail != "":
		return text + ": " + Excerpt(u.Detail, 70)
	}
	if u.Action == "" {
		return text
	}
	return u.Action + " " + text
}

// briefly are the reasons as Brief says them, after the action if there is one.
var briefly = map[Reason]string{
	NotCollected:  "not collected",
	AccessDenied:  "denied",
	Throttled:     "throttled",
	Timeout:       "timed out",
	Interrupted:   "interrupted",
	Unrecorded:    "no recording has this account",
	NoCredentials: "no usable credentials",
	WrongAccount:  "credentials of another account",
	Malformed:     "could not be parsed",
	Contradicted:  "contradicts another answer of AWS",
	Failed:        "failed",
	Undeclared:    "not declared in the code",
	Unresolved:    "not known yet",
}

// clauseEnd ends a clause. A colon after the first word ends none.
var clauseEnd = lazyregexp.New(`[.;] | \(| \S+(: )`)

// Excerpt is the first clause of a text of AWS or of a file, on one line. If that has more characters
// than most, it ends after a whole word, so that it contains no part of an ARN.
func Excerpt(text string, most int) string {
	text = strings.Join(strings.Fields(text), " ")
	if end := clauseEnd().FindStringSubmatchIndex(text); end != nil && end[0] > 0 {
		text = text[:max(end[0], end[2])] // a colon is at end[2]
	}
	out := ""
	for _, word := range strings.Fields(text) {
		if out != "" && utf8.RuneCountInString(out)+1+utf8.RuneCountInString(symbol.Text(word)) > most {
			return strings.TrimRight(out, ",;:.") + " …"
		}
		out = strings.TrimSpace(out + " " + word)
	}
	return strings.TrimSuffix(out, ".")
}

// Read is a part of an account as it was read: a value, absent (AWS said that it
// does not exist), or unread with the reason. The zero value is unread with the
// reason NotCollected. The value is accessible only through Get, so that callers
// always handle the other states.
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

// Present returns a part that was read and exists.
func Present[T any](v T) Read[T] { return Read[T]{state: present, value: v} }

// Absent returns a part that does not exist.
func Absent[T any]() Read[T] { return Read[T]{state: absent} }

// Unreadable returns a part that could not be read.
func Unreadable[T any](why Unread) Read[T] { return Read[T]{unread: why} }

// Get returns the value and whether it exists. If that is not known, the error is
// the Unread that says why.
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

// IsZero reports whether the part was not collected. JSON omits such a part.
func (r Read[T]) IsZero() bool { return r.state == unread && r.unread == Unread{} }

type readJSON[T any] struct {
	Value  *T      `json:"value,omitempty"`
	Absent bool    `json:"absent,omitempty"`
	Unread *Unread `json:"unread,omitempty"`
}

// JSONSchemaAlias returns a value of the type that the JSON schema is generated from.
func (Read[T]) JSONSchemaAlias() any { return readJSON[T]{} }

// MarshalJSON encodes the three states as {"value": …}, {"absent": true} and
// {"unread": {…}}.
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

// UnmarshalJSON decodes the format of MarshalJSON. It requires exactly one of the
// three states.
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

// Short reports whether the part was not requested at all: the run ended first, the
// account was not recorded, or it is not accessible. A verdict that is unknown for such a reason is a gap
// of the run, not a finding about the account.
func (u Unread) Short() bool {
	switch u.Reason {
	case Interrupted, Unrecorded, Timeout, NoCredentials, WrongAccount:
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

// List is a list that may be incomplete. Its items exist; other items are absent only
// if the list is complete. So an incomplete list can lead to a pass, never to a fail.
// The zero value is an empty list that was not collected.
type List[T any] struct {
	items    []T
	complete bool
	unread   Unread
}

// Complete returns a list of which every page was read.
func Complete[T any](items []T) List[T] { return List[T]{items: items, complete: true} }

// Partial returns a list that may have more items than these, with the reason why
// the others are not known.
func Partial[T any](items []T, why Unread) List[T] { return List[T]{items: items, unread: why} }

// With returns the list with another item.
func (l List[T]) With(item T) List[T] {
	l.items = append(l.items[:len(l.items):len(l.items)], item)
	return l
}

// Items returns the items that were read.
func (l List[T]) Items() []T { return l.items }

// Err returns nil if the list is complete, or else the Unread that says why it is not.
func (l List[T]) Err() error {
	if l.complete {
		return nil
	}
	if l.unread.Reason == "" {
		return Unread{Reason: NotCollected}
	}
	return l.unread
}

// IsZero reports whether the list was not collected. JSON omits such a list.
func (l List[T]) IsZero() bool { return !l.complete && l.items == nil && l.unread == Unread{} }

type listJSON[T any] struct {
	Items  []T     `json:"items"`
	Unread *Unread `json:"unread,omitempty"`
}

// JSONSchemaAlias returns a value of the type that the JSON schema is generated from.
func (List[T]) JSONSchemaAlias() any { return listJSON[T]{} }

// MarshalJSON encodes the items, and "unread" if the list is incomplete.
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

// UnmarshalJSON decodes the format of MarshalJSON. It requires "items", so that a
// missing member is not taken for a complete list.
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

// Gaps returns the errors that an error joins. The lists of subjects return such an
// error: it joins one error for each part that could not be discovered.
func Gaps(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	if err != nil {
		return []error{err}
	}
	return nil
}
