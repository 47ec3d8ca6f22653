package lifecycle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

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

// cautions are the warnings for an edit that exempts a role from a Deny, that changes a
// managed policy, or whose result is too long.
func cautions(c checks.Change) (all []string) {
	if exempts(c) {
		who := "the role"
		if c.Action == checks.EditTrust || strings.Count(c.After, ServicePrincipal) > strings.Count(c.Before, ServicePrincipal) {
			who = "Image Builder"
		}
		all = append(all, fmt.Sprintf("The edit exempts %s from a whole statement. If the statement also denies other actions, move those to a separate statement.", who))
	}
	if c.Action == checks.EditManagedPolicy && c.After != "" {
		all = append(all, "The edit starts from the policy as it was read. If another finding edits the same policy, apply one edit, then run iblint again.",
			"A managed policy has at most five versions. If it has five, delete an old one first (aws iam delete-policy-version).")
	}
	return append(all, tooLong(c)...)
}

// limits are the most characters of documents (IAM User Guide, "IAM and AWS STS quotas";
// AWS Organizations User Guide, "Quotas and service limits"). IAM does not count white space.
// Organizations does, so the commands write the document without it.
var limits = map[checks.Action]struct {
	what string
	most int
	more string
}{
	checks.CreateRole:        {"A trust policy", 2048, "; the quota can be raised to 4,096"},
	checks.EditTrust:         {"A trust policy", 2048, "; the quota can be raised to 4,096"},
	checks.EditManagedPolicy: {"A managed policy", 6144, ""},
	checks.EditGuardrail:     {"A service or resource control policy", 5120, ""},
}

// tooLong is the warning for a document with more characters than AWS accepts.
func tooLong(c checks.Change) []string {
	limit, limited := limits[c.Action]
	n := characters(c.After + c.Document) // a change has at most one
	if !limited || n <= limit.most {
		return nil
	}
	return []string{fmt.Sprintf("%s may have %s characters%s. The new one has %s, so AWS may refuse it. Shorten the document first.",
		limit.what, thousands(limit.most), limit.more, thousands(n))}
}

// characters is the length of a document without white space between its tokens.
func characters(document string) int {
	var minified bytes.Buffer
	if err := json.Compact(&minified, []byte(document)); err != nil {
		return 0 // no document
	}
	return utf8.RuneCount(minified.Bytes())
}

// thousands is a number with a comma before the last three digits.
func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}

// exempts reports whether an edit exempts a principal from a Deny statement: the statement
// then excludes one more principal by name, or includes one fewer.
func exempts(c checks.Change) bool {
	before, after := documentOf(c.Before), documentOf(c.After)
	return before != nil && after != nil && excluded(after) > excluded(before)
}

// documentOf parses a document of any kind; nil if there is none.
func documentOf(text string) *policy.Document {
	for _, kind := range []policy.Kind{policy.Identity, policy.Resource, policy.Trust} {
		if d, err := policy.Parse(kind, text); err == nil {
			return d
		}
	}
	return nil
}

// excluded is how many principals the Deny statements of a document exclude by name, less
// those that they include.
func excluded(d *policy.Document) (n int) {
	for _, s := range d.Statements {
		if s.Effect != policy.Deny {
			continue
		}
		n += len(s.NotPrincipals) - len(s.Principals)
		for _, c := range s.Conditions {
			// IAM ignores the letter case of condition keys: aws:PrincipalARN is the same key
			// (IAM User Guide, "IAM JSON policy elements: Condition").
			switch strings.ToLower(c.Key) {
			case "aws:principalarn", "aws:principalservicename":
				if strings.Contains(strings.ToLower(c.Operator), "not") {
					n += len(c.Values)
				} else {
					n -= len(c.Values)
				}
			}
		}
	}
	return n
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
