//go:build chromium

package report_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/report"
)

// needed is the path of a file that the tests require, from an environment variable.
func needed(t *testing.T, variable string) string {
	t.Helper()
	path := os.Getenv(variable)
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%s must name a file: %v", variable, err)
	}
	return path
}

// startBrowser starts a browser for one test and its subtests.
func startBrowser(t *testing.T) context.Context {
	t.Helper()
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(needed(t, "IBLINT_CHROMIUM")), chromedp.NoSandbox)
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, stop := chromedp.NewContext(allocator)
	t.Cleanup(stop)
	check(t, chromedp.Do(ctx))
	return ctx
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// tab is a page in the browser.
type tab struct {
	t   *testing.T
	ctx context.Context
}

// open writes the report and opens it as a file. The test fails if the page writes to the console or
// requests anything except itself.
func open(t *testing.T, ctx context.Context, r checks.Result, before ...chromedp.Action[chromedp.Void]) tab {
	t.Helper()
	return openAt(t, ctx, r, report.Options{}, "", before...)
}

// openAt opens a report with options, at a fragment of its URL.
func openAt(t *testing.T, ctx context.Context, r checks.Result, o report.Options, fragment string, before ...chromedp.Action[chromedp.Void]) tab {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.html")
	check(t, os.WriteFile(file, []byte(render(t, "html", r, o)), 0o666))

	ctx, stop := chromedp.NewContext(ctx)
	t.Cleanup(stop)
	ctx, stop = context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(stop)
	var mutex sync.Mutex
	var asked, said []string
	check(t, chromedp.Listen(ctx, func(event any) {
		mutex.Lock()
		defer mutex.Unlock()
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			asked = append(asked, e.Request.URL)
		case *log.EventEntryAdded:
			said = append(said, e.Entry.Text)
		case *runtime.EventConsoleAPICalled:
			said = append(said, fmt.Sprint(e.Type))
		case *runtime.EventExceptionThrown:
			said = append(said, e.ExceptionDetails.Text)
		}
	}))
	call(t, ctx, network.Enable, network.EnableParams{})
	call(t, ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	t.Cleanup(func() { // before the tab is closed
		mutex.Lock()
		defer mutex.Unlock()
		if len(asked) != 1 || strings.TrimSuffix(asked[0], fragment) != "file://"+file {
			t.Errorf("the page requested %q", asked)
		}
		if len(said) > 0 {
			t.Errorf("the console has %q", said)
		}
	})
	check(t, chromedp.Do(ctx, append(before, chromedp.Navigate("file://"+file+fragment))...))
	return tab{t, ctx}
}

func call[P, R any](t *testing.T, ctx context.Context, command cdp.Command[P, R], parameters P) R {
	t.Helper()
	result, err := chromedp.Call(ctx, command, parameters)
	check(t, err)
	return result
}

func eval[T any](p tab, script string) T {
	p.t.Helper()
	value, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("%.200s: %v", script, err)
	}
	return value
}

func (p tab) do(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	check(p.t, chromedp.Do(p.ctx, actions...))
}

func (p tab) press(keys ...string) {
	p.t.Helper()
	for _, k := range keys {
		p.do(chromedp.KeyEvent(k))
	}
}

// choose sets a filter as a user would.
func (p tab) choose(field, value string) {
	p.t.Helper()
	eval[string](p, fmt.Sprintf(`(() => { const f = document.getElementById(%q); f.value = %q; f.dispatchEvent(new Event('input', {bubbles: true})); return f.value })()`, field, value))
}

// found is the status line of the filters and the listed findings.
func (p tab) found() (status string, messages []string) {
	p.t.Helper()
	return eval[string](p, `document.getElementById('shown').textContent`), eval[[]string](p, `[...document.querySelectorAll('#list .message')].map(e => e.textContent)`)
}

// expect compares the shown findings with the expected ones.
func (p tab) expect(what string, all []checks.Finding, want func(checks.Finding) bool) {
	p.t.Helper()
	var messages []string
	accounts, shown := map[string]bool{}, map[string]bool{}
	cells := map[string]bool{}
	for _, f := range all {
		accounts[f.Subject.Account] = true
		if want(f) {
			messages = append(messages, f.Message)
			shown[f.Subject.Account] = true
			cells[f.Check.ID+f.Subject.Account] = true
		}
	}
	status, got := p.found()
	if says := fmt.Sprintf("%d of %d findings, in %d of %d accounts", len(messages), len(all), len(shown), len(accounts)); status != says {
		p.t.Errorf("%s: the status line is %q, not %q", what, status, says)
	}
	slices.Sort(messages)
	slices.Sort(got)
	if !slices.Equal(messages, got) {
		p.t.Errorf("%s: the page lists %q, not %q", what, got, messages)
	}
	if n := eval[int](p, `document.querySelectorAll('#matrix button').length`); n != len(cells) {
		p.t.Errorf("%s: the matrix has %d cells, not %d", what, n, len(cells))
	}
}

func word(f checks.Finding) string {
	if f.Suppressed() {
		return "suppressed"
	}
	return string(f.Status)
}
