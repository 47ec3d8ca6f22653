// Package source defines where inventories come from. Each folder below is one source.
package source

import (
	"context"

	"github.com/iblint/iblint/checks/account"
)

// Source reads inventories. Before the report is written, only sources do input and output.
type Source interface {
	// Load reads the needed parts of the accounts in the scope. Parts that it could not
	// read are unread in the inventory. It returns an error only if there is no inventory
	// at all. The error is an *InputError if the user's input is wrong.
	Load(context.Context, Scope) (*account.Inventory, error)
}

// Scope is what to read.
type Scope struct {
	Owners             []account.Owner // an owner without account ID means the account of the credentials
	SourceAccountMeans account.SourceAccountMeaning
	Parts              map[account.Part]bool // the parts that the selected checks need
	Organization       *Organization         // its selected accounts are owners, too; nil: none
	Part               Part                  // of the owners
}

// Organization selects accounts of the organization.
type Organization struct {
	Units    []string      // IDs of organizational units or roots; empty: the whole organization
	Accounts []string      // account IDs; empty: all accounts
	Exclude  []string      // account IDs that are not selected
	Owner    account.Owner // what to read in each account; its Account is empty
}

// InputError is an error in a file, flag or setting of the user. Its text names the input, says
// what was expected, and what to do.
type InputError struct{ Err error }

func (e *InputError) Error() string { return e.Err.Error() }
func (e *InputError) Unwrap() error { return e.Err }
