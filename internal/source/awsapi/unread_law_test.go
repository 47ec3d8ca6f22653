package awsapi

import (
	"bytes"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/fixtures"
	"github.com/iblint/iblint/internal/fakeaws"
	"github.com/iblint/iblint/internal/source/recorded"
	"github.com/iblint/iblint/internal/testrun"
)

// recordings returns all recordings of iblint, parsed once. Tests that change one must use
// parsed.
func recordings(t *testing.T) map[string]*account.Inventory {
	t.Helper()
	all, err := parsedOnce()
	if err != nil {
		t.Fatal(err)
	}
	return maps.Clone(all)
}

// complete makes a list that was not collected one with these items.
func complete[T any](list *account.List[T], items ...T) {
	if list.IsZero() {
		*list = account.Complete(append([]T{}, items...))
	}
}

var parsedOnce = sync.OnceValues(parsed)

func parsed() (map[string]*account.Inventory, error) {
	names, err := fs.Glob(fixtures.All, "*.json")
	if err != nil || len(names) == 0 {
		return nil, fmt.Errorf("no recordings: %w", err)
	}
	all := map[string]*account.Inventory{}
	for _, name := range names {
		data, err := fs.ReadFile(fixtures.All, name)
		if err != nil {
			return nil, err
		}
		inv, err := recorded.Parse(name, data)
		if err != nil {
			return nil, err
		}
		// A live reading collects every list. Those that an older recording lacks are empty, except
		// for the recipes that pipelines use.
		for _, a := range inv.Accounts {
			for _, ib := range a.ImageBuilder {
				if !ib.LifecyclePolicies.IsZero() {
					complete(&ib.Distributions)
					complete(&ib.ContainerRecipes)
					complete(&ib.Images)
					complete(&ib.Pipelines)
					var used []account.ImageRecipe
					for _, p := range ib.Pipelines.Items() {
						if name, version, _ := demand.NameAndVersion(p.Recipe); strings.Contains(p.Recipe, ":image-recipe/") && !strings.Contains(version, "x") {
							used = append(used, account.ImageRecipe{ARN: p.Recipe, Name: name, ParentImage: "ami-0"})
						}
					}
					complete(&ib.ImageRecipes, used...)
				}
			}
		}
		// Accounts of which it says nothing are in no organization, and those that an
		// organization lists are in one that only shares a bill.
		none := account.Absent[account.Membership]()
		if o := inv.Organization; o != nil {
			none = account.Present(account.Membership{Organization: "o-billonly01", ManagementAccount: o.Account, ConsolidatedBilling: true})
		}
		for _, id := range accountsOf(inv) {
			if a := accountOf(inv, id); a.Membership.IsZero() {
				a.Membership = none
			}
			neverRan(inv.Accounts[id])
			withoutRegistryPolicies(inv.Accounts[id])
			withoutDependencies(inv.Accounts[id])
		}
		withRefusedGuardrails(inv)
		all[strings.TrimSuffix(name, ".json")] = inv
	}
	return all, nil
}

// withRefusedGuardrails adds that the guardrails of an organization could not be read of which a recording says
// nothing. A live reading tries to read them.
func withRefusedGuardrails(inv *account.Inventory) {
	for _, a := range inv.Accounts {
		m, found, _ := a.Membership.Get()
		if !found || m.Organization == "" || m.ConsolidatedBilling {
			continue
		}
		if inv.Guardrails == nil {
			inv.Guardrails = map[string]*account.Guardrails{}
		}
		g := inv.Guardrails[m.Organization]
		if g == nil {
			g = &account.Guardrails{}
			inv.Guardrails[m.Organization] = g
		}
		if g.Enabled.IsZero() {
			g.Enabled = account.Unreadable[[]string](account.Unread{Reason: account.AccessDenied, Action: "organizations:ListRoots"})
		}
	}
}

// neverRan adds that lifecycle policies have not run yet of which a recording does not say so,
// and that nothing was in a run of which it does not say what was.
func neverRan(a *account.Account) {
	for _, ib := range a.ImageBuilder {
		for arn, read := range ib.LastExecutions {
			if last, found, _ := read.Get(); found && last.Resources.IsZero() {
				last.Resources = account.Complete([]account.ExecutionResource{})
				ib.LastExecutions[arn] = account.Present(last)
			}
		}
		for _, p := range ib.LifecyclePolicies.Items() {
			if _, recorded := ib.LastExecutions[p.ARN]; !recorded {
				if ib.LastExecutions == nil {
					ib.LastExecutions = map[string]account.Read[account.Execution]{}
				}
				ib.LastExecutions[p.ARN] = account.Absent[account.Execution]()
			}
		}
	}
}

// withoutDependencies adds that there are no images, pipelines and shared images, and no recipes and distribution
// configurations except those that pipelines use, of which a recording does not say so.
func withoutDependencies(a *account.Account) {
	for _, ib := range a.ImageBuilder {
		if ib.ImageRecipes.IsZero() {
			recipes := []account.ImageRecipe{}
			for _, p := range ib.Pipelines.Items() {
				if strings.Contains(p.Recipe, ":image-recipe/") {
					recipes = append(recipes, account.ImageRecipe{ARN: p.Recipe, Name: p.Name})
				}
			}
			ib.ImageRecipes = account.Complete(recipes)
		}
		if ib.ContainerRecipes.IsZero() {
			ib.ContainerRecipes = account.Complete([]account.ContainerRecipe{})
		}
		if ib.Distributions.IsZero() {
			ib.Distributions = account.Complete([]account.Distribution{})
		}
		if ib.Pipelines.IsZero() {
			ib.Pipelines = account.Complete([]account.Pipeline{})
		}
		if ib.Images.IsZero() {
			ib.Images = account.Complete([]account.Image{})
		}
		if ib.SharedImages.IsZero() {
			ib.SharedImages = account.Complete([]account.SharedImage{})
		}
	}
}

// withoutRegistryPolicies adds that registries have no policy of which a recording does not say
// so, and that those with one are new.
func withoutRegistryPolicies(a *account.Account) {
	for _, regions := range []iter.Seq[string]{maps.Keys(a.RepositoryTags), maps.Keys(a.RepositoryNames), maps.Keys(a.ImageBuilder)} {
		for region := range regions {
			registry, recorded := a.Registries[region]
			if _, found, _ := registry.Policy.Get(); found && registry.Scope.IsZero() {
				registry.Scope = account.Present(account.RegistryScope)
				a.Registries[region] = registry
			}
			if !recorded {
				if a.Registries == nil {
					a.Registries = map[string]account.Registry{}
				}
				a.Registries[region] = account.Registry{Policy: account.Absent[string]()}
			}
		}
	}
}

// Serving a recording and reading it live gives the same findings as the recording, for every
// page size. So does a recording of the live run. Together, these runs call exactly the
// listed operations.
func TestLiveIsJudgedAsRecorded(t *testing.T) {
	var mutex sync.Mutex
	called := map[string]bool{}
	t.Run("recordings", func(t *testing.T) {
		all := recordings(t)
		all["the small organization"] = smallOrganization()
		for i, name := range slices.Sorted(maps.Keys(all)) {
			whole := name == "the small organization" || name == "organization" // which call everything
			if testing.Short() && !whole {
				continue
			}
			inv := all[name]
			for _, size := range []int{0, 1} { // long pages, and pages of 1
				if testrun.Thin() > 1 && !whole && i%2 != size {
					continue
				}
				t.Run(fmt.Sprintf("%s/%d", name, size), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						server := start(t, inv, fakeaws.Options{PageSize: size})
						a := reading(server, inv)
						live := load(t, t.Context(), a, inv)
						evaluatedAlike(t, inv, live)
						for id, a := range live.Accounts {
							if was := inv.Accounts[id]; was != nil && was.Partition != "" && was.Partition != a.Partition {
								t.Errorf("account %s: partition %q, recorded %q", id, a.Partition, was.Partition)
							}
						}

						recording := written(t, live)
						parsed, err := recorded.Parse("the snapshot", recording)
						if err != nil {
							t.Fatalf("the recording of the live reading cannot be read: %v", err)
						}
						evaluatedAlike(t, live, parsed)
						twice := load(t, t.Context(), a, inv)
						if again := written(t, twice); !bytes.Equal(recording, again) {
							t.Errorf("read twice, the recordings differ:\n%s", cmp.Diff(string(recording), string(again)))
						}

						mutex.Lock()
						defer mutex.Unlock()
						for operation := range server.Calls() {
							called[operation] = true
						}
					})
				})
			}
		}
	})
	t.Run("the organization by its units", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			inv := recordings(t)["organization"]
			server := start(t, inv, fakeaws.Options{})
			scoped := scope(inv)
			scoped.Organization.Units = []string{fakeaws.Unit}
			live, err := reading(server, inv).Load(t.Context(), scoped)
			if err != nil {
				t.Fatal(err)
			}
			evaluatedAlike(t, inv, live)
			for operation := range server.Calls() {
				called[operation] = true
			}
		})
	})
	if !called["STS AssumeRole"] { // the credential provider's, outside the guard
		t.Error("no role was assumed")
	}
	delete(called, "STS AssumeRole")
	listed := map[string]bool{}
	for _, o := range operations {
		listed[o.Service+" "+o.Name] = true
	}
	if diff := cmp.Diff(listed, called); diff != "" {
		t.Errorf("operations (-listed +called):\n%s", diff)
	}
}

// evaluatedAlike expects the same findings. Messages about unread parts may differ, because they
// quote the service.
func evaluatedAlike(t *testing.T, want, got *account.Inventory) {
	t.Helper()
	type words struct {
		Subject     account.Subject
		Status      checks.Status
		Message     string
		Evidence    []string
		Remediation *checks.Fix
	}
	said := func(f checks.Finding) words {
		return words{f.Subject, f.Status, f.Message, f.Evidence, f.Fix()}
	}
	a, b := evaluated(want), evaluated(got)
	sameVerdicts(t, verdictsOf(a), verdictsOf(b))
	if t.Failed() {
		return
	}
	for i := range a {
		if (a[i].Unread != nil) != (b[i].Unread != nil) {
			t.Errorf("only one is unread: %v, %v", said(a[i]), said(b[i]))
		}
		if a[i].Unread != nil {
			continue
		}
		if diff := cmp.Diff(said(a[i]), said(b[i])); diff != "" {
			t.Errorf("a finding (-want +got):\n%s", diff)
		}
	}
}
