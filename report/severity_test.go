package report

import (
	"strings"
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
)

type lettered string

func (l lettered) Subject() account.Subject {
	return account.Subject{Account: "111122223333", Name: string(l)}
}

func (l lettered) NamedBy() []string { return nil }

// The most severe findings come first. Findings of the same severity keep their order.
func TestMostSevere(t *testing.T) {
	verdicts := map[lettered]checks.Status{"a": checks.Warn, "b": checks.Fail, "c": checks.Unknown, "d": checks.Warn, "e": checks.Fail, "f": checks.Pass, "g": checks.Warn}
	c := checks.On(checks.Check{ID: "test", Severity: checks.High}, func(*demand.View, string) ([]lettered, error) {
		return []lettered{"a", "b", "c", "d", "e", "f", "g"}, nil
	}, func(l lettered) (checks.Verdict, error) { return checks.Verdict{Status: verdicts[l]}, nil })
	r := checks.Run(&account.Inventory{Owners: []account.Owner{{Account: "111122223333"}}}, []checks.Check{c})
	for limit, want := range map[int]string{1: "b", 2: "be", 3: "bec", 4: "beca", 5: "becad", 6: "becadg", 7: "becadg"} {
		list, more := mostSevere(r, limit, isProblem, func(f checks.Finding) string { return f.Subject.Name })
		if got := strings.Join(list, ""); got != want || more != 6-len(want) {
			t.Errorf("the most severe %d are %s and %d more, want %s", limit, got, more, want)
		}
	}
}
