package awsapi

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/internal/fakeaws"
	"github.com/iblint/iblint/internal/testrun"
)

// actions returns the IAM actions of the listed operations.
func actions() []string {
	var all []string
	for _, o := range operations {
		if o.Action != "" {
			all = append(all, o.Action)
		}
	}
	return all
}

// uses returns how the checks use the parts that an action reads.
func uses(action string) map[account.Use]bool {
	used := map[account.Use]bool{}
	for _, o := range operations {
		if o.Action == action && slices.Contains([]account.Part{account.MembersPart, account.RegionsPart, account.RepositoryNamesPart}, o.Part) {
			used[account.Required] = true // where that is what says what to look at
		}
		for _, c := range lifecycle.All() {
			for _, n := range c.Needs {
				if o.Action == action && n.Part == o.Part {
					used[n.Use] = true
				}
			}
		}
	}
	return used
}

// evaluatedWithout expects the same verdicts for a live run and for the recording without the results
// of the action, and that changed verdicts are unknown because of that action. It returns
// the number of changed verdicts.
func evaluatedWithout(t *testing.T, inv *account.Inventory, before map[key]string, live *account.Inventory, action, in string, reason account.Reason) int {
	t.Helper()
	findings := evaluated(live)
	after := verdictsOf(findings)
	sameVerdicts(t, verdicts(without(inv, action, in, reason)), after)
	changed := 0
	for _, f := range findings {
		if before[keyOf(f)] == after[keyOf(f)] {
			continue
		}
		changed++
		if f.Status != checks.Unknown && testrun.MayBecome(f.Check.ID, strings.TrimSpace(before[keyOf(f)]), string(f.Status)) {
			continue
		}
		// A message may name the condition key or the resource that a policy depends on, instead of the call.
		byKey := f.Unread == nil && (strings.Contains(f.Message, "not known") || strings.Contains(f.Message, "not decidable"))
		byCall := f.Unread != nil && f.Unread.Action == action && f.Unread.Reason == reason && strings.Contains(f.Message, action)
		// What was not needed, or was missing, may now depend on something else that was not read, or
		// on which rules there are.
		before := strings.TrimSpace(before[keyOf(f)])
		byNeed := f.Unread != nil && (before == "skip" || before == "fail") || strings.Contains(f.Message, "cannot decide whether a lifecycle rule needs it")
		if f.Status != checks.Unknown || !byKey && !byCall && !byNeed {
			t.Errorf("%s about %s became %s: %s (unread: %+v); expected unknown, %s: %s", f.Check.ID, f.Subject.ARN, f.Status, f.Message, f.Unread, action, reason)
		}
	}
	return changed
}

// decideNothing are required actions that no verdict about the small organization depends on.
var decideNothing = []string{"ecr:DescribeRepositories", "imagebuilder:ListImagePipelines"}

// Each action alone is denied, in the small organization and in the recordings. A required action
// makes exactly the verdicts unknown that depend on it. An action for evidence makes none unknown.
func TestEachActionDenied(t *testing.T) {
	t.Parallel()
	const small = "the small organization"
	all := recordings(t)
	maps.DeleteFunc(all, func(_ string, inv *account.Inventory) bool { return testing.Short() || takesTime(inv) })
	all[small] = smallOrganization()
	// What a recording takes: only that need be denied to it.
	called, before := map[string]map[string]bool{}, map[string]map[key]string{}
	for name, inv := range all {
		called[name], before[name] = actionsCalled(t, inv), verdicts(inv)
	}
	tried := 0
	for _, action := range testrun.Some(actions()) {
		trying := map[string]*account.Inventory{}
		for _, name := range slices.Sorted(maps.Keys(all)) {
			if !called[name][action] {
				continue
			}
			if tried++; name == small || tried%testrun.Thin() == 0 {
				trying[name] = all[name]
			}
		}
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			changed := 0
			for name, inv := range trying {
				t.Run(name, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						server := start(t, inv, fakeaws.Options{Fault: func(c fakeaws.Call) fakeaws.Fault {
							if c.Action() == action {
								return fakeaws.Deny
							}
							return fakeaws.None
						}})
						live := load(t, t.Context(), reading(server, inv), inv)
						changed += evaluatedWithout(t, inv, before[name], live, action, "", account.AccessDenied)
						if len(uses(action)) == 1 && uses(action)[account.Evidence] && server.Denied() > 0 &&
							!slices.ContainsFunc(live.Gaps(), func(g account.Gap) bool { return g.Action == action }) {
							t.Errorf("the ledger does not say that %s was refused", action)
						}
					})
				})
			}
			required := uses(action)[account.Required] && !strings.Contains(action, "ForParent")
			must := testrun.Thin() == 1 || called[small][action] && !slices.Contains(decideNothing, action)
			if !required && changed > 0 || required && must && changed == 0 {
				t.Errorf("required: %v, verdicts that became unknown: %d", required, changed)
			}
		})
	}
}

// takesTime reports whether a recording contains errors that take time. Other tests try them.
func takesTime(inv *account.Inventory) bool {
	return slices.ContainsFunc(inv.Gaps(), func(g account.Gap) bool { return g.Reason != account.AccessDenied && g.Reason != account.NotCollected })
}

// actionsCalled returns the actions that reading the inventory needs.
func actionsCalled(t *testing.T, inv *account.Inventory) map[string]bool {
	called := map[string]bool{}
	synctest.Test(t, func(t *testing.T) {
		var mutex sync.Mutex // the server's handlers are goroutines of their own
		server := start(t, inv, fakeaws.Options{Fault: func(c fakeaws.Call) fakeaws.Fault {
			mutex.Lock()
			defer mutex.Unlock()
			called[c.Action()] = true
			return fakeaws.None
		}})
		load(t, t.Context(), reading(server, inv), inv)
	})
	return called
}

// An error of an action in one account makes verdicts of that account unknown, and changes no
// other verdict.
func TestEachFaultInOneAccount(t *testing.T) {
	testrun.Long(t)
	t.Parallel()
	inv := smallOrganization()
	before := verdicts(inv)
	tried := 0
	for fault, reason := range map[fakeaws.Fault]account.Reason{
		fakeaws.Deny: account.AccessDenied, fakeaws.Throttle: account.Throttled, fakeaws.Expired: account.NoCredentials, fakeaws.Hang: account.Timeout,
		fakeaws.ServerError: account.Failed, fakeaws.BadGateway: account.Failed, fakeaws.Reset: account.Failed,
		fakeaws.Truncate: account.Failed, fakeaws.Cut: account.Failed, fakeaws.Garbage: account.Failed,
		fakeaws.Empty: account.Malformed, fakeaws.Hollow: account.Malformed,
	} {
		for _, action := range actions() {
			if account := strings.HasPrefix(action, "account:"); account || strings.HasPrefix(action, "organizations:") && action != "organizations:DescribeOrganization" {
				continue // not called here, or about no one account
			}
			for _, in := range []string{owner, destinationA, destinationB} {
				if in != owner && (!strings.HasPrefix(action, "iam:") || fault != fakeaws.Deny && (action == "iam:ListRoles") != (in == destinationB)) {
					continue // not called there, or called elsewhere too
				}
				if tried++; tried%testrun.Thin() != 0 {
					continue
				}
				t.Run(fmt.Sprintf("%s/%d/%s", action, fault, in), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						server := start(t, inv, fakeaws.Options{Fault: func(c fakeaws.Call) fakeaws.Fault {
							if c.Action() == action && c.Account == in {
								return fault
							}
							return fakeaws.None
						}})
						changed := evaluatedWithout(t, inv, before, load(t, t.Context(), reading(server, inv), inv), action, in, reason)
						if must := in == owner && uses(action)[account.Required] && !slices.Contains(decideNothing, action); must && changed == 0 {
							t.Error("no verdict became unknown")
						}
					})
				})
			}
		}
	}
}

// A throttled call is retried.
func TestThrottledOnce(t *testing.T) {
	t.Parallel()
	for _, action := range testrun.Some(append(actions(), "sts:AssumeRole", "sts:GetCallerIdentity")) {
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				inv, n := smallOrganization(), 2
				if strings.HasPrefix(action, "organizations:ListAccounts") || strings.HasSuffix(action, "ForParent") || strings.HasPrefix(action, "account:") || action == "sts:GetCallerIdentity" {
					inv, n = recordings(t)["organization"], 1
				}
				if action == "ecr:GetAccountSetting" { // called only if there is a registry policy
					inv, n = recordings(t)["ecr-registry-policy"], 1
				}
				var throttled atomic.Bool
				server := start(t, inv, fakeaws.Options{PageSize: 1, Fault: func(c fakeaws.Call) fakeaws.Fault {
					if c.Action() == action && c.N == n {
						throttled.Store(true)
						return fakeaws.Throttle
					}
					return fakeaws.None
				}})
				scoped := scope(inv)
				if strings.HasSuffix(action, "ForParent") {
					scoped.Organization.Units = []string{fakeaws.Unit}
				}
				live, err := reading(server, inv).Load(t.Context(), scoped)
				if err != nil {
					t.Fatal(err)
				}
				evaluatedAlike(t, inv, live)
				if !throttled.Load() {
					t.Error("nothing was throttled")
				}
			})
		})
	}
}

// A call has 6 attempts, unless the user sets another number.
func TestThrottledTwice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inv := smallOrganization()
		server := start(t, inv, fakeaws.Options{Fault: func(c fakeaws.Call) fakeaws.Fault {
			if c.Operation == "ListTagsForResource" && c.N <= 2 {
				return fakeaws.Throttle
			}
			return fakeaws.None
		}})
		a := reading(server, inv)
		a.Profile = profile(slices.DeleteFunc(keys(server.URL, auditor), func(line string) bool { return strings.HasPrefix(line, "max_attempts") })...)
		evaluatedAlike(t, inv, load(t, t.Context(), a, inv))
	})
}

// A list of which only the first page was read shows what exists, and never what is missing.
func TestDeniedBehindTheFirstPage(t *testing.T) {
	t.Parallel()
	for _, fault := range []fakeaws.Fault{fakeaws.Deny, fakeaws.Empty, fakeaws.Hollow, fakeaws.NoMarker, fakeaws.Loop} {
		for _, operation := range []string{"ListAttachedRolePolicies", "ListRolePolicies"} {
			t.Run(fmt.Sprintf("%s/%d", operation, fault), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					inv := smallOrganization()
					// In the role of destination A the managed policy is on the first page.
					server := start(t, inv, fakeaws.Options{PageSize: 1, Fault: func(c fakeaws.Call) fakeaws.Fault {
						if c.Operation == operation && c.Parameter("Marker") != "" {
							return fault
						}
						return fakeaws.None
					}})
					want := verdicts(inv)
					policy := func(check, kind, id, name string) key { return key{check, kind, id, "", name} }
					// What the roles may do is not known, with either list.
					want[policy("cross-account-role-permissions", "destination-account", destinationA, account.CrossAccountRoleName)] = "unknown "
					for _, name := range []string{"Lifecycle", "Bare"} {
						want[policy("execution-role-permissions", "execution-role", owner, name)] = "unknown "
					}
					// Policies that could not be read excuse no missing prerequisite: a tag, the managed
					// policy. That AWS contradicts itself, or ends a list early, is not known to be a refusal.
					if fault != fakeaws.Deny {
						for _, name := range []string{"app/bare", "app/other"} {
							want[key{"ecr-repository-tag", "ecr-repository", owner, "eu-west-1", name}] = "unknown "
						}
						want[policy("execution-role-policy", "execution-role", owner, "Bare")] = "unknown "
					} else if operation == "ListAttachedRolePolicies" {
						want[policy("execution-role-policy", "execution-role", owner, "Bare")] = "unknown "
					}
					if operation == "ListAttachedRolePolicies" {
						want[policy("execution-role-policy", "execution-role", owner, "Lifecycle")] = "unknown "
					}
					sameVerdicts(t, want, verdicts(load(t, t.Context(), reading(server, inv), inv)))
				})
			})
		}
	}
}

// The time limit of the run ends an endless list.
func TestEndlessList(t *testing.T) {
	testrun.Long(t)
	t.Parallel()
	for _, operation := range []string{"ListAttachedRolePolicies", "ListRolePolicies", "ListRoles"} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				inv := smallOrganization()
				server := start(t, inv, fakeaws.Options{PageSize: 1, Latency: 100 * time.Millisecond, Fault: func(c fakeaws.Call) fakeaws.Fault {
					if c.Operation == operation && (c.Account == destinationA || c.Account == destinationB) {
						return fakeaws.Endless
					}
					return fakeaws.None
				}})
				ctx := untilAllElseIsRead(t, server, "IAM "+operation, context.DeadlineExceeded)
				live := load(t, ctx, reading(server, inv), inv)
				if ctx.Err() == nil {
					t.Error("the list ended before the time for the run was up")
				}
				// Destination A has the managed policy on its first page; but what else its role has may deny something.
				want := verdicts(inv)
				switch operation {
				case "ListRolePolicies", "ListAttachedRolePolicies":
					want[key{"cross-account-role-permissions", "destination-account", destinationA, "", account.CrossAccountRoleName}] = "unknown "
				}
				sameVerdicts(t, want, verdicts(live))
			})
		})
	}
}

// After the time limit of the run, what was read is checked, and the rest is unknown.
func TestTimeIsUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inv := smallOrganization()
		server := start(t, inv, fakeaws.Options{Fault: in(destinationA, "iam:GetRole", fakeaws.Hang)})
		live := load(t, untilAllElseIsRead(t, server, "", context.DeadlineExceeded), reading(server, inv), inv)
		if changed := evaluatedWithout(t, inv, verdicts(inv), live, "iam:GetRole", destinationA, account.Timeout); changed != 5 {
			t.Errorf("%d verdicts became unknown, expected the 4 about the account, and that about its organization", changed)
		}
	})
}

// untilAllElseIsRead returns a context that ends, with the cause, when for a while the server
// received only calls of the operation that never ends.
func untilAllElseIsRead(t *testing.T, server *fakeaws.Server, endless string, cause error) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		before, since := -1, time.Now()
		for ctx.Err() == nil && (before <= 0 || time.Since(since) < 2*time.Second) {
			calls := 0
			for operation, n := range server.Calls() {
				if operation != endless {
					calls += n
				}
			}
			if calls != before {
				before, since = calls, time.Now()
			}
			time.Sleep(10 * time.Millisecond)
		}
		cancel(cause)
	}()
	return ctx
}

// in returns a fault for one action in one account.
func in(id, action string, fault fakeaws.Fault) func(fakeaws.Call) fakeaws.Fault {
	return func(c fakeaws.Call) fakeaws.Fault {
		if c.Account == id && c.Action() == action {
			return fault
		}
		return fakeaws.None
	}
}

// An interrupted run reports what it has read. The rest is unknown, with that reason.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inv := smallOrganization()
		server := start(t, inv, fakeaws.Options{Fault: in(owner, "ecr:ListTagsForResource", fakeaws.Hang)})
		live := load(t, untilAllElseIsRead(t, server, "", context.Canceled), reading(server, inv), inv)
		before := verdicts(inv)
		for f := range checks.Run(live, lifecycle.All()).Findings() {
			interrupted := f.Status == checks.Unknown && f.Unread != nil && f.Unread.Reason == account.Interrupted
			if before[keyOf(f)] != string(f.Status)+" " && !interrupted {
				t.Errorf("%s about %s became %s: %s", f.Check.ID, f.Subject.ARN, f.Status, f.Message)
			}
			single := f.Subject.Type == "ecr-repository" && (f.Subject.Name == "app/bare" || f.Subject.Name == "app/none")
			if single && !interrupted || f.Subject.Type == "execution-role" && interrupted {
				t.Errorf("%s about %s is %s: %s", f.Check.ID, f.Subject.ARN, f.Status, f.Message)
			}
		}
	})
}

// If nothing can be read of an account, all its verdicts are unknown with the reason. Verdicts of
// other accounts are unchanged.
func TestNoWayIntoAnAccount(t *testing.T) {
	t.Parallel()
	assume := func(fault fakeaws.Fault) func(fakeaws.Call) fakeaws.Fault {
		return func(c fakeaws.Call) fakeaws.Fault {
			if c.Action() == "sts:AssumeRole" && strings.Contains(c.Parameter("RoleArn"), destinationA) {
				return fault
			}
			return fakeaws.None
		}
	}
	own := func(url string) Access { return Access{Profile: profile(keys(url, destinationA)...)} }
	for name, test := range map[string]struct {
		fault  func(fakeaws.Call) fakeaws.Fault
		access func(url string) Access
		want   account.Unread
		detail string
	}{
		"AssumeRole denied":     {assume(fakeaws.Deny), nil, account.Unread{Reason: account.AccessDenied, Action: "sts:AssumeRole"}, "sts:AssumeRole"},
		"AssumeRole throttled":  {assume(fakeaws.Throttle), nil, account.Unread{Reason: account.Throttled, Action: "sts:AssumeRole"}, "Rate exceeded"},
		"AssumeRole silent":     {assume(fakeaws.Hang), nil, account.Unread{Reason: account.Timeout, Action: "sts:AssumeRole"}, ""},
		"AssumeRole garbage":    {assume(fakeaws.Garbage), nil, account.Unread{Reason: account.Failed, Action: "sts:AssumeRole"}, ""},
		"base expired":          {assume(fakeaws.Expired), nil, account.Unread{Reason: account.NoCredentials, Action: "sts:AssumeRole"}, "expired"},
		"credentials expired":   {in(destinationA, "sts:GetCallerIdentity", fakeaws.Expired), own, account.Unread{Reason: account.NoCredentials}, "check with: aws sts get-caller-identity"},
		"caller throttled":      {in(destinationA, "sts:GetCallerIdentity", fakeaws.Throttle), own, account.Unread{Reason: account.Throttled, Action: "sts:GetCallerIdentity"}, "Rate exceeded"},
		"caller silent":         {in(destinationA, "sts:GetCallerIdentity", fakeaws.Hang), own, account.Unread{Reason: account.Timeout, Action: "sts:GetCallerIdentity"}, ""},
		"caller empty":          {in(destinationA, "sts:GetCallerIdentity", fakeaws.Empty), own, account.Unread{Reason: account.Malformed, Action: "sts:GetCallerIdentity"}, "the response is empty"},
		"caller hollow":         {in(destinationA, "sts:GetCallerIdentity", fakeaws.Hollow), own, account.Unread{Reason: account.Malformed, Action: "sts:GetCallerIdentity"}, "the response holds the ARN"},
		"role of another":       {nil, func(string) Access { return Access{Role: account.RoleARN("aws", destinationB, "/", "Audit")} }, account.Unread{Reason: account.WrongAccount}, "account " + destinationB},
		"profile of another":    {nil, func(url string) Access { return Access{Profile: profile(keys(url, owner)...)} }, account.Unread{Reason: account.WrongAccount}, "account " + owner},
		"default of another":    {nil, func(string) Access { return Access{} }, account.Unread{Reason: account.WrongAccount}, "name a profile or a role for " + destinationA},
		"profile without a key": {nil, func(url string) Access { return Access{Profile: profile("endpoint_url = " + url)} }, account.Unread{Reason: account.NoCredentials}, "aws configure --profile p"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				inv := smallOrganization()
				server := start(t, inv, fakeaws.Options{Fault: test.fault})
				a := reading(server, inv)
				if test.access != nil {
					a.Access[destinationA] = test.access(server.URL)
				}
				ctx := t.Context()
				if test.want.Reason == account.Timeout {
					ctx = untilAllElseIsRead(t, server, "", context.DeadlineExceeded)
				}
				live := load(t, ctx, a, inv)
				want := without(without(inv, "iam:GetRole", destinationA, test.want.Reason), "organizations:DescribeOrganization", destinationA, test.want.Reason)
				sameVerdicts(t, verdicts(want), verdicts(live))
				for f := range checks.Run(live, lifecycle.All()).Findings() {
					if f.Subject.Account != destinationA {
						continue
					}
					if f.Unread == nil || f.Unread.Reason != test.want.Reason || f.Unread.Action != test.want.Action || !strings.Contains(f.Unread.Detail, test.detail) {
						t.Errorf("%s: %+v, expected %+v with %q", f.Check.ID, f.Unread, test.want, test.detail)
					}
				}
			})
		})
	}
}

// If no server listens, everything is unknown.
func TestConnectionRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inv := smallOrganization()
		server := startOnLoopback(t, inv)
		a := reading(server, inv)
		server.Close()
		live := load(t, t.Context(), a, inv)
		for f := range checks.Run(live, lifecycle.All()).Findings() {
			if f.Status != checks.Unknown || f.Unread == nil || f.Unread.Reason != account.Failed || !strings.Contains(f.Unread.Detail, "connection refused") {
				t.Errorf("%s about %s: %s %+v", f.Check.ID, f.Subject.ARN, f.Status, f.Unread)
			}
		}
	})
}

// Pipelines and image recipes that could not be read are incomplete lists with the reason, and
// keep what the first page showed. Nothing else of Image Builder changes.
func TestPipelinesAndImageRecipesUnread(t *testing.T) {
	t.Parallel()
	for fault, reason := range testrun.SomeOf(map[fakeaws.Fault]account.Reason{
		fakeaws.Deny: account.AccessDenied, fakeaws.Throttle: account.Throttled, fakeaws.Hang: account.Timeout, fakeaws.ServerError: account.Failed,
		fakeaws.Garbage: account.Failed, fakeaws.Empty: account.Malformed, fakeaws.Hollow: account.Malformed, fakeaws.Loop: account.Malformed,
	}) {
		for _, from := range []int{1, 3} { // with pages of 1 item, of which the first is empty
			t.Run(fmt.Sprintf("%d/page %d", fault, from), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					inv := smallOrganization()
					server := start(t, inv, fakeaws.Options{PageSize: 1, Fault: func(c fakeaws.Call) fakeaws.Fault {
						if (c.Operation == "ListImagePipelines" || c.Operation == "ListImageRecipes") && c.N >= from {
							return fault
						}
						return fakeaws.None
					}})
					live := load(t, t.Context(), reading(server, inv), inv)
					some := from > 1 || fault == fakeaws.Loop
					want, got := inv.Accounts[owner].ImageBuilder["eu-west-1"], live.Accounts[owner].ImageBuilder["eu-west-1"]
					unreadList(t, got.Pipelines, want.Pipelines, "imagebuilder:ListImagePipelines", reason, some)
					unreadList(t, got.ImageRecipes, want.ImageRecipes, "imagebuilder:ListImageRecipes", reason, some)
					var gaps []account.Part
					for _, g := range live.Gaps() {
						gaps = append(gaps, g.Part)
					}
					if !slices.Contains(gaps, account.PipelinesPart) || !slices.Contains(gaps, account.ImageRecipesPart) {
						t.Errorf("gaps: %v", gaps)
					}
					got.Pipelines, got.ImageRecipes = want.Pipelines, want.ImageRecipes
					inv.ReadAt, inv.Calls = live.ReadAt, live.Calls
					if diff := cmp.Diff(string(written(t, inv)), string(written(t, live))); diff != "" {
						t.Errorf("the rest (-want +got):\n%s", diff)
					}
				})
			})
		}
	}
}

// unreadList expects that a list is incomplete for a reason, with its first items if some were read.
func unreadList[T any](t *testing.T, got, want account.List[T], action string, reason account.Reason, some bool) {
	t.Helper()
	var why account.Unread
	if !errors.As(got.Err(), &why) || why.Reason != reason || why.Action != action {
		t.Errorf("%v, want %s: %s", got.Err(), action, reason)
	}
	n := len(got.Items())
	if (n > 0) != some || n > len(want.Items())+1 || n > 0 && !reflect.DeepEqual(got.Items()[0], want.Items()[0]) {
		t.Errorf("%s: %+v, want the first of %+v: %v", action, got.Items(), want.Items(), some)
	}
}
