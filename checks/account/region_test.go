package account_test

import (
	"slices"
	"testing"

	"github.com/iblint/iblint/checks/account"
)

// What has the form of a Region's name is not always one.
func TestKnownRegion(t *testing.T) {
	for name, want := range map[string]bool{
		"eu-west-1": true, "us-gov-west-1": true, "cn-north-1": true, "eusc-de-east-1": true,
		"team-alpha-1": false, "acmebank-prod-1": false, "eu-west-9": false, "": false, "eu-west": false,
	} {
		if got := account.KnownRegion(name); got != want {
			t.Errorf("KnownRegion(%q) is %t", name, got)
		}
	}
}

// The table agrees with what else is known of Regions: their form and their partition.
func TestKnownRegionsHaveTheForm(t *testing.T) {
	names := account.KnownRegions()
	if !slices.Contains(names, "us-east-1") {
		t.Fatal("us-east-1 is not among the Regions")
	}
	for _, name := range names {
		if !account.IsRegion(name) || account.PartitionOf(name) == "" {
			t.Errorf("%s: form %t, partition %q", name, account.IsRegion(name), account.PartitionOf(name))
		}
	}
}
