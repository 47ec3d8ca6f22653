package demand

import "github.com/iblint/iblint/checks/account"

// shared is what views of one inventory share.
//
// The demands of an owner are larger than what was read of it, and an organization has thousands of
// owners. So only those of the owners that were last asked for are kept. An owner that many
// destinations have in common stays among them, and the others are computed again: they follow from
// what was read. It is the same with accounts that are folded.
type shared struct {
	demands      recent[seenAccount, []*ownerDemands]
	unfolded     recent[string, *account.Account]
	destinations map[string]destinations // by the parts that a view shows

	// The destination whose needs were last asked for. Its owners can be more than the demands
	// that are kept, and each check asks for its needs.
	needing seenAccount
	needs   []Need
}

// seenAccount is an account as the views that show some parts see it.
type seenAccount struct{ parts, account string }

func newShared() *shared { return &shared{destinations: map[string]destinations{}} }

// recent keeps what was last asked for.
type recent[K comparable, V any] struct{ now, before map[K]V }

// mostRecent is how much is in now before it becomes before, which is forgotten where nothing asks
// for it until then. A destination that has this many owners is evaluated without computing their
// demands again.
const mostRecent = 32

// get returns what belongs to a key. It computes what is not kept.
func (r *recent[K, V]) get(key K, compute func() V) V {
	value, known := r.now[key]
	if known {
		return value
	}
	if value, known = r.before[key]; !known {
		value = compute()
	}
	if r.now == nil || len(r.now) >= mostRecent {
		r.now, r.before = map[K]V{}, r.now
	}
	r.now[key] = value
	return value
}
