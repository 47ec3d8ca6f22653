package awsapi

import (
	"strings"
	"testing"

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
