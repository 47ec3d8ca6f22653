package awsapi

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/fakeaws"
)

// Each operation about something that other answers show says that it does not exist.
// No verdict becomes another one than unknown, and the recording says what
// contradicts what.
func TestEachOperationFindsNothing(t *testing.T) {
	t.Parallel()
	small, organization := organisation(), recordings(t)["organization"]
	for operation, inv := range map[string]*account.Inventory{
		"GetRole": small, "ListAttachedRolePolicies": small, "ListRolePolicies": small, "GetRolePolicy": small, "GetPolicy": small,
		"GetPolicyVersion": small, "SimulatePrincipalPolicy": small,
		"GetLifecyclePolicy": small, "GetDistributionConfiguration": small, "GetContainerRecipe": small, "ListImageBuildVersions": small,
		"ListLifecycleExecutions": small, "ListLifecycleExecutionResources": small,
		"ListTagsForResource": small, "GetRepositoryPolicy": small,
		"ListParents": small, "ListPoliciesForTarget": small, "DescribePolicy": small, "DescribeOrganization": organization,
	} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
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
	}
}

// The tagging API shows the right tag, ECR's list of repositories is refused, and
// ECR shows no tags: whether the repository is tagged is not known.
func TestTheTaggingAPIContradictsECR(t *testing.T) {
	t.Parallel()
	tagged, untagged := organisation(), organisation()
	for name := range untagged.Accounts[owner].RepositoryTags["eu-west-1"] {
		untagged.Accounts[owner].RepositoryTags["eu-west-1"][name] = account.Present(account.Tags{})
	}
	ecr := start(t, untagged, fakeaws.Options{})
	server := start(t, tagged, fakeaws.Options{Fault: func(c fakeaws.Call) fakeaws.Fault {
		if c.Operation == "DescribeRepositories" {
			return fakeaws.Deny
		}
		return fakeaws.None
	}})
	a := reading(server, tagged)
	a.through = func(client aws.HTTPClient) aws.HTTPClient { return diverted{client, "ListTagsForResource", ecr.URL} }
	live := load(t, t.Context(), a, tagged)
	_, _, err := live.Accounts[owner].Tags(account.Repository{Region: "eu-west-1", Name: "app/tagged"}).Get()
	if why := (account.Unread{}); !errors.As(err, &why) || why.Reason != account.Contradicted {
		t.Errorf("%v, want a contradiction", err)
	}
}

// diverted sends the calls of one operation to another server.
type diverted struct {
	aws.HTTPClient
	operation, url string
}

func (d diverted) Do(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.Header.Get("X-Amz-Target"), "."+d.operation) {
		r.URL.Host = strings.TrimPrefix(d.url, "http://")
	}
	return d.HTTPClient.Do(r)
}
