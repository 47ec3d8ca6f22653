package report_test

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	raw "github.com/yuin/goldmark/renderer/html"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/fixtures"
	"github.com/iblint/iblint/internal/source/recorded"
	"github.com/iblint/iblint/internal/testrun"
)

// organization is the demo several times, each time with other accounts.
func organization(t *testing.T, times int) checks.Result {
	t.Helper()
	var all *account.Inventory
	for i := range times {
		inv, err := recorded.Parse("organization", accountIDs.ReplaceAllFunc(fixtures.Demo, func(id []byte) []byte {
			return fmt.Appendf(nil, "%s%03d%s", id[:6], i, id[9:])
		}))
		if err != nil {
			t.Fatal(err)
		}
		if all == nil {
			all = inv
			continue
		}
		all.Owners = append(all.Owners, inv.Owners...)
		for id, a := range inv.Accounts {
			all.Accounts[id] = a
		}
	}
	return checks.Run(all, lifecycle.All())
}

var accountIDs = regexp.MustCompile(`\b\d{12}\b`)

var notShown = regexp.MustCompile(`(?m)^\*Not shown, because .*: (\d+) problems?, (\d+) lines? of the coverage and (\d+) other findings?\. `)

// folded matches a problem with its details.
var folded = regexp.MustCompile(`<details><summary>[^<]* <b>`)

// unreadRoles is a result without checks, in whose accounts n roles were not read.
func unreadRoles(n int, names ...string) checks.Result {
	inv := &account.Inventory{Owners: []account.Owner{{Account: "111122223333"}}, Accounts: map[string]*account.Account{}}
	for i := range n {
		name := "a" + strconv.Itoa(i)
		inv.Accounts[fmt.Sprintf("7%011d", i)] = &account.Account{Roles: map[string]account.Read[account.Role]{
			name + strings.Join(names, ""): account.Unreadable[account.Role](account.Unread{Reason: account.AccessDenied, Action: "iam:GetRole"}),
		}}
	}
	return checks.Run(inv, nil)
}

// besides is a result with what another one could not read.
func besides(r, unread checks.Result) checks.Result {
	r.Inventory.Accounts = unread.Inventory.Accounts
	return r
}

// A comment never exceeds GitHub's limit, which counts characters. Each finding is in it or counted.
func TestMarkdownStaysWithinItsLimit(t *testing.T) {
	testrun.Long(t)
	for name, r := range map[string]checks.Result{
		"2 demos": organization(t, 2), "7 demos": organization(t, 7), "30 demos": organization(t, 30),
		"one letter of three bytes": lettersOf("✗", 900), "long": lettersOf(strings.Repeat("n", 3_000), 50), "no problem": lettersOf("", 900),
		"much unread": unreadRoles(900), "long names": unreadRoles(900, strings.Repeat("r", 3_000)), "unread besides problems": besides(lettersOf("✗", 900), unreadRoles(900)),
	} {
		text := render(t, "markdown", r, fixed)
		if n := utf8.RuneCountInString(text); n > 65_536 {
			t.Errorf("%s: %d characters", name, n)
		} else if n < 50_000 && notShown.MatchString(text) {
			t.Errorf("%s: findings are left out of a report of %d characters", name, n)
		}
		problems := len(folded.FindAllString(text, -1)) + strings.Count(text, "\n- ✗ **fail**") + strings.Count(text, "\n- ? **unknown**") + strings.Count(text, "\n- \\! **warn**")
		others := strings.Count(text, "\n| pass |") + strings.Count(text, "\n| skip |")
		_, lists, _ := strings.Cut(text, "\n## Coverage\n")
		lists, _, _ = strings.Cut(lists, "no action</summary>")
		lines := strings.Count(lists, "\n| ") - 2*strings.Count(lists, "\n| account |")
		if m := notShown.FindStringSubmatch(text); m != nil {
			more, err := strconv.Atoi(m[1])
			if err != nil {
				t.Fatal(err)
			}
			hidden, err := strconv.Atoi(m[2])
			if err != nil {
				t.Fatal(err)
			}
			left, err := strconv.Atoi(m[3])
			if err != nil {
				t.Fatal(err)
			}
			problems, lines, others = problems+more, lines+hidden, others+left
		}
		incomplete := 0
		for _, e := range r.Ledger {
			if e.Done < e.Expected {
				incomplete++
			}
		}
		if want := len(r.Inventory.Gaps()) + incomplete; lines != want {
			t.Errorf("%s: %d lines of the coverage are shown or counted, of %d", name, lines, want)
		}
		if strings.Contains(name, "unread") && !strings.Contains(text, "| role | a0 | iam:GetRole: access denied |") {
			t.Errorf("%s: nothing names what could not be read:\n%.2000s", name, text)
		}
		s := r.Summary
		if problems != s.Fail+s.Warn+s.Unknown || others != s.Pass+s.Skip {
			t.Errorf("%s: %d problems and %d other findings are shown or counted, of %+v", name, problems, others, s)
		}
	}
}

// lettersOf is a result with many failures, or passes, of subjects with this text in their names.
func lettersOf(text string, n int) checks.Result {
	status := checks.Fail
	if text == "" {
		status = checks.Pass
	}
	c := checks.On(checks.Check{ID: "test", Title: "test", Doc: "test"}, func(*demand.View, string) (list []named, err error) {
		for i := range n {
			list = append(list, named(text+strconv.Itoa(i)))
		}
		return list, nil
	}, func(named) (checks.Verdict, error) {
		return checks.Verdict{Status: status, Message: "found " + text}, nil
	})
	return checks.Run(&account.Inventory{Owners: []account.Owner{{Account: "111122223333"}}}, []checks.Check{c})
}

// The worst come first: accounts in the table, problems below. All details are closed elements.
func TestMarkdownBeginsWithTheWorst(t *testing.T) {
	text := render(t, "markdown", organization(t, 1), fixed)
	var words []string
	for _, m := range regexp.MustCompile(`<summary>. <b>(\w+)</b>`).FindAllStringSubmatch(text, -1) {
		if len(words) == 0 || words[len(words)-1] != m[1] {
			words = append(words, m[1])
		}
	}
	// The checks of medium severity come after those of high severity with the same verdict.
	if got := strings.Join(words, " "); got != "fail unknown warn" {
		t.Errorf("the problems are in the order %s", got)
	}
	accounts, _, _ := strings.Cut(text, "\n## ")
	table := regexp.MustCompile(`(?m)^\| (\d{12}) \| (\d*) \|`).FindAllStringSubmatch(accounts, -1)
	if len(table) != 6 || table[0][2] != "3" || table[1][2] != "1" || table[5][2] != "" {
		t.Errorf("the table of the accounts is %q", table)
	}
	var rendered bytes.Buffer
	if err := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(raw.WithUnsafe())).Convert([]byte(text), &rendered); err != nil {
		t.Fatal(err)
	}
	for _, of := range []string{"details", "summary", "table", "ol"} {
		if opened, closed := strings.Count(rendered.String(), "<"+of+">"), strings.Count(rendered.String(), "</"+of+">"); opened != closed || opened == 0 {
			t.Errorf("%d <%s> and %d </%s>", opened, of, closed, of)
		}
	}
}
