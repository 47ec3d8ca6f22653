package demand

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/symbol"
)

// ExecutionRole is a role that lifecycle policies of an owner name, or that the user
// named, and what is known of it.
type ExecutionRole struct {
	Owner      string
	Partition  string   // of the owner
	Regions    []string // of the images that it is used for; empty: not known
	Reference  account.RoleReference
	References []string                   // all the ways in which it is named, Reference's first
	From       []string                   // the lifecycle policies that name it
	Role       account.Read[account.Role] // looked up by Reference.Name in the owner account
	RoleNames  account.List[account.RoleName]

	// Deployed says that the user names the role, or a lifecycle policy that exists does: it is not only named
	// by policies to be created.
	Deployed bool

	// Unneeded says why lifecycle management does not use the role; empty: it does.
	Unneeded string
	// Open is why it is not known whether lifecycle management uses the role, such as a policy
	// whose status is not known before the deployment; nil: it is known.
	Open error

	view    *View
	demands *ownerDemands
}

// Subject names the role by what the reference says.
func (r ExecutionRole) Subject() account.Subject {
	arn := account.RoleARN(r.Partition, r.Owner, r.Reference.Path, r.Reference.Name)
	if r.Reference.Account != "" || symbol.Is(r.Reference.Text) {
		arn = r.Reference.Text
	} else if role, found, _ := r.Role.Get(); r.Reference.Path == "" && found && role.Name == r.Reference.Name {
		arn = role.ARN // a bare name does not contain the path
	}
	return account.Subject{Partition: r.Partition, Account: r.Owner, Type: "execution-role", Name: r.Reference.Name, ARN: arn}
}

// Needs are the actions that lifecycle management takes with the role.
func (r ExecutionRole) Needs() []Need { return r.demands.executionNeeds(r.Reference) }

// RepositoryTags are the tags of a repository in the role's account.
func (r ExecutionRole) RepositoryTags(repository account.Repository) account.Read[account.Tags] {
	return r.view.account(r.Owner).Tags(repository)
}

// Membership is the organization of the role's account.
func (r ExecutionRole) Membership() account.Read[account.Membership] {
	return account.MembershipOf(r.view.account(r.Owner))
}

// ReadAt is when all of it was read; zero: not known.
func (r ExecutionRole) ReadAt() time.Time { return r.view.ReadAt }

// EvaluatedAt is the time of the run; zero: not known.
func (r ExecutionRole) EvaluatedAt() time.Time { return r.view.EvaluatedAt }

// NamedBy returns the lifecycle policies that name the role, and its last use.
func (r ExecutionRole) NamedBy() []string { return r.From }

// namedRole is one way in which a role of an owner is named.
type namedRole struct {
	text    string
	from    []string
	regions []string // of the policies that name it
	used    bool     // by an enabled policy, or named by the user

	deployed bool  // by a policy that exists, or named by the user
	open     error // why it is not known whether a policy that names it is enabled
}

// ExecutionRoles are the execution roles of the owner with this account ID, each once, in
// whichever ways it is named. The error joins what could not be discovered.
func (view *View) ExecutionRoles(id string) ([]ExecutionRole, error) {
	// Each repository of an account asks for them.
	if view.rolesOf.id != id || !view.rolesOf.known {
		view.rolesOf.roles, view.rolesOf.err = view.findExecutionRoles(id)
		view.rolesOf.id, view.rolesOf.known = id, true
	}
	return slices.Clone(view.rolesOf.roles), view.rolesOf.err
}

func (view *View) findExecutionRoles(id string) ([]ExecutionRole, error) {
	var roles []ExecutionRole
	var gaps []error
	used, open := map[string]bool{}, map[string]error{}
	seen := map[string]int{} // index in roles
	for _, d := range view.demandsOf(id) {
		named, more := view.namedRoles(d)
		gaps = append(gaps, more...)
		a := view.account(id)
		roles = slices.Grow(roles, len(named))
		for _, n := range named {
			ref, _ := account.ParseRoleReference(n.text)
			r := ExecutionRole{Owner: id, Partition: view.partition(d.owner), Regions: n.regions, Reference: ref, From: n.from, Deployed: n.deployed, Role: a.Role(ref.Name), view: view, demands: d}
			if len(r.Regions) == 0 {
				r.Regions = view.regionsRead(d.owner)
			}
			if a != nil {
				r.RoleNames = a.RoleNames
			}
			arn := r.Subject().ARN
			used[arn] = used[arn] || n.used
			if open[arn] == nil {
				open[arn] = n.open
			}
			if i, known := seen[arn]; known { // a role that is named in several ways is one subject
				same := &roles[i]
				same.Deployed = same.Deployed || n.deployed
				same.References, same.From, same.Regions = union(same.References, []string{n.text}), union(same.From, n.from), union(same.Regions, r.Regions)
				continue
			}
			seen[arn] = len(roles)
			r.References = []string{n.text}
			roles = append(roles, r)
		}
	}
	for i := range roles {
		r := &roles[i]
		slices.Sort(r.Regions)
		switch arn := r.Subject().ARN; {
		case used[arn]:
		case open[arn] != nil:
			r.Open = open[arn]
		default:
			r.Unneeded = "only disabled lifecycle policies name role " + r.Reference.Name
		}
		r.From = append(r.From, lastUsed(r.Role)...)
	}
	return roles, errors.Join(gaps...)
}

// namedRoles are the roles that the user named, and those that lifecycle policies name.
// A role is used in the Regions of enabled policies, and if there are none, in those of
// the others.
func (view *View) namedRoles(d *ownerDemands) (named []namedRole, gaps []error) {
	at := map[string]int{}
	name := func(text string) *namedRole {
		i, known := at[text]
		if !known {
			i = len(named)
			at[text], named = i, append(named, namedRole{text: text})
		}
		return &named[i]
	}
	for _, text := range d.owner.ExecutionRoles {
		one := name(text)
		one.used, one.deployed = true, true
	}
	for _, a := range slices.Concat(d.active, d.disabled) {
		if a.deletion != nil {
			if i, known := at[a.role]; known { // it is among those that the code names itself
				named[i].from = union(named[i].from, []string{"named by the DeletionSettings of image " + a.deletion.Image})
			}
			continue
		}
		if a.name == "" || !a.planned && !discovers(d.owner, account.ExecutionRoleKind) {
			continue
		}
		if _, ok := account.ParseRoleReference(a.role); !ok {
			if s := symbol.First(a.role); s.IsSymbol() && symbol.In(a.role) {
				gaps = append(gaps, &account.Undiscovered{
					Subject: account.Subject{Partition: view.partition(d.owner), Account: d.owner.Account, Region: a.region, Type: string(account.ExecutionRoleKind), Name: "role of lifecycle policy " + a.name},
					Message: "lifecycle policy " + a.name + " " + a.where + " names its role as " + a.role,
					Why:     account.Unread{Reason: account.Unresolved, Detail: s.String() + ": " + s.Why},
				})
				continue
			}
			gaps = append(gaps, &account.Undiscovered{
				Subject: account.Subject{Partition: view.partition(d.owner), Account: d.owner.Account, Region: a.region, Type: string(account.ExecutionRoleKind), Name: "role of lifecycle policy " + a.name},
				Message: "lifecycle policy " + a.name + " " + a.where + " names its role as " + strconv.QuoteToASCII(a.role) + ", which is neither a role name nor a role ARN",
				Short:   "neither a role name nor a role ARN",
			})
			continue
		}
		one := name(a.role)
		one.deployed = one.deployed || !a.planned
		switch {
		case a.disabled:
		case a.Strength == Certain:
			one.used = true
		case one.open == nil:
			one.open = a.Why
		}
		one.from = union(one.from, view.namingLines(d.owner.Account, a))
		if a.region != "" {
			one.regions = union(one.regions, []string{a.region})
		}
	}
	return named, append(gaps, view.roleGaps(d, len(named) > 0 || len(gaps) > 0)...)
}

// namingLines are the lines of evidence that a policy names a role, and about its last run.
func (view *View) namingLines(id string, a *asker) []string {
	lines := []string{"named by lifecycle policy " + a.name + " (" + strings.ToLower(a.status) + ") " + a.where}
	if !a.planned {
		p := account.LifecyclePolicy{ARN: a.arn, Name: a.name}
		if line := lastExecution(view.imageBuilder(id, a.region), a.where, p); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// roleGaps say why there may be more roles, or why there is none.
func (view *View) roleGaps(d *ownerDemands, some bool) []error {
	o := d.owner
	if o.Code != "" {
		return []error{view.nothingDeclared(o)}
	}
	if !discovers(o, account.ExecutionRoleKind) {
		return nil
	}
	gaps := view.policyGaps(o, account.ExecutionRoleKind, "lifecycle policies", ", which name the execution roles, could not all be read")
	whole, offered := !slices.ContainsFunc(gaps, func(err error) bool { _, unread := unreadIn(err); return unread }), len(view.regionsOffering(o)) > 0
	switch where := cmp.Or(strings.Join(view.regionsRead(o), ", "), "any Region"); {
	case some || !whole || !offered && len(gaps) > 0:
	case o.Listed: // the user did not say that it builds images
		gaps = append(gaps, view.nothingDeployed(o))
	default:
		gaps = append(gaps, &account.Undiscovered{
			Subject: account.Subject{Partition: view.partition(o), Account: o.Account, Type: string(account.ExecutionRoleKind), Name: "(none)"},
			Message: "there is no lifecycle policy in " + where + ": nothing is deployed yet; name the execution role to audit it",
			Short:   "no lifecycle policy yet: name the role to audit it",
			Settle:  "Name the execution role: --execution-role",
		})
	}
	return gaps
}
