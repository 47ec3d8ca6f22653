package lifecycle_test

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/internal/source/recorded"
	"github.com/iblint/iblint/internal/testrun"
)

// gets are the paths of parts that are read for one item of a list.
var gets = regexp.MustCompile(`\.roles\.[^.]+$|\.document$|\.boundaryDocument$|\.repositoryTags\.[^.]+\.[^.]+$|\.(rules|selection|settings|repository)$|\.policies\.[^.]+$`)

// In every recording, each of these parts in turn is absent, although the lists have the
// item. A verdict does not change, or becomes unknown. No fix deletes a role that is right.
func TestListedButNotFound(t *testing.T) {
	for name, inv := range splitRecordings(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listed := withLists(inv)
			before := statusesOf(checks.Evaluate(listed, lifecycle.All()))
			notFound(t, listed, func(path string, without *account.Inventory) {
				for f := range checks.Evaluate(without, lifecycle.All()) {
					k := key{f.Check.ID, f.Subject}
					if was, known := before[k]; known && f.Status != was && !testrun.MayBecome(k.check, string(was), string(f.Status)) {
						t.Errorf("%s is not found: %s of %s was %s and became %s: %s", path, k.check, k.subject.Name, was, f.Status, f.Message)
					}
					fix := f.Fix()
					if fix == nil {
						continue
					}
					for _, c := range fix.Changes {
						role, found, _ := listed.Accounts[c.Account].Role(c.Role).Get()
						if c.Action == checks.DeleteRole && c.Role == account.CrossAccountRoleName && found && role.Name == c.Role && role.Path == "/" {
							t.Errorf("%s is not found: the fix of %s deletes the role, which is right", path, k.check)
						}
					}
				}
			})
		})
	}
}

// withLists is a copy of the inventory whose lists have every item that was found.
func withLists(inv *account.Inventory) *account.Inventory {
	out := account.Merge(inv)
	for _, a := range out.Accounts {
		names, known := a.RoleNames.Items(), map[string]bool{}
		for _, n := range names {
			known[n.Name] = true
		}
		for _, read := range a.Roles {
			if role, found, _ := read.Get(); found && !known[role.Name] {
				names, known[role.Name] = append(names, account.RoleName{Name: role.Name, Path: role.Path}), true
			}
		}
		a.RoleNames = account.Complete(names)
		for region, tags := range a.RepositoryTags {
			var repositories []string
			for name, read := range tags {
				if _, found, err := read.Get(); found || err != nil {
					repositories = append(repositories, name)
				}
			}
			if a.RepositoryNames == nil {
				a.RepositoryNames = map[string]account.List[string]{}
			}
			a.RepositoryNames[region] = account.Complete(repositories)
		}
	}
	return out
}

// notFound calls try with copies of the inventory. In each copy one of the parts is absent.
func notFound(t *testing.T, inv *account.Inventory, try func(path string, without *account.Inventory)) {
	t.Helper()
	tree, tried := recordingTree(t, inv), 0
	eachObject("", tree, func(path string, object map[string]any) {
		value, found := object["value"]
		if !found || !gets.MatchString(path) {
			return
		}
		if tried++; tried%testrun.Thin() != 0 {
			return
		}
		delete(object, "value")
		object["absent"] = true
		data, err := json.Marshal(tree)
		if err != nil {
			t.Fatal(err)
		}
		without, err := recorded.Parse(path, data)
		if err != nil {
			t.Fatal(err)
		}
		delete(object, "absent")
		object["value"] = value
		try(path, without)
	})
}

// eachObject calls do for each object of a JSON document.
func eachObject(path string, node any, do func(path string, object map[string]any)) {
	switch node := node.(type) {
	case []any:
		for _, item := range node {
			eachObject(path+"[]", item, do)
		}
	case map[string]any:
		do(path, node)
		for _, name := range slices.Sorted(maps.Keys(node)) {
			eachObject(path+"."+name, node[name], do)
		}
	}
}
