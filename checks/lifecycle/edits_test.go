package lifecycle_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/policy"
	"github.com/iblint/iblint/internal/source/recorded"
	"github.com/iblint/iblint/internal/testrun"
)

// Every edit of a policy in a fix works: if all edits of a finding are made in the recording,
// and there are no other changes in the fix, the finding is no longer a failure.
func TestEditsFixTheFinding(t *testing.T) {
	testrun.Long(t)
	made := map[checks.Action]int{}
	for name, inv := range recordings(t) {
		for f := range results(t)[name].Findings() {
			fix := f.Fix()
			if fix == nil || !slices.ContainsFunc(fix.Changes, func(c checks.Change) bool { return c.After != "" }) {
				continue
			}
			edited := copyOf(t, inv)
			edits := 0
			for _, c := range fix.Changes {
				if c.After == "" {
					continue
				}
				edits++
				made[c.Action]++
				put(t, edited, c)
				keepsTheRest(t, c)
			}
			if edits < len(fix.Changes) {
				continue // the fix has other changes
			}
			got := statusesOf(checks.Evaluate(edited, []checks.Check{*f.Check}))[key{f.Check.ID, f.Subject}]
			if got != checks.Pass && (got != checks.Warn || f.Status == checks.Warn) {
				t.Errorf("%s: %s of %s was %s, and with the edit is %s: %s", name, f.Check.ID, f.Subject.Name, f.Status, got, f.Message)
			}
		}
	}
	for _, action := range []checks.Action{checks.EditTrust, checks.EditInlinePolicy, checks.EditManagedPolicy, checks.EditRepositoryPolicy, checks.EditRegistryPolicy, checks.EditGuardrail} {
		if made[action] == 0 {
			t.Errorf("no recording needs %s", action)
		}
	}
}

// copyOf is a deep copy of the inventory.
func copyOf(t *testing.T, inv *account.Inventory) *account.Inventory {
	t.Helper()
	out, err := recorded.Parse("copy", written(inv))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// put makes an edit in the inventory.
func put(t *testing.T, inv *account.Inventory, c checks.Change) {
	t.Helper()
	after := account.Present(c.After)
	if c.Action == checks.EditGuardrail {
		for _, g := range inv.Guardrails {
			if p, found, _ := g.Policies[c.Policy].Get(); found {
				p.Document = c.After
				g.Policies[c.Policy] = account.Present(p)
			}
		}
		return
	}
	a := inv.Accounts[c.Account]
	if c.Action == checks.EditRepositoryPolicy {
		a.RepositoryPolicies[c.Region][c.Repository] = after
		return
	}
	if c.Action == checks.EditRegistryPolicy {
		registry := a.Registries[c.Region]
		registry.Policy = after
		a.Registries[c.Region] = registry
		return
	}
	for name, read := range a.Roles {
		role, found, _ := read.Get()
		if !found || c.Role != "" && role.Name != c.Role {
			continue
		}
		switch c.Action {
		case checks.EditTrust:
			role.Trust = after
		case checks.EditInlinePolicy:
			items := role.Inline.Items()
			for i := range items {
				if items[i].Name == c.Policy {
					items[i].Document = after
				}
			}
		case checks.EditManagedPolicy:
			items := role.Attached.Items()
			for i := range items {
				if items[i].ARN == c.Policy {
					items[i].Document = after
				}
			}
			if role.Boundary == c.Policy {
				role.BoundaryDocument = after
			}
		default:
			t.Errorf("unknown kind of edit: %s", c.Action)
		}
		a.Roles[name] = account.Present(role)
	}
}

// keepsTheRest checks that an edit adds or changes few statements, and keeps the version.
func keepsTheRest(t *testing.T, c checks.Change) {
	t.Helper()
	statements := func(text string) []string {
		var document struct{ Statement json.RawMessage }
		if err := json.Unmarshal([]byte(text), &document); err != nil {
			t.Fatal(err)
		}
		var list []json.RawMessage
		if err := json.Unmarshal(document.Statement, &list); err != nil {
			list = []json.RawMessage{document.Statement}
		}
		var all []string
		for _, s := range list {
			var compact bytes.Buffer
			if err := json.Compact(&compact, s); err != nil {
				t.Fatal(err)
			}
			all = append(all, compact.String())
		}
		return all
	}
	before, after := statements(c.Before), statements(c.After)
	changed := len(after) - len(before)
	if changed == -1 { // a Deny may go if it denies nothing but what lifecycle rules need
		gone := slices.IndexFunc(before, func(s string) bool { return !slices.Contains(after, s) })
		if !slices.Equal(slices.Delete(slices.Clone(before), gone, gone+1), after) || !strings.Contains(before[gone], `"Effect":"Deny"`) {
			t.Errorf("an edit removed more than a Deny:\n%s\n%s", c.Before, c.After)
		}
		return
	}
	if changed < 0 || changed > 1 {
		t.Errorf("%d statements became %d:\n%s\n%s", len(before), len(after), c.Before, c.After)
		return
	}
	for i := range before {
		if before[i] != after[i] {
			changed++
		}
	}
	if changed > 1 {
		t.Logf("%d statements changed:\n%s", changed, c.After)
	}
	if version(t, c.Before) != version(t, c.After) {
		t.Errorf("the version changed:\n%s", c.After)
	}
}

func version(t *testing.T, text string) string {
	t.Helper()
	for _, kind := range []policy.Kind{policy.Trust, policy.Identity, policy.Resource} {
		if d, err := policy.Parse(kind, text); err == nil {
			return d.Version
		}
	}
	t.Errorf("the edit is not a policy:\n%s", text)
	return ""
}
