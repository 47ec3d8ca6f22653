package checks

import "github.com/iblint/iblint/checks/account"

// needs are what a check looks at, and what tells of its subjects where nobody
// named them, together with the runs that lifecycle management made of them.
func needs(kind account.Kind, own ...account.Need) []account.Need {
	all := append([]account.Need{}, own...)
	for _, part := range kind.Parts() {
		all = append(all, account.Need{Part: part, Use: account.Required})
	}
	return append(all, account.Need{Part: account.ExecutionsPart, Use: account.Evidence})
}
