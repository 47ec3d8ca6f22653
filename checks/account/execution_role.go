package account

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ExecutionRole is a role that lifecycle policies of an owner name, and what is known of it.
type ExecutionRole struct {
	Owner      string
	Partition  string   // of the owner
	Regions    []string // of the owner's images; none: not known
	Reference  RoleReference
	References []string   // all the ways in which it is named, Reference's first
	From       []string   // which lifecycle policies name it, where that was discovered
	Role       Read[Role] // looked up by Reference.Name in the owner account
	RoleNames  List[RoleName]

	view  *View
	owner Owner
}

// Subject names the role by what the reference says.
func (r ExecutionRole) Subject() Subject {
	arn := RoleARN(r.Partition, r.Owner, r.Reference.Path, r.Reference.Name)
	if r.Reference.Account != "" {
		arn = r.Reference.Text
	} else if role, found, _ := r.Role.Get(); r.Reference.Path == "" && found && role.Name == r.Reference.Name {
		arn = role.ARN // a bare name does not tell the path
	}
	return Subject{Partition: r.Partition, Account: r.Owner, Type: "execution-role", Name: r.Reference.Name, ARN: arn}
}

// Uses is what the owner's lifecycle policies ask of the role.
func (r ExecutionRole) Uses() Uses {
	return r.view.uses(r.owner, func(p LifecyclePolicy) bool {
		ref, ok := ParseRoleReference(p.ExecutionRole)
		return ok && ref.Name == r.Reference.Name && (ref.Account == "" || ref.Account == r.Owner)
	})
}

// AMIRegions are the Regions in which the owner has AMIs, or is to have some. The
// error is why there may be others.
func (r ExecutionRole) AMIRegions() (regions []string, unread error) {
	return r.view.amiRegions(r.owner, r.Owner)
}

// Repositories are what the owner's container images go to. The error is why
// there may be others.
func (r ExecutionRole) Repositories() (repositories []Repository, unread error) {
	return r.view.repositoriesOf(r.owner)
}

// Membership is the organization of the role's account.
func (r ExecutionRole) Membership() Read[Membership] {
	return r.view.account(r.Owner).membership()
}

// ReadAt is when all of it was read; zero: not known.
func (r ExecutionRole) ReadAt() time.Time { return r.view.ReadAt }

// EvaluatedAt is the time of the run; zero: not known.
func (r ExecutionRole) EvaluatedAt() time.Time { return r.view.EvaluatedAt }

// NamedBy tells who names the role, where that was discovered.
func (r ExecutionRole) NamedBy() []string { return r.From }

// ExecutionRoles are the execution roles of the owner with this account ID, each
// once, however often and in whichever way it is named. The error joins what
// could not be discovered.
func (view *View) ExecutionRoles(id string) ([]ExecutionRole, error) {
	var roles []ExecutionRole
	var gaps []error
	seen := map[string]int{} // where in roles
	for _, o := range view.owners(id) {
		var named []discovered[string]
		for _, text := range o.ExecutionRoles {
			named = append(named, discovered[string]{thing: text})
		}
		found, more := view.executionRoles(o)
		named, gaps = append(named, found...), append(gaps, more...)
		for _, n := range named {
			ref, _ := ParseRoleReference(n.thing)
			a := view.account(o.Account)
			r := ExecutionRole{Owner: o.Account, Partition: view.partition(o), Regions: n.regions, Reference: ref, From: n.from, Role: a.Role(ref.Name), view: view, owner: o}
			if len(r.Regions) == 0 {
				r.Regions = view.regionsRead(o)
			}
			if a != nil {
				r.RoleNames = a.RoleNames
			}
			// A role that is named in several ways is one subject.
			i, known := seen[r.Subject().ARN]
			if known {
				same := &roles[i]
				same.References, same.From, same.Regions = union(same.References, []string{n.thing}), union(same.From, n.from), union(same.Regions, r.Regions)
				continue
			}
			seen[r.Subject().ARN] = len(roles)
			r.References = []string{n.thing}
			roles = append(roles, r)
		}
	}
	for i := range roles {
		slices.Sort(roles[i].Regions)
		roles[i].From = append(roles[i].From, lastUsed(roles[i].Role)...)
	}
	return roles, errors.Join(gaps...)
}

// executionRoles are the roles that an owner's lifecycle policies name.
func (view *View) executionRoles(o Owner) ([]discovered[string], []error) {
	var roles discoveries[string]
	places, gaps := view.places(o, ExecutionRoleKind)
	known := true
	for _, at := range places {
		for _, p := range at.LifecyclePolicies.Items() {
			if _, ok := ParseRoleReference(p.ExecutionRole); !ok {
				known = false
				gaps = append(gaps, &Undiscovered{
					Subject: Subject{Partition: view.partition(o), Account: o.Account, Region: at.region, Type: string(ExecutionRoleKind), Name: "role of lifecycle policy " + p.Name},
					Message: "lifecycle policy " + p.Name + " " + at.where + " names its role as " + strconv.QuoteToASCII(p.ExecutionRole) + ", which is neither a role name nor a role ARN",
				})
				continue
			}
			roles.named(p.ExecutionRole, at.region, "named by lifecycle policy "+p.Name+" ("+strings.ToLower(p.Status)+") "+at.where)
			if line := at.lastExecution(p); line != "" {
				roles.named(p.ExecutionRole, at.region, line)
			}
		}
		if err := at.LifecyclePolicies.Err(); err != nil {
			known = false
			gaps = append(gaps, view.undiscovered(o, ExecutionRoleKind, at.region, "lifecycle policies", ", which name the execution roles, could not all be read", err))
		}
	}
	known = known && view.regionsGap(o, ExecutionRoleKind) == nil
	switch where := cmp.Or(strings.Join(view.regionsRead(o), ", "), "any Region"); {
	case len(roles.all) > 0 || !known || !o.discovers(ExecutionRoleKind) || len(places) == 0 && len(gaps) > 0:
	case o.Listed: // nobody said that it builds images
		gaps = append(gaps, view.nothingDeployed(o))
	default:
		gaps = append(gaps, &Undiscovered{
			Subject: Subject{Partition: view.partition(o), Account: o.Account, Type: string(ExecutionRoleKind), Name: "(none)"},
			Message: "there is no lifecycle policy in " + where + ": nothing is deployed yet; name the execution role to audit it",
		})
	}
	return roles.all, gaps
}
