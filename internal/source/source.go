// Package source defines where inventories come from. Each folder below is one source.
package source

import (
	"context"

	"github.com/iblint/iblint/checks/account"
)

// Source reads inventories. It is the only place that does input and output
// before the report.
type Source interface {
	// Load reads the parts that are needed of the accounts in the scope. What it
	// could not read stands in the inventory as unread; an error means that there
	// is no inventory at all, and is an *InputError when the input is at fault.
	Load(context.Context, Scope) (*account.Inventory, error)
}

// Scope is what to look at.
type Scope struct {
	Owners             []account.Owner // an owner without account ID is the account of the credentials
	SourceAccountMeans account.SourceAccountMeaning
	Parts              map[account.Part]bool // that the selected checks need
	Organization       *Organization         // whose accounts are owners too; nil: none
}

// Organization says which accounts of the organization are looked at.
type Organization struct {
	Units    []string      // IDs of organizational units or roots; none: the whole organization
	Accounts []string      // these only; none: all
	Exclude  []string      // but not these
	Owner    account.Owner // what is asked of each of them
}

// InputError says that a file, flag or setting given by the user cannot be used:
// which one, what was expected, and what to do.
type InputError struct{ Err error }

func (e *InputError) Error() string { return e.Err.Error() }
func (e *InputError) Unwrap() error { return e.Err }
