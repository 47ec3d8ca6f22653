// Package authorization reads the output of "aws iam get-account-authorization-details".
package authorization

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/lazyregexp"
	"github.com/iblint/iblint/internal/source"
)

// Files are files with the unchanged output of the AWS CLI, where policy documents are objects,
// or of the API, where they are URL-encoded strings. "-" is standard input. ACCOUNT=FILE
// sets the account, which is required if no ARN in the file contains it. Files implements
// source.Source.
type Files struct {
	Names  []string
	Stdin  io.Reader
	Limit  source.Limit
	Inputs *source.Inputs // of the run; may be nil
}

// response is the response of IAM's GetAccountAuthorizationDetails, without the parts that
// iblint does not use. The AWS CLI adds NextToken if --max-items ended the list early.
type response struct {
	RoleDetailList  *[]roleDetail
	UserDetailList  []struct{ Arn string }
	GroupDetailList []struct{ Arn string }
	Policies        []managedPolicy
	IsTruncated     bool
	Marker          string
	NextToken       string
}

// managedPolicy is a managed policy. The API returns all its versions.
type managedPolicy struct {
	Arn               string
	DefaultVersionID  string `json:"DefaultVersionId"`
	PolicyVersionList []struct {
		VersionID        string `json:"VersionId"`
		IsDefaultVersion bool
		Document         json.RawMessage
	}
}

type roleDetail struct {
	Path                     string
	RoleName                 string
	RoleID                   string `json:"RoleId"`
	Arn                      string
	AssumeRolePolicyDocument json.RawMessage
	RolePolicyList           *[]struct {
		PolicyName     string
		PolicyDocument json.RawMessage
	}
	AttachedManagedPolicies *[]struct{ PolicyName, PolicyArn string }
	PermissionsBoundary     struct{ PermissionsBoundaryArn string }
	Tags                    []struct{ Key, Value string }
	RoleLastUsed            *struct{ LastUsedDate, Region string }
}

// Load reads all files. It ignores the scope. The inventory has no owners, because the files do
// not contain what the roles are for. Errors are *source.InputError.
func (f Files) Load(_ context.Context, _ source.Scope) (*account.Inventory, error) {
	inv, policies := &account.Inventory{Accounts: map[string]*account.Account{}}, documents{}
	for _, name := range f.Names {
		id, file, err := splitName(name)
		if err != nil {
			return nil, err
		}
		data, err := f.Inputs.ReadFile(file, f.Stdin, f.Limit.Large())
		if err != nil {
			return nil, err
		}
		if err := add(inv, policies, id, file, data); err != nil {
			return nil, err
		}
	}
	policies.fillIn(inv)
	return inv, nil
}

// documents holds the documents of managed policies by account and ARN.
type documents map[string]map[string]account.Read[string]

// add adds the policies of an account from one file.
func (d documents) add(id string, policies []managedPolicy) {
	if d[id] == nil {
		d[id] = map[string]account.Read[string]{}
	}
	for _, p := range policies {
		d[id][p.Arn] = account.Unreadable[string](account.Unread{Reason: account.Malformed, Detail: "the file contains no default version of the policy"})
		for _, v := range p.PolicyVersionList {
			if v.IsDefaultVersion || v.VersionID != "" && v.VersionID == p.DefaultVersionID {
				d[id][p.Arn] = document(v.Document)
			}
		}
	}
}

// fillIn stores the documents in the roles. It is called after all files were read, because a
// role and its policy may be in different files. Files written with --filter contain only
// the policies of the filter (IAM API Reference, GetAccountAuthorizationDetails).
func (d documents) fillIn(inv *account.Inventory) {
	for id, a := range inv.Accounts {
		of := func(arn string) account.Read[string] {
			if read, ok := d[id][arn]; ok {
				return read
			}
			return account.Unreadable[string](account.Unread{Reason: account.NotCollected, Detail: "the file does not contain the policy; write it without --filter"})
		}
		for name, read := range a.Roles {
			role, found, _ := read.Get()
			if !found {
				continue
			}
			attached := role.Attached.Items()
			for i := range attached {
				attached[i].Document = of(attached[i].ARN)
			}
			if role.Boundary != "" {
				role.BoundaryDocument = of(role.Boundary)
			}
			a.Roles[name] = account.Present(role)
		}
	}
}

var accountPrefix = lazyregexp.New(`^([0-9]+)=`)

// splitName splits [ACCOUNT=]FILE.
func splitName(name string) (id, file string, err error) {
	m := accountPrefix().FindStringSubmatch(name)
	if m == nil {
		return "", name, nil
	}
	if !account.IsAccountID(m[1]) {
		return "", "", &source.InputError{Err: fmt.Errorf("--authorization-details %s: %q is not an account ID (12 digits)", name, m[1])}
	}
	return m[1], name[len(m[0]):], nil
}

// add adds one file to the inventory. Several files of one account are pages of its list of
// roles. The list is complete if none of them is truncated.
func add(inv *account.Inventory, policies documents, id, name string, data []byte) error {
	const expected = `the output of "aws iam get-account-authorization-details"`
	bad := func(format string, args ...any) error {
		return source.DecodeError(name, expected, data, fmt.Errorf(format, args...))
	}
	var r response
	if err := json.Unmarshal(data, &r); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) || len(bytes.TrimSpace(data)) == 0 {
			err = io.ErrUnexpectedEOF
		}
		return source.DecodeError(name, expected, data, err)
	}
	if r.RoleDetailList == nil {
		return bad(`it has no "RoleDetailList"`)
	}
	partition := ""
	for _, arn := range arns(r) {
		parts := strings.SplitN(arn, ":", 6)
		if len(parts) != 6 || parts[2] != "iam" || !account.IsAccountID(parts[4]) {
			return bad("%q is not an IAM ARN", arn)
		}
		if id != "" && parts[4] != id {
			return source.FileError(name, "%s belongs to account %s, not %s; expected one file for each account", source.Cut(arn), parts[4], id)
		}
		partition, id = parts[1], parts[4]
	}
	if id == "" {
		return source.FileError(name, "its account is unknown, because no ARN in it contains the account ID; name the file as ACCOUNT=%s", name)
	}

	a := inv.Accounts[id]
	truncated := r.IsTruncated || r.Marker != "" || r.NextToken != ""
	if a != nil && a.RoleNames.Err() == nil && !truncated {
		return source.FileError(name, "another file of account %s is complete, too; remove the older one", id)
	}
	if a == nil {
		a = &account.Account{Roles: map[string]account.Read[account.Role]{}, OtherRoles: account.Absent[account.Role](), RoleNames: account.Complete([]account.RoleName{})}
		inv.Accounts[id] = a
	}
	a.Partition = cmp.Or(partition, a.Partition)
	policies.add(id, r.Policies)

	names := a.RoleNames.Items()
	for _, d := range *r.RoleDetailList {
		role, err := d.role()
		if err != nil {
			return bad("role %q: %w", d.RoleName, err)
		}
		a.Roles[d.RoleName] = account.Present(role)
		names = append(names, account.RoleName{Name: d.RoleName, Path: d.Path})
	}

	var rest account.Unread
	incomplete := errors.As(a.RoleNames.Err(), &rest) // because of an earlier file
	switch {
	case truncated:
		incomplete, rest = true, account.Unread{Reason: account.NotCollected, Detail: name + " is truncated"}
	case len(*r.RoleDetailList) == 0:
		// A file written with another --filter lists no roles, even if roles exist.
		incomplete, rest = true, account.Unread{Reason: account.NotCollected, Detail: name + " contains no roles; write it without --filter, or with --filter Role"}
	}
	a.RoleNames = account.Complete(names)
	if incomplete {
		a.RoleNames = account.Partial(names, rest)
		a.OtherRoles = account.Unreadable[account.Role](rest)
	}
	return nil
}

func arns(r response) []string {
	var all []string
	for _, d := range *r.RoleDetailList {
		all = append(all, d.Arn)
	}
	for _, d := range slices.Concat(r.UserDetailList, r.GroupDetailList) {
		all = append(all, d.Arn)
	}
	return all
}

func (d roleDetail) role() (account.Role, error) {
	if d.RoleName == "" || d.Path == "" {
		return account.Role{}, errors.New(`it lacks "RoleName" or "Path"`)
	}
	role := account.Role{Name: d.RoleName, Path: d.Path, ARN: d.Arn, ID: d.RoleID, Boundary: d.PermissionsBoundary.PermissionsBoundaryArn, Trust: document(d.AssumeRolePolicyDocument)}
	// A list that is missing in the file was removed from it. It is not empty.
	if d.AttachedManagedPolicies != nil {
		attached := make([]account.AttachedPolicy, 0, len(*d.AttachedManagedPolicies))
		for _, p := range *d.AttachedManagedPolicies {
			attached = append(attached, account.AttachedPolicy{Name: p.PolicyName, ARN: p.PolicyArn})
		}
		role.Attached = account.Complete(attached)
	}
	if d.RolePolicyList != nil {
		inline := make([]account.InlinePolicy, 0, len(*d.RolePolicyList))
		for _, p := range *d.RolePolicyList {
			inline = append(inline, account.InlinePolicy{Name: p.PolicyName, Document: document(p.PolicyDocument)})
		}
		role.Inline = account.Complete(inline)
	}
	if len(d.Tags) > 0 {
		role.Tags = account.Tags{}
		for _, t := range d.Tags {
			role.Tags[t.Key] = t.Value
		}
	}
	if used := d.RoleLastUsed; used != nil {
		role.LastUsed = account.Absent[account.LastUsed]() // "{}": not used in the tracking period
		if used.LastUsedDate != "" {
			date, err := time.Parse(time.RFC3339, used.LastUsedDate)
			role.LastUsed = account.Present(account.LastUsed{Date: date.UTC().Truncate(time.Second), Region: used.Region})
			if err != nil {
				role.LastUsed = account.Unreadable[account.LastUsed](account.Unread{Reason: account.Malformed, Detail: "RoleLastUsed: " + err.Error()})
			}
		}
	}
	return role, nil
}

// document decodes a policy document. The CLI writes it as an object, and the API as a string
// that is URL-encoded by RFC 3986, where "+" is a plus sign.
func document(raw json.RawMessage) account.Read[string] {
	if len(raw) == 0 || raw[0] != '"' {
		if len(raw) == 0 || string(raw) == "null" {
			return account.Unreadable[string](account.Unread{Reason: account.NotCollected, Detail: "the file does not contain the document"})
		}
		return account.Present(string(raw))
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return account.Unreadable[string](account.Unread{Reason: account.Malformed, Detail: err.Error()})
	}
	if strings.HasPrefix(strings.TrimSpace(text), "{") {
		return account.Present(text)
	}
	decoded, err := url.PathUnescape(text)
	if err != nil {
		return account.Unreadable[string](account.Unread{Reason: account.Malformed, Detail: "not URL-encoded: " + err.Error()})
	}
	return account.Present(decoded)
}
