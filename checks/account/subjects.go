package account

import (
	"cmp"
	"errors"
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

// ExecutionRoles are the execution roles of all owners, each once, however often
// and in whichever way it is named. The error joins what could not be discovered.
func (inv *Inventory) ExecutionRoles() ([]ExecutionRole, error) {
	var roles []ExecutionRole
	var gaps []error
	seen := map[string]int{} // where in roles
	for _, o := range inv.Owners {
		var named []discovered[string]
		for _, text := range o.ExecutionRoles {
			named = append(named, discovered[string]{thing: text})
		}
		found, more := inv.executionRoles(o)
		named, gaps = append(named, found...), append(gaps, more...)
		for _, n := range named {
			ref, _ := ParseRoleReference(n.thing)
			a := inv.Accounts[o.Account]
			r := ExecutionRole{Owner: o.Account, Partition: inv.partition(o), Regions: inv.regionsRead(o), Reference: ref, From: n.from, Role: a.Role(ref.Name)}
			if a != nil {
				r.RoleNames = a.RoleNames
			}
			// A role that is named in several ways is one subject.
			i, known := seen[o.Account+" "+r.Subject().ARN]
			if known {
				same := &roles[i]
				same.References, same.From = union(same.References, []string{n.thing}), union(same.From, n.from)
				continue
			}
			seen[o.Account+" "+r.Subject().ARN] = len(roles)
			r.References = []string{n.thing}
			roles = append(roles, r)
		}
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
}

// Subject names the role that the destination must have.
func (d Destination) Subject() Subject {
	return Subject{
		Partition: d.Partition, Account: d.Account, Type: "destination-account", Name: CrossAccountRoleName,
		ARN: RoleARN(d.Partition, d.Account, "/", CrossAccountRoleName),
	}
}

// Destinations joins the owners' targets: each account once, with everyone who
// needs it inside. An owner is no destination of its own. The error joins what
// could not be discovered.
func (inv *Inventory) Destinations() ([]Destination, error) {
	byID := map[string]*Destination{}
	var gaps []error
	for _, o := range inv.Owners {
		origin := Origin{Account: o.Account, Partition: inv.partition(o), Regions: inv.regionsRead(o)}
		var named []discovered[Target]
		for _, t := range o.Destinations {
			named = append(named, discovered[Target]{thing: t})
		}
		found, more := inv.targets(o)
		named, gaps = append(named, found...), append(gaps, more...)
		for _, n := range named {
			t := n.thing
			if t.Account == o.Account {
				continue
			}
			d := byID[t.Account]
			if d == nil {
				// Image Builder distributes within one partition.
				a := inv.Accounts[t.Account]
				d = &Destination{Account: t.Account, SourceAccountMeans: inv.SourceAccountMeans, Partition: origin.Partition, Role: a.Role(CrossAccountRoleName)}
				if a != nil {
					d.Partition, d.RoleNames = cmp.Or(a.Partition, d.Partition), a.RoleNames
				}
				byID[t.Account] = d
			}
			d.From = append(d.From, n.from...)
			if t.LaunchPermissionOnly {
				d.Sharers = append(d.Sharers, origin)
			} else {
				d.Owners = append(d.Owners, origin)
			}
		}
	}
	destinations := make([]Destination, 0, len(byID))
	for _, d := range byID {
		d.Owners, d.Sharers = unique(d.Owners), unique(d.Sharers)
		destinations = append(destinations, *d)
	}
	slices.SortFunc(destinations, func(a, b Destination) int { return cmp.Compare(a.Account, b.Account) })
	return destinations, errors.Join(gaps...)
}

// unique sorts by account and keeps one origin an account.
func unique(origins []Origin) []Origin {
	byAccount := func(a, b Origin) int { return cmp.Compare(a.Account, b.Account) }
	slices.SortStableFunc(origins, byAccount)
	return slices.CompactFunc(origins, func(a, b Origin) bool { return a.Account == b.Account })
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

// ContainerRepositories are the repositories of all owners, each once. The error
// joins what could not be discovered.
func (inv *Inventory) ContainerRepositories() ([]ContainerRepository, error) {
	var repositories []ContainerRepository
	var gaps []error
	for _, o := range inv.Owners {
		var named []discovered[Repository]
		for _, r := range o.Repositories {
			named = append(named, discovered[Repository]{thing: r})
		}
		found, more := inv.repositories(o)
		named, gaps = append(named, found...), append(gaps, more...)
		seen := map[Repository]bool{}
		for _, n := range named {
			if seen[n.thing] {
				continue
			}
			seen[n.thing] = true
			repositories = append(repositories, ContainerRepository{
				Owner: o.Account, Partition: inv.partition(o), Repository: n.thing, From: n.from, Tags: inv.Accounts[o.Account].Tags(n.thing),
			})
		}
	}
	return repositories, errors.Join(gaps...)
}

// partition of an owner: as read, else as its role ARNs or Regions tell.
func (inv *Inventory) partition(o Owner) string {
	if a := inv.Accounts[o.Account]; a != nil && a.Partition != "" {
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
	LifecyclePolicy
}

// Subject names the lifecycle policy.
func (p OwnedPolicy) Subject() Subject {
	return Subject{Partition: p.Partition, Account: p.Owner, Region: p.Region, Type: string(LifecyclePolicyKind), Name: p.Name, ARN: p.ARN}
}

// NamedBy is nothing: a lifecycle policy names itself.
func (p OwnedPolicy) NamedBy() []string { return nil }

// LifecyclePolicies are the lifecycle policies of the owners that are asked for
// them. The error joins what could not be discovered.
func (inv *Inventory) LifecyclePolicies() ([]OwnedPolicy, error) {
	var policies []OwnedPolicy
	var gaps []error
	for _, o := range inv.Owners {
		for _, at := range inv.places(o, LifecyclePolicyKind) {
			for _, p := range at.LifecyclePolicies.Items() {
				if p.ARN == "" { // it has none before it is created
					p.ARN = "arn:" + inv.partition(o) + ":imagebuilder:" + at.region + ":" + o.Account + ":lifecycle-policy/" + strings.ToLower(p.Name)
				}
				policies = append(policies, OwnedPolicy{o.Account, inv.partition(o), at.region, p})
			}
			if err := at.LifecyclePolicies.Err(); err != nil {
				gaps = append(gaps, inv.undiscovered(o, LifecyclePolicyKind, at.region, "lifecycle policies", " could not all be read", err))
			}
		}
	}
	return policies, errors.Join(gaps...)
}
