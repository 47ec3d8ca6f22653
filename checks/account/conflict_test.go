package account_test

import (
	"encoding/json"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/fixtures"
)

// An account does not conflict with itself, nor with a reading that lacks something. It conflicts with
// one that says something else.
func TestConflict(t *testing.T) {
	names, err := fs.Glob(fixtures.All, "*.json")
	if err != nil {
		t.Fatal(err)
	}
	refused := account.Unreadable[account.Role](account.Unread{Reason: account.AccessDenied, Action: "iam:GetRole"})
	roles := 0
	for _, name := range names {
		data, err := fixtures.All.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		read := func() *account.Inventory {
			inv := &account.Inventory{}
			if err := json.Unmarshal(data, inv); err != nil {
				t.Fatal(err)
			}
			return inv
		}
		for id, a := range read().Accounts {
			same := read().Accounts[id]
			if part := account.Conflict(a, same); part != "" {
				t.Errorf("%s: account %s conflicts with itself about %s", name, id, part)
			}
			for _, role := range slices.Sorted(maps.Keys(same.Roles)) {
				known, there, err := same.Roles[role].Get()
				if err != nil {
					continue
				}
				roles++
				same.Roles[role] = refused
				if part := account.Conflict(a, same); part != "" {
					t.Errorf("%s: account %s conflicts about %s, of which it says nothing", name, id, part)
				}
				same.Roles[role] = account.Absent[account.Role]()
				want := "whether role " + role + " exists"
				if !there {
					same.Roles[role] = account.Present(account.Role{Name: role})
				}
				if part := account.Conflict(a, same); part != want {
					t.Errorf("%s: account %s conflicts about %q, expected %q", name, id, part, want)
				}
				if _, _, err := known.Trust.Get(); there && err == nil {
					known.Trust = account.Present("{}")
					same.Roles[role] = account.Present(known)
					if part := account.Conflict(a, same); !strings.HasPrefix(part, "the trust policy of role ") {
						t.Errorf("%s: account %s conflicts about %q, expected the trust policy of %s", name, id, part, role)
					}
				}
				same.Roles[role] = a.Roles[role]
			}
		}
	}
	if roles < 50 {
		t.Errorf("only %d roles were compared", roles)
	}
}
