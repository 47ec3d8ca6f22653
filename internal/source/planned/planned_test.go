package planned

import (
	"reflect"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks/account"
)

// Filters and exclusion rules have the form of the AWS CLI.
func TestRules(t *testing.T) {
	for detail, want := range map[string]account.LifecycleRule{
		`"x":1`:                               {},
		`"filter":{"type":"COUNT","value":5}`: {Filter: &account.RuleFilter{Type: "COUNT", Value: 5}},
		`"filter":{"type":"AGE","value":6,"unit":"MONTHS","retainAtLeast":0}`:   {Filter: &account.RuleFilter{Type: "AGE", Value: 6, Unit: "MONTHS", RetainAtLeast: new(0)}},
		`"exclusionRules":{"tagMap":{"keep":"image"}}`:                          {ExcludedTags: account.Tags{"keep": "image"}},
		`"exclusionRules":{"amis":{}}`:                                          {},
		`"exclusionRules":{"amis":{"isPublic":false}}`:                          {},
		`"exclusionRules":{"amis":{"sharedAccounts":[]}}`:                       {SharedAccounts: []string{}},
		`"exclusionRules":{"amis":{"isPublic":true}}`:                           {IsPublic: true, ReadsAttributes: true},
		`"exclusionRules":{"amis":{"sharedAccounts":["111122223333"]}}`:         {SharedAccounts: []string{"111122223333"}, ReadsAttributes: true},
		`"exclusionRules":{"amis":{"lastLaunched":{"unit":"WEEKS","value":2}}}`: {LastLaunched: &account.Period{Unit: "WEEKS", Value: 2}, ReadsAttributes: true},
		`"exclusionRules":{"amis":{"regions":["eu-west-1","us-east-1"],"tagMap":{"keep":"ami"}}}`: {
			ExcludedRegions: []string{"eu-west-1", "us-east-1"}, AMITags: account.Tags{"keep": "ami"},
		},
	} {
		p, err := LifecyclePolicy([]byte(`{"name":"p","executionRole":"L","resourceType":"AMI_IMAGE","resourceSelection":{"tagMap":{"a":"b"}},
			"policyDetails":[{"action":{"type":"DELETE"},` + detail + `}]}`))
		if err != nil {
			t.Fatal(err)
		}
		want.Action = "DELETE"
		if want.Filter == nil {
			want.Filter = &account.RuleFilter{} // the file holds all there is to collect
		}
		rules, _, _ := p.Rules.Get()
		if len(rules) != 1 || !reflect.DeepEqual(rules[0], want) {
			t.Errorf("%s: %+v, expected %+v", detail, rules, want)
		}
	}
}

// The files hold all that is planned, so that nothing else is unread.
func TestListsAreComplete(t *testing.T) {
	planned, err := Files{LifecyclePolicies: []string{"-"}, Stdin: strings.NewReader(`{"name":"p","executionRole":"L","resourceType":"AMI_IMAGE",
		"resourceSelection":{"tagMap":{"a":"b"}},"policyDetails":[{"action":{"type":"DELETE"}}]}`)}.Read()
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"policies": planned.LifecyclePolicies.Err(), "distributions": planned.Distributions.Err(), "container recipes": planned.ContainerRecipes.Err(),
		"image recipes": planned.ImageRecipes.Err(), "pipelines": planned.Pipelines.Err(), "images": planned.Images.Err(),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What CreateLifecyclePolicy refuses is read: a check reports it. Only what is not such an input
// is an error.
func TestRefusedInputIsRead(t *testing.T) {
	const rest = `"name":"p","executionRole":"L","resourceType":"AMI_IMAGE","policyDetails":[{"action":{"type":"DELETE"},"filter":{"type":"AGE","value":1,"unit":"DAYS"}}],`
	for input, want := range map[string]account.PolicyInput{
		`{` + rest + `"resourceSelection":{"tagMap":{"a":"b"}},"description":"né","tags":{"c":"d"},"clientToken":"t"}`: {Description: 2, Tags: account.Tags{"c": "d"}},
		`{` + rest + `"resourceSelection":{}}`: {},
		`{` + rest + `"resourceSelection":{"tagMap":{},"recipes":[]},"tags":{},"description":""}`: {
			Empty: []string{"description", "resourceSelection.recipes", "resourceSelection.tagMap", "tags"}, Tags: account.Tags{},
		},
		`{` + rest + `"ResourceSelection":{"tagMap":{"a":"b"}},"note":1}`:                 {Unknown: []string{"ResourceSelection", "note"}},
		`{"resourceSelection":{"recipes":[{"name":"web","version":"1.0.0"},{"x":null}]}}`: {Unknown: []string{"resourceSelection.recipes[0].version", "resourceSelection.recipes[1].x"}},
		`{"policyDetails":[{"action":{"includeResources":{"ami":true}},"filter":{"unit":null},"exclusionRules":{"amis":{"regions":[],"sharedAccounts":[],"tagMap":{}}}}]}`: {
			Unknown: []string{"policyDetails[0].action.includeResources.ami"},
			Empty:   []string{"policyDetails[0].exclusionRules.amis.sharedAccounts", "policyDetails[0].exclusionRules.amis.tagMap", "policyDetails[0].filter.unit"},
		},
		`{"executionRole":"not a role"}`: {},
	} {
		p, err := LifecyclePolicy([]byte(input))
		if err != nil || !reflect.DeepEqual(*p.Input, want) {
			t.Errorf("%s: %+v, %v, expected %+v", input, p.Input, err, want)
		}
	}
	for _, input := range []string{`{}`, `[]`, `{"name":"Everywhere","distributions":[{"region":"eu-west-1"}]}`, `{` + rest + `"resourceSelection":1}`, `{"executionRole":1}`, `{"policyDetails":[{"filter":{"value":"5"}}]}`} {
		if _, err := LifecyclePolicy([]byte(input)); err == nil {
			t.Errorf("%s is accepted", input)
		}
	}
}
