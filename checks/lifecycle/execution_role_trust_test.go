package lifecycle_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
)

// trustFinding is the finding about an execution role with this trust policy.
func trustFinding(t *testing.T, text string) checks.Finding {
	t.Helper()
	const owner, name = "111122223333", "Guide"
	inv := recording(t, "execution-role-trust")
	role, _, _ := inv.Accounts[owner].Role(name).Get()
	role.Trust = account.Present(text)
	inv.Accounts[owner].Roles[name] = account.Present(role)
	for f := range checks.Evaluate(inv, []checks.Check{lifecycle.ExecutionRoleTrust}) {
		if f.Subject.Name == name {
			return f
		}
	}
	t.Fatal("no finding")
	return checks.Finding{}
}

// trusts is a trust policy that allows sts:AssumeRole to a principal, with more members in the statement.
func trusts(principal, more string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":%s,"Action":"sts:AssumeRole"%s}]}`, principal, more)
}

// The edit of the trust policy of an execution role ends in a pass, and not in another warning.
func TestExecutionTrustEditPasses(t *testing.T) {
	const imageBuilder = `{"Service":"imagebuilder.amazonaws.com"}`
	when := func(condition string) string { return trusts(imageBuilder, `,"Condition":{`+condition+`}`) }
	for _, test := range []struct {
		trust, keeps string
		widens       bool
	}{
		{when(`"StringEquals":{"aws:SourceAccount":"222233334444"}`), "", true},
		{when(`"StringEquals":{"aws:SourceAccount":"111122223333"}`), "", true},
		{when(`"StringEquals":{"aws:SourceAccount":[]}`), "", true},
		{strings.Replace(when(`"StringEquals":{"AWS:sourceaccount":"${aws:ResourceAccount}"}`), "2012", "2008", 1), "2008-10-17", true},
		{when(`"StringEquals":{"aws:SourceAccount":"222233334444"},"Bool":{"aws:PrincipalIsAWSService":"true"}`), "aws:PrincipalIsAWSService", true},
		{when(`"StringEquals":{"sts:ExternalId":"abc"}`), "", false},
		{trusts(`{"Service":"ImageBuilder.amazonaws.com"}`, ""), "", false},
		{trusts(`{"Service":["IMAGEBUILDER.AMAZONAWS.COM","imageBuilder.amazonaws.com"]}`, ""), "", false},
	} {
		f := trustFinding(t, test.trust)
		fix := f.Fix()
		if fix == nil || len(fix.Changes) != 1 || fix.Changes[0].After == "" {
			t.Errorf("%s: %s, and no edit", test.trust, f.Status)
			continue
		}
		after := fix.Changes[0].After
		if got := trustFinding(t, after); got.Status != checks.Pass {
			t.Errorf("%s is %s after the edit: %s\n%s", test.trust, got.Status, got.Message, after)
		}
		if !strings.Contains(after, test.keeps) {
			t.Errorf("%s loses %s:\n%s", test.trust, test.keeps, after)
		}
		cautions := strings.Join(fix.Cautions, " ")
		if got := strings.Contains(cautions, "on behalf of any account"); got != test.widens {
			t.Errorf("%s: caution that it widens: %t in %s", test.trust, got, cautions)
		}
		if strings.Contains(cautions, "not for Image Builder alone") {
			t.Errorf("%s: %s", test.trust, cautions)
		}
	}
}

// To keep out others must not keep out Image Builder: where only everyone includes it, that is replaced.
func TestExecutionTrustKeepsImageBuilder(t *testing.T) {
	everyone := trusts(`"*"`, "")
	more := func(statement string) string {
		return strings.TrimSuffix(everyone, "]}") + `,{"Effect":"Allow","Principal":` + statement + `,"Action":"sts:AssumeRole"}]}`
	}
	for trust, want := range map[string]string{
		everyone: "replace the principal * by imagebuilder.amazonaws.com if nothing else uses the role",
		more(`{"Service":"lambda.amazonaws.com"}`):       "remove service lambda.amazonaws.com, and replace the principal * by imagebuilder.amazonaws.com if nothing else uses the role",
		more(`{"Service":"imagebuilder.amazonaws.com"}`): "remove everyone if nothing else uses the role",
	} {
		f := trustFinding(t, trust)
		fix := f.Fix()
		if f.Status != checks.Warn || fix == nil || fix.Changes[0].Hint != want || !strings.Contains(fix.Summary, want) {
			t.Errorf("%s: %s, %+v, want %s", trust, f.Status, fix, want)
		}
	}
}
