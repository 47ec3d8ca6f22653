package lintcmd

import (
	"slices"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/symbol"
)

// shownInventory is an inventory as reports show it: with the names of symbols in place of
// symbols, and without what code declares.
func shownInventory(inv *account.Inventory) *account.Inventory {
	shown := *inv
	shown.Accounts = make(map[string]*account.Account, len(inv.Accounts))
	for id, a := range inv.Accounts {
		shown.Accounts[symbol.Text(id)] = a
	}
	shown.Owners = slices.Clone(inv.Owners)
	for i := range shown.Owners {
		o := &shown.Owners[i]
		o.Account, o.PlannedIn = symbol.Text(o.Account), nil
	}
	return &shown
}
