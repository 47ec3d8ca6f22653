package checks

import (
	"slices"

	"github.com/iblint/iblint/checks/account"
)

// Needs returns the needs of a check: its own, the parts that list the subjects of the kind,
// and, as evidence, the last lifecycle executions.
func Needs(kind account.Kind, own ...account.Need) []account.Need {
	all := slices.Concat(own, Required(kind.Parts()...))
	return append(all, account.Need{Part: account.ExecutionsPart, Use: account.Evidence})
}

// Required returns needs for parts without which a verdict is Unknown.
func Required(parts ...account.Part) (all []account.Need) {
	for _, part := range parts {
		all = append(all, account.Need{Part: part, Use: account.Required})
	}
	return all
}

// oneEach returns the first need for each part.
func oneEach(all []account.Need) (out []account.Need) {
	for _, n := range all {
		if !slices.ContainsFunc(out, func(have account.Need) bool { return have.Part == n.Part }) {
			out = append(out, n)
		}
	}
	return out
}
