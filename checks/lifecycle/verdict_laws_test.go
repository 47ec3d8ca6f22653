package lifecycle_test

import (
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/internal/source/recorded"
	"github.com/iblint/iblint/internal/testrun"
)

type key struct {
	check   string
	subject account.Subject
}

func statuses(r checks.Result) map[key]checks.Status { return statusesOf(r.Findings()) }

func statusesOf(findings iter.Seq[checks.Finding]) map[key]checks.Status {
	all := map[key]checks.Status{}
	for f := range findings {
		all[key{f.Check.ID, f.Subject}] = f.Status
	}
	return all
}

// There is one finding for each check and subject.
func TestOneFindingForEachCheckAndSubject(t *testing.T) {
	for name, result := range results(t) {
		if got, want := len(statuses(result)), len(slices.Collect(result.Findings())); got != want {
			t.Errorf("%s: %d findings about %d checks and subjects", name, want, got)
		}
	}
}

// If a failure becomes a skip that refers to another check, that check reports a failure,
// or that it is not known whether the subject is needed.
func TestCausesAreReported(t *testing.T) {
	references := 0
	for name, result := range results(t) {
		all := statuses(result)
		for f := range result.Findings() {
			_, cause, refers := strings.Cut(f.Message, "; see ")
			if f.Status != checks.Skip || !refers {
				continue
			}
			references++
			if f.Check.Kind == account.LifecyclePolicyKind {
				continue // the cause is about a role, which may be in another account
			}
			if got := all[key{cause, f.Subject}]; got != checks.Fail && got != checks.Unknown {
				t.Errorf("%s: %s of %s refers to %s, which is %q", name, f.Check.ID, f.Subject.Name, cause, got)
			}
		}
	}
	if references == 0 {
		t.Error("no finding refers to another check: the test checks nothing")
	}
}

// If a part is not read, a verdict does not change, or becomes unknown. The documents of AWS managed
// policies are no exception as long as a recording has them as the catalogue does, which then stands
// in: with another document, the verdict would become that of the catalogue.
func TestHidingAPartOnlyMakesUnknown(t *testing.T) {
	var hidden, changed atomic.Int64
	t.Cleanup(func() { // after the parallel subtests
		if !testing.Short() && (hidden.Load() == 0 || changed.Load() == 0) {
			t.Errorf("hid %d parts, which changed %d verdicts: the test checks nothing", hidden.Load(), changed.Load())
		}
	})
	for name, inv := range splitRecordings(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := statusesOf(checks.Evaluate(inv, lifecycle.All()))
			hide(t, inv, func(part string, mutilated *account.Inventory) {
				hidden.Add(1)
				for k, after := range statusesOf(checks.Evaluate(mutilated, lifecycle.All())) {
					if after == before[k] {
						continue
					}
					changed.Add(1)
					if !testrun.MayBecome(k.check, string(before[k]), string(after)) {
						t.Errorf("without %s: %s of %s was %s and became %s", part, k.check, k.subject.Name, before[k], after)
					}
				}
			})
		})
	}
}

// recordingTree returns the recording of an inventory as decoded JSON, which a test can change.
func recordingTree(t *testing.T, inv *account.Inventory) any {
	t.Helper()
	var tree any
	if err := json.Unmarshal(written(inv), &tree); err != nil {
		t.Fatal(err)
	}
	return tree
}

// hide calls do with copies of the inventory. In each copy one part is unread: a value, an
// "absent", or a list from one of its items on.
func hide(t *testing.T, inv *account.Inventory, do func(part string, mutilated *account.Inventory)) {
	t.Helper()
	tree := recordingTree(t, inv)
	parts := 0
	denied := map[string]any{"reason": "denied", "action": "test:Hidden"}
	emit := func(path string) {
		if parts++; parts%testrun.Thin() != 0 {
			return
		}
		data, err := json.Marshal(tree)
		if err != nil {
			t.Fatal(err)
		}
		mutilated, err := recorded.Parse(path, data)
		if err != nil {
			t.Fatal(err)
		}
		do(path, mutilated)
	}
	var walk func(path string, node any)
	walk = func(path string, node any) {
		object, ok := node.(map[string]any)
		if !ok {
			if list, ok := node.([]any); ok {
				for i, item := range list {
					walk(fmt.Sprintf("%s[%d]", path, i), item)
				}
			}
			return
		}
		_, isValue := object["value"]
		isValue = isValue && len(object) == 1 // tags, filters and periods have more
		_, isAbsent := object["absent"]
		items, isList := object["items"].([]any)
		saved := maps.Clone(object)
		restore := func() {
			clear(object)
			maps.Copy(object, saved)
		}
		if (strings.Contains(path, ".accounts.") || strings.Contains(path, ".guardrails.")) && (isValue || isAbsent) {
			clear(object)
			object["unread"] = denied
			emit(path)
			restore()
		}
		if isList {
			for n := range len(items) + 1 {
				object["items"], object["unread"] = items[:n], denied
				emit(fmt.Sprintf("%s[%d:]", path, n))
			}
			restore()
		}
		for _, k := range slices.Sorted(maps.Keys(object)) {
			walk(path+"."+k, object[k])
		}
	}
	walk("", tree)
}

// Parts that are declared as evidence do not change a verdict.
func TestEvidenceChangesNoVerdict(t *testing.T) {
	for name, inv := range testrun.SomeOf(recordings(t)) {
		before := statuses(results(t)[name])
		without := lifecycle.All()
		for i := range without {
			without[i].Needs = slices.DeleteFunc(slices.Clone(without[i].Needs), func(n account.Need) bool { return n.Use == account.Evidence })
		}
		if diff := cmp.Diff(before, statusesOf(checks.Evaluate(inv, without)), cmp.AllowUnexported(key{})); diff != "" {
			t.Errorf("%s (-with evidence +without):\n%s", name, diff)
		}
	}
}

// Each part that a check declares as required changes a verdict in some fixture.
func TestRequiredPartsMatter(t *testing.T) {
	testrun.Long(t)
	all := recordings(t)
	names := slices.Sorted(maps.Keys(all))
	for _, c := range lifecycle.All() {
		// The check's own fixtures come first, because they show most.
		slices.SortStableFunc(names, func(a, b string) int {
			return strings.Index(b, c.ID) - strings.Index(a, c.ID)
		})
		before := map[string]map[key]checks.Status{}
		for _, need := range c.Needs {
			if need.Use != account.Required {
				continue
			}
			without := c
			without.Needs = slices.DeleteFunc(slices.Clone(c.Needs), func(n account.Need) bool { return n == need })
			matters := false
			for _, name := range names {
				if before[name] == nil {
					before[name] = statusesOf(checks.Evaluate(all[name], []checks.Check{c}))
				}
				if matters = !maps.Equal(before[name], statusesOf(checks.Evaluate(all[name], []checks.Check{without}))); matters {
					break
				}
			}
			if !matters {
				t.Errorf("%s declares %s as required, and no fixture shows that it is", c.ID, need.Part)
			}
		}
	}
}

// The order of the checks, and of the owners and what they list, does not change the result.
func TestOrderDoesNotMatter(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for name, inv := range testrun.SomeOf(recordings(t)) {
		want := verdicts(results(t)[name])
		for range max(5/testrun.Thin(), 1) {
			shuffled := *inv
			shuffled.Owners = slices.Clone(inv.Owners)
			random.Shuffle(len(shuffled.Owners), func(i, j int) {
				shuffled.Owners[i], shuffled.Owners[j] = shuffled.Owners[j], shuffled.Owners[i]
			})
			for i := range shuffled.Owners {
				o := &shuffled.Owners[i]
				o.ExecutionRoles, o.Destinations, o.Repositories = slices.Clone(o.ExecutionRoles), slices.Clone(o.Destinations), slices.Clone(o.Repositories)
				random.Shuffle(len(o.ExecutionRoles), func(i, j int) {
					o.ExecutionRoles[i], o.ExecutionRoles[j] = o.ExecutionRoles[j], o.ExecutionRoles[i]
				})
				random.Shuffle(len(o.Destinations), func(i, j int) {
					o.Destinations[i], o.Destinations[j] = o.Destinations[j], o.Destinations[i]
				})
				random.Shuffle(len(o.Repositories), func(i, j int) {
					o.Repositories[i], o.Repositories[j] = o.Repositories[j], o.Repositories[i]
				})
			}
			all := lifecycle.All()
			random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			if diff := cmp.Diff(want, verdicts(checks.Run(&shuffled, all))); diff != "" {
				t.Fatalf("%s:\n%s", name, diff)
			}
		}
	}
}

// A missing role is a failure of the exists check. If that check does not run, it is a failure
// of the other checks.
func TestMissingRoleFailsOnce(t *testing.T) {
	inv := recording(t, "cross-account-role-exists")
	var trust checks.Check
	for _, c := range lifecycle.All() {
		if c.ID == "cross-account-role-trust" {
			trust = c
		}
	}
	together, alone := statuses(checks.Run(inv, lifecycle.All())), statuses(checks.Run(inv, []checks.Check{trust}))
	skipped := 0
	for k, status := range alone {
		switch {
		case status == checks.Fail && together[k] == checks.Skip:
			skipped++
		case status != together[k]:
			t.Errorf("%s: %s alone, %s together", k.subject.Account, status, together[k])
		}
	}
	if skipped != 7 {
		t.Errorf("%d failures are skipped because of the exists check, want 7", skipped)
	}
}

// A trust policy that names images is undecidable if not all images were read.
func TestTrustByImageNamesNeedsAllImages(t *testing.T) {
	inv := recording(t, "organization")
	trust := func() (status checks.Status) {
		for f := range checks.Run(inv, lifecycle.All()).Findings() {
			if f.Check.ID == "cross-account-role-trust" && f.Subject.Type == string(account.DestinationKind) && f.Subject.Account == "222233334444" {
				status = f.Status
			}
		}
		return status
	}
	if got := trust(); got != checks.Pass {
		t.Fatalf("with all images: %s", got)
	}
	ib := inv.Accounts["111122223333"].ImageBuilder["eu-west-1"]
	policies := slices.Clone(ib.LifecyclePolicies.Items())
	policies[0].Selection = account.Present(account.Selection{Recipes: []account.Recipe{{Name: "base", Version: "x.x.x"}, {Name: "other", Version: "x.x.x"}}})
	ib.LifecyclePolicies = account.Complete(policies)
	all := ib.Images.Items()
	ib.Images = account.Complete(append(slices.Clone(all), account.Image{
		ARN: "arn:aws:imagebuilder:eu-west-1:111122223333:image/other/1.0.0/1", AMIs: []account.AMI{{ID: "ami-9", Region: "eu-west-1", Account: "222233334444"}},
	}))
	if got := trust(); got != checks.Fail {
		t.Errorf("with an image of another name: %s", got)
	}
	ib.Images = account.Partial(all, account.Unread{Reason: account.AccessDenied, Action: "imagebuilder:ListImages"})
	if got := trust(); got != checks.Unknown {
		t.Errorf("with some images: %s", got)
	}
}

// A run that timed out is incomplete, even if only evidence is missing.
func TestTimeoutWhileReadingEvidence(t *testing.T) {
	inv := recording(t, "lifecycle-policy-selection")
	for _, reason := range []account.Reason{account.AccessDenied, account.Timeout, account.Interrupted} {
		for _, ib := range inv.Accounts["111122223333"].ImageBuilder {
			for arn := range ib.LastExecutions {
				ib.LastExecutions[arn] = account.Unreadable[account.Execution](account.Unread{Reason: reason, Action: "imagebuilder:ListLifecycleExecutions"})
			}
		}
		if got := checks.Run(inv, lifecycle.All()).FellShort(); got != (reason != account.AccessDenied) {
			t.Errorf("%s: fell short: %v", reason, got)
		}
	}
}

// An account that is known only from the organization's list has no findings about its
// destinations if it has no lifecycle policy. An account that the user named has.
func TestListedAccountWithoutLifecyclePolicies(t *testing.T) {
	inv := recording(t, "organization")
	for i := range inv.Owners {
		if inv.Owners[i].Account == "222233334444" {
			inv.Accounts["222233334444"].ImageBuilder["eu-west-1"].Distributions = account.Complete([]account.Distribution{
				{Name: "d", Settings: account.Present([]account.DistributionSettings{{Region: "eu-west-1", TargetAccounts: []string{"777788889999"}}})},
			})
			for _, listed := range []bool{true, false} {
				inv.Owners[i].Listed = listed
				found := false
				for f := range checks.Run(inv, lifecycle.All()).Findings() {
					found = found || f.Subject.Account == "777788889999"
				}
				if found == listed {
					t.Errorf("listed %v: a finding about its destination: %v", listed, found)
				}
			}
		}
	}
}
