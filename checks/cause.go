package checks

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/policy"
)

// Cause is the one thing that explains a problem. Problems with the same ID have the same cause:
// what clears one of them clears all. For a statement that denies, that is its removal; the fix of each
// problem may exempt one role from it.
type Cause struct {
	ID   string    `json:"id"`
	Kind CauseKind `json:"kind"`

	// Finding is the fingerprint of the finding that reports the cause; empty: the finding itself does.
	Finding string `json:"finding,omitempty"`

	// Call is the IAM action of the call that was refused or failed, and Reason why; empty if the
	// kind is not UnreadCause.
	Call   string         `json:"call,omitempty"`
	Reason account.Reason `json:"reason,omitempty"`

	// Role is the role that is missing, for MissingRole.
	Role string `json:"role,omitempty"`

	// Policy is the policy with the Deny, for DenyCause. Statement is the position of the statement
	// in it, from 1, and Sid its name.
	Policy    string `json:"policy,omitempty"`
	Statement int    `json:"statement,omitempty"`
	Sid       string `json:"sid,omitempty"`
}

// CauseKind is a kind of cause.
type CauseKind string

// The kinds of causes.
const (
	UnreadCause CauseKind = "unread"       // something could not be read
	MissingRole CauseKind = "missing-role" // a role with the required name and path does not exist
	DenyCause   CauseKind = "deny"         // a statement of a policy denies what lifecycle management needs
	OtherCause  CauseKind = "other"        // the message says what
)

// Cause returns what explains the finding. It is nil for a pass, and for a skip that no other
// finding explains.
func (f Finding) Cause() *Cause {
	switch {
	case f.Status == Pass, f.Status == Skip && f.by == nil:
		return nil
	case f.Status == Skip:
		c := f.by.Cause() // a problem always has one
		c.Finding = f.by.Fingerprint()
		return c
	case f.Unread != nil:
		return &Cause{ID: f.unreadID(), Kind: UnreadCause, Call: f.Unread.Action, Reason: f.Unread.Reason}
	}
	c := &Cause{ID: causeID("finding", f.Fingerprint()), Kind: OtherCause}
	if fix := f.Fix(); fix != nil && len(fix.Changes) > 0 {
		step := fix.Step()
		c.ID = causeID(fix.targets()...)
		if step.Action == CreateRole {
			c.Kind, c.Role = MissingRole, step.Role
		}
	}
	if len(f.Trace) > 0 && f.Trace[0].Effect == policy.Deny.String() {
		c.Kind, c.Policy, c.Statement, c.Sid = DenyCause, f.Trace[0].Policy, f.Trace[0].Statement, f.Trace[0].Sid
		c.ID = causeID(c.ID, c.Policy, strconv.Itoa(c.Statement)) // another statement remains if this one is removed
	}
	return c
}

// Explained reports whether another finding explains this one, which is a skip.
func (f Finding) Explained() bool { return f.by != nil }

// unreadID identifies what was not read and why: the call, and the account. An organization is read once
// for all accounts. Without a call it is the detail, such as a value that code leaves open. What a call
// that failed for other reasons than access or load differs by what was read.
func (f Finding) unreadID() string {
	u := f.Unread
	id, detail := f.Subject.Account, ""
	if u.OfOrganization() {
		id = ""
	}
	switch {
	case u.Action == "", u.Reason == account.Failed, u.Reason == account.Malformed, u.Reason == account.Contradicted:
		detail = u.Detail
	}
	return causeID("unread", id, string(u.Reason), u.Action, u.DeniedBy, u.Role(), detail)
}

// causeID is a short name for what the parts identify.
func causeID(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// Step is the change that gives a fix its name: the first one that does not only clear the way.
func (f *Fix) Step() Change {
	i := max(0, slices.IndexFunc(f.Changes, func(c Change) bool { return c.Action != DeleteRole && c.Action != UntagRepository }))
	return f.Changes[i]
}

// targets identify what a fix changes. A fix that changes less does not clear the same.
func (f *Fix) targets() (all []string) {
	for _, c := range f.Changes {
		all = append(all, c.target()...)
	}
	return all
}

// target identifies what a change changes, whatever it makes of it.
func (c Change) target() []string {
	hint := ""
	switch {
	case c.Action == EditGuardrail && c.Policy == "": // nothing allows the actions: the hint says where
		hint = c.Hint
	case c.Action == EditLifecyclePolicy: // a person edits it, as the hint says
		hint = c.Hint
	}
	return []string{string(c.Action), c.Partition, c.Account, c.Region, c.Role, c.Path, c.Policy, c.Repository, c.Execution, strings.Join(c.References, " "), c.NewReference, hint}
}

// explain makes the skips among the findings of one account refer to the findings that report
// their causes.
func explain(findings []Finding) {
	var at map[string]*Finding // by fingerprint
	for i := range findings {
		f := &findings[i]
		if f.cause == "" || f.Status != Skip {
			continue
		}
		if at == nil {
			at = map[string]*Finding{}
			for j := range findings {
				at[findings[j].Fingerprint()] = &findings[j]
			}
		}
		subject := f.Subject
		if f.about != nil {
			subject = *f.about
		}
		if by := at[Fingerprint(f.cause, subject)]; by != nil && by.Status.problem() {
			f.by = by
		}
	}
}
