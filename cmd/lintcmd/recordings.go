package lintcmd

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/source/recorded"
)

// expandRecordings replaces each directory of --recorded by the recordings in it, *.json, in the order
// of their names. It reports whether there was one.
func expandRecordings(names []string) (files []string, directory bool, err error) {
	for _, name := range names {
		info, err := os.Stat(name)
		if name == "-" || err != nil || !info.IsDir() {
			files = append(files, name) // reading it returns the error
			continue
		}
		entries, err := os.ReadDir(name)
		if err != nil {
			return nil, false, unreadablePath(name, err)
		}
		directory = true
		before := len(files)
		for _, e := range entries {
			file := filepath.Join(name, e.Name())
			if info, err := os.Stat(file); !strings.HasSuffix(file, ".json") || err == nil && !info.Mode().IsRegular() {
				continue // a directory, or a pipe that nothing may ever write to
			}
			files = append(files, file)
		}
		if len(files) == before {
			return nil, false, usage("--recorded %s: the directory has no recordings (*.json)", name)
		}
	}
	return files, directory, nil
}

// missingShown is the number of missing accounts that the message names. Reports have all.
const missingShown = 10

// manyAccounts is the size of recordings from which their accounts are folded: some hundred
// accounts. Below it, folding costs more time than the memory is worth.
const manyAccounts = 16 << 20

// folds reports whether the accounts of the recordings are folded. Code is deployed over whole accounts.
func (f *runFlags) folds() bool {
	size, known := f.inputSize()
	return known && size >= manyAccounts && !f.code.any()
}

// readRecordings reads and joins the recordings. Those of a directory are parts of one reading: they must
// not contradict each other, and an account of the organization that none of them has is unknown.
func (f *runFlags) readRecordings(s invocation) (*account.Inventory, error) {
	var inventories []*account.Inventory
	first := map[string]string{} // the first recording of each account
	of := map[string]*account.Account{}
	var shared account.Sharer
	var folder account.Folder
	folds := f.folds()
	for _, name := range f.recordings {
		var inv *account.Inventory
		limit, read := f.scope.maxInput.limit().Large(), false
		if folds {
			inv, read = recorded.ReadFolded(name, s.inputs, limit, &folder)
		}
		if !read {
			data, err := s.inputs.ReadFile(name, s.in, limit)
			if err != nil {
				return nil, err
			}
			if inv, err = recorded.Parse(name, data); err != nil {
				return nil, err
			}
			for _, a := range inv.Accounts {
				shared.Account(a)
			}
		}
		if n := len(inventories); n > 0 && reflect.DeepEqual(inventories[n-1].Organization, inv.Organization) {
			inv.Organization = inventories[n-1].Organization // each part lists all accounts
		}
		inventories = append(inventories, inv)
		if len(f.recordings) > 1 && redactedAccounts(maps.Keys(inv.Accounts)) {
			return nil, usage("%s: the recording is redacted, and the same pseudonym can mean another account in another recording; join recordings that are not redacted, and redact the report: --redact", name)
		}
		if !f.parts {
			continue
		}
		for _, id := range slices.Sorted(maps.Keys(inv.Accounts)) {
			if of[id] == nil {
				first[id], of[id] = name, inv.Accounts[id]
				continue
			}
			if part := account.Conflict(of[id], inv.Accounts[id]); part != "" {
				return nil, usage("%s and %s contradict each other about account %s: %s; remove the older one, or record the account again", first[id], name, id, part)
			}
		}
	}
	inv := account.Merge(inventories...)
	if f.parts {
		if missing := inv.AddMissing(); len(missing) > 0 {
			shown, more := missing, ""
			if n := len(missing) - missingShown; n > 0 {
				shown, more = missing[:missingShown], fmt.Sprintf(" and %d more", n)
			}
			fmt.Fprintf(s.err, "iblint: no recording has these accounts of the organization (%d): %s%s\n", len(missing), strings.Join(shown, ", "), more)
		}
	}
	return inv, nil
}
