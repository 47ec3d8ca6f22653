package planned

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/iblint/iblint/checks/account"
)

// LifecyclePolicy decodes the input of CreateLifecyclePolicy, as JSON. It refuses what is not
// such an input. What the operation refuses is data: lifecycle-policy-valid reports it.
func LifecyclePolicy(data []byte) (account.LifecyclePolicy, error) {
	var in struct {
		Name, Description, Status, ExecutionRole, ResourceType string
		Tags                                                   account.Tags
		PolicyDetails                                          []policyDetail
		ResourceSelection                                      struct {
			Recipes []struct{ Name, SemanticVersion string }
			TagMap  account.Tags
		}
	}
	var tree map[string]any
	if err := errors.Join(json.Unmarshal(data, &in), json.Unmarshal(data, &tree)); err != nil {
		return account.LifecyclePolicy{}, err
	}
	if in.ExecutionRole == "" && in.ResourceType == "" && in.PolicyDetails == nil && tree["resourceSelection"] == nil {
		return account.LifecyclePolicy{}, errors.New(`it has none of "executionRole", "resourceType", "policyDetails" and "resourceSelection"`)
	}
	p := account.LifecyclePolicy{Name: in.Name, Status: in.Status, ExecutionRole: in.ExecutionRole, ResourceType: in.ResourceType}
	if p.Status == "" {
		p.Status = "ENABLED" // CreateLifecyclePolicy's default
	}
	rules := make([]account.LifecycleRule, len(in.PolicyDetails))
	for i, detail := range in.PolicyDetails {
		rules[i] = detail.rule()
	}
	p.Rules = account.Present(rules)
	selection := account.Selection{Tags: in.ResourceSelection.TagMap}
	for _, r := range in.ResourceSelection.Recipes {
		selection.Recipes = append(selection.Recipes, account.Recipe{Name: r.Name, Version: r.SemanticVersion})
	}
	p.Selection = account.Present(selection)
	p.Input = &account.PolicyInput{Tags: in.Tags, Description: utf8.RuneCountInString(in.Description)}
	policyInput.compare(tree, "", p.Input)
	return p, nil
}

// policyDetail is a rule as CreateLifecyclePolicy takes it.
type policyDetail struct {
	Action struct {
		Type             string
		IncludeResources struct{ AMIs, Snapshots, Containers bool }
	}
	Filter         account.RuleFilter
	ExclusionRules struct {
		TagMap account.Tags
		AMIs   struct {
			IsPublic                bool
			Regions, SharedAccounts []string
			LastLaunched            *account.Period
			TagMap                  account.Tags
		}
	}
}

func (d policyDetail) rule() account.LifecycleRule {
	include, exclude := d.Action.IncludeResources, d.ExclusionRules.AMIs
	return account.LifecycleRule{
		Action: d.Action.Type, AMIs: include.AMIs, Snapshots: include.Snapshots, Containers: include.Containers,
		Filter: &d.Filter, ExcludedTags: d.ExclusionRules.TagMap,
		IsPublic: exclude.IsPublic, SharedAccounts: exclude.SharedAccounts, LastLaunched: exclude.LastLaunched, AMITags: exclude.TagMap,
		ExcludedRegions: exclude.Regions, ReadsAttributes: exclude.IsPublic || len(exclude.SharedAccounts) > 0 || exclude.LastLaunched != nil,
	}
}

// shape is what the operation takes at a place: an object with these members, or a list of
// them; a map, list or text that may not be empty; or anything, if it is zero.
type shape struct {
	members  map[string]shape
	nonEmpty bool
}

var (
	anything = shape{}
	filled   = shape{nonEmpty: true}
)

func objectOf(members map[string]shape) shape { return shape{members: members} }

// policyInput is the input of CreateLifecyclePolicy (model of the Image Builder API, where maps
// and lists have at least one item; only exclusionRules.amis.regions may be empty).
var policyInput = objectOf(map[string]shape{
	"name": anything, "description": filled, "status": anything, "executionRole": anything, "resourceType": anything,
	"tags": filled, "clientToken": filled,
	"resourceSelection": objectOf(map[string]shape{
		"recipes": {members: map[string]shape{"name": anything, "semanticVersion": anything}, nonEmpty: true}, "tagMap": filled,
	}),
	"policyDetails": objectOf(map[string]shape{
		"action": objectOf(map[string]shape{
			"type": anything, "includeResources": objectOf(map[string]shape{"amis": anything, "snapshots": anything, "containers": anything}),
		}),
		"filter": objectOf(map[string]shape{"type": anything, "value": anything, "unit": anything, "retainAtLeast": anything}),
		"exclusionRules": objectOf(map[string]shape{
			"tagMap": filled,
			"amis": objectOf(map[string]shape{
				"isPublic": anything, "regions": anything, "sharedAccounts": filled, "tagMap": filled,
				"lastLaunched": objectOf(map[string]shape{"unit": anything, "value": anything}),
			}),
		}),
	}),
})

// compare adds the paths of members that the operation does not have, and of those that are
// given without content. Names of members are case-sensitive.
func (s shape) compare(value any, path string, out *account.PolicyInput) {
	switch v := value.(type) {
	case nil:
		out.Empty = append(out.Empty, path)
	case string:
		if s.nonEmpty && v == "" {
			out.Empty = append(out.Empty, path)
		}
	case []any:
		if s.nonEmpty && len(v) == 0 {
			out.Empty = append(out.Empty, path)
		}
		for i, item := range v {
			shape{members: s.members}.compare(item, fmt.Sprintf("%s[%d]", path, i), out)
		}
	case map[string]any:
		if s.nonEmpty && len(v) == 0 {
			out.Empty = append(out.Empty, path)
		}
		if s.members == nil {
			return
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			at := name
			if path != "" {
				at = path + "." + name
			}
			if member, ok := s.members[name]; ok {
				member.compare(v[name], at, out)
			} else {
				out.Unknown = append(out.Unknown, at)
			}
		}
	}
}
