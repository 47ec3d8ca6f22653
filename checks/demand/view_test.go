package demand_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
)

var denied = account.Unread{Reason: account.AccessDenied, Action: "iam:GetRole", Detail: "no"}

// A repository is known by the host of its registry in every partition.
func TestRegistryHosts(t *testing.T) {
	for text, want := range map[string]account.Repository{
		"app/web":         {Region: "eu-west-1", Name: "app/web"},
		"my.team/app:1.0": {Region: "eu-west-1", Name: "my.team/app"},
		"111122223333.dkr.ecr.eu-west-2.amazonaws.com/app:1.0":            {Region: "eu-west-2", Name: "app"},
		"111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/app@sha256:00":  {Region: "cn-north-1", Name: "app"},
		"111122223333.dkr.ecr.eusc-de-east-1.amazonaws.eu/app:1.0":        {Region: "eusc-de-east-1", Name: "app"},
		"111122223333.dkr.ecr.us-iso-east-1.c2s.ic.gov/app":               {Region: "us-iso-east-1", Name: "app"},
		"111122223333.dkr.ecr-fips.us-gov-west-1.amazonaws.com/app":       {Region: "us-gov-west-1", Name: "app"},
		"111122223333.dkr-ecr.eu-west-2.on.aws/app":                       {Region: "eu-west-2", Name: "app"},
		"111122223333.dkr-ecr.eusc-de-east-1.on.amazonwebservices.eu/app": {Region: "eusc-de-east-1", Name: "app"},
		"111122223333.dkr.ecr.Nowhere.amazonaws.com/app":                  {},
		"222233334444.dkr.ecr.eusc-de-east-1.amazonaws.eu/somebody/elses": {},
		"222233334444.dkr.ecr.eu-west-1.amazonaws.com/somebody/elses":     {},
		"public.ecr.aws/somebody/elses":                                   {},
	} {
		inv := &account.Inventory{
			Owners: []account.Owner{{Account: "111122223333", Regions: []string{"eu-west-1"}, Discover: []account.Kind{account.RepositoryKind}}},
			Accounts: map[string]*account.Account{"111122223333": {ImageBuilder: map[string]*account.ImageBuilder{"eu-west-1": {
				LifecyclePolicies: account.Complete[account.LifecyclePolicy](nil), Distributions: account.Complete[account.Distribution](nil), Images: account.Complete[account.Image](nil),
				ContainerRecipes: account.Complete([]account.ContainerRecipe{{Name: "r", Repository: account.Present(text)}}),
			}}}},
		}
		var got account.Repository
		repositories, err := demand.New(inv).ContainerRepositories("111122223333")
		if len(repositories) == 1 {
			got = repositories[0].Repository
		}
		if got != want || (err == nil) != (want != account.Repository{}) {
			t.Errorf("%s is taken for %+v (%v)", text, got, err)
		}
	}
}

// A Region that is not known may hold the first lifecycle policy: then what another
// one distributes to does not matter, and needs no role.
func TestARegionThatIsNotKnown(t *testing.T) {
	settings := account.Present([]account.DistributionSettings{{Region: "eu-west-1", TargetAccounts: []string{"222233334444"}}})
	for name, c := range map[string]struct {
		regions account.List[string]
		want    int
	}{
		"all are known": {account.Complete([]string{"eu-west-1"}), 1},
		"one is":        {account.Partial([]string{"eu-west-1"}, denied), 0},
	} {
		inv := &account.Inventory{
			Owners: []account.Owner{{Account: "111122223333", AllRegions: true, Discover: []account.Kind{account.DestinationKind}}},
			Accounts: map[string]*account.Account{"111122223333": {Regions: c.regions, ImageBuilder: map[string]*account.ImageBuilder{"eu-west-1": {
				LifecyclePolicies: account.Complete[account.LifecyclePolicy](nil), Images: account.Complete[account.Image](nil),
				Distributions: account.Complete([]account.Distribution{{Name: "d", Settings: settings}}),
			}}}},
		}
		if got, _ := demand.New(inv).Destinations("222233334444"); len(got) != c.want {
			t.Errorf("%s: %d destinations", name, len(got))
		}
		if _, err := demand.New(inv).Destinations("111122223333"); (err == nil) != (c.want == 1) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A list that changes while it is read may show a lifecycle policy on two pages.
func TestALifecyclePolicyListedTwice(t *testing.T) {
	p := account.LifecyclePolicy{ARN: "arn:1", Name: "p"}
	inv := &account.Inventory{
		Owners: []account.Owner{{Account: "111122223333", Regions: []string{"eu-west-1"}, Discover: []account.Kind{account.LifecyclePolicyKind}}},
		Accounts: map[string]*account.Account{"111122223333": {ImageBuilder: map[string]*account.ImageBuilder{
			"eu-west-1": {LifecyclePolicies: account.Complete([]account.LifecyclePolicy{p, p})},
		}}},
	}
	if got, err := demand.New(inv).LifecyclePolicies("111122223333"); len(got) != 1 || err != nil {
		t.Errorf("%d lifecycle policies, %v", len(got), err)
	}
}

// A list of accounts that broke off is not made whole by that of another organization.
func TestMergeOfOrganizations(t *testing.T) {
	at := func(hour int) time.Time { return time.Date(2026, 11, 1, hour, 0, 0, 0, time.UTC) }
	organization := func(hour int, id string, members account.List[account.Member]) *account.Inventory {
		return &account.Inventory{ReadAt: at(hour), Organization: &account.Organization{Account: id, Members: members}}
	}
	one, two := []account.Member{{Account: "222233334444", State: "SUSPENDED"}}, []account.Member{{Account: "111122223333", State: "ACTIVE"}, {Account: "222233334444", State: "ACTIVE"}}
	for name, c := range map[string]struct {
		older, newer *account.Inventory
		gap          string // the account that it is told about
	}{
		"the older broke off": {organization(1, "888800001111", account.Partial(one, denied)), organization(2, "999900001111", account.Complete(two)), "888800001111"},
		"the newer broke off": {organization(1, "888800001111", account.Complete(one)), organization(2, "999900001111", account.Partial(two, denied)), "999900001111"},
		"both are whole":      {organization(1, "888800001111", account.Complete(one)), organization(2, "999900001111", account.Complete(two)), ""},
		"there is one only":   {organization(1, "888800001111", account.Partial(two, denied)), &account.Inventory{ReadAt: at(2)}, "888800001111"},
	} {
		for _, order := range [][]*account.Inventory{{c.older, c.newer}, {c.newer, c.older}} {
			got := account.Merge(order...)
			if diff := cmp.Diff(two, got.Organization.Members.Items()); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
			for _, id := range []string{"888800001111", "999900001111"} {
				if gaps := demand.New(got).OrganizationGaps(id, account.ExecutionRoleKind); (len(gaps) > 0) != (id == c.gap) {
					t.Errorf("%s: about %s %v", name, id, gaps)
				}
			}
		}
	}
}

// An account that is named besides is looked at, whatever it is in the organization.
func TestAnExcludedOwner(t *testing.T) {
	inv := &account.Inventory{
		Owners: []account.Owner{{Account: "111122223333"}},
		Organization: &account.Organization{Account: "999900001111", Members: account.Complete([]account.Member{
			{Account: "111122223333", State: "ACTIVE", Excluded: true}, {Account: "222233334444", State: "SUSPENDED"},
		})},
	}
	for id, want := range map[string]int{"111122223333": 0, "222233334444": 1} {
		if gaps := demand.New(inv).OrganizationGaps(id, account.ExecutionRoleKind); len(gaps) != want {
			t.Errorf("about %s %v", id, gaps)
		}
	}
}

// A destination is judged once, with all its owners inside.
func TestDestinationsAreJoined(t *testing.T) {
	inv := &account.Inventory{Owners: []account.Owner{
		{Account: "111122223333", Regions: []string{"eu-west-1"}, Destinations: []account.Target{{Account: "333344445555"}, {Account: "444455556666"}}},
		{Account: "222233334444", Destinations: []account.Target{{Account: "333344445555"}, {Account: "444455556666", LaunchPermissionOnly: true}, {Account: "222233334444"}}},
	}}
	var got []string
	for _, id := range demand.New(inv).SubjectAccounts() {
		destinations, err := demand.New(inv).Destinations(id)
		if err != nil {
			t.Fatal(err)
		}
		if len(destinations) == 0 {
			continue // an owner
		}
		d := destinations[0]
		line := d.Account + ":"
		for _, o := range d.Owners {
			line += " owner " + o.Account
		}
		for _, o := range d.Sharers {
			line += " sharer " + o.Account
		}
		got = append(got, line)
	}
	want := []string{"333344445555: owner 111122223333 owner 222233334444", "444455556666: owner 111122223333 sharer 222233334444"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A role that is named in two ways is one subject.
func TestARoleNamedTwiceIsOneSubject(t *testing.T) {
	const arn = "arn:aws:iam::111122223333:role/x/L"
	inv := &account.Inventory{
		Owners: []account.Owner{{Account: "111122223333", ExecutionRoles: []string{"L", arn, "x/L", "L"}}},
		Accounts: map[string]*account.Account{"111122223333": {Partition: "aws", Roles: map[string]account.Read[account.Role]{
			"L": account.Present(account.Role{Name: "L", Path: "/x/", ARN: arn}),
		}}},
	}
	got, err := demand.New(inv).ExecutionRoles("111122223333")
	if err != nil || len(got) != 1 {
		t.Errorf("%d subjects (%v), want 1", len(got), err)
	}
}
