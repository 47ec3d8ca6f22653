package demand_test

import (
	"slices"
	"testing"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
)

// DEPRECATE passes over images that are deprecated, disabled, failed or cancelled, and DISABLE over those that
// are disabled, failed or cancelled, so that these need nothing where their AMIs are. No rule acts on an image that
// was deleted.
func TestStatesThatRulesPassOver(t *testing.T) {
	passed := map[string][]string{
		"DEPRECATE": {"DEPRECATED", "DISABLED", "FAILED", "CANCELLED", "DELETED"},
		"DISABLE":   {"DISABLED", "FAILED", "CANCELLED", "DELETED"},
		"DELETE":    {"DELETED"},
	}
	for _, state := range []string{"", "AVAILABLE", "TESTING", "DEPRECATED", "DISABLED", "DELETED", "FAILED", "CANCELLED"} {
		for action, states := range passed {
			rules := account.Present([]account.LifecycleRule{{Action: action, AMIs: true}})
			ib := oneImage(lawOwner, "ENABLED", rules)
			ib.Images.Items()[0].State = state
			got := demand.NotNeeded
			if all, err := destinationsOf(ib); err != nil {
				t.Fatal(err)
			} else if len(all) > 0 {
				got = all[0].Strength
			}
			if want := !slices.Contains(states, state); (got == demand.Certain) != want {
				t.Errorf("%s of an image in state %q needs the destination with strength %d", action, state, got)
			}
		}
	}

	// A later rule of the policy acts on what the first one passes over, and so may rules that were not read.
	for _, rules := range []account.Read[[]account.LifecycleRule]{
		account.Present([]account.LifecycleRule{{Action: "DEPRECATE", AMIs: true}, {Action: "DISABLE", AMIs: true}}), rulesRefused,
	} {
		ib := oneImage(lawOwner, "ENABLED", rules)
		ib.Images.Items()[0].State = "DEPRECATED"
		if all, err := destinationsOf(ib); err != nil || len(all) != 1 || all[0].Strength == demand.NotNeeded {
			t.Errorf("%+v, %v", all, err)
		}
	}
}

func destinationsOf(ib *account.ImageBuilder) ([]demand.Destination, error) {
	return demand.New(&account.Inventory{
		Owners:   []account.Owner{{Account: lawOwner, Regions: []string{"eu-west-1"}, Discover: []account.Kind{account.DestinationKind}}},
		Accounts: map[string]*account.Account{lawOwner: {Partition: "aws", ImageBuilder: map[string]*account.ImageBuilder{"eu-west-1": ib}}},
	}).Destinations(lawDestination)
}
