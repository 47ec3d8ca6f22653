package demand

import (
	"errors"
	"testing"

	"github.com/iblint/iblint/checks/account"
)

// A check that was not evaluated is reported about the accounts that can have its subjects: owners,
// destinations, and those that may be one.
func TestStandIns(t *testing.T) {
	ib := allRead()
	ib.Images = account.Partial([]account.Image{imageIn("app", other)}, notAllowed)
	view := building(ib, nil)
	view.Owners = append(view.Owners, account.Owner{Account: "444455556666"})
	for _, c := range []struct {
		id   string
		kind account.Kind
		want bool
	}{
		{other, account.DestinationKind, true},
		{builder, account.DestinationKind, true}, // its images may name others
		{"444455556666", account.DestinationKind, false},
		{"333344445555", account.DestinationKind, false},
		{builder, account.ExecutionRoleKind, true},
		{other, account.ExecutionRoleKind, false},
		{builder, account.OrganizationKind, false},
	} {
		if s, ok := view.StandIn(c.id, c.kind); ok != c.want || s.Account != c.id || s.Type != string(c.kind) {
			t.Errorf("%s in %s: %+v, %v", c.kind, c.id, s, ok)
		}
	}
}

// What an input cannot hold is not applicable. An account of which nothing was given is not such an
// input.
func TestAnOwnerOfWhichNothingWasGiven(t *testing.T) {
	for name, given := range map[string]bool{"of which roles were given": true, "of which nothing was given": false} {
		view := building(nil, nil)
		delete(view.whole[builder].ImageBuilder, "eu-west-1")
		if !given {
			delete(view.whole, builder)
		}
		_, err := view.Destinations(builder)
		var gap *account.Undiscovered
		if !errors.As(err, &gap) || gap.NotApplicable != given {
			t.Errorf("an account %s: %+v", name, gap)
		}
	}
}
