package authorization

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/internal/source"
)

const role = `{"Path":"/","RoleName":"L","Arn":"arn:aws:iam::111122223333:role/L","AssumeRolePolicyDocument":{"Version":"2012-10-17","Statement":[]},"RolePolicyList":[],"AttachedManagedPolicies":[]}`

// Several files of one account are pages of its list. The list is complete only if no page is
// truncated.
func TestPagesOfOneAccount(t *testing.T) {
	first := strings.Replace(role, `"L"`, `"First"`, 1)
	for name, c := range map[string]struct {
		pages []string
		whole bool
	}{
		"one":               {[]string{`{"RoleDetailList":[` + role + `]}`}, true},
		"first and last":    {[]string{`{"RoleDetailList":[` + first + `],"IsTruncated":true,"Marker":"a"}`, `{"RoleDetailList":[` + role + `]}`}, false},
		"last before first": {[]string{`{"RoleDetailList":[` + role + `]}`, `{"RoleDetailList":[` + first + `],"NextToken":"a"}`}, false},
	} {
		inv := &account.Inventory{Accounts: map[string]*account.Account{}}
		for _, page := range c.pages {
			if err := add(inv, documents{}, "", name, []byte(page)); err != nil {
				t.Fatal(err)
			}
		}
		a := inv.Accounts["111122223333"]
		if len(a.Roles) != len(c.pages) || len(a.RoleNames.Items()) != len(c.pages) {
			t.Errorf("%s: %d roles", name, len(a.Roles))
		}
		if _, found, err := a.Role("Other").Get(); found || (err == nil) != c.whole {
			t.Errorf("%s: another role: found %v, %v", name, found, err)
		}
		if (a.RoleNames.Err() == nil) != c.whole {
			t.Errorf("%s: the names of all roles: %v", name, a.RoleNames.Err())
		}
	}
}

const attached = `{"Path":"/","RoleName":"L","Arn":"arn:aws:iam::111122223333:role/L","AssumeRolePolicyDocument":{},"RolePolicyList":[],
"AttachedManagedPolicies":[{"PolicyName":"One","PolicyArn":"arn:1"},{"PolicyName":"Two","PolicyArn":"arn:2"}],"PermissionsBoundary":{"PermissionsBoundaryArn":"arn:3"}}`

// The documents of managed policies come from all files of the account, whichever file contains
// the role, and never from files of another account. A missing document is unread, and the
// reason says how to write a file that contains it.
func TestManagedPolicies(t *testing.T) {
	const one = `{"Arn":"arn:1","DefaultVersionId":"v2","PolicyVersionList":[
{"VersionId":"v1","IsDefaultVersion":false,"Document":{"old":1}},{"VersionId":"v2","IsDefaultVersion":true,"Document":{"new":1}}]}`
	const three = `{"Arn":"arn:3","DefaultVersionId":"v1","PolicyVersionList":[{"VersionId":"v1","Document":"%7B%22encoded%22%3A1%7D"}]}`
	const broken = `{"Arn":"arn:1","DefaultVersionId":"v3","PolicyVersionList":[{"VersionId":"v1","Document":{}}]}`
	for name, c := range map[string]struct {
		pages []string
		want  [3]string // of the attached ones and of the boundary
	}{
		"with the role":     {[]string{`{"RoleDetailList":[` + attached + `],"Policies":[` + one + `,` + three + `]}`}, [3]string{`{"new":1}`, "--filter", `{"encoded":1}`}},
		"before the role":   {[]string{`{"RoleDetailList":[],"Policies":[` + one + `],"NextToken":"a"}`, `{"RoleDetailList":[` + attached + `]}`}, [3]string{`{"new":1}`, "--filter", "--filter"}},
		"behind the role":   {[]string{`{"RoleDetailList":[` + attached + `],"IsTruncated":true}`, `{"RoleDetailList":[],"Policies":[` + one + `]}`}, [3]string{`{"new":1}`, "--filter", "--filter"}},
		"without":           {[]string{`{"RoleDetailList":[` + attached + `]}`}, [3]string{"--filter", "--filter", "--filter"}},
		"without a default": {[]string{`{"RoleDetailList":[` + attached + `],"Policies":[` + broken + `]}`}, [3]string{"no default version", "--filter", "--filter"}},
	} {
		inv, policies := &account.Inventory{Accounts: map[string]*account.Account{}}, documents{}
		for _, page := range append(c.pages, `{"RoleDetailList":[],"UserDetailList":[{"Arn":"arn:aws:iam::222233334444:user/u"}],"Policies":[`+strings.ReplaceAll(one, "arn:1", "arn:2")+`]}`) {
			id := ""
			if !strings.Contains(page, "arn:aws:iam::") {
				id = "111122223333"
			}
			if err := add(inv, policies, id, name, []byte(page)); err != nil {
				t.Fatal(err)
			}
		}
		policies.fillIn(inv)
		role, _, _ := inv.Accounts["111122223333"].Roles["L"].Get()
		for i, read := range []account.Read[string]{role.Attached.Items()[0].Document, role.Attached.Items()[1].Document, role.BoundaryDocument} {
			text, found, err := read.Get()
			if err != nil {
				text = err.Error()
			}
			if found != strings.HasPrefix(c.want[i], "{") || !strings.Contains(text, c.want[i]) {
				t.Errorf("%s, policy %d: %q, expected %q", name, i, text, c.want[i])
			}
		}
	}
}

// Every file is either refused as wrong input or checked.
func FuzzAdd(f *testing.F) {
	f.Add([]byte(`{"RoleDetailList":[` + role + `]}`))
	f.Add([]byte(`{"RoleDetailList":[],"UserDetailList":[{"Arn":"arn:aws:iam::111122223333:user/u"}],"IsTruncated":true}`))
	f.Add([]byte(strings.Replace(role, `{"Version":"2012-10-17","Statement":[]}`, `"%7B%22Statement%22%3A%5B%5D%7D"`, 1)))
	f.Add([]byte(`{"RoleDetailList":[` + attached + `],"Policies":[{"Arn":"arn:1","PolicyVersionList":[{"IsDefaultVersion":true,"Document":{}}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		inv := &account.Inventory{Accounts: map[string]*account.Account{}}
		policies := documents{}
		if err := add(inv, policies, "111122223333", "fuzz", data); err != nil {
			var input *source.InputError
			if !errors.As(err, &input) {
				t.Errorf("error %q is not about the input", err)
			}
			return
		}
		policies.fillIn(inv)
		inv.Owners = []account.Owner{{Account: "111122223333", ExecutionRoles: []string{"L"}, Destinations: []account.Target{{Account: "222233334444"}}}}
		for finding := range checks.Run(inv, lifecycle.All()).Findings() {
			if strings.Contains(finding.Message, "fault of iblint") {
				t.Errorf("%s panicked: %s", finding.Check.ID, finding.Message)
			}
		}
	})
}

// The ID and the last use of a role are read. "{}" says that the role was not used, and a
// file without RoleLastUsed says nothing.
func TestIDAndLastUse(t *testing.T) {
	for text, want := range map[string]string{
		`"RoleId":"AROAEXAMPLE"`: "AROAEXAMPLE not collected",
		`"RoleLastUsed":{}`:      " absent",
		`"RoleLastUsed":{"LastUsedDate":"2026-10-30T03:02:03+02:00"}`:                   " 2026-10-30T01:02:03Z ",
		`"RoleLastUsed":{"LastUsedDate":"2026-10-30T01:02:03.5Z","Region":"eu-west-1"}`: " 2026-10-30T01:02:03Z eu-west-1",
		`"RoleLastUsed":{"LastUsedDate":"yesterday"}`:                                   " the response could not be parsed",
	} {
		inv := &account.Inventory{Accounts: map[string]*account.Account{}}
		if err := add(inv, documents{}, "", "file", []byte(`{"RoleDetailList":[`+strings.Replace(role, "{", "{"+text+",", 1)+`]}`)); err != nil {
			t.Fatal(err)
		}
		r, _, _ := inv.Accounts["111122223333"].Role("L").Get()
		got := r.ID
		switch used, found, err := r.LastUsed.Get(); {
		case err != nil:
			got += " " + err.Error()
		case !found:
			got += " absent"
		default:
			got += " " + used.Date.Format(time.RFC3339) + " " + used.Region
		}
		if !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}
