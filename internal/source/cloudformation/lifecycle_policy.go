package cloudformation

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"unicode"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/symbol"
	"github.com/iblint/iblint/internal/cloudformation"
	"github.com/iblint/iblint/internal/source/declared"
	"github.com/iblint/iblint/internal/source/planned"
)

// lifecyclePolicy is AWS::ImageBuilder::LifecyclePolicy. Its properties are the input of
// CreateLifecyclePolicy, with capitals.
func lifecyclePolicy(d declaration) {
	if d.possible("lifecycle policy") {
		return
	}
	in := policyInput{undecided: map[string]*account.Unread{}}
	tree := in.object(d.values, "")
	data, err := json.Marshal(tree)
	var p account.LifecyclePolicy
	if err == nil {
		p, err = planned.LifecyclePolicy(data)
	}
	if err != nil { // such as a number with a fraction: a shape that is not that of a policy
		why := account.Unread{Reason: account.Malformed, Detail: err.Error()}
		p = account.LifecyclePolicy{
			Name: d.in("Name").text(), Status: "ENABLED", ExecutionRole: d.in("ExecutionRole").text(), ResourceType: d.in("ResourceType").text(),
			Rules: account.Unreadable[[]account.LifecycleRule](why), Selection: account.Unreadable[account.Selection](why),
		}
	}
	p.ARN = d.arn()
	if p.Input == nil {
		p.Input = &account.PolicyInput{}
	}
	p.Input.Unknown = append(p.Input.Unknown, in.unknown...)
	declared.LeaveOpen(&p, in.undecided)
	d.LifecyclePolicies = append(d.LifecyclePolicies, declared.LifecyclePolicy{At: d.at(), LifecyclePolicy: p})
}

// policyInput collects what the input of CreateLifecyclePolicy leaves open.
type policyInput struct {
	undecided map[string]*account.Unread // by path
	unknown   []string                   // paths of properties that the type does not have
}

// lists are the members of the input that are lists of objects or texts.
var lists = []string{"policyDetails", "recipes", "regions", "sharedAccounts"}

// texts are the members of the input that are texts. The tree holds them also if they are not
// known.
var texts = []string{"name", "description", "status", "executionRole", "resourceType", "type", "unit", "semanticVersion"}

// add adds a property to the tree of its parent, as the API names it. It leaves out what is not
// known and is no text, and notes it.
func (in *policyInput) add(parent map[string]any, name string, v values, path string) {
	first := []rune(name)
	if symbol.In(name) || !unicode.IsUpper(first[0]) { // names of properties are case-sensitive
		in.unknown = append(in.unknown, path+symbol.Text(name))
		return
	}
	member := string(unicode.ToLower(first[0])) + string(first[1:])
	path += member
	switch text := v.text(); {
	case symbol.In(text) && !slices.Contains(texts, member):
		in.undecided[path] = unresolved(text)
	case symbol.In(text) || v.value.IsText():
		parent[member] = in.scalar(v, path)
	case member == "tags" || member == "tagMap":
		in.tags(parent, member, v, path)
	case slices.Contains(lists, member):
		items, _ := v.list()
		list := make([]any, len(items))
		for i, item := range items {
			if at := fmt.Sprintf("%s[%d]", path, i); item.value.IsText() {
				list[i] = in.scalar(item, at)
			} else {
				list[i] = in.object(item, at)
			}
		}
		parent[member] = list
	case v.value.Kind == cloudformation.Map:
		parent[member] = in.object(v, path)
	default: // a list where the type has none: decoding reports it
		parent[member] = []any{}
	}
}

func (in *policyInput) object(v values, path string) map[string]any {
	out := map[string]any{}
	if why := v.unread(); why != nil {
		in.undecided[path] = why
		return out
	}
	if !v.given() {
		return out
	}
	if path != "" {
		path += "."
	}
	for _, m := range v.value.Members {
		if m.Name != "" {
			in.add(out, m.Name, values{m.Value}, path)
		}
	}
	return out
}

func (in *policyInput) tags(parent map[string]any, member string, v values, path string) {
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
}

// scalar is a text, a number or a bool. CloudFormation converts text to numbers and bools.
func (in *policyInput) scalar(v values, path string) any {
	text := v.text()
	if symbol.In(text) {
		in.undecided[path] = unresolved(text)
	}
	return declared.InputValue(path, text, v.boolean)
}
