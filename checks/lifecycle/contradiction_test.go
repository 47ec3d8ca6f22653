package lifecycle_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/internal/source/recorded"
	"github.com/iblint/iblint/internal/testrun"
)

// gets are the paths of parts that are read for one item of a list.
var gets = regexp.MustCompile(`\.roles\.[^.]+$|\.document$|\.boundaryDocument$|\.repositoryTags\.[^.]+\.[^.]+$|\.(rules|selection|settings|repository)$|\.policies\.[^.]+$|\.lastExecutions\.`)

// In every recording, each of these parts in turn is absent, although the lists have the
// item. A verdict does not change, or becomes unknown, with both answers in the finding, so that
// --wait waits for it. No fix deletes or removes anything that it did not before.
func TestListedButNotFound(t *testing.T) {
	for name, inv := range splitRecordings(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listed := withLists(inv)
			before, removed := statusesOf(checks.Evaluate(listed, lifecycle.All())), removals(listed)
			notFound(t, listed, func(path string, without *account.Inventory) {
				unsettled(t, path+" is not found", before, without)
				for c := range removals(without) {
					if !removed[c] {
						t.Errorf("%s is not found: a fix removes something: %s", path, c)
					}
				}
			})
		})
	}
}

// unsettled compares the verdicts of an inventory in which two answers of AWS contradict each other with
// those before. Those that become unknown do so because of the contradiction, or because a verdict depends
// on something else that is unknown, too; then another finding names the contradiction.
func unsettled(t *testing.T, what string, before map[key]checks.Status, inv *account.Inventory) {
	t.Helper()
	waits, others := false, []string{}
	for f := range checks.Evaluate(inv, lifecycle.All()) {
		k := key{f.Check.ID, f.Subject}
		was, known := before[k]
		waits = waits || f.Unread != nil && f.Unread.Reason == account.Contradicted
		if !known || f.Status == was {
			continue
		}
		if !testrun.MayBecome(k.check, string(was), string(f.Status)) {
			t.Errorf("%s: %s of %s was %s and became %s: %s", what, k.check, k.subject.Name, was, f.Status, f.Message)
		}
		if f.Status == checks.Unknown && (f.Unread == nil || f.Unread.Reason != account.NotCollected) { // a live run collects what may be needed
			others = append(others, fmt.Sprintf("%s of %s: %s (%v)", k.check, k.subject.Name, f.Message, f.Unread))
		}
	}
	if len(others) > 0 && !waits {
		t.Errorf("%s: nothing that --wait waits for, and unknown is %s", what, strings.Join(others, "; "))
	}
}

// removals are the changes in fixes that delete or remove something.
func removals(inv *account.Inventory) map[string]bool {
	all := map[string]bool{}
	for f := range checks.Evaluate(inv, lifecycle.All()) {
		if fix := f.Fix(); fix != nil {
			for _, c := range fix.Changes {
				switch c.Action {
				case checks.DeleteRole, checks.DetachPolicy, checks.ReplaceBoundary, checks.UntagRepository:
					all[fmt.Sprint(c.Action, " ", c.Account, " ", c.Region, " ", c.Role, c.Repository, " ", c.Policy, c.Key)] = true
				}
			}
		}
	}
	return all
}

// In every recording, a complete list lacks in turn each role and each repository that a get finds. What
// the get says of it is not used.
func TestFoundButNotListed(t *testing.T) {
	contradicted := func(err error) bool {
		var why account.Unread
		return errors.As(err, &why) && why.Reason == account.Contradicted
	}
	tried := 0
	for name, inv := range splitRecordings(t) {
		inv = withLists(inv)
		for _, a := range inv.Accounts {
			roles, names := a.Roles, a.RoleNames
			for asked, read := range roles {
				role, found, _ := read.Get()
				if !found {
					continue
				}
				tried++
				a.Roles = map[string]account.Read[account.Role]{asked: read}
				a.RoleNames = account.Complete(slices.DeleteFunc(slices.Clone(names.Items()), func(n account.RoleName) bool { return n.Name == role.Name }))
				inv.Reconcile()
				if _, _, err := a.Role(asked).Get(); !contradicted(err) {
					t.Errorf("%s: role %s is not listed, and is %v", name, asked, err)
				}
			}
			a.Roles, a.RoleNames = roles, names
			for region, list := range a.RepositoryNames {
				for _, repository := range list.Items() {
					read := a.RepositoryTags[region][repository]
					if _, found, _ := read.Get(); !found {
						continue
					}
					tried++
					tags := map[string]account.Read[account.Tags]{repository: read}
					account.ReconcileTags(tags, account.Complete(slices.DeleteFunc(slices.Clone(list.Items()), func(n string) bool { return n == repository })))
					if _, _, err := tags[repository].Get(); !contradicted(err) {
						t.Errorf("%s: repository %s is not listed, and is %v", name, repository, err)
					}
				}
			}
		}
	}
	if tried == 0 {
		t.Error("nothing was left out")
	}
}

// withLists is a copy of the inventory whose lists have every item that was found.
func withLists(inv *account.Inventory) *account.Inventory {
	out := account.Merge(inv)
	for _, a := range out.Accounts {
		for _, ib := range a.ImageBuilder {
			policies := slices.Clone(ib.LifecyclePolicies.Items())
			for i := range policies {
				if last, ran, _ := ib.LastExecutions[policies[i].ARN].Get(); ran {
					policies[i].LastRun = last.Started
				}
			}
			if ib.LifecyclePolicies.Err() == nil {
				ib.LifecyclePolicies = account.Complete(policies)
			}
		}
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
		if !found || !gets.MatchString(path) || strings.HasPrefix(path, ".owners") { // plans are not got from AWS
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
