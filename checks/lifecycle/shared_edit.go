package lifecycle

import (
	"encoding/json"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/policy"
)

// exemption is the condition that exempts the requests of a service from a Deny.
func exemption(service string) []policy.Condition {
	return []policy.Condition{{Operator: "StringNotEquals", Key: "aws:PrincipalServiceName", Values: []string{service}}}
}

// edit sets Before and After of a change to the smallest edit of a document for which test
// returns true. If there is none, it leaves them empty.
func edit(c *checks.Change, kind policy.Kind, text string, wants policy.Wants, test func(*policy.Document) (obstacle policy.Decision, good bool)) {
	before, err := policy.Indent(text)
	if err != nil {
		return
	}
	if after, ok := policy.FindEdit(kind, before, wants, test); ok && after != before {
		c.Before, c.After = before, after
	}
}

// cautions are the warnings for an edit that exempts a role from a Deny, or that changes a
// managed policy.
func cautions(c checks.Change) (all []string) {
	if exempts(c) {
		all = append(all, "The edit exempts the role from a whole statement. If the statement also denies other actions, move those to a separate statement.")
	}
	if c.Action == checks.EditManagedPolicy && c.After != "" {
		all = append(all, "The edit starts from the policy as it was read. If another finding edits the same policy, apply one edit, then run iblint again.",
			"A managed policy has at most five versions. If it has five, delete an old one first (aws iam delete-policy-version).")
	}
	return all
}

// exempts reports whether an edit exempts a role from a statement: it adds a condition on
// aws:PrincipalArn.
func exempts(c checks.Change) bool {
	const key = "aws:PrincipalArn"
	return strings.Count(c.After, key) > strings.Count(c.Before, key)
}

// compact is JSON on one line.
func compact(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // cannot happen: v holds only strings, lists and maps
	}
	return string(text)
}

const propagation = "IAM changes take seconds to minutes to take effect everywhere."
