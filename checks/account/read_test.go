package account_test

import (
	"testing"

	"github.com/iblint/iblint/checks/account"
)

func TestExcerpt(t *testing.T) {
	for text, want := range map[string]string{
		"":                                    "",
		"The snapshot is in use.":             "The snapshot is in use",
		"Not found. Request ID: 1":            "Not found",
		"Not found; try again":                "Not found",
		"Not found (404)":                     "Not found",
		"cannot read it: iam:GetRole: denied": "cannot read it",
		"${var.tags}: it has no value":        "${var.tags}: it has no value",
		"two\n\tlines\r\nof text":             "two lines of text",
		"arn:aws:iam::111122223333:role/longer-than-the-limit cannot": "arn:aws:iam::111122223333:role/longer-than-the-limit …",
		"one two three four five six, seven":                          "one two three four five six …",
	} {
		if got := account.Excerpt(text, 30); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestBriefNamesTheCallAndWhoWasRefused(t *testing.T) {
	for want, why := range map[string]account.Unread{
		"iam:GetRole denied to role Audit": {
			Reason: account.AccessDenied, Action: "iam:GetRole", Detail: "User: arn:aws:sts::111122223333:assumed-role/Audit/me is not authorized",
		},
		"iam:GetRole denied by a service control policy":        {Reason: account.AccessDenied, Action: "iam:GetRole", DeniedBy: "service control policy"},
		"iam:GetRole throttled":                                 {Reason: account.Throttled, Action: "iam:GetRole", Detail: "Rate exceeded"},
		"not collected: nothing was read of this account":       {Reason: account.NotCollected, Detail: "nothing was read of this account"},
		"not known yet: ${var.tags}: the variable has no value": {Reason: account.Unresolved, Detail: "${var.tags}: the variable has no value"},
		"no usable credentials":                                 {Reason: account.NoCredentials},
	} {
		if got := why.Brief(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
