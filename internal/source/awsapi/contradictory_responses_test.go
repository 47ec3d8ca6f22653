package awsapi

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/fakeaws"
)

// An operation responds that a resource does not exist, and other responses show that it does.
// Verdicts only change to unknown, and the recording names both responses.
func TestEachOperationFindsNothing(t *testing.T) {
	t.Parallel()
	small, organization := smallOrganization(), recordings(t)["organization"]
	for operation, inv := range map[string]*account.Inventory{
		"GetRole": small, "ListAttachedRolePolicies": small, "ListRolePolicies": small, "GetRolePolicy": small, "GetPolicy": small,
		"GetPolicyVersion": small, "SimulatePrincipalPolicy": small,
		"GetLifecyclePolicy": small, "GetDistributionConfiguration": small, "GetContainerRecipe": small,
		"ListLifecycleExecutions": small, "ListLifecycleExecutionResources": small,
		"ListTagsForResource": small, "GetRepositoryPolicy": small,
		"ListParents": small, "ListPoliciesForTarget": small, "DescribePolicy": small, "DescribeOrganization": organization,
	} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				server := start(t, inv, fakeaws.Options{Fault: func(c fakeaws.Call) fakeaws.Fault {
					if c.Operation == operation {
						return fakeaws.Missing
					}
					return fakeaws.None
				}})
				live := load(t, t.Context(), reading(server, inv), inv)
				onlyLess(t, verdicts(inv), live)
				if !strings.Contains(string(written(t, live)), `"reason": "contradicted"`) {
					t.Errorf("%s finds nothing, and no contradiction is recorded", operation)
				}
			})
		})
	}
}

// The tagging API returns the right tag, DescribeRepositories is denied, and ECR returns no tags:
// it is unknown whether the repository has the tag.
func TestTheTaggingAPIContradictsECR(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inv := smallOrganization()
		server := start(t, inv, fakeaws.Options{Fault: func(c fakeaws.Call) fakeaws.Fault {
			if c.Operation == "DescribeRepositories" {
				return fakeaws.Deny
			}
			return fakeaws.None
		}})
		a := reading(server, inv)
		through := a.through
		a.through = func(client aws.HTTPClient) aws.HTTPClient { return untagged{through(client)} }
		live := load(t, t.Context(), a, inv)
		_, _, err := live.Accounts[owner].Tags(account.Repository{Region: "eu-west-1", Name: "app/tagged"}).Get()
		if why := (account.Unread{}); !errors.As(err, &why) || why.Reason != account.Contradicted {
			t.Errorf("%v, want a contradiction", err)
		}
	})
}

// GetLifecyclePolicy returns a lifecycle policy as it was before a change that the list shows. Its
// rules may be the old ones, too, and so may the role.
func TestALifecyclePolicyDiffersFromTheList(t *testing.T) {
	t.Parallel()
	for _, field := range []string{"status", "executionRole", "resourceType"} {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				inv := smallOrganization()
				a := reading(start(t, inv, fakeaws.Options{}), inv)
				through := a.through
				a.through = func(client aws.HTTPClient) aws.HTTPClient { return older{through(client), field} }
				live := load(t, t.Context(), a, inv)
				onlyLess(t, verdicts(inv), live)
				policies := live.Accounts[owner].ImageBuilder["eu-west-1"].LifecyclePolicies
				var why account.Unread
				if !errors.As(policies.Err(), &why) || why.Reason != account.Contradicted || !strings.Contains(why.Detail, " is before, but imagebuilder:ListLifecyclePolicies lists ") {
					t.Errorf("%v, want a contradiction", policies.Err())
				}
				if len(policies.Items()) > 0 {
					t.Errorf("contradicted policies are taken as they are listed: %+v", policies.Items())
				}
			})
		})
	}
}

// older returns lifecycle policies with another value of a field than the list.
type older struct {
	aws.HTTPClient
	field string
}

func (o older) Do(r *http.Request) (*http.Response, error) {
	response, err := o.HTTPClient.Do(r)
	if err != nil || !strings.HasPrefix(r.URL.Path, "/GetLifecyclePolicy") {
		return response, err
	}
	data, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	value := regexp.MustCompile(`"` + o.field + `":"[^"]*"`)
	response.Body = io.NopCloser(bytes.NewReader(value.ReplaceAll(data, []byte(`"`+o.field+`":"before"`))))
	response.ContentLength = -1
	return response, nil
}

// untagged responds that no repository has tags.
type untagged struct{ aws.HTTPClient }

func (u untagged) Do(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".ListTagsForResource") {
		return u.HTTPClient.Do(r)
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"tags":[]}`)), Request: r}, nil
}
