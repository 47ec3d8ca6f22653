package recorded

import (
	"encoding/json"
	"errors"
	"io"
	"os"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/source"
)

// ReadFolded reads a recording account by account, and folds each, so that a recording of thousands of
// accounts is never in memory as a whole. It is not ok if the file is not a recording that Parse
// accepts, if it is larger than the limit, or if it is written in an unusual way, such as in UTF-16. Then
// Inputs.ReadFile and Parse decide about it.
func ReadFolded(name string, inputs *source.Inputs, limit source.Limit, folder *account.Folder) (inv *account.Inventory, ok bool) {
	f, err := os.Open(name)
	if err != nil {
		return nil, false
	}
	defer f.Close()
	inputs.Protect(name)
	if info, err := f.Stat(); err != nil || info.Size() > limit.Bytes {
		return nil, false
	}
	inv, err = streamed(io.LimitReader(f, limit.Bytes), folder)
	return inv, err == nil
}

var errUnusual = errors.New("not written as Write does")

func streamed(in io.Reader, folder *account.Folder) (*account.Inventory, error) {
	d := json.NewDecoder(in)
	d.DisallowUnknownFields()
	if err := expect(d, json.Delim('{')); err != nil {
		return nil, err
	}
	var accounts map[string]*account.Account
	rest := map[string]json.RawMessage{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		name := key.(string) // the decoder accepts nothing else
		if name == "accounts" && accounts == nil {
			if accounts, err = foldedAccounts(d, folder); err != nil {
				return nil, err
			}
			continue
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		if rest[name] != nil {
			return nil, errUnusual
		}
		rest[name] = value
	}
	if err := expect(d, json.Delim('}')); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errUnusual
	}
	data, err := json.Marshal(rest)
	if err != nil {
		return nil, err
	}
	inv, err := Parse("", data)
	if err != nil {
		return nil, err
	}
	if inv.Accounts != nil { // named twice
		return nil, errUnusual
	}
	inv.Accounts = accounts
	if err := inv.Validate(); err != nil {
		return nil, err
	}
	inv.Reconcile()
	return inv, nil
}

// foldedAccounts reads the accounts. Each is validated and reconciled before it is folded.
func foldedAccounts(d *json.Decoder, folder *account.Folder) (map[string]*account.Account, error) {
	accounts := map[string]*account.Account{}
	if err := expect(d, json.Delim('{')); err != nil {
		return nil, err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		id := key.(string)
		if accounts[id] != nil {
			return nil, errUnusual
		}
		var a *account.Account
		if err := d.Decode(&a); err != nil {
			return nil, err
		}
		one := account.Inventory{Accounts: map[string]*account.Account{id: a}}
		if err := one.Validate(); err != nil {
			return nil, err
		}
		one.Reconcile()
		if err := folder.Fold(a); err != nil {
			return nil, err
		}
		accounts[id] = a
	}
	return accounts, expect(d, json.Delim('}'))
}

// expect reads the next token, which must be this one.
func expect(d *json.Decoder, want json.Token) error {
	if got, err := d.Token(); err != nil || got != want {
		return errors.Join(errUnusual, err)
	}
	return nil
}
