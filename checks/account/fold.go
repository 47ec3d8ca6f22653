package account

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"fmt"
	"maps"
)

// Folder folds accounts: what was read of each is kept as compressed JSON, which takes a tenth of the
// memory or less. So a run over recordings of thousands of accounts holds them all. The zero value is
// ready to use.
type Folder struct {
	compressed bytes.Buffer
	writer     *flate.Writer
}

// Fold folds an account that Reconcile was called for. What all accounts are compared by remains
// readable: Partition, Name, Regions and Membership. Unfold returns the rest. It does nothing
// if the account is folded already, or is nil.
func (f *Folder) Fold(a *Account) error {
	if a == nil || a.folded != nil {
		return nil
	}
	f.compressed.Reset()
	if f.writer == nil {
		f.writer, _ = flate.NewWriter(nil, flate.BestSpeed)
	}
	f.writer.Reset(&f.compressed)
	text := json.NewEncoder(f.writer)
	text.SetEscapeHTML(false)
	if err := text.Encode(a); err != nil {
		return err
	}
	if err := f.writer.Close(); err != nil {
		return err
	}
	*a = Account{Partition: a.Partition, Name: a.Name, Regions: a.Regions, Membership: a.Membership, folded: bytes.Clone(f.compressed.Bytes())}
	return nil
}

// Unfold returns the whole account. It is the account itself if it is not folded.
func (a *Account) Unfold() *Account {
	if a == nil || a.folded == nil {
		return a
	}
	whole := &Account{}
	if err := json.NewDecoder(flate.NewReader(bytes.NewReader(a.folded))).Decode(whole); err != nil {
		panic(fmt.Sprintf("an account that was folded cannot be unfolded: %v", err)) // a bug in its JSON
	}
	// These may have been changed since.
	whole.Partition, whole.Name, whole.Regions, whole.Membership = a.Partition, a.Name, a.Regions, a.Membership
	return whole
}

// Folded reports whether Unfold returns more than the account has.
func (a *Account) Folded() bool { return a != nil && a.folded != nil }

// Unfolded is the inventory with whole accounts.
func (inv *Inventory) Unfolded() *Inventory {
	out := *inv
	out.Accounts = maps.Clone(inv.Accounts)
	for id, a := range out.Accounts {
		out.Accounts[id] = a.Unfold()
	}
	return &out
}
