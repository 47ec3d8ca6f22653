package awsapi

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/fakeaws"
	"github.com/iblint/iblint/internal/source"
	"github.com/iblint/iblint/internal/testrun"
)

// examineAll examines the accounts of the small organization for every action.
func examineAll(t *testing.T, refuse string) ([]Examination, map[string]int) {
	t.Helper()
	return examineWith(t, func(c fakeaws.Call) fakeaws.Fault {
		switch {
		case c.Service+" "+c.Operation == refuse:
			return fakeaws.Deny
		case c.Service == "STS":
			return fakeaws.None
		}
		return fakeaws.Missing // by itself, fakeaws refuses what the inventory does not have
	})
}

// examineWith is examineAll with faults.
func examineWith(t *testing.T, fault func(fakeaws.Call) fakeaws.Fault) ([]Examination, map[string]int) {
	t.Helper()
	inv := smallOrganization()
	server := start(t, inv, fakeaws.Options{Fault: fault})
	all := map[string]account.Use{}
	for _, o := range operations {
		if o.Action != "" {
			all[o.Action] = account.Required
		}
	}
	found, _, err := reading(server, inv).Examine(t.Context(), source.Scope{Owners: []account.Owner{{
		Account: owner, Regions: []string{"eu-west-1", "us-east-1"}, Destinations: []account.Target{{Account: destinationA}},
	}}}, func(kind AccountKind) map[string]account.Use {
		if kind == DestinationAccount {
			return map[string]account.Use{"iam:GetRole": account.Required}
		}
		return all
	})
	if err != nil {
		t.Fatal(err)
	}
	return found, server.Calls()
}

// Each listed operation is tried, and only those: Image Builder in each Region, and the others once.
// A refused one is found, and no other is suspected.
func TestEveryOperationIsExamined(t *testing.T) {
	testrun.Long(t)
	t.Parallel()
	for _, o := range operations {
		if o.Action == "" {
			continue
		}
		t.Run(o.Service+" "+o.Name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				found, calls := examineAll(t, o.Service+" "+o.Name)
				i := slices.IndexFunc(found, func(e Examination) bool { return e.Account == owner })
				e := found[i]
				want := 1
				if o.Name == "ListLifecyclePolicies" {
					want = 2
				}
				if len(e.Refused) != want || e.Refused[0].Action != o.Action || len(e.Undecided) > 0 || e.NotEntered != nil {
					t.Errorf("refused %v, undecided %v, not entered: %v; expected %s", e.Refused, e.Undecided, e.NotEntered, o.Action)
				}
				if e.Permitted != len(operations)-want { // without GetCallerIdentity, and Image Builder in two Regions
					t.Errorf("%d operations are permitted", e.Permitted)
				}
				for name, n := range calls {
					service, operationName, _ := strings.Cut(name, " ")
					if strings.HasPrefix(name, tagged) {
						service, operationName = tagged, strings.TrimPrefix(name, tagged+" ")
					}
					_, listed := operation(service, operationName)
					if !listed && service != "STS" {
						t.Errorf("%s was called %d times and is not listed", name, n)
					}
				}
			})
		})
	}
}

const tagged = "Resource Groups Tagging API"

// A destination is asked for what it needs, and an account that cannot be entered is reported as that.
func TestAccountsThatCannotBeEntered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		found, calls := examineAll(t, "STS AssumeRole")
		for _, e := range found {
			if e.NotEntered == nil || e.NotEntered.Action != "sts:AssumeRole" {
				t.Errorf("account %s: %v", e.Account, e.NotEntered)
			}
		}
		if len(found) != 2 || calls["IAM GetRole"] > 0 {
			t.Errorf("%d accounts, %v", len(found), calls)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		found, _ := examineAll(t, "IAM GetRole")
		if d := found[1]; d.Account != destinationA || d.Permitted != 0 || len(d.Refused) != 1 {
			t.Errorf("%+v", d)
		}
	})
}

// What is no answer of AWS permits nothing: throttling, a proxy's page, half an answer, or none. An
// account in whose place a proxy answers is not entered, and not decided.
func TestDisturbedDoctor(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]fakeaws.Fault{
		"Throttle": fakeaws.Throttle, "Expired": fakeaws.Expired, "ServerError": fakeaws.ServerError, "BadGateway": fakeaws.BadGateway, "Hang": fakeaws.Hang,
		"Reset": fakeaws.Reset, "Truncate": fakeaws.Truncate, "Garbage": fakeaws.Garbage, "Empty": fakeaws.Empty,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				found, _ := examineWith(t, func(c fakeaws.Call) fakeaws.Fault {
					if c.Service == "STS" {
						return fakeaws.None
					}
					return fault
				})
				for _, e := range found {
					if e.Permitted > 0 || len(e.Refused) > 0 || len(e.Undecided) == 0 {
						t.Errorf("account %s: %d permitted, refused %v, undecided %d", e.Account, e.Permitted, e.Refused, len(e.Undecided))
					}
				}
			})
			synctest.Test(t, func(t *testing.T) {
				found, calls := examineWith(t, func(c fakeaws.Call) fakeaws.Fault {
					if c.Operation == "AssumeRole" {
						return fault
					}
					return fakeaws.None
				})
				for _, e := range found {
					if e.NotEntered == nil || e.NotEntered.Reason == account.AccessDenied {
						t.Errorf("account %s: entered, or refused: %v", e.Account, e.NotEntered)
					}
				}
				if calls["IAM GetRole"] > 0 {
					t.Error("an account that was not entered is read")
				}
			})
		})
	}
}

// A list without an end is no reason to read all of it.
func TestDoctorReadsOnePage(t *testing.T) {
	t.Parallel()
	for _, fault := range []fakeaws.Fault{fakeaws.Endless, fakeaws.Loop} {
		synctest.Test(t, func(t *testing.T) {
			_, calls := examineWith(t, func(fakeaws.Call) fakeaws.Fault { return fault })
			for name, n := range calls {
				if n > 2 && !strings.HasPrefix(name, "STS ") {
					t.Errorf("%s was called %d times", name, n)
				}
			}
		})
	}
}
