package checks

import (
	"strings"
	"testing"

	"github.com/iblint/iblint/checks/account"
)

// A short message is an excerpt. It is made of what Rewrite made of the whole: a part of a name would not
// be replaced.
func TestShortMessagesAreRewrittenAsAWhole(t *testing.T) {
	name := "team " + strings.Repeat("blue ", 30)
	why := account.Unread{Reason: account.Failed, Action: "iam:GetRole", Detail: name}
	f := unknown(account.Subject{}, why)
	if !strings.Contains(f.Short, "blue") {
		t.Fatalf("the short message %q has no part of the name", f.Short)
	}
	if got := f.rewrite(func(s string) string { return strings.ReplaceAll(s, name, "name-1") }).Short; strings.Contains(got, "blue") {
		t.Errorf("the short message is %q", got)
	}
}
