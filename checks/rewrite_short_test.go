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
	for _, err := range []error{why, InShort("role Blue "+Brief(why), why)} {
		f := unknown(account.Subject{}, err)
		if !strings.Contains(f.Short, "blue") {
			t.Fatalf("the short message %q has no part of the name", f.Short)
		}
		replaced := strings.NewReplacer(name, "name-1", "Blue", "name-2")
		if got := f.rewrite(replaced.Replace).Short; strings.Contains(strings.ToLower(got), "blue") {
			t.Errorf("the short message is %q", got)
		}
	}
}
