package report

import (
	"maps"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
)

// Identified is a verdict with its fingerprint.
type Identified struct {
	Fingerprint string
	Check       string
	Subject     account.Subject
	Status      checks.Status
	Message     string
}

// Identify returns the verdicts whose fingerprints begin with a prefix, in the order of the
// fingerprints.
func (v Verdicts) Identify(prefix string) (all []Identified) {
	for _, id := range slices.Sorted(maps.Keys(v.verdicts)) {
		if strings.HasPrefix(id, prefix) {
			one := v.verdicts[id]
			all = append(all, Identified{id, one.Check, one.Subject, one.Status, one.Message})
		}
	}
	return all
}
