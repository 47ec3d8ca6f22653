package demand

// shared is what views of one inventory that show the same parts share.
//
// The demands of an owner are larger than what was read of it, and an organization has thousands of
// owners. So only those of the owners that were last asked for are kept. An owner that many
// destinations have in common stays among them, and the others are computed again: they follow from
// what was read.
type shared struct {
	recent, before map[seenAccount][]*ownerDemands
	destinations   map[string]destinations // by the parts that a view shows

	// The destination whose needs were last asked for. Its owners can be more than the demands
	// that are kept, and each check asks for its needs.
	needing seenAccount
	needs   []Need
}

// seenAccount is an account as the views that show some parts see it.
type seenAccount struct{ parts, account string }

func newShared() *shared {
	return &shared{recent: map[seenAccount][]*ownerDemands{}, destinations: map[string]destinations{}}
}

// mostRecent is how many accounts are in recent before it becomes before, whose accounts are
// forgotten if nothing asks for them until then. A destination that has this many owners is
// evaluated without computing their demands again.
const mostRecent = 32

// demands returns the demands of the owners with an account ID, which it computes if they are not kept.
func (s *shared) demands(key seenAccount, compute func() []*ownerDemands) []*ownerDemands {
	all, known := s.recent[key]
	if known {
		return all
	}
	if all, known = s.before[key]; !known {
		all = compute()
	}
	if len(s.recent) >= mostRecent {
		s.recent, s.before = map[seenAccount][]*ownerDemands{}, s.recent
	}
	s.recent[key] = all
	return all
}
