package lifecycle

import (
	"fmt"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/policy"
)

// rolePolicies are the policies that decide a role's permissions: the attached policies,
// the inline policies and the permissions boundary. Each layer has the reason why a policy in it
// could not be read or parsed.
func rolePolicies(role *account.Role) policy.Policies {
	own := policy.Layer{Name: "the policies of role " + role.Name}
	for _, p := range role.Attached.Items() {
		addManaged(&own, "managed policy "+p.ARN, p.ARN, p.Document)
	}
	addGap(&own, role.Attached.Err())
	for _, p := range role.Inline.Items() {
		addPolicy(&own, policy.Identity, "inline policy "+p.Name, p.Document)
	}
	addGap(&own, role.Inline.Err())
	all := policy.Policies{Identity: own}
	if role.Boundary != "" {
		boundary := policy.Layer{Name: "the permissions boundary of role " + role.Name}
		addBoundary(&boundary, role)
		all.Boundary = &boundary
	}
	return all
}

// addPolicy adds a document to a layer. A document that does not exist adds nothing.
func addPolicy(l *policy.Layer, kind policy.Kind, name string, read account.Read[string]) {
	text, found, err := read.Get()
	if err != nil {
		addGap(l, fmt.Errorf("%s: %w", name, err))
		return
	}
	if !found {
		return
	}
	document, err := policy.Parse(kind, text)
	if err != nil {
		addGap(l, notParsed(name, err))
		return
	}
	l.Policies = append(l.Policies, policy.Policy{Name: name, Document: document})
}

// addGap records why a layer may be incomplete. It keeps the first reason.
func addGap(l *policy.Layer, err error) {
	if l.Unread == nil {
		l.Unread = err
	}
}
