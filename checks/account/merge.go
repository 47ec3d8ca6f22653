package account

import (
	"cmp"
	"maps"
	"slices"
)

// Merge joins inventories into one. What somebody read is kept: a part that was
// read in one and not in another counts as read, and of two readings the one
// taken later counts: by the time of reading, where one without a time counts as
// the latest, and in the order given where that does not tell. Nothing that was
// given is changed.
func Merge(inventories ...*Inventory) *Inventory {
	ordered := slices.Clone(inventories)
	slices.SortStableFunc(ordered, func(a, b *Inventory) int {
		switch { // files without a time are taken for the latest
		case a.ReadAt.IsZero() == b.ReadAt.IsZero():
			return a.ReadAt.Compare(b.ReadAt)
		case a.ReadAt.IsZero():
			return 1
		}
		return -1
	})

	out := &Inventory{Accounts: map[string]*Account{}}
	for _, inv := range ordered {
		// The oldest reading is the age of the whole.
		if out.ReadAt.IsZero() {
			out.ReadAt = inv.ReadAt
		}
		out.SourceAccountMeans = cmp.Or(inv.SourceAccountMeans, out.SourceAccountMeans)
		for _, o := range inv.Owners {
			out.AddOwner(o)
		}
		for id, a := range inv.Accounts {
			out.Accounts[id] = mergeAccount(out.Accounts[id], a)
		}
	}
	slices.SortFunc(out.Owners, func(a, b Owner) int { return cmp.Compare(a.Account, b.Account) })
	return out
}

// AddOwner adds what an owner needs; needs of an owner that is there already are added to it.
func (inv *Inventory) AddOwner(o Owner) {
	i := slices.IndexFunc(inv.Owners, func(have Owner) bool { return have.Account == o.Account })
	if i < 0 {
		inv.Owners = append(inv.Owners, o)
		return
	}
	have := &inv.Owners[i]
	have.Regions = union(have.Regions, o.Regions)
	have.ExecutionRoles = union(have.ExecutionRoles, o.ExecutionRoles)
	have.Destinations = union(have.Destinations, o.Destinations)
	have.Repositories = union(have.Repositories, o.Repositories)
	have.Discover = union(have.Discover, o.Discover)
	if have.Planned == nil {
		have.Planned = o.Planned
	}
}

func union[T comparable](a, b []T) []T {
	out := slices.Clone(a)
	for _, x := range b {
		if !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}

func mergeAccount(older, newer *Account) *Account {
	if older == nil {
		older = &Account{}
	}
	out := &Account{
		Partition:  cmp.Or(newer.Partition, older.Partition),
		Roles:      maps.Clone(older.Roles),
		OtherRoles: mergeRead(older.OtherRoles, newer.OtherRoles),
		RoleNames:  mergeList(older.RoleNames, newer.RoleNames),

		ImageBuilder: mergeImageBuilder(older.ImageBuilder, newer.ImageBuilder),
	}
	if out.Roles == nil {
		out.Roles = map[string]Read[Role]{}
	}
	for name, r := range out.Roles {
		// A newer reading of all roles that lacks this one says that it is gone.
		if _, named := newer.Roles[name]; !named && newer.OtherRoles.state == absent {
			r = Absent[Role]()
		}
		out.Roles[name] = r
	}
	for name, r := range newer.Roles {
		have, ok := out.Roles[name]
		if !ok {
			have = older.OtherRoles
		}
		out.Roles[name] = mergeRole(have, r)
	}
	for _, tags := range []map[string]map[string]Read[Tags]{older.RepositoryTags, newer.RepositoryTags} {
		for region, repositories := range tags {
			for name, r := range repositories {
				if out.RepositoryTags == nil {
					out.RepositoryTags = map[string]map[string]Read[Tags]{}
				}
				if out.RepositoryTags[region] == nil {
					out.RepositoryTags[region] = map[string]Read[Tags]{}
				}
				out.RepositoryTags[region][name] = mergeRead(out.RepositoryTags[region][name], r)
			}
		}
	}
	return out
}

func mergeRead[T any](older, newer Read[T]) Read[T] {
	if newer.state == unread && (older.state != unread || newer.IsZero()) {
		return older
	}
	return newer
}

func mergeRole(older, newer Read[Role]) Read[Role] {
	out := mergeRead(older, newer)
	if older.state == present && newer.state == present && older.value.ARN == newer.value.ARN {
		out.value.Trust = mergeRead(older.value.Trust, newer.value.Trust)
		out.value.Attached = mergeList(older.value.Attached, newer.value.Attached)
		out.value.Inline = mergeList(older.value.Inline, newer.value.Inline)
	}
	return out
}

// mergeList keeps the older list only where it is complete and nothing is known of
// the newer. It never joins two partial lists: they may be of different times, and
// items of both would pretend that they were there together.
func mergeList[T any](older, newer List[T]) List[T] {
	if newer.complete || older.IsZero() || len(newer.items) > 0 || (!older.complete && !newer.IsZero()) {
		return newer
	}
	return older
}
