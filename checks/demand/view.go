package demand

import (
	"slices"
	"sync"

	"github.com/iblint/iblint/checks/account"
)

// shown is what a View shows of an Inventory: all but the accounts, which are shown
// one at a time.
type shown = account.Inventory

// View is an inventory as checks look at it: joined once, and with the parts that may
// be seen. A view is not safe for concurrent use, and the inventory that it is of must
// not change any more.
type View struct {
	shown

	byID          func() map[string][]account.Owner
	organizations func() guarded

	shared *shared // by this view and those made by Only

	whole  map[string]*account.Account // accounts with all their parts, by ID
	needed map[account.Part]bool       // parts that may be seen; nil: all
	lastID string                      // the last account that a check asked for,
	last   *account.Account            // and what of it may be seen

	rolesOf struct { // the last account whose execution roles a check asked for
		id    string
		known bool
		roles []ExecutionRole
		err   error
	}
}

// New is a view of the whole inventory.
func New(inv *account.Inventory) *View {
	view := &View{shown: *inv, whole: inv.Accounts, shared: newShared()}
	view.Accounts = nil
	view.byID = sync.OnceValue(view.joinOwners)
	view.organizations = sync.OnceValue(view.joinOrganizations)
	return view
}

// Only is a view with just the needed parts, everything else as if it had not been
// collected. A check is given such a view, so that a need which it does not declare
// shows at once, as unknown.
func (view *View) Only(needs []account.Need) *View {
	out := &View{shown: view.shown, byID: view.byID, whole: view.whole, shared: view.shared, needed: map[account.Part]bool{}}
	out.organizations = sync.OnceValue(out.joinOrganizations)
	for _, n := range needs {
		if view.needed == nil || view.needed[n.Part] {
			out.needed[n.Part] = true
		}
	}
	if !out.needed[account.GuardrailsPart] {
		out.Guardrails = nil
	}
	return out
}

// account is what may be seen of an account; nil when nothing was read of it.
func (view *View) account(id string) *account.Account {
	a := view.whole[id]
	if a.Folded() {
		a = view.shared.unfolded.get(id, a.Unfold)
	}
	switch {
	case view.needed == nil || a == nil:
		return a
	case view.lastID != id || view.last == nil:
		view.lastID, view.last = id, a.Only(view.needed)
	}
	return view.last
}

func (view *View) joinOwners() map[string][]account.Owner {
	all := map[string][]account.Owner{}
	for _, o := range view.Owners {
		all[o.Account] = append(all[o.Account], o)
	}
	return all
}

// owners are those with this account ID.
func (view *View) owners(id string) []account.Owner { return view.byID()[id] }

// union are the items of two lists, each once, in order.
func union[T comparable](a, b []T) []T {
	out := slices.Clone(a)
	var seen map[T]bool // if there are many
	if len(a)+len(b) > 50 {
		seen = make(map[T]bool, len(a))
		for _, x := range a {
			seen[x] = true
		}
	}
	for _, x := range b {
		if seen == nil && !slices.Contains(out, x) || seen != nil && !seen[x] {
			out = append(out, x)
			if seen != nil {
				seen[x] = true
			}
		}
	}
	return out
}
