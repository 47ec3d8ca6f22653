package checks

import (
	"slices"

	"github.com/iblint/iblint/checks/account"
)

// Needs declares what a check looks at: its own needs, and the parts that show which
// subjects of the kind there are and what lifecycle management did to them.
func Needs(kind account.Kind, own ...account.Need) []account.Need {
	all := slices.Concat(own, Required(kind.Parts()...))
	return append(all, account.Need{Part: account.ExecutionsPart, Use: account.Evidence})
}

// Required declares parts without which a verdict is unknown.
func Required(parts ...account.Part) (all []account.Need) {
	for _, part := range parts {
		all = append(all, account.Need{Part: part, Use: account.Required})
	}
	return all
}

// oneEach keeps the first need of each part.
func oneEach(all []account.Need) (out []account.Need) {
	for _, n := range all {
		if !slices.ContainsFunc(out, func(have account.Need) bool { return have.Part == n.Part }) {
			out = append(out, n)
		}
	}
	return out
}
