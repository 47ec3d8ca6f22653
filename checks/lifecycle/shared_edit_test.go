package lifecycle

import (
	"strings"
	"testing"

	"github.com/iblint/iblint/checks"
)

// A fix says that it exempts a principal, however the document spells the condition key and
// whether or not the list of exempt principals was there before.
func TestExempts(t *testing.T) {
	deny := func(rest string) string { return `{"Statement":[{"Effect":"Deny","Action":"*",` + rest + `}]}` }
	for _, test := range []struct {
		before, after string
		want          bool
	}{
		{deny(`"Resource":"*"`), deny(`"Resource":"*","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::1:role/a"}}`), true},
		{deny(`"Resource":"*","Condition":{"ArnNotLike":{"aws:PrincipalARN":"a"}}`), deny(`"Resource":"*","Condition":{"ArnNotLike":{"aws:PrincipalARN":["a","b"]}}`), true},
		{deny(`"Resource":"*","Condition":{"StringNotEqualsIfExists":{"AWS:principalarn":["a"]}}`), deny(`"Resource":"*","Condition":{"StringNotEqualsIfExists":{"AWS:principalarn":["a","b"]}}`), true},
		{deny(`"Resource":"*","Condition":{"ArnLike":{"aws:PrincipalArn":["a","b"]}}`), deny(`"Resource":"*","Condition":{"ArnLike":{"aws:PrincipalArn":["a"]}}`), true},
		{deny(`"Principal":"*"`), deny(`"Principal":"*","Condition":{"StringNotEquals":{"aws:PrincipalServiceName":"imagebuilder.amazonaws.com"}}`), true},
		{deny(`"NotPrincipal":{"AWS":["1"]}`), deny(`"NotPrincipal":{"AWS":["1","2"]}`), true},
		{deny(`"Principal":{"AWS":["1","2"]}`), deny(`"Principal":{"AWS":["1"]}`), true},
		{deny(`"Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":"a"}}`), deny(`"Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["a","b"]}}`), false},
		{`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`, `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"ArnNotLike":{"aws:PrincipalArn":"a"}}}]}`, false},
		{deny(`"Resource":"*"`), "", false},
	} {
		c := checks.Change{Action: checks.EditGuardrail, Before: test.before, After: test.after}
		if exempts(c) != test.want || strings.Contains(strings.Join(cautions(c), " "), "exempts") != test.want {
			t.Errorf("%s\n%s\nexempts: want %v; cautions: %q", test.before, test.after, test.want, cautions(c))
		}
	}
}

// A document that AWS would refuse for its length has a caution. White space does not count.
func TestTooLong(t *testing.T) {
	document := func(n int) string { return `{"a": "` + strings.Repeat("x", n-len(`{"a":""}`)) + "\"  \n}" }
	for _, test := range []struct {
		action checks.Action
		most   int
		text   string
	}{
		{checks.EditTrust, 2048, "2,048"},
		{checks.CreateRole, 2048, "2,048"},
		{checks.EditGuardrail, 5120, "5,120"},
		{checks.EditManagedPolicy, 6144, "6,144"},
	} {
		if got := tooLong(checks.Change{Action: test.action, After: document(test.most)}); len(got) > 0 {
			t.Errorf("%s with %d characters: %q", test.action, test.most, got)
		}
		c := checks.Change{Action: test.action, After: document(test.most + 1)}
		if test.action == checks.CreateRole {
			c.Document, c.After = c.After, ""
		}
		if got := strings.Join(tooLong(c), " "); !strings.Contains(got, test.text) || !strings.Contains(got, thousands(test.most+1)) {
			t.Errorf("%s with %d characters: %q", test.action, test.most+1, got)
		}
	}
	if got := tooLong(checks.Change{Action: checks.EditInlinePolicy, After: document(10000)}); len(got) > 0 {
		t.Errorf("%q", got)
	}
}
