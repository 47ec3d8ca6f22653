package account_test

import (
	"errors"
	"testing"

	"github.com/iblint/iblint/checks/account"
)

// What a recording says about parents can be a circle.
func TestLevelsOfACircle(t *testing.T) {
	g := &account.Guardrails{
		Enabled: account.Present([]string{account.ServiceControlPolicy}),
		Parents: map[string]account.Read[string]{"111122223333": account.Present("ou-1"), "ou-1": account.Present("ou-2"), "ou-2": account.Present("ou-1")},
	}
	var why account.Unread
	if levels, err := g.Levels("111122223333", account.ServiceControlPolicy); !errors.As(err, &why) || why.Reason != account.Malformed || len(levels) > account.MaxLevels+1 {
		t.Errorf("%d levels, %v", len(levels), err)
	}
}

// A guardrail that code may attach limits the accounts below the place that it names.
func TestPossibleGuardrails(t *testing.T) {
	scp, rcp := account.ServiceControlPolicy, account.ResourceControlPolicy
	g := &account.Guardrails{Possible: []account.PossibleGuardrail{{Type: scp}, {Type: scp, Target: "ou-1"}, {Type: scp, Target: "ou-2"}, {Type: rcp}}}
	levels := []account.Level{{Target: "r-1"}, {Target: "ou-1"}, {Target: "111122223333"}}
	if got := g.PossibleFor(levels, scp); len(got) != 2 || got[0].Target != "" || got[1].Target != "ou-1" {
		t.Errorf("%+v", got)
	}
	if got := (*account.Guardrails)(nil).PossibleFor(levels, scp); got != nil {
		t.Errorf("without guardrails: %+v", got)
	}
}
