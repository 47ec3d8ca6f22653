//go:build chromium

package report_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/report"
	"github.com/iblint/iblint/report/escape"
)

func TestChromium(t *testing.T) {
	ctx := startBrowser(t)

	t.Run("filters", func(t *testing.T) { testFilters(t, ctx) })
	t.Run("search", func(t *testing.T) { testSearch(t, ctx) })
	t.Run("a cell opens its findings", func(t *testing.T) { testCell(t, ctx) })
	t.Run("copy", func(t *testing.T) { testCopy(t, ctx) })
	t.Run("short messages", func(t *testing.T) { testShort(t, ctx) })
	t.Run("keyboard", func(t *testing.T) { testKeyboard(t, ctx) })
	t.Run("fragment", func(t *testing.T) { testFragment(t, ctx) })
	t.Run("fix first", func(t *testing.T) { testFixFirst(t, ctx) })
	t.Run("rows", func(t *testing.T) { testRows(t, ctx) })
	t.Run("files", func(t *testing.T) { testFiles(t, ctx) })
	t.Run("phone", func(t *testing.T) { testPhone(t, ctx) })
	t.Run("more findings on demand", func(t *testing.T) { testMore(t, ctx) })
	t.Run("hostile text", func(t *testing.T) { testHostile(t, ctx) })
	t.Run("axe", func(t *testing.T) { testAxe(t, ctx) })
	t.Run("screen reader", func(t *testing.T) { testScreenReader(t, ctx) })
	t.Run("paper", func(t *testing.T) { testPaper(t, ctx) })
	t.Run("without scripts", func(t *testing.T) { testWithoutScripts(t, ctx) })
	t.Run("ten thousand findings", func(t *testing.T) { testTenThousandFindings(t, ctx) })
}

func testFilters(t *testing.T, ctx context.Context) {
	r := suppressed(t)
	all := slices.Collect(r.Findings())
	p := open(t, ctx, r)
	p.expect("no filter", all, func(checks.Finding) bool { return true })

	values := map[string]map[string]func(checks.Finding) bool{"account": {}, "region": {}, "check": {}}
	states := map[string]bool{}
	for _, f := range all {
		states[word(f)] = true
		values["account"][f.Subject.Account] = func(g checks.Finding) bool { return g.Subject.Account == f.Subject.Account }
		values["check"][f.Check.ID] = func(g checks.Finding) bool { return g.Check.ID == f.Check.ID }
		region := f.Subject.Region
		if region == "" {
			region = "-"
		}
		values["region"][region] = func(g checks.Finding) bool { return g.Subject.Region == f.Subject.Region }
	}
	if len(states) != 6 {
		t.Errorf("the only filters are %v", states)
	}
	for _, field := range slices.Sorted(maps.Keys(values)) {
		for value, want := range values[field] {
			p.choose(field, value)
			p.expect(field+" "+value, all, want)
		}
		p.choose(field, "")
	}
	for state := range states {
		p.do(chromedp.Click(chromedp.CSS(".totals ." + state)))
		p.expect(state, all, func(f checks.Finding) bool { return word(f) == state })
		if state != "fail" {
			p.do(chromedp.Click(chromedp.CSS(".totals .fail")))
			p.expect(state+" and fail", all, func(f checks.Finding) bool { return word(f) == state || word(f) == "fail" })
			p.do(chromedp.Click(chromedp.CSS(".totals .fail")))
		}
		if got := eval[string](p, `document.querySelector('.totals .`+state+`').getAttribute('aria-pressed')`); got != "true" {
			t.Errorf("%s is pressed: %s", state, got)
		}
		p.do(chromedp.Click(chromedp.CSS(".totals ." + state)))
	}
	// All filters together, then none.
	p.choose("account", "111122223333")
	p.choose("region", "eu-west-1")
	p.choose("check", "ecr-repository-tag")
	p.do(chromedp.Click(chromedp.CSS(".totals .fail")))
	p.expect("all together", all, func(f checks.Finding) bool { return word(f) == "fail" && f.Check.ID == "ecr-repository-tag" })
	p.do(chromedp.Click(chromedp.CSS("#clear")))
	p.expect("cleared", all, func(checks.Finding) bool { return true })
}

// A collapsed finding shows the short message, on one line where there is room. An open one shows the whole.
func testShort(t *testing.T, ctx context.Context) {
	r := demo(t)
	p := open(t, ctx, r)
	const visible = `e => e.getClientRects().length > 0`
	type row struct{ Short, Message, Lines int }
	count := func() row {
		return eval[row](p, `(() => {
			const all = [...document.querySelectorAll('#list .finding')], of = name => all.map(f => f.querySelector(name)).filter(`+visible+`);
			return {short: of('.short').length, message: of('.message').length, lines: of('.short').filter(e => e.offsetHeight < 30).length};
		})()`)
	}
	n := r.Summary.Pass + r.Summary.Warn + r.Summary.Fail + r.Summary.Skip + r.Summary.Unknown
	if got := count(); got.Short != n || got.Message != 0 || got.Lines < n*9/10 {
		t.Errorf("of %d collapsed findings, %d show the short message, %d on one line, and %d the whole", n, got.Short, got.Lines, got.Message)
	}
	for f := range r.Findings() {
		shown := eval[string](p, fmt.Sprintf(`(document.querySelector('#list [data-id="%s"] .short') ?? {}).textContent ?? ''`, f.Fingerprint()))
		if !strings.HasSuffix(shown, f.Short) {
			t.Errorf("%s shows %q, not %q", f.Check.ID, shown, f.Short)
		}
	}
	p.do(chromedp.Click(chromedp.CSS("#list .finding > summary")))
	if got := count(); got.Short != n-1 || got.Message != 1 {
		t.Errorf("after one was opened, %d show the short message and %d the whole", got.Short, got.Message)
	}
}

func testSearch(t *testing.T, ctx context.Context) {
	r := demo(t)
	all := slices.Collect(r.Findings())
	p := open(t, ctx, r)
	for query, want := range map[string]func(checks.Finding) bool{
		`app/base`:    func(f checks.Finding) bool { return f.Subject.Name == "app/base" },
		`IAM:GETROLE`: func(f checks.Finding) bool { return f.Unread != nil && f.Unread.Action == "iam:GetRole" },
		`("KeepProduction"))`: func(f checks.Finding) bool {
			return slices.ContainsFunc(append([]string{f.Message}, f.Evidence...), func(text string) bool { return strings.Contains(text, `("KeepProduction"))`) })
		},
		`trust 444455556666`: func(f checks.Finding) bool {
			return f.Subject.Account == "444455556666" && f.Check.ID == "cross-account-role-trust"
		},
		`aria-label`:          func(checks.Finding) bool { return false }, // what the page is made of is not found
		`docs.aws.amazon.com`: func(checks.Finding) bool { return false },
	} {
		eval[bool](p, `document.getElementById('text').value = '', true`)
		p.do(chromedp.SendKeys(chromedp.ID("text"), query))
		p.expect(query, all, want)
	}
}

func testCell(t *testing.T, ctx context.Context) {
	r := demo(t)
	p := open(t, ctx, r)
	byCell := map[[2]string][]string{}
	for f := range r.Findings() {
		at := [2]string{f.Subject.Account, f.Check.ID}
		byCell[at] = append(byCell[at], f.Message)
	}
	for at, want := range byCell {
		eval[bool](p, fmt.Sprintf(`[...document.querySelectorAll('#matrix button')].find(b => b.getAttribute('aria-label').endsWith(%q)).click(), true`, at[1]+", "+at[0]))
		got := eval[[]string](p, `[...document.querySelectorAll('#panel[open] .message')].map(e => e.textContent)`)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%v opens %q, not %q", at, got, want)
		}
		if !eval[bool](p, `document.querySelector('#panel .finding').open`) {
			t.Errorf("%v: the worst finding is closed", at)
		}
		p.press(kb.Escape)
	}
	// A click shows what decided and the fix. The last cell may have scrolled this one below the column of accounts.
	const warned = `#matrix button.warn[aria-label$="cross-account-role-trust, 444455556666"]`
	eval[bool](p, "document.querySelector('"+warned+"').scrollIntoView({block: 'center', inline: 'center'}), true")
	p.do(chromedp.Click(chromedp.CSS(warned)), chromedp.WaitVisible(chromedp.CSS("#panel .commands")))
	text := eval[string](p, `document.getElementById('panel').innerText`)
	for _, want := range []string{"cross-account-role-trust", "444455556666", `request: aws:SourceAccount "444455556666"`, "aws iam update-assume-role-policy", "--- trust policy"} {
		if !strings.Contains(text, want) {
			t.Errorf("the panel does not say %q", want)
		}
	}
	p.do(chromedp.MouseClickXY(5, 5), chromedp.WaitNotVisible(chromedp.ID("panel")))
}

func testCopy(t *testing.T, ctx context.Context) {
	// Reading the clipboard requires a permission.
	_, err := chromedp.CallBrowser(ctx, browser.SetPermission, browser.SetPermissionParams{
		Permission: &browser.PermissionDescriptor{Name: "clipboard-read"}, Setting: browser.PermissionSettingGranted,
	})
	check(t, err)
	r := demo(t)
	var document struct {
		Findings []struct {
			Message     string
			Remediation struct{ Commands []string }
		}
	}
	check(t, json.Unmarshal([]byte(render(t, "json", r, report.Options{})), &document))
	p := open(t, ctx, r)
	copied := 0
	for _, f := range document.Findings {
		if len(f.Remediation.Commands) == 0 {
			continue
		}
		copied++
		find := fmt.Sprintf(`[...document.querySelectorAll('#list .finding')].find(d => d.querySelector('.message').textContent === %q)`, f.Message)
		eval[bool](p, find+`.open = true`)
		eval[bool](p, find+`.querySelector('.copy').scrollIntoView({block: 'center'}), true`)
		at := eval[[]float64](p, `(r => [r.x + r.width / 2, r.y + r.height / 2])(`+find+`.querySelector('.copy').getBoundingClientRect())`)
		p.do(chromedp.MouseClickXY(at[0], at[1]))
		said, err := chromedp.Run(p.ctx, chromedp.Poll[bool](find+`.querySelector('.copy').textContent === 'Copied'`, chromedp.WithPollingTimeout(10*time.Second)))
		if err != nil || !said {
			t.Fatalf("the button does not confirm the copy: %v", err)
		}
		if got, want := eval[string](p, `navigator.clipboard.readText()`), strings.Join(f.Remediation.Commands, "\n"); got != want {
			t.Errorf("copied:\n%s\nnot:\n%s", got, want)
		}
		if said := eval[[]string](p, `[...document.querySelectorAll('[role=status].announce')].map(e => e.textContent)`); !slices.Equal(said, []string{"Copied", "Copied"}) {
			t.Errorf("the announcements in the panel and outside are %q", said)
		}
	}
	if copied < 7 {
		t.Errorf("only %d findings have commands to copy", copied)
	}
	// Without a clipboard the commands are selected.
	eval[bool](p, `Object.defineProperty(navigator, 'clipboard', {value: undefined}), document.querySelector('#list .finding').open = true, document.querySelector('#list .copy').click(), true`)
	if got, want := eval[string](p, `getSelection().toString()`), eval[string](p, `document.querySelector('#list .commands pre').innerText`); got != want || got == "" {
		t.Errorf("the selection is %q, not %q", got, want)
	}
}

func testKeyboard(t *testing.T, ctx context.Context) {
	p := open(t, ctx, demo(t))
	at := func() string {
		return eval[string](p, `(e => e.getAttribute('aria-label') || e.dataset.state || e.id || e.tagName.toLowerCase())(document.activeElement)`)
	}
	var stops []string
	for range 19 {
		p.press(kb.Tab)
		stops = append(stops, at())
	}
	want := []string{"pass", "warn", "fail", "skip", "unknown", "Show the findings of step 1", "Show the findings of step 2", "Show the findings of step 3", "Show the findings of step 4", "Show the findings of step 5", "summary", "text", "account", "region", "check", "clear", "pass, execution-role-exists, 111122223333", "summary", "summary"}
	if !slices.Equal(stops, want) {
		t.Fatalf("Tab goes to %q, not %q", stops, want)
	}
	step := func(key, want string, modifiers ...chromedp.KeyOption) {
		t.Helper()
		p.do(chromedp.KeyEvent(key, modifiers...))
		if got := at(); got != want {
			t.Errorf("%q goes to %q, not %q", key, got, want)
		}
	}
	shift, control := chromedp.KeyModifiers(chromedp.ModifierShift), chromedp.KeyModifiers(chromedp.ModifierCtrl)
	step(kb.Tab, "summary", shift)
	step(kb.Tab, "pass, execution-role-exists, 111122223333", shift)
	step(kb.ArrowRight, "pass, execution-role-permissions, 111122223333")
	step(kb.ArrowLeft, "pass, execution-role-exists, 111122223333")
	step(kb.ArrowLeft, "pass, execution-role-exists, 111122223333") // there is none
	step(kb.End, "warn 1/3, image-dependencies, 111122223333")
	step(kb.Home, "pass, execution-role-exists, 111122223333")
	step(kb.End, "fail, organization-guardrails, 999900001111", control)
	step(kb.ArrowUp, "skip, organization-guardrails, 666677778888")
	step(kb.ArrowUp, "skip, organization-guardrails, 666677778888") // the accounts above have no cell here
	step(kb.ArrowLeft, "unknown, cross-account-role-trust, 666677778888")
	step(kb.ArrowUp, "skip, cross-account-role-trust, 555566667777")
	step(kb.ArrowUp, "warn, cross-account-role-trust, 444455556666")
	step(kb.ArrowDown, "skip, cross-account-role-trust, 555566667777")
	step(kb.ArrowUp, "warn, cross-account-role-trust, 444455556666")
	step(kb.Enter, "panel-heading")
	step(kb.Tab, "close")
	step(kb.Tab, "summary")
	step(kb.Enter, "summary") // closes it
	if eval[bool](p, `document.querySelector('#panel .finding').open`) {
		t.Error("Enter does not close an open finding")
	}
	step(kb.Escape, "warn, cross-account-role-trust, 444455556666")
	if eval[bool](p, `document.getElementById('panel').open`) {
		t.Error("Escape does not close the panel")
	}
	step(kb.Tab, "summary")
	step(kb.Tab, "warn, cross-account-role-trust, 444455556666", shift) // where one was
	// The focus is back when the panel closes, not some time later, when the user has gone on.
	if got := eval[string](p, `(async () => {
		const panel = document.getElementById('panel');
		document.activeElement.click();
		panel.close();
		document.getElementById('text').focus();
		await new Promise(done => setTimeout(done, 100));
		return document.activeElement.id;
	})()`); got != "text" {
		t.Errorf("after the panel closed, the focus left the search for %q", got)
	}
	eval[bool](p, `(document.querySelector('#matrix button[tabindex="0"]').focus(), true)`)
	step(kb.Home, "pass, execution-role-exists, 111122223333", control)
	for range 12 {
		p.do(chromedp.KeyEvent(kb.Tab, shift))
	}
	if got := at(); got != "unknown" {
		t.Fatalf("at %q", got)
	}
	step(" ", "unknown")
	if status, _ := p.found(); !strings.HasPrefix(status, "4 of 63") {
		t.Errorf("after the space bar, the status is %s", status)
	}
}

// The URL holds the filters, the search and the open finding. Opening it again shows the same.
func testFragment(t *testing.T, ctx context.Context) {
	r := demo(t)
	p := open(t, ctx, r)
	hash := func(p tab) string { return eval[string](p, `location.hash`) }
	if got := hash(p); got != "" {
		t.Errorf("at first, the fragment is %s", got)
	}
	p.do(chromedp.Click(chromedp.CSS(".totals .fail")), chromedp.Click(chromedp.CSS(".totals .unknown")))
	p.choose("account", "111122223333")
	p.choose("text", "app/ & tag")
	p.choose("text", "app/")
	p.do(chromedp.Click(chromedp.CSS("#list .finding:nth-child(2) summary")))
	got := hash(p)
	if want := "#state=fail+unknown&account=111122223333&text=app%2F&finding="; !strings.HasPrefix(got, want) {
		t.Fatalf("the fragment is %s", got)
	}
	status, messages := p.found()
	opened := `document.querySelector('#list .finding[open] .message').textContent`
	message := eval[string](p, opened)

	again := openAt(t, ctx, r, report.Options{}, got)
	if s, m := again.found(); s != status || !slices.Equal(m, messages) {
		t.Errorf("the same URL shows %s, not %s", s, status)
	}
	if m := eval[string](again, opened); m != message || eval[int](again, `document.querySelectorAll('#list .finding[open]').length`) != 1 {
		t.Errorf("%q is open, not %q", m, message)
	}
	if !eval[bool](again, `(r => r.top >= 0 && r.top < innerHeight)(document.querySelector('#list .finding[open]').getBoundingClientRect())`) {
		t.Error("the open finding is not in view")
	}
	if after := hash(again); after != got {
		t.Errorf("opening changes the fragment to %s", after)
	}
	// The way back, and a fragment that another report wrote.
	eval[bool](again, `(async () => { location.hash = ''; await new Promise(r => setTimeout(r, 100)); return true })()`)
	again.expect("without fragment", slices.Collect(r.Findings()), func(checks.Finding) bool { return true })
	eval[bool](again, `(async () => { location.hash = 'state=evil&account=1&check=x&region=<b>&step=99&rows=z&finding="]'; await new Promise(r => setTimeout(r, 100)); return true })()`)
	again.expect("a foreign fragment", slices.Collect(r.Findings()), func(checks.Finding) bool { return true })
	p.do(chromedp.Click(chromedp.CSS("#clear")))
	if got := hash(p); got != "#" && got != "" {
		t.Errorf("cleared, the fragment is %s", got)
	}
	// A finding far down in the list.
	many := organization(t, 20)
	all := slices.Collect(many.Findings())
	last := all[len(all)-1]
	far := openAt(t, ctx, many, report.Options{}, "#finding="+last.Fingerprint())
	if m := eval[string](far, opened); m != last.Message {
		t.Errorf("%q is open, not %q", m, last.Message)
	}
}

// A step of "Fix first" shows the findings that it clears.
func testFixFirst(t *testing.T, ctx context.Context) {
	r := demo(t)
	p := open(t, ctx, r)
	p.do(chromedp.Click(chromedp.CSS(`#first button[data-step="2"]`)))
	p.expect("attach the policy", slices.Collect(r.Findings()), func(f checks.Finding) bool {
		return f.Subject.Account == "444455556666" && (f.Check.ID == "cross-account-role-policy" || f.Check.ID == "cross-account-role-permissions")
	})
	if got := eval[[]string](p, `[...document.querySelectorAll('#first button[aria-pressed=true]')].map(b => b.dataset.step)`); !slices.Equal(got, []string{"2"}) {
		t.Errorf("%q are pressed", got)
	}
	p.do(chromedp.Click(chromedp.CSS(`#first button[data-step="2"]`)))
	p.expect("all again", slices.Collect(r.Findings()), func(checks.Finding) bool { return true })
}

// The rows of owners come first, also of one without findings, and the columns are in the guide's order.
func testRows(t *testing.T, ctx context.Context) {
	r := demo(t)
	inv := *r.Inventory
	inv.Owners = append(slices.Clone(inv.Owners), account.Owner{Account: "888800001111"})
	r.Inventory = &inv
	p := open(t, ctx, r)
	if got := eval[[]string](p, `[...document.querySelectorAll('#matrix tbody tr')].slice(0, 4).map(e => e.innerText.replace(/\s+/g, ' ').slice(0, 40))`); got[0] != "Owners (2)" ||
		!strings.HasPrefix(got[1], "111122223333 ✓ pass") || !strings.HasPrefix(got[2], "888800001111 no findings") || got[3] != "Destinations (5)" {
		t.Errorf("the rows begin with %q", got)
	}
	if got := eval[[]string](p, `[...document.querySelectorAll('#matrix thead tr:first-child th')].map(e => e.textContent)`); strings.Join(got, " ") != "execution role cross-account role repository lifecycle policy organization" {
		t.Errorf("the columns are %q", got)
	}
	if n := eval[int](p, `[...document.querySelectorAll('#matrix tbody td')].filter(e => !e.textContent.trim()).length`); n > 0 {
		t.Errorf("%d cells are blank", n)
	}
}

// inCode are options of a run in which a file declares the repositories and the execution role.
var inCode = report.Options{
	Locate: func(_ string, s account.Subject) report.Location {
		if s.Type == "ecr-repository" || s.Type == "execution-role" {
			return report.Location{File: "infra/" + s.Type + ".tf", Line: 3, Column: 1, Address: "resource." + s.Name}
		}
		return report.Location{}
	},
	Source: func(file string) []string {
		return []string{"# " + file, "", "resource here {", "\ttags = {", "  </pre><script>pwned = 1</script>", "}", "}"}
	},
}

// With code, the rows are files, and each finding shows the lines that declare its subject.
func testFiles(t *testing.T, ctx context.Context) {
	p := openAt(t, ctx, demo(t), inCode, "")
	rows := func() []string {
		return eval[[]string](p, `[...document.querySelectorAll('#matrix tbody th')].map(e => e.innerText)`)
	}
	if got := rows(); !slices.Equal(got[:4], []string{"Files (2)", "infra/ecr-repository.tf", "infra/execution-role.tf", "Not in the code (7)"}) {
		t.Errorf("the rows are %q", got)
	}
	eval[bool](p, `[...document.querySelectorAll('#matrix button')].find(b => b.getAttribute('aria-label').endsWith('ecr-repository-tag, infra/ecr-repository.tf')).click(), true`)
	if got := eval[string](p, `document.querySelector('#panel .source').innerText`); got != "2\n3resource here {\n4    tags = {\n5  </pre><script>pwned = 1</script>\n6}\n7}\n" {
		t.Errorf("the excerpt is %q", got)
	}
	if got := eval[string](p, `document.querySelector('#panel .source .here').innerText`); got != "3resource here {" {
		t.Errorf("the marked line is %q", got)
	}
	p.press(kb.Escape)
	eval[bool](p, `(s => { s.value = 'accounts'; s.dispatchEvent(new Event('change')); return true })(document.getElementById('rows'))`)
	if got := rows(); got[0] != "Owners (1)" || len(got) != 10 {
		t.Errorf("the rows by account are %q", got)
	}
	if got := eval[string](p, `location.hash`); got != "#rows=accounts" {
		t.Errorf("the fragment is %s", got)
	}
}

// On a phone, the findings come before the matrix, nothing speaks of keys, and nothing is too wide.
func testPhone(t *testing.T, ctx context.Context) {
	p := openAt(t, ctx, demo(t), inCode, "", chromedp.EmulateViewport(390, 844))
	if !eval[bool](p, `document.getElementById('findings').getBoundingClientRect().top < document.getElementById('overview').getBoundingClientRect().top
		&& !!(document.getElementById('findings').compareDocumentPosition(document.getElementById('overview')) & Node.DOCUMENT_POSITION_FOLLOWING)`) {
		t.Error("the matrix comes before the findings")
	}
	eval[bool](p, `document.querySelector('#matrix button.fail').click(), true`)
	if text := eval[string](p, `document.body.innerText`); strings.Contains(text, "arrow keys") || strings.Contains(text, "Esc") {
		t.Error("the page speaks of keys")
	}
	p.press(kb.Escape)
	if w := eval[int](p, `document.documentElement.scrollWidth`); w > 390 {
		t.Errorf("the page is %d wide", w)
	}
	p.do(chromedp.EmulateViewport(1440, 900))
	if !eval[bool](p, `new Promise(r => setTimeout(r, 100)).then(() => document.getElementById('overview').nextElementSibling.id === 'findings')`) {
		t.Error("in a wide window, the findings come before the matrix")
	}
}

func testMore(t *testing.T, ctx context.Context) {
	p := open(t, ctx, organization(t, 20))
	count := func(selector string) int { return eval[int](p, `document.querySelectorAll('`+selector+`').length`) }
	if rows, listed := count("#matrix tbody tr:not(.group)"), count("#list .finding"); rows != 100 || listed != 100 {
		t.Errorf("at first there are %d accounts and %d findings", rows, listed)
	}
	p.do(chromedp.Click(chromedp.ID("more-accounts")), chromedp.Click(chromedp.ID("more-findings")))
	if rows, listed := count("#matrix tbody tr:not(.group)"), count("#list .finding"); rows != 121 || listed != 200 {
		t.Errorf("then there are %d accounts and %d findings", rows, listed)
	}
	if got := eval[int](p, `[...document.querySelectorAll('#list .finding')].indexOf(document.activeElement.parentElement)`); got != 100 {
		t.Errorf("the focus is on finding %d, not on the first new one", got)
	}
	if !eval[bool](p, `document.getElementById('more-accounts').hidden`) {
		t.Error("all accounts are shown, but the button offers more")
	}
}

func testHostile(t *testing.T, ctx context.Context) {
	for _, h := range slices.Concat(hostile, htmlHostile) {
		p := open(t, ctx, hostileResult(h))
		eval[bool](p, `document.querySelector('#matrix button').click(), true`)
		eval[bool](p, `for (const d of document.querySelectorAll('details')) d.open = true; true`)
		for _, where := range []string{"panel", "list"} {
			if !strings.Contains(eval[string](p, `document.getElementById('`+where+`').textContent`), escape.Printable(h)) {
				t.Errorf("%.40q is not in the %s", h, where)
			}
		}
		if got := eval[string](p, `document.querySelector('#matrix tbody small').textContent`); got != escape.Printable(h) {
			t.Errorf("%.40q: the account is called %.40q", h, got)
		}
		if !strings.Contains(eval[string](p, `document.getElementById('panel').innerText`), escape.Printable(h)) {
			t.Errorf("the panel does not show %.40q", h)
		}
		p.press(kb.Escape)
		if query := strings.Join(strings.Fields(escape.Printable(h)), " "); query != "" {
			p.choose("text", query)
			if status, _ := p.found(); strings.HasPrefix(status, "0 ") {
				t.Errorf("%.40q is not found", h)
			}
		}
		if eval[bool](p, `'pwned' in window || document.querySelectorAll('body script').length !== 1`) {
			t.Errorf("%.40q ran", h)
		}
		if eval[bool](p, `document.documentElement.scrollWidth > innerWidth`) {
			t.Errorf("%.40q makes the page wider than the window", h)
		}
	}
}

func testAxe(t *testing.T, ctx context.Context) {
	axe, err := os.ReadFile(needed(t, "IBLINT_AXE"))
	check(t, err)
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{390, 1440} {
			p := openAt(t, ctx, suppressed(t), inCode, "", chromedp.EmulateViewport(width, 900))
			call(t, p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
			if got, want := eval[bool](p, `matchMedia('(prefers-color-scheme: dark)').matches`), scheme == "dark"; got != want {
				t.Fatalf("dark is %v", got)
			}
			eval[bool](p, string(axe)+"\n;true")
			for what, script := range map[string]string{
				"as it opens":         `true`,
				"with findings open":  `document.querySelectorAll('#list details').forEach(d => { d.open = true }), true`,
				"with a filter":       `document.querySelector('.totals .fail').click(), true`,
				"with the panel open": `document.querySelector('#matrix button.fail').click(), true`,
			} {
				eval[bool](p, script)
				found := eval[struct {
					Violations []string
					Passes     int
				}](p, `axe.run().then(r => ({
						Passes: r.passes.length,
						Violations: r.violations.filter(v => ['serious', 'critical'].includes(v.impact)).map(v => v.id + ': ' + v.nodes.map(n => n.html.slice(0, 200) + ' ' + n.failureSummary).join('; ')),
					}))`)
				if len(found.Violations) > 0 {
					t.Errorf("%s, %d wide, %s: %s", scheme, width, what, strings.Join(found.Violations, "\n"))
				}
				if found.Passes < 15 {
					t.Errorf("%s: only %d rules applied", what, found.Passes)
				}
			}
		}
	}
}

func testPaper(t *testing.T, ctx context.Context) {
	r := suppressed(t)
	p := open(t, ctx, r)
	p.do(chromedp.Click(chromedp.CSS(".totals .fail")))
	eval[bool](p, `addEventListener('beforeprint', () => { window.printed = [...document.querySelectorAll('#list .finding')].map(d => d.open) }), true`)
	pdf, err := chromedp.Run(p.ctx, chromedp.PrintToPDF())
	check(t, err)
	if !strings.HasPrefix(string(pdf), "%PDF") {
		t.Error("the output is not a PDF")
	}
	if got := eval[[]bool](p, `window.printed`); len(got) != r.Summary.Fail || slices.Contains(got, false) {
		t.Errorf("the printed expanded findings are %v", got)
	}
	if eval[bool](p, `document.querySelector('#list .finding').open`) {
		t.Error("the findings are expanded after printing")
	}
}

func testWithoutScripts(t *testing.T, ctx context.Context) {
	r := demo(t)
	p := open(t, ctx, r, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
	seen := eval[string](p, `document.body.innerText`)
	for f := range r.Findings() {
		if !strings.Contains(seen, f.Message) {
			t.Errorf("there is no finding %q", f.Message)
		}
		if fix := f.Fix(); fix != nil && !strings.Contains(seen, fix.Summary) {
			t.Errorf("there is no fix %q", fix.Summary)
		}
	}
	if strings.Contains(seen, "Search") || !strings.Contains(seen, "JavaScript is disabled") {
		t.Error("the page shows elements that require JavaScript")
	}
}

func testTenThousandFindings(t *testing.T, ctx context.Context) {
	r := organization(t, 190)
	if n := len(slices.Collect(r.Findings())); n < 10_000 {
		t.Fatalf("only %d findings", n)
	}
	// Processor time, so that other load on the machine does not count.
	p := open(t, ctx, r, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, performance.Enable, performance.EnableParams{TimeDomain: performance.EnableTimeDomainThreadTicks})
		return err
	}))
	spent := func() (script, withLayout float64) {
		for _, m := range call(t, p.ctx, performance.GetMetrics, cdp.Empty{}).Metrics {
			switch m.Name {
			case "ScriptDuration":
				script += m.Value * 1000
				withLayout += m.Value * 1000
			case "LayoutDuration", "RecalcStyleDuration":
				withLayout += m.Value * 1000
			}
		}
		return script, withLayout
	}
	opening, openingWithLayout := spent()
	loaded := eval[float64](p, `performance.getEntriesByType('navigation')[0].loadEventEnd`)
	var scripts, withLayouts []float64
	for _, query := range []string{"a", "ap", "app", "app/", "app/a", "iam:getrole", "nothing of that", "trust", ""} {
		script, withLayout := spent()
		eval[int](p, fmt.Sprintf(`(() => {
				document.getElementById('text').value = %q;
				document.getElementById('text').dispatchEvent(new Event('input', {bubbles: true}));
				return document.body.offsetHeight; // lays it out
			})()`, query))
		after, afterWithLayout := spent()
		scripts, withLayouts = append(scripts, after-script), append(withLayouts, afterWithLayout-withLayout)
	}
	first := scripts[0]
	slices.Sort(scripts)
	slices.Sort(withLayouts)
	script, withLayout := scripts[len(scripts)/2], withLayouts[len(withLayouts)/2]
	t.Logf("%d findings: opening takes %.0f ms of script, %.0f with layout, and the whole page is there after %.0f ms", len(slices.Collect(r.Findings())), opening, openingWithLayout, loaded)
	t.Logf("a key in the search: %.0f ms of script, %.0f with layout; the first, if at once, %.0f ms of script", script, withLayout, first)
	if openingWithLayout > 1000 || withLayout > 1000 || first > 1000 {
		t.Error("the page is too slow")
	}
}
