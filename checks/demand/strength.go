package demand

import (
	"errors"

	"github.com/iblint/iblint/checks/account"
)

// Strength says how surely lifecycle management needs something. The values are ordered.
type Strength int

// The strengths.
const (
	NotNeeded Strength = iota // no rule needs it
	Helpful                   // a rule may need it, which AWS does not document
	Possible                  // something refused, or not known before the deployment, decides whether a rule needs it
	Certain                   // what was read says that a rule needs it
)

// needed is a strength with the reason why it is only possible.
type needed struct {
	Strength
	Why error // why it is Possible; nil for other strengths
}

var certain = needed{Strength: Certain}

func possible(why error) needed { return needed{Possible, why} }

// and is the weaker of two: both have to hold.
func (n needed) and(other needed) needed {
	if other.Strength < n.Strength {
		return other
	}
	return n
}

// or is the stronger of two: one of them is enough.
func (n needed) or(other needed) needed {
	if other.Strength > n.Strength {
		return other
	}
	return n
}

// unreadIn is the account.Unread in an error; false if there is none.
func unreadIn(err error) (why account.Unread, ok bool) {
	ok = errors.As(err, &why)
	return why, ok
}

// applicable is the gap in an error, unless it only says that something is not applicable.
func applicable(err error) (gap *account.Undiscovered, ok bool) {
	ok = errors.As(err, &gap)
	return gap, ok && !gap.NotApplicable
}

// refused is why a part could not be read; nil if it was read, or not collected. What the
// input cannot hold adds nothing that may be needed.
func refused(err error) error {
	if why, ok := unreadIn(err); ok && why.Reason != account.NotCollected {
		return err
	}
	return nil
}
