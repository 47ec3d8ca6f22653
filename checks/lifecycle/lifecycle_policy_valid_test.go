package lifecycle_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/internal/source/planned"
)

// validPolicy is an input that CreateLifecyclePolicy accepts.
const validPolicy = `{"name":"keep","status":"ENABLED","executionRole":"L","resourceType":"AMI_IMAGE",
"policyDetails":[{"action":{"type":"DELETE","includeResources":{"amis":true,"snapshots":true}},"filter":{"type":"AGE","value":90,"unit":"DAYS"}}],
"resourceSelection":{"recipes":[{"name":"web","semanticVersion":"x.x.x"}]}}`

// plannedPolicy is an inventory with a lifecycle policy to be created.
func plannedPolicy(t *testing.T, input string) *account.Inventory {
	t.Helper()
	plan, err := planned.Files{LifecyclePolicies: []string{"-"}, Stdin: strings.NewReader(input)}.Read()
	if err != nil {
		t.Fatalf("%s: %v", input, err)
	}
	return &account.Inventory{
		Owners:   []account.Owner{{Account: "111122223333", Regions: []string{"eu-west-1"}, Planned: plan}},
		Accounts: map[string]*account.Account{"111122223333": {Partition: "aws"}},
	}
}

// findingOf is the finding of a check about the only lifecycle policy of an inventory.
func findingOf(t *testing.T, inv *account.Inventory, c checks.Check) checks.Finding {
	t.Helper()
	var all []checks.Finding
	for f := range checks.Evaluate(inv, []checks.Check{c}) {
		all = append(all, f)
	}
	if len(all) != 1 {
		t.Fatalf("%d findings", len(all))
	}
	return all[0]
}

// Each rule of CreateLifecyclePolicy that a policy breaks is a failure, and nothing else is.
func TestRulesOfCreateLifecyclePolicy(t *testing.T) {
	const action, filter = `"type":"DELETE","includeResources":{"amis":true,"snapshots":true}`, `"type":"AGE","value":90,"unit":"DAYS"`
	const recipes = `"recipes":[{"name":"web","semanticVersion":"x.x.x"}]`
	rule := func(action, filter string) string { return `{"action":{` + action + `},"filter":{` + filter + `}}` }
	rules := func(n int) string {
		return strings.Repeat(rule(action, filter)+",", n-1) + rule(action, filter)
	}
	many := func(n int, item string) string {
		var all []string
		for i := range n {
			all = append(all, strings.ReplaceAll(item, "N", fmt.Sprint(i)))
		}
		return strings.Join(all, ",")
	}
	const selects, exclusions = `"resourceSelection":{`, `"filter":{` + filter + `}`
	exclude := func(what string) string { return exclusions + `,"exclusionRules":{` + what + `}` }
	for _, test := range []struct {
		old, new string
		want     string // empty: nothing is wrong
	}{
		{"", "", ""},
		{`"status":"ENABLED",`, ``, ""},
		{`"status":"ENABLED"`, `"status":"DISABLED"`, ""},
		{`"status":"ENABLED"`, `"status":"enabled"`, `status is "enabled"`},
		{`"name":"keep"`, `"name":"k p"`, ""},
		{`"name":"keep"`, `"name":"kp"`, `name is "kp"`},
		{`"name":"keep",`, ``, `name is ""`},
		{`"name":"keep"`, `"name":" keep"`, `name is " keep"`},
		{`"name":"keep"`, `"name":"keep.all"`, `name is "keep.all"`},
		{`"name":"keep"`, `"name":"` + strings.Repeat("k", 128) + `"`, ""},
		{`"name":"keep"`, `"name":"` + strings.Repeat("k", 129) + `"`, "name is"},
		{`"executionRole":"L",`, ``, `executionRole is ""`},
		{`"executionRole":"L"`, `"executionRole":"my role"`, `executionRole is "my role"`},
		{`"executionRole":"L"`, `"executionRole":"arn:aws:iam::111122223333:role/p/L"`, ""},
		{`"executionRole":"L"`, `"executionRole":"arn:aws:iam::111122223333:user/L"`, "executionRole is"},
		{`"resourceType":"AMI_IMAGE",`, ``, `resourceType is ""`},
		{`"resourceType":"AMI_IMAGE"`, `"resourceType":"AMI"`, `resourceType is "AMI"`},
		{`"name":`, `"description":"` + strings.Repeat("é", 1024) + `","name":`, ""},
		{`"name":`, `"description":"` + strings.Repeat("é", 1025) + `","name":`, "description has 1025 characters"},
		{`"name":`, `"tags":{"a":"b"},"clientToken":"x","name":`, ""},
		{`"name":`, `"tags":{` + many(51, `"tN":"v"`) + `},"name":`, "tags has 51 tags"},
		{`"name":`, `"tag":{"a":"b"},"name":`, "tag is not a member"},

		{rules(1), ``, "policyDetails has 0 rules"},
		{rules(1), rules(2), "policyDetails[1].action.type is \"DELETE\" like that of policyDetails[0]"},
		{rules(1), rule(`"type":"DEPRECATE","includeResources":{"amis":true}`, filter) + "," + rule(`"type":"DISABLE","includeResources":{"amis":true,"snapshots":false}`, filter) + "," + rules(1), ""},
		{`"type":"DELETE",`, ``, `policyDetails[0].action.type is ""`},
		{`"type":"DELETE"`, `"type":"delete"`, `policyDetails[0].action.type is "delete"`},
		{action, `"type":"DELETE"`, ""},
		{action, `"type":"DELETE","includeResources":{"snapshots":true}`, "includeResources.snapshots is true without amis"},
		{action, `"type":"DELETE","includeResources":{"snapshots":true,"amis":false}`, "includeResources.snapshots is true without amis"},
		{action, `"type":"DEPRECATE","includeResources":{"amis":true,"snapshots":true}`, "includeResources.snapshots is true: a DEPRECATE rule"},
		{action, `"type":"DISABLE","includeResources":{"amis":true,"containers":true}`, "includeResources.containers is true: a DISABLE rule"},

		{`,"filter":{` + filter + `}`, ``, "policyDetails[0].filter is missing"},
		{filter, ``, "policyDetails[0].filter is missing"},
		{`"type":"AGE",`, ``, `policyDetails[0].filter.type is ""`},
		{`"type":"AGE"`, `"type":"DATE"`, `policyDetails[0].filter.type is "DATE"`},
		{`,"unit":"DAYS"`, ``, "policyDetails[0].filter.unit is missing"},
		{`"unit":"DAYS"`, `"unit":"HOURS"`, `policyDetails[0].filter.unit is "HOURS"`},
		{filter, `"type":"COUNT","value":5`, ""},
		{`"value":90,`, ``, "policyDetails[0].filter.value is 0 or missing"},
		{`"value":90`, `"value":1000`, ""},
		{`"value":90`, `"value":1001`, "policyDetails[0].filter.value is 1001"},
		{`"value":90`, `"value":-1`, "policyDetails[0].filter.value is -1"},
		{`"value":90`, `"value":90,"retainAtLeast":10`, ""},
		{`"value":90`, `"value":90,"retainAtLeast":11`, "policyDetails[0].filter.retainAtLeast is 11"},
		{`"value":90`, `"value":90,"retainAtLeast":0`, "policyDetails[0].filter.retainAtLeast is 0"},
		{rules(1), rule(`"type":"DEPRECATE","includeResources":{"amis":true}`, `"type":"COUNT","value":5`), "policyDetails[0].filter.type is COUNT in a DEPRECATE rule"},
		{rules(1), rule(`"type":"DISABLE","includeResources":{"amis":true}`, `"type":"COUNT","value":5`), "policyDetails[0].filter.type is COUNT in a DISABLE rule"},

		{exclusions, exclude(`"tagMap":{"a":"b"},"amis":{"isPublic":true,"regions":[],"sharedAccounts":["111122223333"],"lastLaunched":{"unit":"WEEKS","value":365},"tagMap":{"c":"d"}}`), ""},
		{exclusions, exclude(`"tagMap":{}`), "policyDetails[0].exclusionRules.tagMap is empty"},
		{exclusions, exclude(`"tagMap":{` + many(51, `"tN":"v"`) + `}`), "policyDetails[0].exclusionRules.tagMap has 51 tags"},
		{exclusions, exclude(`"amis":{"tagMap":{` + many(51, `"tN":"v"`) + `}}`), "policyDetails[0].exclusionRules.amis.tagMap has 51 tags"},
		{exclusions, exclude(`"amis":{"tagMap":{"aws:x":"y"}}`), "policyDetails[0].exclusionRules.amis.tagMap.aws:x begins with aws:"},
		{exclusions, exclude(`"amis":{"lastLaunched":{"unit":"WEEKS","value":366}}`), "lastLaunched.value is 366"},
		{exclusions, exclude(`"amis":{"lastLaunched":{"value":3}}`), `lastLaunched.unit is ""`},
		{exclusions, exclude(`"amis":{"sharedAccounts":["1"]}`), `sharedAccounts[0] is "1"`},
		{exclusions, exclude(`"amis":{"sharedAccounts":[]}`), "sharedAccounts is empty"},

		{recipes, ``, "resourceSelection selects nothing"},
		{`,` + "\n" + selects + recipes + `}`, ``, "resourceSelection selects nothing"},
		{recipes, `"tagMap":{"a":"b"}`, ""},
		{recipes, recipes + `,"tagMap":{"a":"b"}`, "resourceSelection has recipes and a tagMap"},
		{recipes, `"tagMap":{` + many(50, `"tN":"v"`) + `}`, ""},
		{recipes, `"tagMap":{` + many(51, `"tN":"v"`) + `}`, "resourceSelection.tagMap has 51 tags"},
		{recipes, `"tagMap":{"a":"` + strings.Repeat("v", 257) + `"}`, "resourceSelection.tagMap.a has a value"},
		{recipes, `"recipes":[` + many(50, `{"name":"web","semanticVersion":"N.x.x"}`) + `]`, ""},
		{recipes, `"recipes":[` + many(51, `{"name":"web","semanticVersion":"N.x.x"}`) + `]`, "resourceSelection.recipes has 51 recipes"},
		{`"web"`, `"w"`, `resourceSelection.recipes[0].name is "w"`},
		{`"web"`, `"arn:aws:imagebuilder:eu-west-1:111122223333:image-recipe/web"`, "resourceSelection.recipes[0].name is"},
		{`,"semanticVersion":"x.x.x"`, ``, `resourceSelection.recipes[0].semanticVersion is ""`},
		{`"x.x.x"`, `"*"`, `resourceSelection.recipes[0].semanticVersion is "*"`},
		{`"x.x.x"`, `"1.*.*"`, `semanticVersion is "1.*.*"`},
		{`"x.x.x"`, `"1.0"`, `semanticVersion is "1.0"`},
		{`"x.x.x"`, `"1.x.x"`, ""},
		{`"x.x.x"`, `"1.0.x"`, ""},
		{`"x.x.x"`, `"1.0.0"`, ""},
	} {
		input := strings.Replace(validPolicy, test.old, test.new, 1)
		if input == validPolicy && test.old != test.new {
			t.Errorf("%s is not in the policy", test.old)
		}
		f := findingOf(t, plannedPolicy(t, input), lifecycle.LifecyclePolicyValid)
		switch {
		case test.want == "" && f.Status != checks.Pass, test.want != "" && f.Status != checks.Fail:
			t.Errorf("%s instead of %s: %s, %s", test.new, test.old, f.Status, f.Message)
		case !strings.Contains(f.Message, test.want) || strings.Contains(f.Message, "; "):
			t.Errorf("%s instead of %s: %s, want only %s", test.new, test.old, f.Message, test.want)
		}
	}
}

// Each of these is accepted, or may be, and is not documented.
func TestUndocumentedPolicies(t *testing.T) {
	for old, changed := range map[string]string{
		`"x.x.x"`:                          `"x.2.x"`,
		`"semanticVersion":"x.x.x"`:        `"semanticVersion":"x.x.2"`,
		`{"name":"web","semanticVersion":`: `{"name":"a-b","semanticVersion":"1.x.3"},{"name":"web","semanticVersion":`,
		`"snapshots":true`:                 `"snapshots":true,"containers":true`,
		`"AMI_IMAGE"`:                      `"CONTAINER_IMAGE"`,
	} {
		if f := findingOf(t, plannedPolicy(t, strings.Replace(validPolicy, old, changed, 1)), lifecycle.LifecyclePolicyValid); f.Status != checks.Warn {
			t.Errorf("%s: %s, %s", changed, f.Status, f.Message)
		}
	}
}

// A value that is not known yet breaks no rule. Verdicts that depend on it are unknown.
func TestValuesThatAreNotKnownYet(t *testing.T) {
	for path, broken := range map[string][2]string{
		"name":                         {`"keep"`, `""`},
		"executionRole":                {`"L"`, `""`},
		"resourceType":                 {`"AMI_IMAGE"`, `""`},
		"status":                       {`"ENABLED"`, `"?"`},
		"policyDetails[0].action":      {`"DELETE","includeResources":{"amis":true,"snapshots":true}`, `""`},
		"policyDetails[0].action.type": {`"DELETE"`, `""`},
		"policyDetails[0].action.includeResources.amis": {`"amis":true,`, ``},
		"policyDetails[0].filter":                       {`"type":"AGE","value":90,"unit":"DAYS"`, ``},
		"policyDetails[0].filter.type":                  {`"type":"AGE","value":90,"unit":"DAYS"`, `"value":90`},
		"policyDetails[0].filter.value":                 {`90`, `0`},
		"policyDetails[0].filter.unit":                  {`,"unit":"DAYS"`, ``},
		"policyDetails":                                 {`{"type":"AGE","value":90,"unit":"DAYS"}`, `{}`},
		"resourceSelection":                             {`"recipes":[{"name":"web","semanticVersion":"x.x.x"}]`, ``},
		"resourceSelection.recipes":                     {`"recipes":[{"name":"web","semanticVersion":"x.x.x"}]`, ``},
		"resourceSelection.recipes[0].semanticVersion":  {`"x.x.x"`, `""`},
	} {
		inv := plannedPolicy(t, strings.Replace(validPolicy, broken[0], broken[1], 1))
		if f := findingOf(t, inv, lifecycle.LifecyclePolicyValid); f.Status != checks.Fail {
			t.Errorf("%s is known and wrong: %s, %s", path, f.Status, f.Message)
		}
		inv.Owners[0].Planned.LifecyclePolicies.Items()[0].Input.Undecided = []string{path}
		id := inv.Owners[0].Account
		if inv.Accounts[id] == nil {
			inv.Accounts = map[string]*account.Account{id: {}}
		}
		inv.Accounts[id].ImageBuilder = map[string]*account.ImageBuilder{inv.Owners[0].Regions[0]: {Images: account.Complete([]account.Image{})}}
		f := findingOf(t, inv, lifecycle.LifecyclePolicyValid)
		if f.Status != checks.Pass || !strings.Contains(strings.Join(f.Evidence, "\n"), path+" is not known yet") {
			t.Errorf("%s is not known: %s, %s, %q", path, f.Status, f.Message, f.Evidence)
		}
		decides, want := lifecycle.LifecyclePolicyActions, checks.Unknown
		switch {
		case strings.HasPrefix(path, "resourceSelection"):
			decides = lifecycle.LifecyclePolicySelection
		case strings.HasSuffix(path, "filter.value"), strings.HasSuffix(path, "filter.unit"): // how old images get decides nothing
			decides, want = lifecycle.LifecyclePolicyRetention, checks.Skip
		case strings.Contains(path, "filter"):
			decides = lifecycle.LifecyclePolicyRetention
		case path == "name" || path == "executionRole":
			continue
		}
		if f := findingOf(t, inv, decides); f.Status != want {
			t.Errorf("%s is not known: %s is %s, %s", path, f.Check.ID, f.Status, f.Message)
		}
	}
}
