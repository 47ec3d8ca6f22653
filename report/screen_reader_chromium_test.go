//go:build chromium

package report_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/chromedp"

	"github.com/iblint/iblint/report"
)

// spoken are the elements of the page that have a role and a name, in the order in which a screen
// reader reads them.
func spoken(p tab) (all []string) {
	p.t.Helper()
	nodes := map[accessibility.NodeID]*accessibility.Node{}
	tree := call(p.t, p.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes
	for _, n := range tree {
		nodes[n.NodeID] = n
	}
	text := func(v *accessibility.Value) string {
		if v == nil {
			return ""
		}
		return strings.Join(strings.Fields(strings.Trim(string(v.Value), `"`)), " ")
	}
	var read func(accessibility.NodeID)
	read = func(id accessibility.NodeID) {
		n := nodes[id]
		if n == nil {
			return
		}
		if !n.Ignored && text(n.Name) != "" {
			all = append(all, text(n.Role)+": "+text(n.Name))
		}
		for _, child := range n.ChildIDs {
			read(child)
		}
	}
	read(tree[0].NodeID)
	return all
}

// A screen reader reads the parts of the page in the order in which they are seen, and each finding
// with its verdict, place and severity.
func testScreenReader(t *testing.T, ctx context.Context) {
	for width, order := range map[int64][]string{
		1440: {"Fix first", "Accounts and checks", "Findings", "Coverage"},
		390:  {"Fix first", "Findings", "Accounts and checks", "Coverage"},
	} {
		p := openAt(t, ctx, demo(t), report.Options{}, "", chromedp.EmulateViewport(width, 900))
		all := spoken(p)
		var headings []string
		for _, one := range all {
			if name, ok := strings.CutPrefix(one, "heading: "); ok {
				headings = append(headings, name)
			}
		}
		if want := append([]string{"EC2 Image Builder lifecycle prerequisites"}, order...); !slices.Equal(headings, want) {
			t.Errorf("%d wide, the headings are %q", width, headings)
		}
		for _, want := range []string{
			"grid: Accounts and checks", "gridcell: warn, cross-account-role-trust, 444455556666", "ecr-repository-tag, 111122223333", "button: Show the findings of step 2",
			"gridcell: nothing to check", "searchbox: Search", "combobox: Account", " days ago", "StaticText: ask its owner", "DisclosureTriangle: fail app/api tag LifecycleExecutionAccess is missing", "medium severity",
		} {
			if !slices.ContainsFunc(all, func(one string) bool { return strings.Contains(one, want) }) {
				t.Errorf("%d wide, nothing is read as %q", width, want)
			}
		}
	}
}
