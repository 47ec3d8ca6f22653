package checks

import (
	"iter"

	"github.com/iblint/iblint/checks/account"
)

// Judge gives the findings without totals, for tests
// that judge thousands of inventories.
func Judge(inv *account.Inventory, checks []Check) iter.Seq[Finding] {
	return func(yield func(Finding) bool) {
		r := prepare(inv, checks)
		for _, id := range r.accounts {
			for _, f := range r.of(id, &budget{}) {
				if !yield(f) {
					return
				}
			}
		}
	}
}
