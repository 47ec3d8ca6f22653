package awsapi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/internal/fakeaws"
	"github.com/iblint/iblint/internal/testrun"
)

// onlyLess expects that errors change verdicts only to unknown. For a subject that is no longer
// found, an unknown verdict of the same check must exist.
func onlyLess(t *testing.T, before map[key]string, disturbed *account.Inventory) {
	t.Helper()
	after := verdicts(disturbed)
	standIn := map[string]bool{}
	for k, status := range after {
		if strings.Contains(status, "unknown") {
			standIn[k.Check] = true
		}
		rest := strings.TrimSpace(strings.ReplaceAll(status, "unknown ", ""))
		if status != before[k] && rest != "" && !testrun.MayBecome(k.Check, strings.TrimSpace(before[k]), rest) {
			t.Errorf("%v was %q and became %q", k, before[k], status)
		}
	}
	for k, status := range before {
		// Guardrails are reported with the roles that they limit. If the roles are unknown, so is this verdict.
		limits := k.Check == lifecycle.OrganizationGuardrails.ID && len(standIn) > 0
		if _, still := after[k]; !still && !standIn[k.Check] && !limits {
			t.Errorf("%v was %q and is gone without a word", k, status)
		}
	}
}

// An error of any kind in any call, on the first or a later page of a list, changes verdicts only
// to unknown.
func TestEachCallDisturbed(t *testing.T) {
	t.Parallel()
	for name, inv := range map[string]*account.Inventory{"the small organization": smallOrganization(), "organization": recordings(t)["organization"]} {
		var before map[key]string
		calls := 0
		synctest.Test(t, func(t *testing.T) {
			server := start(t, inv, fakeaws.Options{PageSize: 1})
			before = verdicts(load(t, t.Context(), reading(server, inv), inv))
			for _, n := range server.Calls() {
				calls += n
			}
		})
		for _, fault := range []fakeaws.Fault{
			fakeaws.Throttle, fakeaws.ServerError, fakeaws.Reset, fakeaws.Truncate, fakeaws.Cut, fakeaws.Expired,
			fakeaws.Empty, fakeaws.Hollow, fakeaws.Loop, fakeaws.NoMarker, fakeaws.Garbage,
		} {
			t.Run(fmt.Sprintf("%s/%d", name, fault), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					// Which call is the k-th differs from run to run anyway; together the faults try them all.
					for k := 1 + int(fault)%11; k <= calls; k += 11 * testrun.Thin() {
						var n atomic.Int64
						server := fakeaws.StartInMemory(inv, fakeaws.Options{PageSize: 1, Fault: func(fakeaws.Call) fakeaws.Fault {
							if n.Add(1) == int64(k) {
								return fault
							}
							return fakeaws.None
						}})
						a := reading(server, inv)
						a.Profile = profile(append(slices.DeleteFunc(keys(server.URL, auditor), func(line string) bool { return strings.HasPrefix(line, "max_attempts") }), "max_attempts = 1")...)
						live, err := a.Load(t.Context(), scope(inv))
						server.Close()
						var credentials *CredentialsError
						var why account.Unread
						if errors.As(err, &credentials) || errors.As(err, &why) && why.Action == "sts:GetCallerIdentity" {
							continue // the call of the base credentials: nothing can be read
						}
						if err != nil {
							t.Fatal(err)
						}
						onlyLess(t, before, live)
						if t.Failed() {
							t.Fatalf("with fault %d in call %d", fault, k)
						}
					}
				})
			})
		}
	}
}

// Slow responses do not change verdicts.
func TestSlow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inv := smallOrganization()
		server := start(t, inv, fakeaws.Options{PageSize: 1, Latency: 150 * time.Millisecond})
		evaluatedAlike(t, inv, load(t, t.Context(), reading(server, inv), inv))
	})
}

// When every fifth call is throttled, everything is read, and the retries are counted.
func TestEveryFifthCallThrottled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inv := sized(size{accounts: 1, regions: 1, repositories: 60})
		inv.Organization, inv.Owners[0].Listed = nil, false
		for name := range inv.Accounts[inv.Owners[0].Account].RepositoryTags["eu-west-1"] {
			inv.Accounts[inv.Owners[0].Account].RepositoryTags["eu-west-1"][name] = account.Present(account.Tags{}) // each is confirmed
		}
		server := start(t, inv, fakeaws.Options{Fault: func(c fakeaws.Call) fakeaws.Fault {
			if c.N%5 == 0 {
				return fakeaws.Throttle
			}
			return fakeaws.None
		}})
		a := reading(server, inv)
		a.Profile = profile(slices.DeleteFunc(keys(server.URL, auditor), func(line string) bool { return strings.HasPrefix(line, "max_attempts") })...)
		live := load(t, t.Context(), a, inv)
		evaluatedAlike(t, inv, live)
		if c := live.Calls["ECR"]; c.Throttled < 12 || c.Retries != c.Throttled || c.Calls != 61+c.Retries {
			t.Errorf("counted %+v", c)
		}
	})
}

// An account that cannot be entered, or that takes too long, is unknown. The verdicts of all
// other accounts are unchanged.
func TestOneAccountOfAnOrganization(t *testing.T) {
	t.Parallel()
	inv := sized(size{accounts: 5, regions: 2, repositories: 5, policies: 1, versions: 1, n: 1})
	lost := inv.Owners[2].Account
	for name, test := range map[string]struct {
		fault  func(fakeaws.Call) fakeaws.Fault
		reason account.Reason
		action string
	}{
		"AssumeRole denied": {func(c fakeaws.Call) fakeaws.Fault {
			if c.Operation == "AssumeRole" && strings.Contains(c.Parameter("RoleArn"), lost) {
				return fakeaws.Deny
			}
			return fakeaws.None
		}, account.AccessDenied, "sts:AssumeRole"},
		"AssumeRole silent": {func(c fakeaws.Call) fakeaws.Fault {
			if c.Operation == "AssumeRole" && strings.Contains(c.Parameter("RoleArn"), lost) {
				return fakeaws.Hang
			}
			return fakeaws.None
		}, account.Timeout, "sts:AssumeRole"},
		"silent": {func(c fakeaws.Call) fakeaws.Fault {
			if c.Account == lost {
				return fakeaws.Hang
			}
			return fakeaws.None
		}, account.Timeout, ""},
		"a Region that is not enabled": {func(c fakeaws.Call) fakeaws.Fault {
			if c.Account == lost && c.Region == "us-east-1" && c.Service != "IAM" {
				return fakeaws.Expired // services in a Region that is not enabled respond that the token is invalid
			}
			return fakeaws.None
		}, account.NoCredentials, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				server := start(t, inv, fakeaws.Options{Fault: test.fault})
				a := reading(server, inv)
				a.AccountTimeout = 8 * time.Second                              // long enough for all others on a busy machine
				ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // the time of one account is none of the others'
				defer cancel()
				live := load(t, ctx, a, inv)
				onlyLess(t, verdicts(inv), live)
				result := checks.Run(live, lifecycle.All())
				if !result.FellShort() {
					t.Error("the run fell short and does not say so")
				}
				unread := 0
				for f := range result.Findings() {
					switch {
					case f.Check.ID == "organization-guardrails" && f.Status == checks.Unknown: // whose organization may be the same
					case f.Subject.Account != lost && f.Status == checks.Unknown:
						t.Errorf("%s of %s: %s", f.Check.ID, f.Subject.Account, f.Message)
					case f.Unread != nil && f.Subject.Account == lost:
						unread++
						if f.Unread.Reason != test.reason || test.action != "" && f.Unread.Action != test.action {
							t.Errorf("%s: %+v", f.Check.ID, *f.Unread)
						}
					}
				}
				if unread == 0 {
					t.Error("nothing is unknown about the account")
				}
			})
		})
	}
}

// The credentials of an assumed role expire while an account is read. Renewing them needs a call,
// even if the number of concurrent calls is 1.
func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inv := smallOrganization()
		server := start(t, inv, fakeaws.Options{SessionEnds: time.Now()})
		a := reading(server, inv)
		a.Concurrency = 1
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		evaluatedAlike(t, inv, load(t, ctx, a, inv))
	})
}

// Calls whose result several goroutines need are made once, even with a pause between two
// attempts: GetCallerIdentity and ListRoles.
func TestWaitedForByAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inv := smallOrganization()
		o := &inv.Owners[0]
		o.ExecutionRoles = append(o.ExecutionRoles, "NorThisRole")
		inv.Accounts[o.Account].Roles["NorThisRole"] = account.Absent[account.Role]()
		server := start(t, inv, fakeaws.Options{Fault: func(c fakeaws.Call) fakeaws.Fault {
			if c.N == 1 && (c.Operation == "GetCallerIdentity" || c.Operation == "ListRoles" && c.Account == owner) {
				return fakeaws.Throttle
			}
			return fakeaws.None
		}})
		a := reading(server, inv)
		a.Access, a.RoleName = nil, "Audit"
		evaluatedAlike(t, inv, load(t, t.Context(), a, inv))
		if calls := server.Calls(); calls["STS GetCallerIdentity"] != 2 || calls["IAM ListRoles"] < 2 || calls["IAM ListRoles"] > 3 {
			t.Errorf("calls: %v", calls)
		}
	})
}

// If the list of an organization's accounts is incomplete, the known accounts are read, and
// every check reports that there may be more.
func TestOrganizationListedInPart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inv := sized(size{accounts: 5, regions: 1, repositories: 3, policies: 1, versions: 1, n: 1})
		server := start(t, inv, fakeaws.Options{PageSize: 2, Fault: func(c fakeaws.Call) fakeaws.Fault {
			if c.Operation == "ListAccounts" && c.N == 3 {
				return fakeaws.Deny
			}
			return fakeaws.None
		}})
		live := load(t, t.Context(), reading(server, inv), inv)
		onlyLess(t, verdicts(inv), live)
		if n := len(live.Organization.Members.Items()); n != 2 {
			t.Errorf("%d accounts are known, the first page has 2", n)
		}
		said := map[string]bool{}
		for f := range checks.Run(live, lifecycle.All()).Findings() {
			if f.Unread != nil && f.Unread.Action == "organizations:ListAccounts" {
				said[f.Check.ID] = true
			}
		}
		if len(said) != len(lifecycle.All()) {
			t.Errorf("only %v say that there may be more accounts", said)
		}
	})
}

// Ctrl-C, the time limit and a network failure each leave a report of all accounts. It contains
// what was read, and why the rest was not.
func TestAnOrganizationEndsEarly(t *testing.T) {
	t.Parallel()
	for name, reason := range map[string]account.Reason{"interrupted": account.Interrupted, "time is up": account.Timeout, "network lost": account.Failed} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				inv := sized(size{accounts: 8, regions: 1, repositories: 3, policies: 1, versions: 1, n: 1})
				ctx, cancel := context.WithCancelCause(t.Context())
				var n atomic.Int64
				var gone atomic.Bool
				server := start(t, inv, fakeaws.Options{Fault: func(fakeaws.Call) fakeaws.Fault {
					if n.Add(1) == 60 {
						switch reason {
						case account.Interrupted:
							cancel(context.Canceled)
						case account.Timeout:
							cancel(context.DeadlineExceeded)
						default:
							gone.Store(true)
						}
					}
					return fakeaws.None
				}})
				a := reading(server, inv)
				a.Concurrency = 2
				a.through = func(client aws.HTTPClient) aws.HTTPClient { return unplugged{connected(client, server), &gone} }
				live, err := a.Load(ctx, scope(inv))
				if err != nil {
					t.Fatal(err)
				}
				onlyLess(t, verdicts(inv), live)
				seen := map[string]bool{}
				reasons := map[account.Reason]bool{}
				for f := range checks.Run(live, lifecycle.All()).Findings() {
					seen[f.Subject.Account] = true
					if f.Unread != nil {
						reasons[f.Unread.Reason] = true
					}
				}
				delete(seen, "999988887777") // of the guardrails
				if len(seen) != 8 || !reasons[reason] {
					t.Errorf("%d of 8 accounts are in the report, the reasons are %v, expected %s", len(seen), reasons, reason)
				}
			})
		})
	}
}

// unplugged is an HTTP client whose network can fail.
type unplugged struct {
	aws.HTTPClient
	gone *atomic.Bool
}

func (u unplugged) Do(r *http.Request) (*http.Response, error) {
	if u.gone.Load() {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("network is unreachable")}
	}
	return u.HTTPClient.Do(r)
}

// Image Builder is not available in a Region if the host name of its endpoint does not exist and
// another Region responds. Otherwise the network may be the cause.
func TestARegionWithoutTheService(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inv := sized(size{accounts: 1, regions: 2, policies: 1, versions: 1, n: 1})
		o := &inv.Owners[0]
		inv.Organization, o.Listed, o.AllRepositories = nil, false, false
		inv.Accounts[o.Account].Regions = account.Complete(manyRegions[:2])
		for nameless, want := range map[int]string{0: "unknown", 1: "skip", 2: "unknown"} {
			o.Regions, o.AllRegions = nil, true
			if nameless == 0 { // as 1, but the user named the Regions
				o.Regions, o.AllRegions, nameless = manyRegions[:2], false, 1
			}
			for i, region := range manyRegions[:2] {
				inv.Accounts[inv.Owners[0].Account].ImageBuilder[region].Unavailable = i < nameless
			}
			server := start(t, inv, fakeaws.Options{})
			got := ""
			for f := range checks.Run(load(t, t.Context(), reading(server, inv), inv), lifecycle.All()).Findings() {
				if f.Subject.Region == manyRegions[0] {
					got = string(f.Status)
				}
			}
			if got != want {
				t.Errorf("with %d of 2 Regions nameless: %q, expected %q", nameless, got, want)
			}
		}
	})
}

// AWS's messages name the type of policy that denied a call. The messages are from the IAM User
// Guide, "Troubleshoot access denied error messages".
func TestWhatDenied(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]string{
		"User: arn:aws:iam::777788889999:user/MaryMajor is not authorized to perform: codecommit:ListRepositories because no service control policy allows the codecommit:ListRespositories action":                                       "service control policy",
		"User: arn:aws:iam::777788889999:user/JohnDoe is not authorized to perform: codecommit:ListRepositories with an explicit deny in a service control policy":                                                                        "service control policy",
		"User: arn:aws:iam::777788889999:user/JohnDoe is not authorized to perform: secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:us-east-1:777788889999:secret:s with an explicit deny in a resource control policy": "resource control policy",
		"User: arn:aws:iam::123456789012:user/MaryMajor is not authorized to perform: codedeploy:ListDeployments because no permissions boundary allows the codedeploy:ListDeployments action":                                            "permissions boundary",
		"User: arn:aws:iam::123456789012:user/JohnDoe is not authorized to perform: codedeploy:ListDeployments on resource: arn:aws:codedeploy:x with an explicit deny in an identity-based policy":                                       "identity-based policy",
		"User: arn:aws:iam::123456789012:user/x is not authorized to perform: iam:GetRole":                                                                                                                                                "",
		"with an explicit deny in a moment": "",
	} {
		if got := deniedBy(message); got != want {
			t.Errorf("%s: %q, expected %q", message, got, want)
		}
	}
	why := account.Unread{Reason: account.AccessDenied, Action: "iam:GetRole", DeniedBy: "service control policy"}
	if got := why.Error(); got != "iam:GetRole: access denied by a service control policy" {
		t.Error(got)
	}
}

// A missing tag that is not confirmed is unknown, with the reason. Other verdicts are unchanged.
func TestConfirmNegatives(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for most, confirmed := range map[int]int{0: 10, 4: 4, -1: 0} {
			inv := sized(size{accounts: 1, regions: 1, repositories: 15})
			inv.Organization, inv.Owners[0].Listed, inv.Owners[0].ExecutionRoles = nil, false, []string{"Lifecycle"}
			inv.Owners[0].Discover = nil
			tags := inv.Accounts[inv.Owners[0].Account].RepositoryTags["eu-west-1"]
			policies := map[string]account.Read[string]{}
			inv.Accounts[inv.Owners[0].Account].RepositoryPolicies = map[string]map[string]account.Read[string]{"eu-west-1": policies}
			for n := range 10 {
				tags[fmt.Sprintf("app/r%04d", n)] = account.Present(account.Tags{"team": "x"})
				policies[fmt.Sprintf("app/r%04d", n)] = account.Absent[string]()
			}
			server := start(t, inv, fakeaws.Options{})
			a := reading(server, inv)
			a.ConfirmNegatives = most
			got := map[checks.Status]int{}
			for f := range checks.Run(load(t, t.Context(), a, inv), lifecycle.All()).Findings() {
				if f.Check.ID == "ecr-repository-tag" {
					got[f.Status]++
					if f.Status == checks.Unknown && !strings.Contains(f.Message, "--confirm-negatives") {
						t.Errorf("no reason: %s", f.Message)
					}
				}
			}
			if calls := server.Calls()["ECR ListTagsForResource"]; calls != confirmed || got[checks.Pass] != 5 || got[checks.Fail] != confirmed || got[checks.Unknown] != 10-confirmed {
				t.Errorf("confirming %d: %d calls, %v", most, calls, got)
			}
		}
	})
}

// A response without any Region, or with a repository without name, is malformed.
func TestAnAnswerThatIsNone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inv := sized(size{accounts: 1, regions: 1, repositories: 5, n: 1})
		only := inv.Accounts[inv.Owners[0].Account]
		inv.Owners[0].AllRepositories = true
		only.RepositoryTags["eu-west-1"][""] = account.Present(account.Tags{})
		server := start(t, inv, fakeaws.Options{})
		names := load(t, t.Context(), reading(server, inv), inv).Accounts[inv.Owners[0].Account].RepositoryNames["eu-west-1"]
		if slices.Contains(names.Items(), "") || names.Err() == nil {
			t.Errorf("repositories %q, %v", names.Items(), names.Err())
		}

		inv.Owners[0].AllRegions = true
		only.Regions = account.Complete([]string{})
		server = start(t, inv, fakeaws.Options{})
		regions := load(t, t.Context(), reading(server, inv), inv).Accounts[inv.Owners[0].Account].Regions
		var why account.Unread
		if !errors.As(regions.Err(), &why) || why.Reason != account.Malformed {
			t.Errorf("no Regions, and %v", regions.Err())
		}
	})
}

// Region names become part of host names, so only valid ones are used.
func TestARegionThatIsNone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		all, err := parsed() // it is changed
		if err != nil {
			t.Fatal(err)
		}
		inv := all["organization"]
		first := inv.Owners[0].Account
		inv.Accounts[first].Regions = account.Complete([]string{"eu-west-1", "evil.example.com/?"})
		server := start(t, inv, fakeaws.Options{})
		regions := load(t, t.Context(), reading(server, inv), inv).Accounts[first].Regions
		var why account.Unread
		if len(regions.Items()) != 1 || !errors.As(regions.Err(), &why) || why.Reason != account.Malformed {
			t.Errorf("Regions %v, %v", regions.Items(), regions.Err())
		}
	})
}

// The tagging API may return a deleted repository. It does not pass.
func TestADeletedRepositoryThatIsStillShown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inv := sized(size{accounts: 1, regions: 1, repositories: 3})
		inv.Organization, inv.Owners[0].Listed, inv.Owners[0].AllRepositories = nil, false, false
		for _, name := range []string{"app/r0000", "app/r0001", "app/r0002", "deleted/long-ago"} {
			inv.Owners[0].Repositories = append(inv.Owners[0].Repositories, account.Repository{Region: "eu-west-1", Name: name})
		}
		inv.Accounts[inv.Owners[0].Account].RepositoryTags["eu-west-1"]["deleted/long-ago"] = account.Absent[account.Tags]()
		server := start(t, inv, fakeaws.Options{PageSize: 2}) // then fakeaws shows it
		evaluatedAlike(t, inv, load(t, t.Context(), reading(server, inv), inv))
	})
}

// A unit with an incomplete list of accounts or units may contain more accounts.
func TestUnitsListedInPart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, operation := range []string{"ListAccountsForParent", "ListOrganizationalUnitsForParent"} {
			inv := sized(size{accounts: 5, regions: 1})
			server := start(t, inv, fakeaws.Options{Fault: func(c fakeaws.Call) fakeaws.Fault {
				if c.Operation == operation && c.N == 2 {
					return fakeaws.Deny
				}
				return fakeaws.None
			}})
			scoped := scope(inv)
			scoped.Organization.Units = []string{fakeaws.Unit}
			live, err := reading(server, inv).Load(t.Context(), scoped)
			if err != nil {
				t.Fatal(err)
			}
			if live.Organization.Members.Err() == nil {
				t.Errorf("%s was denied, and the list of accounts counts as whole", operation)
			}
		}
	})
}
