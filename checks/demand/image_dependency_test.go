package demand_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
)

// Settings give launch permission for the images of a policy. If the selection of the policy was
// refused, these may be images of others; what the input cannot hold is no reason for doubt.
func TestLaunchPermissionsOfAPolicy(t *testing.T) {
	const organization = "arn:aws:organizations::999900001111:organization/o-1"
	settings := account.Distribution{ARN: arnOf("eu-west-1", "distribution-configuration", "d"), Name: "d", Settings: account.Present([]account.DistributionSettings{{
		Region: "eu-west-1", SharedAccounts: []string{lawDestination}, Shares: []string{organization},
	}})}
	for name, test := range map[string]struct {
		selection account.Read[account.Selection]
		want      string
		unread    account.Reason
	}{
		"selected":               {account.Present(account.Selection{Recipes: []account.Recipe{{Name: "web", Version: "x.x.x"}}}), "[account " + lawDestination + " organization o-1]", ""},
		"of another recipe":      {account.Present(account.Selection{Recipes: []account.Recipe{{Name: "api", Version: "x.x.x"}}}), "[]", ""},
		"selection refused":      {account.Unreadable[account.Selection](denied), "[]", account.AccessDenied},
		"selection not recorded": {account.Unreadable[account.Selection](account.Unread{Reason: account.NotCollected}), "[]", ""},
	} {
		ib := oneImage(lawOwner, "ENABLED", deletesAMIs)
		p := ib.LifecyclePolicies.Items()[0]
		p.Selection = test.selection
		ib.LifecyclePolicies, ib.Distributions = account.Complete([]account.LifecyclePolicy{p}), account.Complete([]account.Distribution{settings})
		ib.Pipelines = account.Complete([]account.Pipeline{{Name: "web", Status: "ENABLED", Recipe: arnOf("eu-west-1", "image-recipe", "web/1.0.0"), Distribution: settings.ARN}})
		policies, err := demand.New(&account.Inventory{
			Owners:   []account.Owner{{Account: lawOwner, Regions: []string{"eu-west-1"}, Discover: []account.Kind{account.LifecyclePolicyKind}}},
			Accounts: map[string]*account.Account{lawOwner: {ImageBuilder: map[string]*account.ImageBuilder{"eu-west-1": ib}}},
		}).PolicyImages(lawOwner)
		if err != nil || len(policies) != 1 {
			t.Fatalf("%s: %+v, %v", name, policies, err)
		}
		var why account.Unread
		errors.As(policies[0].Unread, &why)
		if got := fmt.Sprint(policies[0].LaunchPermissions); got != test.want || why.Reason != test.unread {
			t.Errorf("%s: %s, %v", name, got, policies[0].Unread)
		}
	}
}
