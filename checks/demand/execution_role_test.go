package demand_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/checks/symbol"
)

// An owner whose policies were read, and that has none, is told to name its role. Where Image
// Builder is not offered, or policies were refused, something else says what is known.
func TestAnOwnerWithoutAnExecutionRole(t *testing.T) {
	none := &account.ImageBuilder{LifecyclePolicies: account.Complete([]account.LifecyclePolicy{})}
	unavailable := &account.ImageBuilder{Unavailable: true}
	refused := &account.ImageBuilder{LifecyclePolicies: account.Partial[account.LifecyclePolicy](nil, denied)}
	named := &account.ImageBuilder{LifecyclePolicies: account.Complete([]account.LifecyclePolicy{{Name: "keep", Status: "ENABLED", ExecutionRole: "L"}})}
	const perhaps, deployed = "name the execution role to audit it", "lifecycle management does nothing here"
	for name, test := range map[string]struct {
		listed  bool
		regions map[string]*account.ImageBuilder
		want    []string // what the gaps say, in part
	}{
		"no Region":                          {false, nil, []string{"there is no lifecycle policy in any Region"}},
		"no policy":                          {false, map[string]*account.ImageBuilder{"eu-west-1": none}, []string{perhaps}},
		"no policy in the organization":      {true, map[string]*account.ImageBuilder{"eu-west-1": none}, []string{deployed}},
		"not offered in one Region":          {false, map[string]*account.ImageBuilder{"eu-west-1": none, "mx-central-1": unavailable}, []string{"not offered in mx-central-1", perhaps}},
		"not offered anywhere":               {false, map[string]*account.ImageBuilder{"mx-central-1": unavailable}, []string{"not offered in mx-central-1"}},
		"not offered in the organization":    {true, map[string]*account.ImageBuilder{"mx-central-1": unavailable}, []string{"not offered in mx-central-1"}},
		"policies refused":                   {false, map[string]*account.ImageBuilder{"eu-west-1": refused}, []string{"could not all be read"}},
		"policies refused in one of Regions": {false, map[string]*account.ImageBuilder{"eu-west-1": none, "us-east-1": refused}, []string{"could not all be read"}},
		"a policy":                           {false, map[string]*account.ImageBuilder{"eu-west-1": named}, nil},
	} {
		o := account.Owner{Account: lawOwner, Listed: test.listed, Discover: []account.Kind{account.ExecutionRoleKind}}
		_, err := demand.New(&account.Inventory{Owners: []account.Owner{o}, Accounts: map[string]*account.Account{lawOwner: {ImageBuilder: test.regions}}}).ExecutionRoles(lawOwner)
		gaps := account.Gaps(err)
		if len(gaps) != len(test.want) {
			t.Errorf("%s: %v, want %q", name, gaps, test.want)
			continue
		}
		for i, want := range test.want {
			if !strings.Contains(gaps[i].Error(), want) {
				t.Errorf("%s: %v, want %q", name, gaps[i], want)
			}
		}
	}
}

// The evidence about a role tells the last run of the policy that names it, and nothing where that
// is not known.
func TestTheLastRunIsEvidence(t *testing.T) {
	started := time.Date(2026, 11, 1, 10, 30, 0, 0, time.UTC)
	const ran = "lifecycle policy keep in eu-west-1 last ran 2026-11-01 10:30 UTC: "
	for name, test := range map[string]struct {
		runs map[string]account.Read[account.Execution]
		want string // empty: no line
	}{
		"not collected":  {nil, ""},
		"refused":        {map[string]account.Read[account.Execution]{"arn:1": account.Unreadable[account.Execution](denied)}, ""},
		"of another":     {map[string]account.Read[account.Execution]{"arn:2": account.Present(account.Execution{Status: "SUCCESS"})}, ""},
		"none":           {map[string]account.Read[account.Execution]{"arn:1": account.Absent[account.Execution]()}, "lifecycle policy keep in eu-west-1 has not run yet"},
		"a success":      {map[string]account.Read[account.Execution]{"arn:1": account.Present(account.Execution{Status: "SUCCESS", Started: started})}, ran + "SUCCESS"},
		"an empty cause": {map[string]account.Read[account.Execution]{"arn:1": account.Present(account.Execution{Status: "FAILED", Reason: " \n", Started: started})}, ran + "FAILED"},
		"a failure":      {map[string]account.Read[account.Execution]{"arn:1": account.Present(account.Execution{Status: "FAILED", Reason: "no access", Started: started})}, ran + "FAILED, no access"},
	} {
		inv := &account.Inventory{
			Owners: []account.Owner{{Account: lawOwner, Regions: []string{"eu-west-1"}, Discover: []account.Kind{account.ExecutionRoleKind}}},
			Accounts: map[string]*account.Account{lawOwner: {ImageBuilder: map[string]*account.ImageBuilder{"eu-west-1": {
				LifecyclePolicies: account.Complete([]account.LifecyclePolicy{{ARN: "arn:1", Name: "keep", Status: "ENABLED", ExecutionRole: "L"}}), LastExecutions: test.runs,
			}}}},
		}
		roles, err := demand.New(inv).ExecutionRoles(lawOwner)
		if err != nil || len(roles) != 1 {
			t.Fatalf("%s: %+v, %v", name, roles, err)
		}
		want := []string{"named by lifecycle policy keep (enabled) in eu-west-1"}
		if test.want != "" {
			want = append(want, test.want)
		}
		if got := slices.DeleteFunc(roles[0].From, func(line string) bool { return strings.HasPrefix(line, "IAM knows") }); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// It is open whether lifecycle management uses a role that only policies name of which it is not
// known whether they are enabled. The first reason is given.
func TestARoleOfPoliciesThatMayBeEnabled(t *testing.T) {
	perhaps := func(variable, role string) account.LifecyclePolicy {
		return account.LifecyclePolicy{Name: variable, Status: symbol.New("var."+variable, "a variable without a value"), ExecutionRole: role, ResourceType: account.AMIImage}
	}
	policies := []account.LifecyclePolicy{perhaps("first", "L"), perhaps("second", "L"), perhaps("third", "arn:aws:iam::"+lawOwner+":role/L")}
	o := account.Owner{Account: lawOwner, Discover: []account.Kind{account.ExecutionRoleKind}}
	roles, err := demand.New(&account.Inventory{Owners: []account.Owner{o}, Accounts: map[string]*account.Account{lawOwner: {
		ImageBuilder: map[string]*account.ImageBuilder{"eu-west-1": {LifecyclePolicies: account.Complete(policies)}},
	}}}).ExecutionRoles(lawOwner)
	if err != nil || len(roles) != 1 {
		t.Fatalf("%+v, %v", roles, err)
	}
	if open := roles[0].Open; open == nil || !strings.Contains(open.Error(), "var.first") || roles[0].Unneeded != "" {
		t.Errorf("%s: %v, unneeded: %q", roles[0].Reference.Name, open, roles[0].Unneeded)
	}
}
