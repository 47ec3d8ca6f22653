package account

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"
)

// Subject is the thing one would change, as a finding names it.
type Subject struct {
	Partition string `json:"partition"`
	Account   string `json:"account"`
	Region    string `json:"region,omitempty"` // empty for global services
	Type      string `json:"type"`             // a Kind
	Name      string `json:"name"`
	ARN       string `json:"arn"`
}

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

// ExecutionRoles are the execution roles of the owner with this account ID, each
// once, however often and in whichever way it is named. The error joins what
// could not be discovered.
func (inv *Inventory) ExecutionRoles(id string) ([]ExecutionRole, error) {
	var roles []ExecutionRole
	var gaps []error
	seen := map[string]int{} // where in roles
	for _, o := range inv.owners(id) {
		var named []discovered[string]
		for _, text := range o.ExecutionRoles {
			named = append(named, discovered[string]{thing: text})
		}
		found, more := inv.executionRoles(o)
		named, gaps = append(named, found...), append(gaps, more...)
		for _, n := range named {
			ref, _ := ParseRoleReference(n.thing)
			a := inv.account(o.Account)
			r := ExecutionRole{Owner: o.Account, Partition: inv.partition(o), Regions: n.regions, Reference: ref, From: n.from, Role: a.Role(ref.Name)}
			if len(r.Regions) == 0 {
				r.Regions = inv.regionsRead(o)
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

// Destination is an account that AMIs go to, with all the owners they come from.
type Destination struct {
	Account            string
	Partition          string
	Owners             []Origin // that copy AMIs into it
	Sharers            []Origin // that only share AMIs with it by launch permission
	From               []string // what names it, where that was discovered
	SourceAccountMeans SourceAccountMeaning
	Role               Read[Role]
	RoleNames          List[RoleName]
}

// Origin is where the AMIs in a destination come from.
type Origin struct {
	Account   string
	Partition string
	Regions   []string // none: not known

	// Images are the ARNs of the images whose AMIs are in the destination, as far
	// as they are known, and by Region why it is not known whether there are others.
	Images []string
	Unread map[string]error
}

// Subject names the role that the destination must have.
func (d Destination) Subject() Subject {
	return Subject{
		Partition: d.Partition, Account: d.Account, Type: "destination-account", Name: CrossAccountRoleName,
		ARN: RoleARN(d.Partition, d.Account, "/", CrossAccountRoleName),
	}
}

// destinations are all that owners' AMIs go to, by account, and what could not be
// discovered, by the account that it is about.
type destinations struct {
	byAccount map[string]*Destination
	gaps      map[string][]error
}

// joinDestinations joins the owners' targets: each account once, with everyone
// who needs it inside. An owner is no destination of its own.
func (inv *Inventory) joinDestinations() destinations {
	all := destinations{map[string]*Destination{}, map[string][]error{}}
	for _, o := range inv.Owners {
		unread := map[string]error{}
		for _, region := range inv.regionsRead(o) {
			ib := inv.imageBuilder(o.Account, region)
			if err := ib.Images.Err(); err != nil && !ib.Unavailable {
				unread[region] = err
			}
		}
		var named []discovered[Target]
		for _, t := range o.Destinations {
			named = append(named, discovered[Target]{thing: t})
		}
		found, gaps := inv.targets(o)
		for _, gap := range gaps {
			about := o.Account
			var undiscovered *Undiscovered
			if errors.As(gap, &undiscovered) {
				about = undiscovered.Subject.Account
			}
			all.gaps[about] = append(all.gaps[about], gap)
		}
		for _, n := range append(named, found...) {
			t := n.thing
			if t.Account == o.Account {
				continue
			}
			origin := Origin{Account: o.Account, Partition: inv.partition(o), Regions: n.regions, Images: n.images, Unread: unread}
			if len(origin.Regions) == 0 {
				origin.Regions = inv.regionsRead(o)
			}
			d := all.byAccount[t.Account]
			if d == nil {
				// Image Builder distributes within one partition.
				a := inv.account(t.Account)
				d = &Destination{Account: t.Account, SourceAccountMeans: inv.SourceAccountMeans, Partition: origin.Partition, Role: a.Role(CrossAccountRoleName)}
				if a != nil {
					d.Partition, d.RoleNames = cmp.Or(a.Partition, d.Partition), a.RoleNames
				}
				all.byAccount[t.Account] = d
			}
			d.From = append(d.From, n.from...)
			if t.LaunchPermissionOnly {
				d.Sharers = append(d.Sharers, origin)
			} else {
				d.Owners = append(d.Owners, origin)
			}
		}
	}
	for _, d := range all.byAccount {
		d.Owners, d.Sharers = unique(d.Owners), unique(d.Sharers)
		if len(d.Owners) > 0 {
			d.From = append(d.From, lastUsed(d.Role)...)
		}
	}
	return all
}

// Destinations are the destination with this account ID, if it is one. The error
// joins what could not be discovered about the account.
func (inv *Inventory) Destinations(id string) ([]Destination, error) {
	all := inv.allDestinations()
	var found []Destination
	if d := all.byAccount[id]; d != nil {
		found = []Destination{*d}
	}
	return found, errors.Join(all.gaps[id]...)
}

// SubjectAccounts are the accounts that something may be said about, sorted.
func (inv *Inventory) SubjectAccounts() []string {
	ids := map[string]bool{}
	for _, o := range inv.Owners {
		ids[o.Account] = true
	}
	if inv.Organization != nil {
		ids[inv.Organization.Account] = true
		for _, m := range inv.Organization.Members.Items() {
			ids[m.Account] = true
		}
	}
	all := inv.allDestinations()
	for id := range all.byAccount {
		ids[id] = true
	}
	for id := range all.gaps {
		ids[id] = true
	}
	return slices.Sorted(maps.Keys(ids))
}

// unique sorts by account and keeps one origin an account, with all Regions and images.
func unique(origins []Origin) []Origin {
	slices.SortStableFunc(origins, func(a, b Origin) int { return cmp.Compare(a.Account, b.Account) })
	var out []Origin
	for _, o := range origins {
		if n := len(out); n > 0 && out[n-1].Account == o.Account {
			same := &out[n-1]
			same.Regions, same.Images = union(same.Regions, o.Regions), union(same.Images, o.Images)
			continue
		}
		out = append(out, o)
	}
	for i := range out {
		slices.Sort(out[i].Regions)
	}
	return out
}

// ContainerRepository is an ECR repository that container images are built into.
type ContainerRepository struct {
	Owner     string
	Partition string
	Repository
	From []string   // what names it, where that was discovered
	Tags Read[Tags] // absent: there is no such repository
}

// Subject names the repository.
func (r ContainerRepository) Subject() Subject {
	return Subject{
		Partition: r.Partition, Account: r.Owner, Region: r.Region, Type: "ecr-repository", Name: r.Name,
		ARN: RepositoryARN(r.Partition, r.Owner, r.Repository),
	}
}

// ContainerRepositories are the repositories of the owner with this account ID,
// each once. The error joins what could not be discovered.
func (inv *Inventory) ContainerRepositories(id string) ([]ContainerRepository, error) {
	var repositories []ContainerRepository
	var gaps []error
	for _, o := range inv.owners(id) {
		var named []discovered[Repository]
		for _, r := range o.Repositories {
			named = append(named, discovered[Repository]{thing: r})
		}
		found, more := inv.repositories(o)
		if o.AllRepositories {
			all, unlisted := inv.allRepositories(o)
			found, more = append(found, all...), append(more, unlisted...)
		}
		named, gaps = append(named, found...), append(gaps, more...)
		seen := map[Repository]bool{}
		for _, n := range named {
			if seen[n.thing] {
				continue
			}
			seen[n.thing] = true
			repositories = append(repositories, ContainerRepository{
				Owner: o.Account, Partition: inv.partition(o), Repository: n.thing, From: n.from, Tags: inv.account(o.Account).Tags(n.thing),
			})
		}
	}
	return repositories, errors.Join(gaps...)
}

// partition of an owner: as read, else as its role ARNs or Regions tell.
func (inv *Inventory) partition(o Owner) string {
	if a := inv.account(o.Account); a != nil && a.Partition != "" {
		return a.Partition
	}
	for _, ref := range o.ExecutionRoles {
		if r, ok := ParseRoleReference(ref); ok && r.Account == o.Account {
			return r.Partition
		}
	}
	for _, region := range o.Regions {
		return PartitionOf(region)
	}
	for _, r := range o.Repositories {
		return PartitionOf(r.Region)
	}
	return "aws"
}

// NamedBy tells who names the role, where that was discovered.
func (r ExecutionRole) NamedBy() []string { return r.From }

// NamedBy tells what names the account, where that was discovered.
func (d Destination) NamedBy() []string { return d.From }

// NamedBy tells what names the repository, where that was discovered.
func (r ContainerRepository) NamedBy() []string { return r.From }

// OwnedPolicy is a lifecycle policy of an owner.
type OwnedPolicy struct {
	Owner     string
	Partition string
	Region    string
	From      []string    // its last run, where that is known
	Images    List[Image] // of the Region
	Planned   bool        // it is to be created
	LifecyclePolicy
}

// Subject names the lifecycle policy.
func (p OwnedPolicy) Subject() Subject {
	return Subject{Partition: p.Partition, Account: p.Owner, Region: p.Region, Type: string(LifecyclePolicyKind), Name: p.Name, ARN: p.ARN}
}

// NamedBy tells of its last run, where that is known; nobody names a lifecycle policy.
func (p OwnedPolicy) NamedBy() []string { return p.From }

// LifecyclePolicies are the lifecycle policies of the owner with this account ID,
// if it is asked for them. The error joins what could not be discovered.
func (inv *Inventory) LifecyclePolicies(id string) ([]OwnedPolicy, error) {
	var policies []OwnedPolicy
	var gaps []error
	for _, o := range inv.owners(id) {
		places, more := inv.places(o, LifecyclePolicyKind)
		gaps = append(gaps, more...)
		for _, at := range places {
			for _, p := range at.LifecyclePolicies.Items() {
				owned := OwnedPolicy{Owner: o.Account, Partition: inv.partition(o), Region: at.region, Images: at.Images}
				if line := at.lastExecution(p); line != "" {
					owned.From = []string{line}
				}
				if p.ARN == "" { // it has none before it is created
					p.ARN = "arn:" + inv.partition(o) + ":imagebuilder:" + at.region + ":" + o.Account + ":lifecycle-policy/" + strings.ToLower(p.Name)
					owned.Images, owned.Planned = inv.imageBuilder(o.Account, at.region).Images, true
				}
				owned.LifecyclePolicy = p
				policies = append(policies, owned)
			}
			if err := at.LifecyclePolicies.Err(); err != nil {
				gaps = append(gaps, inv.undiscovered(o, LifecyclePolicyKind, at.region, "lifecycle policies", " could not all be read", err))
			}
		}
	}
	return policies, errors.Join(gaps...)
}

// executionRoleOf is the role that the policy names, as far as it is known.
func (inv *Inventory) executionRoleOf(p OwnedPolicy) ExecutionRole {
	ref, _ := ParseRoleReference(p.ExecutionRole)
	a := inv.account(p.Owner)
	return ExecutionRole{
		Owner: p.Owner, Partition: p.Partition, Regions: []string{p.Region}, Reference: ref, References: []string{p.ExecutionRole}, Role: a.Role(ref.Name),
	}
}

// PolicyRole is a lifecycle policy with the role that it names.
type PolicyRole struct {
	OwnedPolicy
	Role ExecutionRole
}

// PolicyRoles are the lifecycle policies of the owner with this account ID, with
// their roles. The error joins what could not be discovered.
func (inv *Inventory) PolicyRoles(id string) ([]PolicyRole, error) {
	policies, err := inv.LifecyclePolicies(id)
	all := make([]PolicyRole, 0, len(policies))
	for _, p := range policies {
		all = append(all, PolicyRole{p, inv.executionRoleOf(p)})
	}
	return all, err
}

// OrganizationGaps say, about an account, that the accounts of the organization
// could not all be listed, or that this one of them is not looked at.
func (inv *Inventory) OrganizationGaps(id string, kind Kind) (gaps []error) {
	if inv.Organization == nil {
		return nil
	}
	subject := Subject{Partition: inv.partition(Owner{Account: id}), Account: id, Type: string(OrganizationKind), Name: "accounts of the organization"}
	var why Unread
	if id == inv.Organization.Account && errors.As(inv.Organization.Members.Err(), &why) {
		s := subject
		s.Type = string(kind)
		gaps = append(gaps, &Undiscovered{Subject: s, Message: "the accounts of the organization could not all be listed, so that there may be more", Why: why})
	}
	members := inv.Organization.Members.Items()
	i, found := slices.BinarySearchFunc(members, id, func(m Member, id string) int { return cmp.Compare(m.Account, id) })
	if found && !members[i].Looked() {
		subject.Name = "account of the organization"
		message := "the account is " + members[i].State + " in the organization and was not looked at"
		if members[i].Excluded {
			message = "the account was excluded and not looked at"
		}
		gaps = append(gaps, &Undiscovered{Subject: subject, Message: message, NotApplicable: true})
	}
	return gaps
}
