package declared

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks/account"
)

// LeaveOpen completes a lifecycle policy with what is not known of the input that creates it, by
// the paths of the members. What a rule does, or what is selected, is not known as a whole if a
// part that decides is not.
func LeaveOpen(p *account.LifecyclePolicy, undecided map[string]*account.Unread) {
	paths := slices.Sorted(maps.Keys(undecided))
	p.Input.Undecided = paths
	for _, path := range paths {
		why := *undecided[path]
		why.Detail = path + " is " + why.Detail
		switch {
		case path == "policyDetails", strings.HasPrefix(path, "policyDetails[") && (strings.Contains(path, "].action") || strings.Contains(path, "].exclusionRules") || strings.HasSuffix(path, "]")), path == "resourceType":
			if _, _, err := p.Rules.Get(); err == nil {
				p.Rules = account.Unreadable[[]account.LifecycleRule](why)
			}
		case path == "resourceSelection", path == "resourceSelection.recipes", path == "resourceSelection.tagMap", strings.HasPrefix(path, "resourceSelection.recipes[") && strings.HasSuffix(path, "]"):
			if _, _, err := p.Selection.Get(); err == nil {
				p.Selection = account.Unreadable[account.Selection](why)
			}
		}
	}
}

// InputValue is a text, a number or a bool of the input of CreateLifecyclePolicy, by the last member
// of its path. Code may write numbers and bools as text.
func InputValue(path, text string, boolean func() (is, known bool)) any {
	switch path[strings.LastIndexByte(path, '.')+1:] {
	case "amis", "snapshots", "containers", "isPublic":
		if is, known := boolean(); known {
			return is
		}
	case "value", "retainAtLeast":
		if json.Valid([]byte(text)) {
			return json.Number(text)
		}
	}
	return text
}
