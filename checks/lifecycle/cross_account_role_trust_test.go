package lifecycle_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/checks/policy"
	"github.com/iblint/iblint/fixtures"
	"github.com/iblint/iblint/internal/source/recorded"
)

// The check finds an account that the policy does not name, even if the policy names many.
// If the policy has a prefix of account IDs, the check tries an account with that prefix.
func TestStrangers(t *testing.T) {
	var ids []string
	for digit := range 10 {
		d := fmt.Sprint(digit)
		ids = append(ids, strings.Repeat(d, 12), "1"+strings.Repeat(d, 10)+"2")
	}
	ids = append(ids, "271828182845")
	list := `["` + strings.Join(ids, `","`) + `"]`
	for condition, want := range map[string]checks.Status{
		`"StringEquals":{"aws:SourceAccount":` + strings.Replace(list, "[", `["222233334444","111122223333",`, 1) + `}`: checks.Pass,
		`"StringNotEquals":{"aws:SourceAccount":` + list + `}`:                                                          checks.Warn,
		`"StringLike":{"aws:SourceArn":"arn:aws:imagebuilder:eu-west-1:111122223333*"}`:                                 checks.Pass,
		`"StringLike":{"aws:SourceArn":"arn:aws:imagebuilder:eu-west-1:11112222*"}`:                                     checks.Warn,
	} {
		inv, err := recorded.Parse("demo", fixtures.Demo)
		if err != nil {
			t.Fatal(err)
		}
		inv.Owners[0].Destinations = inv.Owners[0].Destinations[:1]
		roles := inv.Accounts["222233334444"].Roles
		role, _, _ := roles["Ec2ImageBuilderCrossAccountLifecycleAccess"].Get()
		role.Trust = account.Present(`{"Statement":{"Effect":"Allow","Principal":{"Service":"imagebuilder.amazonaws.com"},"Action":"sts:AssumeRole",` +
			`"Condition":{` + condition + `}}}`)
		roles["Ec2ImageBuilderCrossAccountLifecycleAccess"] = account.Present(role)
		for f := range checks.Evaluate(inv, []checks.Check{lifecycle.CrossAccountRoleTrust}) {
			if f.Status != want {
				t.Errorf("%s: %s, %s", condition, f.Status, f.Message)
			}
		}
	}
}

// If the source account is known, an edit does not admit the images of other accounts.
func TestFixTrustKeepsStrangersOut(t *testing.T) {
	const source, stranger = "111122223333", "444455556666"
	request := func(account string) *policy.Request {
		r := lifecycle.AssumeRole(lifecycle.ServicePrincipal)
		r.Context.Set("aws:SourceAccount", policy.Known(account)).Set("aws:SourceArn", policy.Known("arn:aws:imagebuilder:eu-west-1:"+account+":image/a/1.0.0/1"))
		return r
	}
	values := map[string][]string{"aws:SourceAccount": {source}, "aws:SourceArn": {"arn:aws:imagebuilder:eu-west-1:" + source + ":image/a/1.0.0/1"}}
	for _, statement := range []string{
		`"Principal":{"Service":"imagebuilder.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`,
		`"Principal":{"Service":"imagebuilder.amazonaws.com"},"Action":"sts:TagSession"`,
		`"Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"`,
		`"Principal":{"Service":"imagebuilder.amazonaws.com"},"NotAction":["sts:AssumeRole","sts:TagSession"]`,
	} {
		_, after, ok := lifecycle.FixTrust(`{"Statement":{"Effect":"Allow",`+statement+`}}`, request(source), values)
		d, err := policy.Parse(policy.Trust, after)
		if !ok || err != nil {
			t.Errorf("%s: no edit, %v", statement, err)
			continue
		}
		if mine, others := policy.Evaluate(d, request(source)), policy.Evaluate(d, request(stranger)); mine.Outcome != policy.Allowed || others.Outcome != policy.Denied {
			t.Errorf("%s, a stranger: %s\n%s", mine.Outcome, others.Outcome, after)
		}
	}
}

// The last use of a role that only Image Builder can assume, and that accepts one account
// only as aws:SourceAccount, is evidence for that reading. If others can assume the role,
// they may have used it.
func TestLastUseAsEvidence(t *testing.T) {
	const owner, acceptsOwner, acceptsDestination, acceptsBoth = "111122223333", "200000000210", "200000000211", "200000000208"
	others := `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole"},`
	for _, test := range []struct{ destination, more, want string }{
		{acceptsOwner, "", "the role was last used on 2026-10-30 in eu-west-1, and its trust policy allows only Image Builder to assume it; unless the trust policy has changed since, this is strong evidence that aws:SourceAccount is the owner, the only one that it accepts"},
		{acceptsDestination, "", "the role was last used on 2026-10-30 in eu-west-1, and its trust policy allows only Image Builder to assume it; unless the trust policy has changed since, this is strong evidence that aws:SourceAccount is the destination, the only one that it accepts"},
		{acceptsOwner, others, ""},
		{acceptsOwner, strings.Replace(others, "Allow", "Deny", 1), "the owner, the only one that it accepts"},
		{acceptsBoth, "", ""},
	} {
		inv := recording(t, "source-organization")
		role, _, _ := inv.Accounts[test.destination].Role(account.CrossAccountRoleName).Get()
		text, _, _ := role.Trust.Get()
		role.Trust = account.Present(strings.Replace(text, `"Statement":[`, `"Statement":[`+test.more, 1))
		role.LastUsed = account.Present(account.LastUsed{Date: time.Date(2026, 10, 30, 1, 2, 3, 0, time.UTC), Region: "eu-west-1"})
		inv.Accounts[test.destination].Roles[account.CrossAccountRoleName] = account.Present(role)
		found := ""
		for f := range checks.Evaluate(inv, []checks.Check{lifecycle.CrossAccountRoleTrust}) {
			if f.Subject.Account != test.destination {
				continue
			}
			for _, line := range f.Evidence {
				if strings.Contains(line, "strong evidence") {
					found = line
				}
			}
		}
		if (found == "") != (test.want == "") || !strings.Contains(found, test.want) {
			t.Errorf("%s %s: %q, want %q", test.destination, test.more, found, test.want)
		}
	}

	inv := recording(t, "source-organization")
	role, _, _ := inv.Accounts[owner].Role("ForTheOrganization").Get()
	role.LastUsed = account.Present(account.LastUsed{Date: time.Date(2026, 10, 30, 1, 2, 3, 0, time.UTC)})
	inv.Accounts[owner].Roles["ForTheOrganization"] = account.Present(role)
	for f := range checks.Evaluate(inv, []checks.Check{lifecycle.ExecutionRoleTrust}) {
		const want = "the role was last used on 2026-10-30, and its trust policy allows only Image Builder to assume it; if the trust policy has not changed since, the request has"
		if has := strings.Contains(strings.Join(f.Evidence, "\n"), want); has != (f.Subject.Name == "ForTheOrganization") {
			t.Errorf("%s: %q", f.Subject.Name, f.Evidence)
		}
	}
}
