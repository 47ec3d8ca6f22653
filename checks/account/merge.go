package account

import (
	"cmp"
	"errors"
	"maps"
	"slices"
)

// Merge joins inventories into one. A part that was read in any inventory is kept. If
// a part was read in several, the latest reading is kept: by ReadAt, where an inventory
// without a time is the latest, then by the order of the arguments. Merge does not
// change the arguments.
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
		out.Organization = mergeOrganization(out.Organization, inv.Organization)
		out.Guardrails = mergeGuardrails(out.Guardrails, inv.Guardrails)
		for service, calls := range inv.Calls {
			if out.Calls == nil {
				out.Calls = map[string]Calls{}
			}
			have := out.Calls[service]
			out.Calls[service] = Calls{have.Calls + calls.Calls, have.Retries + calls.Retries, have.Throttled + calls.Throttled}
		}
	}
	slices.SortFunc(out.Owners, func(a, b Owner) int { return cmp.Compare(a.Account, b.Account) })
	out.Reconcile()
	return out
}

// mergeOrganization joins the members, and keeps the newer of two readings of one. A list
// that broke off stays incomplete: the other may be of other units, or of another
// organization.
func mergeOrganization(older, newer *Organization) *Organization {
	if older == nil || newer == nil {
		return cmp.Or(newer, older)
	}
	members := map[string]Member{}
	for _, m := range slices.Concat(older.Members.Items(), newer.Members.Items()) {
		members[m.Account] = m
	}
	all := slices.SortedFunc(maps.Values(members), func(a, b Member) int { return cmp.Compare(a.Account, b.Account) })
	for _, o := range []*Organization{newer, older} {
		var why Unread
		if errors.As(o.Members.Err(), &why) {
			return &Organization{Account: o.Account, Members: Partial(all, why)}
		}
	}
	return &Organization{Account: newer.Account, Members: Complete(all)}
}

// AddOwner adds an owner. If the inventory has the owner, it adds what o lists to it.
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
	have.Listed = have.Listed && o.Listed
	have.AllRegions = have.AllRegions || o.AllRegions
	have.AllRepositories = have.AllRepositories || o.AllRepositories
	have.ResourceType = cmp.Or(have.ResourceType, o.ResourceType)
	if have.Planned == nil {
		have.Planned = o.Planned
	}
	if have.PlannedIn == nil {
		have.PlannedIn = o.PlannedIn
	}
	have.Code = cmp.Or(have.Code, o.Code)
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
	if older == nil && newer.Folded() {
		one := *newer
		return &one
	}
	if older == nil {
		older = &Account{}
	}
	older, newer = older.Unfold(), newer.Unfold()
	out := &Account{
		Partition:  cmp.Or(newer.Partition, older.Partition),
		Name:       cmp.Or(newer.Name, older.Name),
		Regions:    mergeList(older.Regions, newer.Regions),
		Membership: mergeRead(older.Membership, newer.Membership),
		Roles:      maps.Clone(older.Roles),
		OtherRoles: mergeRead(older.OtherRoles, newer.OtherRoles),
		RoleNames:  mergeList(older.RoleNames, newer.RoleNames),

		ImageBuilder:    mergeImageBuilder(older.ImageBuilder, newer.ImageBuilder),
		RepositoryNames: maps.Clone(older.RepositoryNames),
	}
	for region, names := range newer.RepositoryNames {
		if out.RepositoryNames == nil {
			out.RepositoryNames = map[string]List[string]{}
		}
		out.RepositoryNames[region] = mergeList(out.RepositoryNames[region], names)
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
	if newer.RoleNames.IsZero() {
		out.RoleNames = namesSince(out.RoleNames, newer.Roles)
	}
	out.OtherRepositories = mergeRead(older.OtherRepositories, newer.OtherRepositories)
	out.RepositoryTags = mergeByRegion(older.RepositoryTags, newer.RepositoryTags)
	out.RepositoryPolicies = mergeByRegion(older.RepositoryPolicies, newer.RepositoryPolicies)
	out.Registries = mergeRegistries(older.Registries, newer.Registries)
	for region, names := range newer.RepositoryNames {
		if names.Err() != nil {
			continue
		}
		there := make(map[string]bool, len(names.Items()))
		for _, name := range names.Items() {
			there[name] = true
		}
		for name := range out.RepositoryTags[region] {
			// A newer list of all repositories that lacks this one says that it is gone.
			if _, named := newer.RepositoryTags[region][name]; !named && !there[name] {
				out.RepositoryTags[region][name] = Absent[Tags]()
			}
		}
	}
	return out
}

// namesSince is an older list of role names with what a newer reading of some roles
// says: which of them exist now, and which do not.
func namesSince(older List[RoleName], roles map[string]Read[Role]) List[RoleName] {
	if older.IsZero() {
		return older
	}
	out := older
	out.items = slices.DeleteFunc(slices.Clone(older.items), func(n RoleName) bool { return roles[n.Name].state == absent })
	for _, asked := range slices.Sorted(maps.Keys(roles)) {
		if role, found, _ := roles[asked].Get(); found {
			out.items = append(slices.DeleteFunc(out.items, func(n RoleName) bool { return n.Name == role.Name }), RoleName{role.Name, role.Path})
		}
	}
	return out
}

// mergeRead keeps what was read where the newer reading says nothing. That AWS
// contradicted itself is an answer: the older one does not stand against it.
func mergeRead[T any](older, newer Read[T]) Read[T] {
	if newer.state == unread && newer.unread.Reason != Contradicted && (older.state != unread || newer.IsZero()) {
		return older
	}
	return newer
}

func mergeReads[T any](older, newer map[string]Read[T]) map[string]Read[T] {
	out := maps.Clone(older)
	if out == nil && newer != nil {
		out = map[string]Read[T]{}
	}
	for key, r := range newer {
		out[key] = mergeRead(out[key], r)
	}
	return out
}

func mergeByRegion[T any](older, newer map[string]map[string]Read[T]) map[string]map[string]Read[T] {
	var out map[string]map[string]Read[T]
	for _, regions := range []map[string]map[string]Read[T]{older, newer} {
		for region, reads := range regions {
			if out == nil {
				out = map[string]map[string]Read[T]{}
			}
			out[region] = mergeReads(out[region], reads)
		}
	}
	return out
}

func mergeRegistries(older, newer map[string]Registry) map[string]Registry {
	out := maps.Clone(older)
	if out == nil && newer != nil {
		out = map[string]Registry{}
	}
	for region, n := range newer {
		o := out[region]
		out[region] = Registry{Policy: mergeRead(o.Policy, n.Policy), Scope: mergeRead(o.Scope, n.Scope)}
	}
	return out
}

func mergeRole(older, newer Read[Role]) Read[Role] {
	out := mergeRead(older, newer)
	if older.state == present && newer.state == present && older.value.ARN == newer.value.ARN {
		out.value.Trust = mergeRead(older.value.Trust, newer.value.Trust)
		out.value.Attached = mergeAttached(older.value.Attached, newer.value.Attached)
		out.value.Inline = mergeList(older.value.Inline, newer.value.Inline)
		out.value.Simulated = mergeList(older.value.Simulated, newer.value.Simulated)
		if older.value.Boundary == newer.value.Boundary {
			out.value.BoundaryDocument = mergeRead(older.value.BoundaryDocument, newer.value.BoundaryDocument)
		}
	}
	return out
}

// mergeAttached keeps documents that only the older reading holds.
func mergeAttached(older, newer List[AttachedPolicy]) List[AttachedPolicy] {
	out := mergeList(older, newer)
	out.items = slices.Clone(out.items)
	for i := range out.items {
		p := &out.items[i]
		if j := slices.IndexFunc(older.items, func(o AttachedPolicy) bool { return o.ARN == p.ARN }); j >= 0 {
			p.Document = mergeRead(older.items[j].Document, p.Document)
		}
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
