package account_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/iblint/iblint/checks/account"
	_ "github.com/iblint/iblint/internal/testrun" // for -update with checks/...
)

var denied = account.Unread{Reason: account.AccessDenied, Action: "iam:GetRole", Detail: "no"}

// The zero value is not a value: nobody looked.
func TestTheZeroValueIsNotCollected(t *testing.T) {
	var r account.Read[string]
	_, found, err := r.Get()
	var why account.Unread
	if found || !errors.As(err, &why) || why.Reason != account.NotCollected {
		t.Errorf("found %v, error %v", found, err)
	}
	var l account.List[string]
	if !errors.As(l.Err(), &why) || why.Reason != account.NotCollected {
		t.Errorf("a list nobody read: %v", l.Err())
	}
	var none *account.Account
	if _, _, err := none.Role("x").Get(); err == nil {
		t.Error("a role of an account nobody read is known")
	}
	if _, _, err := none.Tags(account.Repository{}).Get(); err == nil {
		t.Error("the tags of an account nobody read are known")
	}
}

// All three states survive JSON, and so does how far a list was read.
func TestStatesSurviveJSON(t *testing.T) {
	type both struct {
		R account.Read[string] `json:"r,omitzero"`
		L account.List[string] `json:"l,omitzero"`
	}
	for name, want := range map[string]both{
		"{}":                                  {},
		`{"r":{"value":""},"l":{"items":[]}}`: {account.Present(""), account.Complete[string](nil)},
		`{"r":{"absent":true},"l":{"items":["a"]}}`: {account.Absent[string](), account.Complete([]string{"a"})},
		`{"r":{"unread":{"reason":"denied","action":"iam:GetRole","detail":"no"}},"l":{"items":["a"],"unread":{"reason":"denied","action":"iam:GetRole","detail":"no"}}}`: {account.Unreadable[string](denied), account.Partial([]string{"a"}, denied)},
	} {
		data, err := json.Marshal(want)
		if err != nil || string(data) != name {
			t.Errorf("written as %s (%v), want %s", data, err, name)
		}
		var got both
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
		value, found, readErr := got.R.Get()
		wantValue, wantFound, wantErr := want.R.Get()
		if value != wantValue || found != wantFound || !errors.Is(readErr, wantErr) || !errors.Is(got.L.Err(), want.L.Err()) || strings.Join(got.L.Items(), ",") != strings.Join(want.L.Items(), ",") {
			t.Errorf("%s reads back as %v %v %v %v", name, value, found, readErr, got.L)
		}
	}
}

func TestHalfStatesAreRefused(t *testing.T) {
	for _, text := range []string{
		`{}`, `{"absent":false}`, `{"value":null}`, `{"value":"a","absent":true}`, `{"absent":true,"unread":{"reason":"denied"}}`,
		`{"unread":{"reason":"busy"}}`, `{"unread":{}}`, `{"vaule":"a"}`, `[]`, `"a"`,
	} {
		var r account.Read[string]
		if err := json.Unmarshal([]byte(text), &r); err == nil {
			t.Errorf("%s was read as %v", text, r)
		}
	}
	for _, text := range []string{`{}`, `{"items":null}`, `{"items":[],"complete":true}`, `{"items":[],"unread":{"reason":"x"}}`, `[]`} {
		var l account.List[string]
		if err := json.Unmarshal([]byte(text), &l); err == nil {
			t.Errorf("%s was read as %v", text, l)
		}
	}
}

func TestRoleReferences(t *testing.T) {
	for text, want := range map[string]account.RoleReference{
		"Lifecycle":     {Text: "Lifecycle", Name: "Lifecycle"},
		"a/b/Lifecycle": {Text: "a/b/Lifecycle", Path: "/a/b/", Name: "Lifecycle"},
		"arn:aws:iam::111122223333:role/Lifecycle":      {Text: "arn:aws:iam::111122223333:role/Lifecycle", Partition: "aws", Account: "111122223333", Path: "/", Name: "Lifecycle"},
		"arn:aws-us-gov:iam::111122223333:role/a/b+c=d": {Text: "arn:aws-us-gov:iam::111122223333:role/a/b+c=d", Partition: "aws-us-gov", Account: "111122223333", Path: "/a/", Name: "b+c=d"},
	} {
		got, ok := account.ParseRoleReference(text)
		if diff := cmp.Diff(want, got); !ok || diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	for _, text := range []string{
		"", "a b", "//Lifecycle", "a//b", "Lifecycle/", "arn:aws:iam::11112222333:role/L", "arn:aws:iam::111122223333:user/L", "arn:aws:iam::111122223333:role/",
		"arn:aws:iam::111122223333:role/L\n", "L\x1b[2J", strings.Repeat("x", 65),
	} {
		if got, ok := account.ParseRoleReference(text); ok {
			t.Errorf("%q was taken for %+v", text, got)
		}
	}
}

func at(hour int) time.Time { return time.Date(2026, 11, 1, hour, 0, 0, 0, time.UTC) }

func roles(hour int, roles map[string]account.Read[account.Role], others account.Read[account.Role]) *account.Inventory {
	return &account.Inventory{ReadAt: at(hour), Accounts: map[string]*account.Account{"111122223333": {Roles: roles, OtherRoles: others}}}
}

// What somebody read counts against what nobody could read, and the later of two readings.
func TestMerge(t *testing.T) {
	type reads = map[string]account.Read[account.Role]
	some := func(path string) account.Read[account.Role] {
		return account.Present(account.Role{Name: "R", Path: path, ARN: path})
	}
	for name, c := range map[string]struct {
		older, newer *account.Inventory
		want         account.Read[account.Role]
	}{
		"read in the older only":             {roles(1, reads{"R": some("/1/")}, account.Read[account.Role]{}), roles(2, reads{"R": account.Unreadable[account.Role](denied)}, account.Read[account.Role]{}), some("/1/")},
		"not asked for in the newer":         {roles(1, reads{"R": some("/1/")}, account.Read[account.Role]{}), roles(2, nil, account.Read[account.Role]{}), some("/1/")},
		"read in both":                       {roles(1, reads{"R": some("/1/")}, account.Read[account.Role]{}), roles(2, reads{"R": some("/2/")}, account.Read[account.Role]{}), some("/2/")},
		"created since":                      {roles(1, reads{"R": account.Absent[account.Role]()}, account.Read[account.Role]{}), roles(2, reads{"R": some("/2/")}, account.Read[account.Role]{}), some("/2/")},
		"deleted since":                      {roles(1, reads{"R": some("/1/")}, account.Read[account.Role]{}), roles(2, reads{"R": account.Absent[account.Role]()}, account.Read[account.Role]{}), account.Absent[account.Role]()},
		"not among all roles of the newer":   {roles(1, reads{"R": some("/1/")}, account.Read[account.Role]{}), roles(2, nil, account.Absent[account.Role]()), account.Absent[account.Role]()},
		"not in a partial list of the newer": {roles(1, reads{"R": some("/1/")}, account.Read[account.Role]{}), roles(2, nil, account.Unreadable[account.Role](denied)), some("/1/")},
		"not among all roles of the older":   {roles(1, nil, account.Absent[account.Role]()), roles(2, reads{"R": account.Unreadable[account.Role](denied)}, account.Read[account.Role]{}), account.Absent[account.Role]()},
		"denied in both":                     {roles(1, reads{"R": account.Unreadable[account.Role](denied)}, account.Read[account.Role]{}), roles(2, reads{"R": account.Unreadable[account.Role](denied)}, account.Read[account.Role]{}), account.Unreadable[account.Role](denied)},
	} {
		t.Run(name, func(t *testing.T) {
			for _, order := range [][]*account.Inventory{{c.older, c.newer}, {c.newer, c.older}} {
				got, gotFound, gotErr := account.Merge(order...).Accounts["111122223333"].Role("R").Get()
				want, wantFound, wantErr := c.want.Get()
				if got.Path != want.Path || gotFound != wantFound || !errors.Is(gotErr, wantErr) {
					t.Errorf("got %q %v %v, want %q %v %v", got.Path, gotFound, gotErr, want.Path, wantFound, wantErr)
				}
			}
		})
	}
}

// What has no time of reading, such as authorization details, counts as the latest.
func TestMergeWithoutATime(t *testing.T) {
	named := func(path string) map[string]account.Read[account.Role] {
		return map[string]account.Read[account.Role]{"R": account.Present(account.Role{Name: "R", Path: path, ARN: path})}
	}
	recorded, file := roles(1, named("/recorded/"), account.Read[account.Role]{}), roles(0, named("/file/"), account.Read[account.Role]{})
	file.ReadAt = time.Time{}
	for _, order := range [][]*account.Inventory{{recorded, file}, {file, recorded}} {
		merged := account.Merge(order...)
		if role, _, _ := merged.Accounts["111122223333"].Role("R").Get(); role.Path != "/file/" || !merged.ReadAt.Equal(at(1)) {
			t.Errorf("%s counts, read at %s", role.Path, merged.ReadAt)
		}
	}
}

// Two partial lists are never added up, and what the newer one knows counts.
func TestMergeOfLists(t *testing.T) {
	role := func(l account.List[account.AttachedPolicy]) account.Read[account.Role] {
		return account.Present(account.Role{Name: "R", ARN: "arn", Attached: l})
	}
	one, two := []account.AttachedPolicy{{Name: "one"}}, []account.AttachedPolicy{{Name: "two"}}
	for name, c := range map[string]struct {
		older, newer account.List[account.AttachedPolicy]
		want         string
		complete     bool
	}{
		"both partial":       {account.Partial(one, denied), account.Partial(two, denied), "two", false},
		"complete, partial":  {account.Complete(one), account.Partial(two, denied), "two", false},
		"complete, nothing":  {account.Complete(one), account.Partial[account.AttachedPolicy](nil, denied), "one", true},
		"partial, complete":  {account.Partial(one, denied), account.Complete(two), "two", true},
		"both complete":      {account.Complete(one), account.Complete(two), "two", true},
		"partial, not asked": {account.Partial(one, denied), account.List[account.AttachedPolicy]{}, "one", false},
	} {
		merged := account.Merge(
			roles(1, map[string]account.Read[account.Role]{"R": role(c.older)}, account.Read[account.Role]{}),
			roles(2, map[string]account.Read[account.Role]{"R": role(c.newer)}, account.Read[account.Role]{}),
		)
		got, _, _ := merged.Accounts["111122223333"].Role("R").Get()
		if items := got.Attached.Items(); len(items) != 1 || items[0].Name != c.want || (got.Attached.Err() == nil) != c.complete {
			t.Errorf("%s: %v %v", name, items, got.Attached.Err())
		}
	}
}

// A repository that a newer list of all repositories lacks is gone.
func TestMergeOfRepositories(t *testing.T) {
	inventory := func(hour int, names map[string]account.List[string], tags map[string]account.Read[account.Tags]) *account.Inventory {
		return &account.Inventory{ReadAt: at(hour), Accounts: map[string]*account.Account{"111122223333": {
			RepositoryNames: names, RepositoryTags: map[string]map[string]account.Read[account.Tags]{"eu-west-1": tags},
		}}}
	}
	tagged := map[string]account.Read[account.Tags]{"old": account.Present(account.Tags{"a": "b"}), "new": account.Present(account.Tags{"a": "b"})}
	for name, c := range map[string]struct {
		names account.List[string]
		found bool
	}{
		"all are listed": {account.Complete([]string{"new"}), false},
		"some are":       {account.Partial([]string{"new"}, denied), true},
	} {
		merged := account.Merge(inventory(1, nil, tagged), inventory(2, map[string]account.List[string]{"eu-west-1": c.names}, nil)).Accounts["111122223333"]
		for repository, want := range map[string]bool{"old": c.found, "new": true} {
			if _, found, err := merged.Tags(account.Repository{Region: "eu-west-1", Name: repository}).Get(); found != want || err != nil {
				t.Errorf("%s, %s: %v %v", name, repository, found, err)
			}
		}
	}
}
