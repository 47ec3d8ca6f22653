package demand_test

import (
	"testing"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
)

// The deletion of an image is certain to need what its one rule does. If it is not known whether
// the image is of AMIs or of containers, either may be needed, and each says what it goes with.
func TestNeedsOfAnImageDeletion(t *testing.T) {
	for resourceType, alternatives := range map[string]bool{account.AMIImage: false, account.ContainerImage: false, "": true} {
		planned := &account.ImageBuilder{Deletions: []account.ImageDeletion{{Image: "Web", Role: "L", ResourceType: resourceType}}}
		inv := &account.Inventory{Owners: []account.Owner{{Account: lawOwner, Regions: []string{"eu-west-1"}, ExecutionRoles: []string{"L"}, Planned: planned}}}
		roles, err := demand.New(inv).ExecutionRoles(lawOwner)
		if err != nil || len(roles) != 1 {
			t.Fatalf("%s: %+v, %v", resourceType, roles, err)
		}
		needs := roles[0].Needs()
		if len(needs) == 0 {
			t.Errorf("%s: nothing is needed", resourceType)
		}
		for _, n := range needs {
			if (n.Alternative != "") != alternatives || len(n.Rules) != 1 || n.Rules[0] != "the deletion of image Web" {
				t.Errorf("%s: %s is needed by %q, alternative %q", resourceType, n.Action, n.Rules, n.Alternative)
			}
		}
	}
}
