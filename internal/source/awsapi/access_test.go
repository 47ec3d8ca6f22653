package awsapi

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/internal/fakeaws"
	"github.com/iblint/iblint/internal/source"
)

// Roles are assumed with iblint's session name and the given external ID.
func TestAssumeRole(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inv := smallOrganization()
		var mutex sync.Mutex
		asked := map[string]bool{}
		server := start(t, inv, fakeaws.Options{Fault: func(c fakeaws.Call) fakeaws.Fault {
			if c.Operation == "AssumeRole" {
				mutex.Lock()
				defer mutex.Unlock()
				asked[c.Account+" "+c.Parameter("RoleArn")+" "+c.Parameter("RoleSessionName")+" "+c.Parameter("ExternalId")] = true
			}
			return fakeaws.None
		}})
		a := reading(server, inv)
		a.Access[destinationB] = Access{Role: account.RoleARN("aws", destinationB, "/", "Plain")}
		load(t, t.Context(), a, inv)
		for _, want := range []string{
			auditor + " arn:aws:iam::" + owner + ":role/Audit iblint iblint-" + owner,
			auditor + " arn:aws:iam::" + destinationA + ":role/Audit iblint iblint-" + destinationA,
			auditor + " arn:aws:iam::" + destinationB + ":role/Plain iblint ",
		} {
			if !asked[want] {
				t.Errorf("not asked: %q in %v", want, asked)
			}
		}
	})
}

// The role name is used for all accounts except the account of the credentials.
func TestARoleNameForAllAccounts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inv := smallOrganization()
		var mutex sync.Mutex
		assumed := map[string]int{}
		server := start(t, inv, fakeaws.Options{Fault: func(c fakeaws.Call) fakeaws.Fault {
			if c.Operation == "AssumeRole" {
				mutex.Lock()
				defer mutex.Unlock()
				assumed[c.Parameter("RoleArn")+" "+c.Parameter("ExternalId")]++
			}
			return fakeaws.None
		}})
		a := reading(server, inv)
		a.Profile, a.Access, a.RoleName, a.ExternalID = profile(keys(server.URL, owner)...), nil, "audit/Reader", "x"
		evaluatedAlike(t, inv, load(t, t.Context(), a, inv))
		want := map[string]int{"arn:aws:iam::" + destinationA + ":role/audit/Reader x": 1, "arn:aws:iam::" + destinationB + ":role/audit/Reader x": 1}
		if diff := cmp.Diff(want, assumed); diff != "" {
			t.Errorf("assumed (-want +got):\n%s", diff)
		}
	})
}

// A destination may be an account of the organization. It is then a destination of the others.
func TestAnAccountIsNotItsOwnDestination(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inv := smallOrganization()
		inv.Organization = &account.Organization{Account: auditor, Members: account.Complete([]account.Member{
			{Account: owner, State: "ACTIVE"}, {Account: destinationA, State: "ACTIVE"}, {Account: destinationB, State: "ACTIVE"},
		})}
		asked := scope(inv)
		asked.Owners = nil
		asked.Organization = &source.Organization{Owner: account.Owner{Destinations: []account.Target{{Account: destinationA}, {Account: destinationB}}}}
		server := start(t, inv, fakeaws.Options{})
		live, err := reading(server, inv).Load(t.Context(), asked)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string][]account.Target{}
		for _, o := range live.Owners {
			got[o.Account] = o.Destinations
		}
		want := map[string][]account.Target{
			owner: {{Account: destinationA}, {Account: destinationB}}, destinationA: {{Account: destinationB}}, destinationB: {{Account: destinationA}},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("destinations (-want +got):\n%s", diff)
		}
	})
}

// An invalid account ID from Image Builder is not used in a role's ARN or in a recording.
func TestAnAccountThatIsNone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inv := smallOrganization()
		inv.Owners[0].Destinations = nil
		ib := inv.Accounts[owner].ImageBuilder["eu-west-1"]
		ib.Distributions = account.Complete([]account.Distribution{{ARN: "arn:3", Name: "odd", Settings: account.Present([]account.DistributionSettings{{Region: "eu-west-1", TargetAccounts: []string{destinationA + ":role/Other"}}})}})
		ib.Images = account.Complete([]account.Image{{ARN: base, AMIs: []account.AMI{{ID: "ami-1", Region: "eu-west-1", Account: "self"}}}})
		server := start(t, inv, fakeaws.Options{})
		a := reading(server, inv)
		a.Access, a.RoleName = nil, "Audit"
		live := load(t, t.Context(), a, inv)
		if assumed := server.Calls()["STS AssumeRole"]; assumed != 1 {
			t.Errorf("%d roles were assumed, and one account is known", assumed)
		}
		unknown := 0
		for f := range checks.Run(live, lifecycle.All()).Findings() {
			if f.Check.ID == "cross-account-role-exists" && f.Status == checks.Unknown {
				unknown++
			}
		}
		if unknown != 2 {
			t.Errorf("%d are unknown", unknown)
		}
		if err := live.Validate(); err != nil {
			t.Errorf("it cannot be recorded: %v", err)
		}
	})
}

// Whichever kinds of subjects are discovered, what lifecycle management needs of them, and of
// the named ones, follows from all lists.
func TestDiscoveryReadsWhatIsNeeded(t *testing.T) {
	t.Parallel()
	for _, kind := range []account.Kind{account.ExecutionRoleKind, account.DestinationKind, account.RepositoryKind, account.LifecyclePolicyKind, ""} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				inv := smallOrganization()
				inv.Owners[0].Discover = []account.Kind{kind}
				want := []string{
					"GetContainerRecipe", "GetDistributionConfiguration", "GetLifecyclePolicy", "ListContainerRecipes", "ListDistributionConfigurations", "ListImageBuildVersions",
					"ListImagePipelines", "ListImageRecipes", "ListLifecycleExecutionResources", "ListLifecycleExecutions", "ListLifecyclePolicies",
				}
				if kind == "" {
					inv.Owners[0].Discover, want = nil, nil
					inv.Accounts[owner].ImageBuilder = nil
				}
				server := start(t, inv, fakeaws.Options{})
				evaluatedAlike(t, inv, load(t, t.Context(), reading(server, inv), inv))
				var got []string
				for operation := range server.Calls() {
					if name, ok := strings.CutPrefix(operation, "imagebuilder "); ok {
						got = append(got, name)
					}
				}
				slices.Sort(got)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// A role with several references is read once. References to another account, and accounts that
// only have launch permission, are decided without reading.
func TestNothingIsReadInVain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inv := smallOrganization()
		o := &inv.Owners[0]
		o.Discover = nil
		inv.Accounts[owner].ImageBuilder = nil
		o.Destinations = []account.Target{{Account: destinationA, LaunchPermissionOnly: true}}
		o.ExecutionRoles = []string{"Lifecycle", "other/Lifecycle", account.RoleARN("aws", owner, "/", "Lifecycle"), account.RoleARN("aws", destinationA, "/", "Elsewhere")}
		server := start(t, inv, fakeaws.Options{})
		evaluatedAlike(t, inv, load(t, t.Context(), reading(server, inv), inv))
		want := map[string]int{
			"IAM GetPolicy": 3, "IAM GetPolicyVersion": 3, "IAM SimulatePrincipalPolicy": 1, "ECR GetRepositoryPolicy": 4, "ECR GetRegistryPolicy": 2, "ECR GetAccountSetting": 1,
			"STS GetCallerIdentity": 1, "Organizations DescribeOrganization": 2, // of the credentials of the run, too
			"Organizations ListRoots": 1, "Organizations ListParents": 3, "Organizations ListPoliciesForTarget": 8, "Organizations DescribePolicy": 3,
			"STS AssumeRole": 1, "IAM GetRole": 1, "IAM ListAttachedRolePolicies": 1, "IAM ListRolePolicies": 1,
			"IAM GetRolePolicy": 2, "ECR DescribeRepositories": 1, "Resource Groups Tagging API GetResources": 1, "ECR ListTagsForResource": 3,
		}
		if diff := cmp.Diff(want, server.Calls()); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	})
}

// All values are read unchanged.
func TestNothingIsLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inv := smallOrganization()
		server := start(t, inv, fakeaws.Options{PageSize: 2})
		live := load(t, t.Context(), reading(server, inv), inv)
		inv.ReadAt, inv.Calls = live.ReadAt, live.Calls
		if diff := cmp.Diff(string(written(t, inv)), string(written(t, live))); diff != "" {
			t.Errorf("the recording (-want +got):\n%s", diff)
		}
	})
}

// A response about another role than the requested one is refused.
func TestAnotherRole(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		served, asked := smallOrganization(), smallOrganization()
		roles := served.Accounts[owner].Roles
		roles["Bare"] = roles["Lifecycle"]
		server := start(t, served, fakeaws.Options{})
		live := load(t, t.Context(), reading(server, asked), asked)
		_, _, err := live.Accounts[owner].Roles["Bare"].Get()
		if want := (account.Unread{Reason: account.Malformed, Action: "iam:GetRole", Detail: "the response does not contain the role"}); !errors.Is(err, want) {
			t.Errorf("%v, expected %v", err, want)
		}
	})
}

// The error codes of the services.
func TestUnreadReasons(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]account.Reason{
		"AccessDenied": account.AccessDenied, "AccessDeniedException": account.AccessDenied,
		"ExpiredToken": account.NoCredentials, "ExpiredTokenException": account.NoCredentials, "InvalidClientTokenId": account.NoCredentials,
		"UnrecognizedClientException": account.NoCredentials, "SignatureDoesNotMatch": account.NoCredentials, "InvalidSignatureException": account.NoCredentials,
		"Throttling": account.Throttled, "ThrottlingException": account.Throttled,
		"ServiceFailure": account.Failed, "ServerException": account.Failed, "NoSuchEntity": account.Failed,
	} {
		err := fmt.Errorf("operation error: %w", &smithy.GenericAPIError{Code: code, Message: "why"})
		detail := code + ": why"
		if code == "InvalidClientTokenId" || code == "UnrecognizedClientException" {
			detail += "; the Region may not be enabled for the account"
		}
		if got := unread(t.Context(), "iam:GetRole", err); got != (account.Unread{Reason: want, Action: "iam:GetRole", Detail: detail}) {
			t.Errorf("%s: %+v", code, got)
		}
	}
}

// Documents are URL-encoded by RFC 3986, where a plus sign is a plus sign.
func TestDocument(t *testing.T) {
	t.Parallel()
	encoded := "%7B%22Action%22%3A%22a:Put+%2B*%22%20%7D"
	if text, found, err := document(&encoded, "iam:GetRole").Get(); text != `{"Action":"a:Put++*" }` || !found || err != nil {
		t.Errorf("%q, %v, %v", text, found, err)
	}
}

func TestInnermost(t *testing.T) {
	t.Parallel()
	cause := errors.New("connection refused")
	for _, err := range []error{
		cause, fmt.Errorf("operation error IAM: GetRole: %w", cause),
		errors.Join(fmt.Errorf("attempt 2: %w", cause), errors.New("retry quota exceeded")),
	} {
		if got := innermost(err); got != "connection refused" {
			t.Errorf("innermost of %q: %q", err, got)
		}
	}
}
