package report_test

import (
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/fixtures"
	"github.com/iblint/iblint/internal/source/recorded"
	"github.com/iblint/iblint/internal/testrun"
	"github.com/iblint/iblint/report"
)

var (
	countedWords = regexp.MustCompile(`(\d+) (ok|failed|warned|unknown|skipped|suppressed)\b`)
	accounts     = regexp.MustCompile(`^(\d{1,6}) (?:owners|destinations|organizations|accounts\b[^:]*):`) // share a line
	sameCause    = regexp.MustCompile(`^  . (?:(\d+) checks|\S+ ×(\d+)|(\d+) findings of \d+ checks) `)
	sameWords    = regexp.MustCompile(`^  . \S+ +[^:]*? and (\d+) more(?:: |  )`) // besides the one that is named
)

var wordOfSymbol = map[string]string{"✗": "failed", "!": "warned", "?": "unknown", "✓": "ok", "-": "skipped", "~": "suppressed"}

// textTally counts the findings that a short text report shows: those of the lines, and those that
// the lines of the accounts count.
func textTally(text string) map[string]int {
	n := map[string]int{}
	head, _, _ := strings.Cut(text, "\nFix first")
	head, _, _ = strings.Cut(head, "\nCould not be read")
	_, head, _ = strings.Cut(head, "\n\n")
	many := 1
	number := func(pattern *regexp.Regexp, line string) int {
		if m := pattern.FindStringSubmatch(line); m != nil {
			n, _ := strconv.Atoi(strings.Join(m[1:], "")) // one of the groups matched
			return n
		}
		return 1
	}
	for line := range strings.Lines(head) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case line == "":
			return n // the totals follow
		case !strings.HasPrefix(line, " "):
			many = number(accounts, line)
			for _, m := range countedWords.FindAllStringSubmatch(line, -1) {
				count, _ := strconv.Atoi(m[1])
				n[m[2]] += count
			}
		default:
			each := number(sameCause, line)
			if sameWords.MatchString(line) {
				each = 1 + number(sameWords, line)
			}
			n[wordOfSymbol[strings.Fields(line)[0]]] += many * each
		}
	}
	return n
}

// noStep matches a line of what failed or is unknown that names no line of "Fix first".
var noStep = regexp.MustCompile(`(?m)^  [✗?] .*[^\]\n]$`)

// The text report hides no finding: those of its lines, and those that it counts, are the totals. A line
// of "Fix first" says what to do about each that failed or is unknown.
func TestTextCountsEveryFinding(t *testing.T) {
	results := map[string]checks.Result{
		"forty": fortyAccounts(t), "suppressed": suppressed(t), "only skips besides a problem": problemsBesideSkips(),
	}
	names, err := fs.Glob(fixtures.All, "*.json")
	if err != nil || len(names) == 0 {
		t.Fatal("no fixtures: ", err)
	}
	for _, name := range testrun.Some(names) {
		data, err := fixtures.All.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		inv, err := recorded.Parse(name, data)
		if err != nil {
			t.Fatal(err)
		}
		results[name] = checks.Run(inv, lifecycle.All())
	}
	for name, r := range results {
		for _, show := range [][]checks.Status{nil, checks.Statuses, {checks.Warn}} {
			text := render(t, "text", r, report.Options{TextOptions: report.TextOptions{Width: 5000, Show: show}})
			if line := noStep.FindString(text); line != "" && show == nil {
				t.Errorf("%s: no step is named for %q", name, line)
			}
			got := textTally(text)
			s := r.Summary
			want := map[string]int{"failed": s.Fail, "warned": s.Warn, "unknown": s.Unknown, "ok": s.Pass, "skipped": s.Skip, "suppressed": s.Suppressed}
			for word, n := range want {
				if got[word] != n {
					t.Errorf("%s, show %v: the report shows or counts %d %s of %d:\n%.3000s", name, show, got[word], word, n, text)
				}
			}
		}
	}
}

// inAccount is a subject of an account.
type inAccount string

func (s inAccount) Subject() account.Subject {
	return account.Subject{Account: string(s), Type: string(account.DestinationKind), Name: "role"}
}
func (s inAccount) NamedBy() []string { return nil }

// inAccounts is the result of checks about each of n accounts. The account is the argument of the
// functions, which stand by the IDs of the checks.
func inAccounts(n int, decide map[string]func(string) checks.Verdict) checks.Result {
	inv := &account.Inventory{}
	for i := range n {
		inv.Owners = append(inv.Owners, account.Owner{Account: fmt.Sprintf("70000000000%d", i)})
	}
	var all []checks.Check
	for _, id := range slices.Sorted(maps.Keys(decide)) {
		all = append(all, checks.On(checks.Check{ID: id, Title: id, Doc: id, Severity: checks.High}, func(_ *demand.View, id string) ([]inAccount, error) {
			return []inAccount{inAccount(id)}, nil
		}, func(s inAccount) (checks.Verdict, error) { return decide[id](string(s)), nil }))
	}
	return checks.Run(inv, all)
}

// A line of several findings says how many checks they are of, and names the check if it is one.
func TestMergedLinesCountChecks(t *testing.T) {
	unread := func(string) checks.Verdict {
		return checks.Verdict{Status: checks.Unknown, Message: "refused", Unread: &account.Unread{Reason: account.AccessDenied, Action: "iam:GetRole"}}
	}
	for want, decide := range map[string]map[string]func(string) checks.Verdict{
		"? one ×3 ":                  {"one": unread},
		"? 6 findings of 2 checks  ": {"one": unread, "two": unread},
	} {
		if text := render(t, "text", inOneAccount(3, decide), report.Options{}); !strings.Contains(text, want) {
			t.Errorf("the report has no line with %q:\n%s", want, text)
		}
	}
	if text := render(t, "text", inAccounts(1, map[string]func(string) checks.Verdict{"one": unread, "two": unread}), report.Options{}); !strings.Contains(text, "? 2 checks  ") {
		t.Errorf("two findings of two checks are not two checks:\n%s", text)
	}
}

// inOneAccount is the result of checks about n subjects of an account.
func inOneAccount(n int, decide map[string]func(string) checks.Verdict) checks.Result {
	var all []checks.Check
	for _, id := range slices.Sorted(maps.Keys(decide)) {
		all = append(all, checks.On(checks.Check{ID: id, Title: id, Doc: id, Severity: checks.High}, func(*demand.View, string) (list []named, err error) {
			for i := range n {
				list = append(list, named(strconv.Itoa(i)))
			}
			return list, nil
		}, func(s named) (checks.Verdict, error) { return decide[id](string(s)), nil }))
	}
	return checks.Run(&account.Inventory{Owners: []account.Owner{{Account: "700000000000"}}}, all)
}

// problemsBesideSkips has another failure in each account, and the same skip in all.
func problemsBesideSkips() checks.Result {
	return inAccounts(manyAccounts, map[string]func(string) checks.Verdict{
		"broken": func(id string) checks.Verdict {
			return checks.Verdict{Status: checks.Fail, Message: "broken in the way of " + id}
		},
		"skipped": func(string) checks.Verdict { return checks.Verdict{Status: checks.Skip, Message: "not needed"} },
	})
}

const manyAccounts = 5 // more than it takes to share a line

// Accounts with problems of their own keep their lines, even if the same skip is all that is besides.
func TestProblemsBesideSkips(t *testing.T) {
	text := render(t, "text", problemsBesideSkips(), report.Options{})
	for i := range manyAccounts {
		if want := fmt.Sprintf("broken in the way of 70000000000%d", i); !strings.Contains(text, want) {
			t.Errorf("%q is not in the report:\n%s", want, text)
		}
	}
}

// Accounts whose problems say the same share a line only if the same step clears them.
func TestAccountsShareAStep(t *testing.T) {
	r := inAccounts(manyAccounts, map[string]func(string) checks.Verdict{"broken": func(id string) checks.Verdict {
		change := checks.Change{Action: checks.EditInlinePolicy, Account: id, Role: "A", Policy: "of " + id}
		return checks.Verdict{Status: checks.Fail, Message: "broken", Fix: &checks.Fix{Summary: "edit", Changes: []checks.Change{change}}}
	}})
	text := render(t, "text", r, report.Options{})
	for i := range manyAccounts {
		if want := fmt.Sprintf("broken [%d]", i+1); !strings.Contains(text, want) {
			t.Errorf("no problem refers to step %d:\n%s", i+1, text)
		}
	}
}

// Accounts that say the same share their lines, however many these are, also if each has a cause of its own.
// An account of which one line says something else keeps its own.
func TestAccountsShareSeveralLines(t *testing.T) {
	trusts := func(short string) func(string) checks.Verdict {
		return func(id string) checks.Verdict {
			change := checks.Change{Action: checks.EditTrust, Account: id, Role: "A"}
			v := checks.Verdict{Status: checks.Warn, Message: short, Short: short, Fix: &checks.Fix{Summary: "edit", Changes: []checks.Change{change}}}
			if id == "700000000004" {
				v.Short = "another " + short
			}
			return v
		}
	}
	r := inAccounts(5, map[string]func(string) checks.Verdict{
		"attached": func(id string) checks.Verdict {
			change := checks.Change{Action: checks.AttachPolicy, Account: id, Role: "A", Policy: "arn:aws:iam::aws:policy/P"}
			return checks.Verdict{Status: checks.Fail, Message: "not attached", Fix: &checks.Fix{Summary: "attach", Changes: []checks.Change{change}}}
		},
		"trust": trusts("narrow"),
	})
	text := render(t, "text", r, report.Options{})
	want := `
700000000004  owner
  ✗ attached  not attached [1]
  ! trust     another narrow
4 owners: 700000000000, 700000000001, 700000000002 and 1 more
  ✗ attached  not attached [1]
  ! trust     narrow

`
	if !strings.Contains(text, want) {
		t.Errorf("the report has no such lines:\n%s\nbut:\n%s", want, text)
	}
}

// roleIn is a role in an account: its name, a slash and the account.
type roleIn string

func (r roleIn) Subject() account.Subject {
	name, id, _ := strings.Cut(string(r), "/")
	return account.Subject{Account: id, Type: string(account.ExecutionRoleKind), Name: name}
}
func (r roleIn) NamedBy() []string { return nil }

// Accounts share a line about a role only if the role has the same name in all of them.
func TestAccountsShareAThing(t *testing.T) {
	inv := &account.Inventory{}
	for i := range manyAccounts {
		inv.Owners = append(inv.Owners, account.Owner{Account: fmt.Sprintf("70000000000%d", i)})
	}
	for name, shared := range map[string]bool{"Role": true, "Role of %s": false} {
		check := checks.On(checks.Check{ID: "trust", Title: "trust", Doc: "trust"}, func(_ *demand.View, id string) ([]roleIn, error) {
			return []roleIn{roleIn(strings.ReplaceAll(name, "%s", id) + "/" + id)}, nil
		}, func(roleIn) (checks.Verdict, error) {
			return checks.Verdict{Status: checks.Warn, Message: "narrow"}, nil
		})
		text := render(t, "text", checks.Run(inv, []checks.Check{check}), report.Options{})
		if strings.Contains(text, "5 owners: ") != shared {
			t.Errorf("%s, share a line: %t:\n%s", name, !shared, text)
		}
	}
}

// A step for several accounts warns of the largest of their risks.
func TestStepHasTheLargestRisk(t *testing.T) {
	r := inAccounts(2, map[string]func(string) checks.Verdict{"broken": func(id string) checks.Verdict {
		fix := &checks.Fix{Summary: "attach", Changes: []checks.Change{{Action: checks.AttachPolicy, Account: id, Role: "A", Policy: "arn:aws:iam::aws:policy/P"}}}
		if id == "700000000001" {
			fix.Changes = append(fix.Changes, checks.Change{Action: checks.DeleteRole, Account: id, Role: "B"})
		}
		return checks.Verdict{Status: checks.Fail, Message: "broken", Fix: fix}
	}})
	for _, format := range []string{"text", "markdown"} {
		if text := render(t, format, r, report.Options{}); !strings.Contains(text, "DESTRUCTIVE") || strings.Contains(text, "reversible") {
			t.Errorf("a step that deletes something in one of two accounts says otherwise:\n%s", text)
		}
	}
}

// The text report names everything that could not be read, unless it is the cause of a problem of the same
// account: that another account refuses the same call says nothing of it.
func TestTextNamesWhatWasNotRead(t *testing.T) {
	data, err := fixtures.All.ReadFile("discovery.json")
	if err != nil {
		t.Fatal(err)
	}
	inv, err := recorded.Parse("discovery", data)
	if err != nil {
		t.Fatal(err)
	}
	text := render(t, "text", checks.Run(inv, lifecycle.All()), report.Options{})
	_, unread, _ := strings.Cut(text, "\nCould not be read\n")
	unread, _, _ = strings.Cut(unread, "\n\n")
	if want := "600000000003 eu-west-1 images: imagebuilder:ListImages denied"; !strings.Contains(unread, want) {
		t.Errorf("%q is not in the list of what could not be read:\n%s", want, unread)
	}
}
