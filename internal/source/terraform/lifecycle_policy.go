package terraform

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/symbol"
	"github.com/iblint/iblint/internal/source/declared"
	"github.com/iblint/iblint/internal/source/planned"
)

// lifecyclePolicy is aws_imagebuilder_lifecycle_policy, and its awscc twin.
func lifecyclePolicy(d declaration) {
	if d.possible("lifecycle policy") {
		return
	}
	in := policyInput{undecided: map[string]*account.Unread{}}
	tree := map[string]any{}
	for _, name := range []string{"name", "description", "status", "execution_role", "resource_type", "tags", "policy_detail", "policy_details", "resource_selection"} {
		if v := d.in(name); v.given() {
			in.add(tree, memberOf(name), v, "")
		}
	}
	data, err := json.Marshal(tree)
	var p account.LifecyclePolicy
	if err == nil {
		p, err = planned.LifecyclePolicy(data)
	}
	if err != nil { // such as a number with a fraction: a shape that is not that of a policy
		why := account.Unread{Reason: account.Malformed, Detail: err.Error()}
		p = account.LifecyclePolicy{
			Name: d.in("name").text(), Status: "ENABLED", ExecutionRole: d.in("execution_role").text(), ResourceType: d.in("resource_type").text(),
			Rules: account.Unreadable[[]account.LifecycleRule](why), Selection: account.Unreadable[account.Selection](why),
		}
	}
	p.ARN = d.in("arn").text()
	if p.Input == nil {
		p.Input = &account.PolicyInput{}
	}
	declared.LeaveOpen(&p, in.undecided)
	d.LifecyclePolicies = append(d.LifecyclePolicies, declared.LifecyclePolicy{At: d.at(), LifecyclePolicy: p})
}

// policyInput collects what the input of CreateLifecyclePolicy leaves open.
type policyInput struct {
	undecided map[string]*account.Unread // by path
}

// lists are the members of the input that are lists. Other blocks are objects.
var lists = []string{"policyDetails", "recipes", "regions", "sharedAccounts"}

// memberOf is the name of an argument in the API.
func memberOf(argument string) string {
	switch argument {
	case "policy_detail":
		return "policyDetails"
	case "recipe":
		return "recipes"
	}
	words := strings.Split(argument, "_")
	for i, word := range words[1:] {
		if word != "" {
			words[i+1] = strings.ToUpper(word[:1]) + word[1:]
		}
	}
	return strings.Join(words, "")
}

// add adds an argument to the tree of its parent, as the API names it. It leaves out what is not
// known and is no text, and notes it.
func (in *policyInput) add(parent map[string]any, member string, v values, path string) {
	if path += member; v.unread() != nil && !(v.value.IsKnown() && v.value.Type() == cty.String) || v.unread() != nil && slices.Contains(lists, member) {
		in.undecided[path] = v.unread()
		return
	}
	switch value := v.value; {
	case value.Type() == cty.String || value.Type().IsPrimitiveType():
		parent[member] = in.scalar(v, path)
	case member == "tags" || member == "tagMap":
		tags := v.tags()
		for _, key := range slices.Sorted(maps.Keys(tags)) {
			if symbol.In(key) {
				in.undecided[path] = unresolved(key)
				return
			}
			if symbol.In(tags[key]) {
				in.undecided[path+"."+key] = unresolved(tags[key])
			}
		}
		parent[member] = tags
	case slices.Contains(lists, member):
		items, _ := v.blocks()
		list := make([]any, len(items))
		for i, item := range items {
			at := fmt.Sprintf("%s[%d]", path, i)
			if item.given() && item.value.Type().IsPrimitiveType() {
				list[i] = in.scalar(item, at)
			} else {
				list[i] = in.object(item, at)
			}
		}
		parent[member] = list
	default:
		if blocks, _ := v.blocks(); len(blocks) > 0 {
			parent[member] = in.object(blocks[0], path)
		}
	}
}

func (in *policyInput) object(v values, path string) any {
	out := map[string]any{}
	if why := v.unread(); why != nil || !v.given() {
		if why != nil {
			in.undecided[path] = why
		}
		return out
	}
	for name := range v.value.Type().AttributeTypes() {
		if member := v.in(name); member.given() {
			in.add(out, memberOf(name), member, path+".")
		}
	}
	return out
}

// scalar is a text, a number or a bool. Terraform converts text to numbers and bools.
func (in *policyInput) scalar(v values, path string) any {
	text := v.text()
	if symbol.In(text) {
		in.undecided[path] = unresolved(text)
	}
	return declared.InputValue(path, text, v.boolean)
}
