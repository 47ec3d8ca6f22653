package planned

import (
	"reflect"
	"testing"

	"github.com/iblint/iblint/checks/account"
)

// Exclusion rules for AMIs have the form of the AWS CLI.
func TestExclusionRules(t *testing.T) {
	for amis, want := range map[string]account.LifecycleRule{
		`{}`:                                  {},
		`{"isPublic":false}`:                  {},
		`{"sharedAccounts":[]}`:               {},
		`{"isPublic":true}`:                   {ReadsAttributes: true},
		`{"sharedAccounts":["111122223333"]}`: {ReadsAttributes: true},
		`{"lastLaunched":{"unit":"WEEKS","value":2}}`:                   {ReadsAttributes: true},
		`{"regions":["eu-west-1","us-east-1"],"tagMap":{"keep":"yes"}}`: {ExcludedRegions: []string{"eu-west-1", "us-east-1"}},
	} {
		p, err := lifecyclePolicy([]byte(`{"name":"p","executionRole":"L","resourceType":"AMI_IMAGE","resourceSelection":{"tagMap":{"a":"b"}},
			"policyDetails":[{"action":{"type":"DELETE"},"filter":{"type":"COUNT","value":1},"exclusionRules":{"tagMap":{"a":"b"},"amis":` + amis + `}}]}`))
		if err != nil {
			t.Fatal(err)
		}
		want.Action = "DELETE"
		rules, _, _ := p.Rules.Get()
		if len(rules) != 1 || !reflect.DeepEqual(rules[0], want) {
			t.Errorf("%s: %+v, expected %+v", amis, rules, want)
		}
	}
}
