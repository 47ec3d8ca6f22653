package demand_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
)

const lawDestination = "222233334444"

// oneImage is Image Builder in eu-west-1 with one lifecycle policy, and an image whose AMI is in
// us-west-2 of a destination.
func oneImage(owner, status string, rules account.Read[[]account.LifecycleRule]) *account.ImageBuilder {
	const region = "eu-west-1"
	arn := strings.ReplaceAll(arnOf(region, "image", "web/1.0.0/1"), lawOwner, owner)
	return &account.ImageBuilder{
		LifecyclePolicies: account.Complete([]account.LifecyclePolicy{{
			ARN: "arn:" + owner, Name: "keep-" + owner, Status: status, ExecutionRole: "L", ResourceType: account.AMIImage, Rules: rules,
			Selection: account.Present(account.Selection{Recipes: []account.Recipe{{Name: "web", Version: "x.x.x"}}}),
		}}),
		Images:        account.Complete([]account.Image{{ARN: arn, AMIs: []account.AMI{{ID: "ami-1", Region: "us-west-2", Account: lawDestination}}}}),
		Distributions: account.Complete([]account.Distribution{}), Pipelines: account.Complete([]account.Pipeline{}), ContainerRecipes: account.Complete([]account.ContainerRecipe{}),
	}
}

var (
	deletesAMIs  = account.Present([]account.LifecycleRule{{Action: "DELETE", AMIs: true}})
	rulesRefused = account.Unreadable[[]account.LifecycleRule](denied)
)

// An account that is suspended cannot be used. The state is that of this account in the list.
func TestStateOfADestination(t *testing.T) {
	member := func(id, state string) account.Member { return account.Member{Account: id, State: state} }
	other := member("111122223333", "ACTIVE")
	for name, test := range map[string]struct {
		organization *account.Organization
		want         string
	}{
		"no organization": {nil, ""},
		"not in the list": {&account.Organization{Members: account.Complete([]account.Member{other})}, ""},
		"the first":       {&account.Organization{Members: account.Complete([]account.Member{member(lawDestination, "SUSPENDED"), other})}, "SUSPENDED"},
		"the last":        {&account.Organization{Members: account.Complete([]account.Member{other, member(lawDestination, "SUSPENDED")})}, "SUSPENDED"},
	} {
		view := demand.New(&account.Inventory{Organization: test.organization, Owners: []account.Owner{{Account: lawOwner, Destinations: []account.Target{{Account: lawDestination}}}}})
		all, err := view.Destinations(lawDestination)
		if err != nil || len(all) != 1 || all[0].State() != test.want {
			t.Errorf("%s: %+v, %v, want %q", name, all, err, test.want)
		}
	}
}

// A rule fails in a Region that the destination has not enabled. What is only possible says why.
func TestRegionsOffInADestination(t *testing.T) {
	enabled := account.Complete([]string{"eu-west-1", "us-west-2"})
	for name, test := range map[string]struct {
		rules   account.Read[[]account.LifecycleRule]
		more    bool // there may be more images
		account *account.Account
		want    string
		err     string
	}{
		"nothing is known of the account":           {deletesAMIs, false, nil, "", ""},
		"Regions are not known":                     {deletesAMIs, false, &account.Account{}, "", ""},
		"enabled":                                   {deletesAMIs, false, &account.Account{Regions: enabled}, "", ""},
		"enabled, and the list broke off":           {deletesAMIs, false, &account.Account{Regions: account.Partial([]string{"us-west-2"}, denied)}, "", ""},
		"enabled, and there may be more images":     {deletesAMIs, true, &account.Account{Regions: enabled}, "", ""},
		"off":                                       {deletesAMIs, false, &account.Account{Regions: account.Complete([]string{"eu-west-1"})}, "us-west-2", ""},
		"off, and there may be more images":         {deletesAMIs, true, &account.Account{Regions: account.Complete([]string{"eu-west-1"})}, "us-west-2", ""},
		"not in a list that broke off":              {deletesAMIs, false, &account.Account{Regions: account.Partial([]string{"eu-west-1"}, denied)}, "us-west-2", denied.Error()},
		"off, if a rule acts there":                 {rulesRefused, false, &account.Account{Regions: account.Complete([]string{"eu-west-1"})}, "us-west-2", "the rules of lifecycle policy keep-111122223333 in eu-west-1"},
		"enabled, if a rule acts there":             {rulesRefused, false, &account.Account{Regions: enabled}, "", ""},
		"not in the list, and a rule may act there": {rulesRefused, false, &account.Account{Regions: account.Partial([]string{"eu-west-1"}, denied)}, "us-west-2", denied.Error()},
	} {
		ib := oneImage(lawOwner, "ENABLED", test.rules)
		if test.more {
			ib.Images = account.Partial(ib.Images.Items(), denied)
		}
		view := demand.New(&account.Inventory{
			Owners:   []account.Owner{{Account: lawOwner, Regions: []string{"eu-west-1"}, Discover: []account.Kind{account.DestinationKind}}},
			Accounts: map[string]*account.Account{lawOwner: {ImageBuilder: map[string]*account.ImageBuilder{"eu-west-1": ib}}, lawDestination: test.account},
		})
		all, _ := view.Destinations(lawDestination)
		if len(all) != 1 {
			t.Fatalf("%s: %d destinations", name, len(all))
		}
		off, err := all[0].RegionsOff()
		if got := strings.Join(off, " "); got != test.want || (err == nil) != (test.err == "") || err != nil && !strings.HasPrefix(err.Error(), test.err) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// A destination that one owner does not need is needed if another does. The evidence tells when
// its role was last used, as far as it is needed.
func TestADestinationOfTwoOwners(t *testing.T) {
	const other = "333344445555"
	lastUsed := func(region string) string {
		return strings.TrimSuffix("the role was last used on 2026-11-01 in "+region, " in ")
	}
	discovers := func(id string) account.Owner {
		return account.Owner{Account: id, Regions: []string{"eu-west-1"}, Discover: []account.Kind{account.DestinationKind}}
	}
	names := func(id string, only bool) account.Owner {
		return account.Owner{Account: id, Destinations: []account.Target{{Account: lawDestination, LaunchPermissionOnly: only}}}
	}
	for name, test := range map[string]struct {
		owners            []account.Owner
		status            string
		rules             account.Read[[]account.LifecycleRule]
		region            string // of the last use
		want              demand.Strength
		why               string
		unneeded, evident bool
	}{
		"none needs it":        {[]account.Owner{discovers(lawOwner), discovers(other)}, "DISABLED", deletesAMIs, "us-east-1", demand.NotNeeded, "", true, false},
		"the last one does":    {[]account.Owner{discovers(lawOwner), names(other, false)}, "DISABLED", deletesAMIs, "us-east-1", demand.Certain, "", false, true},
		"the first one does":   {[]account.Owner{names(other, false), discovers(lawOwner)}, "DISABLED", deletesAMIs, "", demand.Certain, "", false, true},
		"AMIs are only shared": {[]account.Owner{names(lawOwner, true)}, "DISABLED", deletesAMIs, "us-east-1", demand.Certain, "", false, false},
		"one shares AMIs":      {[]account.Owner{names(other, true), discovers(lawOwner)}, "ENABLED", deletesAMIs, "us-east-1", demand.Certain, "", false, true},
		"both may":             {[]account.Owner{discovers(other), discovers(lawOwner)}, "ENABLED", rulesRefused, "us-east-1", demand.Possible, "the rules of lifecycle policy keep-" + other, false, true},
	} {
		inv := &account.Inventory{Owners: test.owners, Accounts: map[string]*account.Account{
			lawDestination: {Roles: map[string]account.Read[account.Role]{account.CrossAccountRoleName: account.Present(account.Role{
				Name: account.CrossAccountRoleName, LastUsed: account.Present(account.LastUsed{Date: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), Region: test.region}),
			})}},
		}}
		for _, o := range test.owners {
			if len(o.Discover) > 0 {
				inv.Accounts[o.Account] = &account.Account{ImageBuilder: map[string]*account.ImageBuilder{"eu-west-1": oneImage(o.Account, test.status, test.rules)}}
			}
		}
		all, err := demand.New(inv).Destinations(lawDestination)
		if err != nil || len(all) != 1 {
			t.Fatalf("%s: %d destinations, %v", name, len(all), err)
		}
		d := all[0]
		if d.Strength != test.want || (d.Unneeded != "") != test.unneeded || slices.Contains(d.From, lastUsed(test.region)) != test.evident {
			t.Errorf("%s: %d, %q, %q", name, d.Strength, d.Unneeded, d.From)
		}
		if (d.Why == nil) != (test.why == "") || d.Why != nil && !strings.HasPrefix(d.Why.Error(), test.why) {
			t.Errorf("%s: why %v", name, d.Why)
		}
	}
}

// The evidence names five rules and tells how many more act.
func TestEvidenceOfManyRules(t *testing.T) {
	for rules, want := range map[int]string{5: "rule 5 (DELETE) of lifecycle policy keep-111122223333 in eu-west-1 acts on AMIs in it", 6: "1 more rules do", 8: "3 more rules do"} {
		var all []account.LifecycleRule
		for range rules {
			all = append(all, account.LifecycleRule{Action: "DELETE", AMIs: true})
		}
		view := demand.New(&account.Inventory{
			Owners:   []account.Owner{{Account: lawOwner, Regions: []string{"eu-west-1"}, Discover: []account.Kind{account.DestinationKind}}},
			Accounts: map[string]*account.Account{lawOwner: {ImageBuilder: map[string]*account.ImageBuilder{"eu-west-1": oneImage(lawOwner, "ENABLED", account.Present(all))}}},
		})
		found, err := view.Destinations(lawDestination)
		if err != nil || len(found) != 1 || len(found[0].From) != min(rules, 6)+1 || found[0].From[len(found[0].From)-1] != want {
			t.Errorf("%d rules: %+v, %v", rules, found, err)
		}
	}
}
