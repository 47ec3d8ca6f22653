package demand_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/internal/testrun"
)

// The demands of generated policies are those of the golden file, line by line.
func TestGolden(t *testing.T) {
	const file = "testdata/demands.golden"
	var got strings.Builder
	g := generator{rand.New(rand.NewPCG(4, 4))}
	for round := range 12 {
		inv := g.inventory()
		if round%4 == 3 { // a user who names subjects
			inv.Owners[0].ExecutionRoles, inv.Owners[0].Destinations = []string{"RoleC"}, []account.Target{{Account: "444455556666"}}
			inv.Owners[0].Repositories = []account.Repository{{Region: "eu-west-1", Name: "team/z"}}
		}
		fmt.Fprintf(&got, "# %d\n", round)
		describe(&got, inv)
		refused := refusals(inv.Accounts[lawOwner].ImageBuilder["eu-west-1"])
		for _, part := range slices.Sorted(maps.Keys(refused)) {
			if g.yes(20) {
				inv.Accounts[lawOwner].ImageBuilder["eu-west-1"] = refused[part]
				fmt.Fprintf(&got, "# %d without %s\n", round, part)
				describe(&got, inv)
				break
			}
		}
	}
	if *testrun.Update {
		if err := os.WriteFile(file, []byte(got.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("go test ./checks/demand -update writes it anew (-want +got):\n%s", diff)
	}
}

// describe writes the lifecycle policies of an inventory, and what they demand.
func describe(b *strings.Builder, inv *account.Inventory) {
	for _, region := range slices.Sorted(maps.Keys(inv.Accounts[lawOwner].ImageBuilder)) {
		for _, p := range inv.Accounts[lawOwner].ImageBuilder[region].LifecyclePolicies.Items() {
			rules, _, _ := p.Rules.Get()
			selection, _, _ := p.Selection.Get()
			fmt.Fprintf(b, "policy %s in %s: %s, %s, %s, selects %v %v\n", p.Name, region, p.Status, p.ExecutionRole, p.ResourceType, selection.Recipes, selection.Tags)
			for i, r := range rules {
				fmt.Fprintf(b, "  rule %d: %s amis %v snapshots %v containers %v attributes %v, not in %v, not %v\n", i+1, r.Action, r.AMIs, r.Snapshots, r.Containers, r.ReadsAttributes, r.ExcludedRegions, r.ExcludedTags)
			}
		}
	}
	view := demand.New(inv)
	roles, err := view.ExecutionRoles(lawOwner)
	for _, r := range roles {
		fmt.Fprintf(b, "role %s in %v, %s%s\n", r.Reference.Name, r.Regions, strings.Join(r.From, "; "), r.Unneeded)
		describeNeeds(b, r.Needs())
	}
	describeGaps(b, err)
	repositories, err := view.ContainerRepositories(lawOwner)
	for _, r := range repositories {
		fmt.Fprintf(b, "repository %s in %s: %d %v, %s%s\n", r.Name, r.Region, r.Strength, r.Why, strings.Join(r.From, "; "), r.Unneeded)
		using, _ := r.ExecutionRoles()
		for _, role := range using {
			fmt.Fprintf(b, "  %s %d %v\n", role.Reference.Name, role.Strength, role.Why)
		}
	}
	describeGaps(b, err)
	for _, id := range view.SubjectAccounts() {
		destinations, err := view.Destinations(id)
		for _, d := range destinations {
			fmt.Fprintf(b, "destination %s: %d %v, %s%s\n", id, d.Strength, d.Why, strings.Join(d.From, "; "), d.Unneeded)
			for _, o := range d.Owners {
				fmt.Fprintf(b, "  of %s in %v: %v\n", o.Account, o.Regions, o.Images)
			}
			describeNeeds(b, d.Needs())
		}
		describeGaps(b, err)
	}
}

func describeNeeds(b *strings.Builder, needs []demand.Need) {
	for _, n := range needs {
		why := fmt.Sprint(len(n.Rules), " rules")
		if n.Why != nil {
			why += ", " + n.Why.Error()
		}
		fmt.Fprintf(b, "  %d %s on %s in %q %s %s%s: %s\n", n.Strength, n.Action, n.On, n.Region, n.Repository.Name, strings.TrimSpace(n.Recipe+" "+n.Version), n.Alternative, why)
	}
}

func describeGaps(b *strings.Builder, err error) {
	for _, gap := range account.Gaps(err) {
		fmt.Fprintf(b, "gap: %v\n", gap)
	}
}
