package checks

import (
	"slices"

	"github.com/iblint/iblint/checks/account"
)

// needs are what a check looks at, and what tells of its subjects where nobody
// named them, together with the runs that lifecycle management made of them.
func needs(kind account.Kind, own ...account.Need) []account.Need {
	all := slices.Concat(own, required(kind.Parts()...))
	return once(append(all, account.Need{Part: account.ExecutionsPart, Use: account.Evidence}))
}

// required are parts without which a verdict is unknown.
func required(parts ...account.Part) (all []account.Need) {
	for _, part := range parts {
		all = append(all, account.Need{Part: part, Use: account.Required})
	}
	return all
}

// once keeps the first need of each part.
func once(all []account.Need) (out []account.Need) {
	for _, n := range all {
		if !slices.ContainsFunc(out, func(have account.Need) bool { return have.Part == n.Part }) {
			out = append(out, n)
		}
	}
	return out
}
